//! Suites in folders: built in name order, each under its path.

use crate::fake::howitzer;
use crate::{SUITE, layered};

#[test]
fn a_folder_builds_its_suites_in_name_order_each_into_a_folder_of_its_own() {
    let space = layered();
    for name in ["b/two", "b/one", "b/deep/er", "a"] {
        space.write(&format!("suites/{name}.toml"), SUITE);
    }
    space.write("suites/.hidden/no.toml", "nothing");
    let order = |named: &str| -> Vec<String> {
        let said = howitzer(&space, &["build", named, "-n", "--where", "vus=1"]).expect_code(0);
        let lines = said.stderr.lines().filter(|line| line.contains(" case, "));
        lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    };
    assert_eq!(order("suites"), ["a", "b/deep/er", "b/one", "b/two", "x"]);
    for named in ["suites/b/", "suites/b", "b"] {
        assert_eq!(order(named), ["b/deep/er", "b/one", "b/two"], "{named}");
    }
    assert_eq!(order("b/one"), ["b/one"]);
    assert_eq!(order("suites/b/one.toml"), ["b/one"]);
    howitzer(&space, &["build", "b/one"]).expect_code(0);
    assert!(space.path("out/b/one/results.csv").exists());
    let again = howitzer(&space, &["build", "b/one"]).expect_code(0);
    assert!(again.stderr.contains("0 to run"), "{}", again.stderr);
    howitzer(&space, &["cache", "verify"]).expect_code(0);
    howitzer(&space, &["clean", "suites/b"]).expect_code(0);
    assert!(!space.path("out/b/one").exists());
}

#[test]
fn a_suite_is_built_once_however_often_it_is_named() {
    let space = layered();
    let said = howitzer(&space, &["list", "x", "suites/x", "./suites/x.toml", "suites"]).expect_code(0);
    assert_eq!(said.stdout.lines().count(), 6, "{}", said.stdout);
}

#[test]
fn a_folder_without_suites_is_an_error() {
    let space = layered();
    std::fs::create_dir_all(space.path("suites/empty")).expect("folder");
    for named in ["suites/empty", "empty"] {
        let said = howitzer(&space, &["build", named]).expect_code(2);
        assert!(said.stderr.contains(&format!("the folder `{named}` holds no suite")), "{}", said.stderr);
    }
}

#[test]
fn a_suite_beside_a_folder_of_its_name_is_an_error_outputs_would_mix() {
    let space = layered();
    space.write("suites/x/render.toml", SUITE);
    for named in ["x", "x/render", "suites"] {
        let said = howitzer(&space, &["build", named]).expect_code(3);
        assert!(said.stderr.contains("would share the folder `out/x"), "{named}: {}", said.stderr);
    }
}

#[test]
fn a_suite_in_a_folder_is_found_by_the_hint() {
    let space = layered();
    space.write("suites/b/nested.toml", SUITE);
    let said = howitzer(&space, &["build", "nested"]).expect_code(2);
    assert!(said.stderr.contains("did you mean `b/nested`?"), "{}", said.stderr);
}
