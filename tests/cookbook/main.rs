//! Every recipe of the cookbook is built as it stands there, under its short profile, on real k6.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

mod recipes;
mod servers;

use recipes::{Recipe, recipes};
use servers::Servers;
use space::Space;

/// A workspace with the files of the recipe, at the addresses of `servers`.
fn workspace(recipe: &Recipe, servers: &Servers) -> Space {
    let space = Space::new();
    std::fs::remove_file(space.path("suites/digits.toml")).expect("removed");
    for (path, text) in &recipe.files {
        space.write(path, &servers.in_place(text));
    }
    let manifest = space.read("howitzer.toml");
    space.write("howitzer.toml", &format!("{manifest}\n[host]\nshared = true\n"));
    servers.write_certificates(&space);
    space
}

#[test]
fn every_recipe_builds_and_has_as_many_cases_as_it_says() {
    let all = recipes();
    assert!(all.len() >= 20, "only {} recipes", all.len());
    let servers = Servers::start();
    for recipe in &all {
        let space = workspace(recipe, &servers);
        let listed = space.run(&["list", &recipe.suite]).expect_code(0).stdout;
        assert_eq!(listed.lines().count(), recipe.cases, "{}:\n{listed}", recipe.title);
        let mut build = space.command(&["build", &recipe.suite, "-P", "short"]);
        let built = space::Said::of(build.env("API_TOKEN", "t0p-secret").output().expect("starts"));
        assert_eq!(built.code, Some(0), "{}:\n{}", recipe.title, built.stderr);
        assert!(built.runs().len() >= recipe.cases, "{}:\n{}", recipe.title, built.stderr);
        assert!(!built.stderr.contains("failed"), "{}:\n{}", recipe.title, built.stderr);
    }
}
