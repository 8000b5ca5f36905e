//! Defaults, profiles and the command line over suites; suites in JSON and in folders. Through the binary;
//! a fake k6 stands in where a build runs.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

#[path = "../faults/fake.rs"]
#[allow(dead_code, reason = "shared with the tests of faults")]
mod fake;

mod any_axis;
mod folders;
mod json;
mod mistakes;
mod stamps;
mod trace;

use fake::{SUMMARY, faulty, howitzer};
use space::{Said, Space};

const MANIFEST: &str = r#"
[defaults]
template = "t.js"
vars = { low = 1, high = 1 }
k6 = { tags = { team = "a", of = "workspace" } }
[profile.ci]
repeat = 1
set = { "k6.duration" = "1s", "k6.scenarios.*.duration" = "2s" }
[profile.long]
set = { "k6.duration" = "9s" }
[profile.many]
axis = { vus = [10, 20] }
[target.one]
base_url = "http://127.0.0.1:1"
[target.two]
base_url = "http://127.0.0.1:2"
"#;

const SUITE: &str = r#"
[defaults]
vars = { high = 2 }
k6 = { tags = { of = "suite" } }
[[test]]
name = "plain"
repeat = 2
k6 = { duration = "3s" }
[test.matrix]
vus = [1, 2]
[[test]]
name = "rate"
[test.k6.scenarios.load]
executor = "constant-arrival-rate"
duration = "3s"
preAllocatedVUs = 5
[test.matrix]
"k6.scenarios.load.rate" = [5, 10]
model = [{ label = "svm", set = { "vars.m" = 1 } }, { label = "big", set = { "vars.m" = 2 } }]
"#;

const TEMPLATE: &str = "{{ k6_opts }}\nconst seen = [{{ vars | json }}, '{{ base_url | default(value=\"none\") }}', \
                        '{{ model_name | default(value=\"none\") }}', '{{ payload_path | default(value=\"none\") }}'];\n\
                        export default function () { return seen; }\n";

/// A workspace with both, and a fake k6 that logs each run.
fn layered() -> Space {
    let space = faulty(&format!("echo run >> \"$(dirname \"$0\")/log\"\necho '{SUMMARY}' > $SUMMARY"));
    std::fs::remove_file(space.path("suites/digits.toml")).expect("the fake's own suite");
    space.write("howitzer.toml", MANIFEST);
    space.write("suites/x.toml", SUITE);
    space.write("k6_templates/t.js", TEMPLATE);
    space
}

#[track_caller]
fn ids(space: &Space, flags: &[&str]) -> Vec<String> {
    let said = howitzer(space, &[&["list", "x"], flags].concat()).expect_code(0);
    said.stdout.lines().map(str::to_owned).collect()
}

#[track_caller]
fn script(space: &Space, case: &str, flags: &[&str]) -> String {
    howitzer(space, &[&["render", "x"], flags].concat()).expect_code(0);
    space.read(&format!("out/x/render/{case}.js"))
}

#[track_caller]
fn refused(space: &Space, flags: &[&str], code: i32, parts: &[&str]) -> Said {
    let said = howitzer(space, &[&["list", "x"], flags].concat()).expect_code(code);
    for part in parts {
        assert!(said.stderr.contains(part), "{flags:?}: {part} is missing in:\n{}", said.stderr);
    }
    said
}

#[test]
fn a_test_lies_over_its_suite_and_the_suite_over_the_workspace_key_by_key() {
    let space = layered();
    let text = script(&space, "plain[vus=1]", &[]);
    for part in [r#""low":1,"high":2"#, r#""team": "a""#, r#""of": "suite""#] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn a_default_of_the_workspace_that_is_wrong_is_told_once_where_it_stands() {
    let space = layered();
    space.edit("howitzer.toml", "[defaults]", "[defaults]\ncooldown = 5");
    let said = refused(&space, &[], 3, &["howitzer.toml:3:12", "expected a duration"]);
    assert_eq!(said.stderr.matches("error:").count(), 1, "{}", said.stderr);
    space.edit("howitzer.toml", "cooldown = 5", "cooldwon = \"5s\"");
    refused(&space, &[], 3, &["howitzer.toml:3:1", "did you mean `cooldown`?"]);
}

#[test]
fn what_a_suite_says_of_its_age_lies_over_the_defaults_of_all_suites() {
    let space = layered();
    howitzer(&space, &["build", "x"]).expect_code(0);
    space.edit("howitzer.toml", "[defaults]", "[defaults]\nmax_age = \"1ms\"");
    howitzer(&space, &["build", "x", "--check"]).expect_code(6);
    space.write("suites/x.toml", &format!("[suite]\nmax_age = \"never\"\n{SUITE}"));
    howitzer(&space, &["build", "x", "--check"]).expect_code(0);
}

#[test]
fn a_profile_shortens_every_test_in_its_own_way() {
    let space = layered();
    assert!(script(&space, "plain[vus=1]", &["-P", "ci"]).contains(r#""duration": "1s""#));
    let text = script(&space, "rate[rate=5,model=svm]", &["-P", "ci"]);
    assert!(text.contains(r#""duration": "2s""#) && !text.contains(r#""1s""#), "{text}");
    let said = howitzer(&space, &["build", "x", "-n", "-P", "ci"]).expect_code(0);
    assert!(said.stderr.contains("6 cases, 0 cached, 6 to run"), "one trial each: {}", said.stderr);
    assert!(!said.stderr.contains("does not reach"), "{}", said.stderr);
}

#[test]
fn a_profile_may_give_options_as_tables_too() {
    let space = layered();
    space.edit("howitzer.toml", "[profile.long]", "[profile.tables.k6]\nduration = \"6s\"\ntags = { more = \"m\" }\nscenarios.load.duration = \"7s\"\n[profile.long]");
    let text = script(&space, "plain[vus=1]", &["-P", "tables"]);
    for part in [r#""duration": "6s""#, r#""more": "m""#, r#""of": "suite""#] {
        assert!(text.contains(part) && !text.contains("scenarios"), "{part} is missing in:\n{text}");
    }
    let text = script(&space, "rate[rate=5,model=svm]", &["-P", "tables"]);
    assert!(text.contains(r#""duration": "7s""#) && !text.contains(r#""6s""#), "{text}");
}

#[test]
fn of_two_profiles_the_later_is_on_top_and_the_command_line_over_both() {
    let space = layered();
    let of = |flags: &[&str]| script(&space, "plain[vus=1]", flags);
    assert!(of(&["-P", "ci", "-P", "long"]).contains(r#""duration": "9s""#));
    assert!(of(&["-P", "long", "-P", "ci"]).contains(r#""duration": "1s""#));
    assert!(of(&["--set", "k6.duration=4s", "-P", "long"]).contains(r#""duration": "4s""#));
    assert!(of(&["--set", "k6.duration=4s", "--set", "k6.duration=5s"]).contains(r#""duration": "5s""#));
}

#[test]
fn a_field_that_a_test_has_no_place_for_is_told_and_leaves_it_as_it_is() {
    let space = layered();
    let said = howitzer(&space, &["build", "x", "-n", "-P", "long"]).expect_code(0);
    let note = "`k6.duration` of profile long does not reach the test `rate`: it has scenarios";
    assert!(said.stderr.contains(note) && said.stderr.contains("howitzer.toml:10:9"), "{}", said.stderr);
    assert!(script(&space, "rate[rate=5,model=svm]", &["-P", "long"]).contains(r#""duration": "3s""#));
}

#[test]
fn a_swept_field_that_is_set_leaves_its_axis_with_one_value() {
    let space = layered();
    assert_eq!(ids(&space, &["plain", "--set", "vus=7"]), ["plain[vus=7]"]);
    assert_eq!(ids(&space, &["plain", "--set", "k6.vus=7"]), ["plain[vus=7]"]);
    assert!(script(&space, "plain[vus=7]", &["--set", "vus=7"]).contains(r#""vus": 7"#));
    let set = ["rate", "--set", "k6.scenarios.load.rate=6"];
    assert_eq!(ids(&space, &set), ["rate[rate=6,model=svm]", "rate[rate=6,model=big]"]);
}

#[test]
fn an_axis_of_labels_is_left_with_the_one_that_is_set() {
    let space = layered();
    let set = ["rate", "--set", "model=big"];
    assert_eq!(ids(&space, &set), ["rate[rate=5,model=big]", "rate[rate=10,model=big]"]);
    // What a labelled value sets beside others is replaced, and the label stays.
    space.edit("suites/x.toml", "\"vars.m\" = 2", "\"vars.m\" = 2, \"vars.n\" = 3");
    let text = script(&space, "rate[rate=5,model=big]", &["--set", "vars.m=9"]);
    assert!(text.contains(r#""m":9,"n":3"#), "{text}");
}

#[test]
fn an_axis_takes_other_values_and_a_field_becomes_an_axis() {
    let space = layered();
    assert_eq!(ids(&space, &["plain", "--axis", "vus=3,4"]), ["plain[vus=3]", "plain[vus=4]"]);
    let range = ["plain", "--axis", "vus={from=1,to=8,factor=2}"];
    assert_eq!(ids(&space, &range), ["plain[vus=1]", "plain[vus=2]", "plain[vus=4]", "plain[vus=8]"]);
    let added = ["plain", "--axis", "vars.x=a,b", "--set", "vus=1"];
    assert_eq!(ids(&space, &added), ["plain[vus=1,x=a]", "plain[vus=1,x=b]"]);
    let labels = ["rate", "--axis", "model=big", "--axis", "k6.scenarios.load.rate=7"];
    assert_eq!(ids(&space, &labels), ["rate[rate=7,model=big]"]);
    assert_eq!(ids(&space, &["plain", "-P", "many"]), ["plain[vus=10]", "plain[vus=20]"]);
    assert_eq!(ids(&space, &["plain", "-P", "many", "--axis", "vus=3"]), ["plain[vus=3]"]);
    // The axis of the command line lies over what a profile sets.
    let over = ["plain", "-P", "long", "--axis", "duration=5s,6s", "--set", "vus=1"];
    assert_eq!(ids(&space, &over), ["plain[vus=1,duration=5s]", "plain[vus=1,duration=6s]"]);
    assert!(script(&space, "plain[vus=1,duration=5s]", &over).contains(r#""duration": "5s""#));
}

#[test]
fn conditions_select_cases_by_their_parameters() {
    let space = layered();
    for (condition, expected) in [
        ("vus>1", &["plain[vus=2]"][..]),
        ("vus=1", &["plain[vus=1]"]),
        ("rate >= 10 and model == \"svm\"", &["rate[rate=10,model=svm]"]),
        ("k6.scenarios.load.rate * 2 == 10 and model in ['svm']", &["rate[rate=5,model=svm]"]),
        ("model!=svm", &["rate[rate=5,model=big]", "rate[rate=10,model=big]"]),
    ] {
        assert_eq!(ids(&space, &["--where", condition]), expected, "{condition}");
    }
    let both = ["--where", "rate>5", "--where", "model=svm"];
    assert_eq!(ids(&space, &both), ["rate[rate=10,model=svm]"]);
    let said = howitzer(&space, &["build", "x", "--where", "vus=1"]).expect_code(0);
    assert_eq!(said.runs().len(), 2, "two trials: {}", said.stderr);
    let status = howitzer(&space, &["status", "x", "--where", "vus<=2"]).expect_code(0).stdout;
    assert!(status.starts_with("cached") && status.contains("stale   plain[vus=2]"), "{status}");
    let drawn =
        howitzer(&space, &["graph", "x", "--level", "case", "--where", "vus=1"]).expect_code(0).stdout;
    assert!(drawn.contains("plain"), "{drawn}");
    howitzer(&space, &["render", "x", "--where", "vus=2"]).expect_code(0);
    assert!(space.path("out/x/render/plain[vus=2].js").exists());
}

#[test]
fn durations_are_compared_as_durations() {
    let space = layered();
    let axis = ["plain", "--set", "vus=1", "--axis", "duration=5s,10s,1m"];
    let at_least = [&axis[..], &["--where", "duration>=10s"]].concat();
    assert_eq!(ids(&space, &at_least), ["plain[vus=1,duration=10s]", "plain[vus=1,duration=1m]"]);
    let equal = [&axis[..], &["--where", "duration=60s"]].concat();
    assert_eq!(ids(&space, &equal), ["plain[vus=1,duration=1m]"]);
}

#[test]
fn the_ancestors_json_takes_fields_from_the_command_line_too() {
    let space = layered();
    std::fs::remove_file(space.path("suites/x.toml")).expect("removes");
    let text = r#"{"test_configs": [{"name": "a", "template": "t.js", "k6_opts": {"vus": [1, 2], "duration": "3s"}}]}"#;
    space.write("suites/x.json", text);
    assert_eq!(ids(&space, &[]).len(), 2);
    assert_eq!(ids(&space, &["--set", "vus=5"]).len(), 1);
    howitzer(&space, &["render", "x", "--set", "k6.duration=7s"]).expect_code(0);
    let rendered = std::fs::read_dir(space.path("out/x/render")).expect("rendered");
    for script in rendered.map(|entry| std::fs::read_to_string(entry.expect("entry").path()).expect("script"))
    {
        assert!(script.contains("'duration': '7s'"), "{script}");
    }
    refused(&space, &["--set", "repeat=2"], 2, &["`repeat` reaches no test"]);
}
