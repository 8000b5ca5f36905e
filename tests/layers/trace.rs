//! `howitzer list`: where fields come from, axes and states.

use crate::fake::howitzer;
use crate::layered;

#[test]
fn every_field_says_its_layer_file_and_line() {
    let space = layered();
    space.edit("howitzer.toml", "[defaults]", "[defaults]\ncooldown = \"1ms\"");
    let flags = ["-P", "ci", "--set", "vars.typed=1", "--axis", "vars.swept=5"];
    let said =
        howitzer(&space, &[&["list", "x", "plain[vus=1,*", "--trace"], &flags[..]].concat()).expect_code(0);
    let lines: Vec<String> =
        said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for expected in [
        "plain[vus=1,swept=5]",
        "template \"t.js\" workspace defaults howitzer.toml:4",
        "k6.tags.team \"a\" workspace defaults howitzer.toml:6",
        "k6.tags.of \"suite\" suite defaults suites/x.toml:4",
        "k6.duration \"1s\" profile ci howitzer.toml:9",
        "k6.vus 1 axis vus suites/x.toml:10",
        "vars.low 1 workspace defaults howitzer.toml:5",
        "vars.high 2 suite defaults suites/x.toml:3",
        "vars.typed 1 --set --set vars.typed=1",
        "vars.swept 5 --axis --axis vars.swept=5",
        "repeat 1 profile ci howitzer.toml:8",
        "cooldown \"1ms\" workspace defaults howitzer.toml:3",
    ] {
        assert!(
            lines.iter().any(|line| line == expected),
            "`{expected}` is missing in:\n{}",
            lines.join("\n")
        );
    }
    assert_eq!(lines.len(), 12, "nothing stands twice:\n{}", lines.join("\n"));
    let said = howitzer(&space, &["list", "x", "plain[vus=1]", "--trace"]).expect_code(0);
    let own = said.stdout.lines().find(|line| line.contains("k6.duration")).expect("a line").to_owned();
    assert!(own.contains("test") && own.ends_with("suites/x.toml:8"), "{own}");
}

#[test]
fn what_a_patch_and_an_include_set_says_so() {
    let space = layered();
    let rules = "[[test.patch]]\nmatch = { vus = 2 }\nset = { \"k6.batch\" = 7, \"vars.low\" = 4 }\n\
                 [[test.include]]\nvus = 9\nset = { \"k6.rps\" = 3 }\n";
    space.write(
        "suites/x.toml",
        &format!("[[test]]\nname = \"a\"\nk6.iterations = 9\n[test.matrix]\nvus = [1, 2]\n{rules}"),
    );
    let of = |case: &str, field: &str| {
        let said = howitzer(&space, &["list", "x", case, "--trace"]).expect_code(0).stdout;
        let line = said.lines().find(|line| line.trim_start().starts_with(field));
        line.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(of("a[vus=2]", "k6.batch").as_deref(), Some("k6.batch 7 patch suites/x.toml:8"));
    assert_eq!(of("a[vus=2]", "vars.low").as_deref(), Some("vars.low 4 patch suites/x.toml:8"));
    assert_eq!(of("a[vus=1]", "k6.batch"), None);
    assert_eq!(of("a[vus=9]", "k6.rps").as_deref(), Some("k6.rps 3 include suites/x.toml:11"));
    assert_eq!(of("a[vus=9]", "k6.vus").as_deref(), Some("k6.vus 9 axis vus suites/x.toml:10"));
}

#[test]
fn programs_get_ids_axes_states_and_layers() {
    let space = layered();
    howitzer(&space, &["build", "x", "plain[vus=1]"]).expect_code(0);
    let said = howitzer(&space, &["list", "x", "plain", "--trace", "--format", "json"]).expect_code(0);
    let listed: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(listed[0]["id"], "plain[vus=1]");
    assert_eq!((&listed[0]["suite"], &listed[0]["test"]), (&"x".into(), &"plain".into()));
    assert_eq!(listed[0]["axes"]["vus"], 1);
    assert_eq!((&listed[0]["state"], &listed[1]["state"]), (&"fresh".into(), &"stale".into()));
    assert_eq!(listed[1]["reason"], "never built");
    assert_eq!(listed[0]["trials"].as_array().map(Vec::len), Some(2));
    let vus = listed[1]["fields"].as_array().and_then(|all| all.iter().find(|one| one["field"] == "k6.vus"));
    let vus = vus.expect("the field");
    assert_eq!((&vus["value"], &vus["layer"], &vus["line"]), (&2.into(), &"axis vus".into(), &10.into()));
    let lines = howitzer(&space, &["list", "x", "plain", "-v"]).expect_code(0).stdout;
    assert_eq!(lines, "fresh  plain[vus=1]\nstale  plain[vus=2]  never built\n");
    assert_eq!(
        howitzer(&space, &["list", "x", "plain"]).expect_code(0).stdout,
        "plain[vus=1]\nplain[vus=2]\n"
    );
}
