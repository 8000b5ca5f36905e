//! `howitzer report`: what is kept, as one document.

use serde_json::Value;

use crate::space::Space;

/// A second suite beside `digits`, of one case.
fn with_another(space: &Space) {
    let suite = space.read("suites/digits.toml").replace("title = \"Digits\"", "title = \"Other\"");
    let suite = suite.replace("[\"digits-1.json\", \"digits-64.json\"]", "[\"digits-1.json\"]");
    space.write("suites/other.toml", &suite.replace("vus = [1]", "vus = [2]"));
}

#[test]
fn several_suites_stand_in_one_document_of_each_form() {
    let space = Space::new();
    with_another(&space);
    space.build().expect_code(0);
    space.run(&["build", "other"]).expect_code(0);
    let before = space.files(".howitzer");
    let names = ["r/all.md", "r/all.csv", "r/all.json", "r/all.xml"];
    let arguments: Vec<&str> =
        ["report", "digits", "other"].into_iter().chain(names.iter().flat_map(|name| ["-o", name])).collect();
    let said = space.run(&arguments).expect_code(0);
    assert_eq!(said.stdout, "");
    for name in names {
        assert!(said.stderr.contains(&format!("wrote {name}")), "{}", said.stderr);
    }
    let text = space.read("r/all.md");
    assert!(
        text.contains("# Suites\n") && text.contains("\n# Digits\n") && text.contains("\n# Other\n"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&space.read("r/all.json")).expect("JSON");
    let own: Value = serde_json::from_str(&space.read("out/other/results.json")).expect("JSON");
    assert_eq!((json["suites"].as_array().map(Vec::len), &json["suites"][1]), (Some(2), &own));
    let table = space.read("r/all.csv");
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("suite,case,trial,test,param.vus,param.payload,metric,"), "{}", rows[0]);
    let of = |suite: &str| rows.iter().filter_map(|row| row.strip_prefix(&format!("{suite},"))).count();
    let own = |suite: &str| space.read(&format!("out/{suite}/results.csv")).lines().count() - 1;
    assert_eq!((of("digits"), of("other")), (own("digits"), own("other")));
    assert_eq!(space.read("r/all.xml").matches("<testsuite ").count(), 2);
    assert!(before == space.files(".howitzer"), "a report changes nothing in the store");
}

#[test]
fn a_suite_without_results_says_so_and_nothing_runs() {
    let space = Space::new();
    let said = space.run(&["report", "digits"]).expect_code(0);
    assert!(
        said.stderr.contains("note digits has no results: `howitzer build digits` measures"),
        "{}",
        said.stderr
    );
    assert!(said.stdout.contains("There is no result of this suite"), "{}", said.stdout);
    let rows = space.run(&["report", "digits", "--format", "csv"]).expect_code(0).stdout;
    assert_eq!(rows.lines().filter(|row| row.contains(",missing,")).count(), 2, "{rows}");
    assert!(!space.path("out").exists() && !space.path(".howitzer").exists(), "something was done");
}

#[test]
fn the_form_is_that_of_the_ending_unless_one_is_typed() {
    let space = Space::new();
    for (arguments, code, part) in [
        (&["report", "digits", "-o", "x.txt"][..], 2, "`x.txt` has no ending of a report"),
        (&["report", "digits", "-o", "x.md", "-o", "x.md"], 2, "`x.md` is named twice"),
        (&["report", "digits", "-o", "x.txt", "--format", "json"], 0, "wrote x.txt"),
        (&["build", "digits", "--report", "-"], 2, "`--report` writes a file"),
        (&["build", "digits", "-n", "--report", "x.md"], 2, "cannot be used with"),
    ] {
        let said = space.run(arguments).expect_code(code);
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
    }
    assert!(space.read("x.txt").contains("howitzer-report/1"));
    let printed =
        space.run(&["report", "digits", "grpc[vus=1,payload=digits-1.json]", "-o", "-"]).expect_code(0);
    assert!(
        printed.stdout.contains("digits-1.json") && !printed.stdout.contains("digits-64.json"),
        "{}",
        printed.stdout
    );
    // `-C` is where one works.
    space.run(&["-C", "suites", "report", "digits", "-o", "here.md"]).expect_code(0);
    assert!(space.path("suites/here.md").is_file());
}
