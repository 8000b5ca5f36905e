//! The ancestor's users: their JSON, their environment, their folders and their Job, through the binary.

mod beside;
mod folder;
mod import;
mod job;
mod runs;
#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod space;

use folder::Folder;

const PLAIN: &str = r#"{"name": "plain", "template": "t.js", "base_url": "http://127.0.0.1:1", "model_name": "m", "k6_opts": {"vus": [10, 2], "duration": "2s"}}"#;

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn the_environment_names_the_suite_and_is_announced_on_one_line() {
    let folder = Folder::with(PLAIN);
    let said = folder.run(&["list"]).expect_code(0);
    assert_eq!(said.stdout, "plain[vus=10]\nplain[vus=2]\n");
    let announced = "no suite is named: `config.json` (CONFIG_FILE), templates in `k6_test/` (TEMPLATE_DIR)";
    assert_eq!(said.stderr.matches(announced).count(), 1, "{}", said.stderr);
    assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    let one = folder.run(&["list", "*vus=2]"]).expect_code(0);
    assert_eq!(one.stdout, "plain[vus=2]\n", "a pattern selects cases of it");
    assert_eq!(folder.run(&["list", "-q"]).expect_code(0).stderr, "");
}

#[test]
fn a_suite_that_is_named_is_the_one_that_is_meant() {
    let folder = Folder::with(PLAIN);
    folder.write("other.json", &folder.read("config.json").replace("plain", "other"));
    folder.write("k6_templates/t.js", folder::EVERY_KEY);
    let said = folder.run(&["list", "other.json"]).expect_code(0);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("other[vus=10]\nother[vus=2]\n", ""));
}

#[test]
fn a_variable_that_is_there_for_another_program_is_not_read_and_that_is_told() {
    let folder = Folder::with(PLAIN);
    folder.write("app.json", "{\"port\": 80}");
    for (value, why) in [("app.json", "holds no `test_configs`"), ("absent.json", "cannot be read")] {
        let said = folder.run_with(&["list"], &[("CONFIG_FILE", value)]).expect_code(2);
        contains(&said.stderr, &["no `howitzer.toml`", "hint: `CONFIG_FILE` is set, but", value, why]);
    }
    folder.write("howitzer.toml", "[workspace]\ndefault-suites = [\"own\"]\n");
    folder.write("k6_templates/t.js", folder::EVERY_KEY);
    folder.write("suites/own.toml", "[[test]]\nname = \"own\"\ntemplate = \"t.js\"\nbase_url = \"\"\nmodel_name = \"\"\npayload = \"a\"\n");
    folder.write("payloads/a", "");
    folder.write("k6_templates/t.js", "{{ k6_opts }}\nexport default function () {}\n");
    let said = folder.run_with(&["list"], &[("CONFIG_FILE", "app.json")]).expect_code(0);
    assert_eq!(said.stdout, "own\n");
    contains(&said.stderr, &["`app.json` holds no `test_configs`: the default suites are meant"]);
    let wrong = Folder::with("{\"name\": }");
    contains(&wrong.run(&["list"]).expect_code(3).stderr, &["config.json:1:"]);
}

#[test]
fn the_options_have_the_ancestors_text_with_exploded_keys_first() {
    let folder = Folder::with(
        r#"{"name": "a", "template": "t.js", "k6_opts": {
            "userAgent": "it's", "throw": false, "noConnectionReuse": "True", "tags": {"a": 1, "none": null}, "rps": 5,
            "thresholds": {"iterations": [{"threshold": "count>0", "abortOnFail": true}]},
            "duration": ["2s"], "vus": [10]}}"#,
    );
    let expected = "export let options = {\n    'duration': '2s',\n    'vus': '10',\n    'userAgent': 'it\\'s',\n    'throw': false,\n    \
                    'noConnectionReuse': true,\n    'tags': {\"a\":1,\"none\":null},\n    'rps': '5',\n    \
                    'thresholds': {\"iterations\":[{\"threshold\":\"count>0\",\"abortOnFail\":true}]}\n};\n\
                    // a||t.js|||\nexport default function () {}";
    assert_eq!(folder.script("a_0"), expected);
}

#[test]
fn two_options_give_the_bytes_of_the_ancestors_document() {
    let folder =
        Folder::with(r#"{"name": "a", "template": "t.js", "k6_opts": {"vus": 10, "duration": "2s"}}"#);
    folder.write("k6_test/t.js", "{{k6_opts}}\n");
    assert_eq!(folder.script("a_0"), "export let options = {\n    'vus': '10',\n    'duration': '2s'\n};");
}

#[test]
fn lists_explode_in_the_order_of_the_file_and_are_counted_from_zero() {
    let folder = Folder::with(
        r#"{"name": "t", "template": "t.js", "k6_opts": {"duration": ["1s", "2s"], "vus": [10, 2]}}, {"name": "a", "template": "t.js", "k6_opts": {"vus": 1}}"#,
    );
    let ids = folder.run(&["list"]).expect_code(0).stdout;
    let expected =
        "t[duration=1s,vus=10]\nt[duration=1s,vus=2]\nt[duration=2s,vus=10]\nt[duration=2s,vus=2]\na\n";
    assert_eq!(ids, expected);
    contains(&folder.script("t_2"), &["'duration': '2s',\n    'vus': '10'"]);
    assert_eq!(folder.names("out/config/render"), ["a_0.js", "t_0.js", "t_1.js", "t_2.js", "t_3.js"]);
}

#[test]
fn every_key_of_a_test_is_a_template_variable_and_what_is_missing_is_empty() {
    let folder = Folder::with(
        r#"{"name": "foo", "template": "t.js", "who": "it's", "flag": true, "deep": {"a": [true, "x"], "n": 1.5}, "k6_opts": {"vus": [1, 2]}},
           {"name": "foo_bar", "description": "d", "template": "t.js", "payload": "p.json", "base_url": "u", "model_name": "m",
            "who": "`${x}` \"q\"\n", "flag": false, "deep": [], "k6_opts": {"vus": [1]}}"#,
    );
    folder.write(
        "k6_test/t.js",
        "{{k6_opts}}\n// {{ name }}|{{ description }}|{{ payload }}|{{ base_url }}|{{ model_name }}\n\
         export const values = ['{{ who }}', {{ flag }}, {{ deep }}, {{ deep | tojson }}];\nexport default function () {}\n",
    );
    contains(
        &folder.script("foo_1"),
        &["// foo||||\n", r#"['it\'s', true, {"a": [true, "x"], "n": 1.5}, {"a":[true,"x"],"n":1.5}]"#],
    );
    contains(
        &folder.script("foo_bar_0"),
        &["// foo_bar|d|p.json|u|m\n", r#"['\`\${x}\` \"q\"\n', false, [], []]"#],
    );
    assert_eq!(folder.names("out/config/render"), ["foo_0.js", "foo_1.js", "foo_bar_0.js"]);
}

#[test]
fn one_newline_at_the_end_of_each_template_is_dropped_as_its_engine_did() {
    let folder = Folder::with(r#"{"name": "a", "template": "t.js", "k6_opts": {"vus": 1}}"#);
    folder.write("k6_test/part.js", "const part = 1;\n");
    folder.write("k6_test/t.js", "{% include \"part.js\" %}{# #} const more = 2;\r\n{{k6_opts}}\r\n\r\n");
    let expected = "const part = 1; const more = 2;\nexport let options = {\n    'vus': '1'\n};\n";
    assert_eq!(folder.script("a_0"), expected);
}

#[test]
fn a_threshold_on_check_is_read_as_one_on_checks_and_that_is_told() {
    let folder = Folder::with(
        r#"{"name": "a", "template": "t.js", "k6_opts": {"vus": 1, "thresholds": {"check{g:1}": ["value>0.9"], "checks": ["rate>0.1"], "check": ["value>0.5", {"threshold": "value > 0.6", "abortOnFail": true}]}}}"#,
    );
    let script = folder.script("a_0");
    contains(
        &script,
        &[
            r#"{"checks{g:1}":["rate>0.9"],"checks":["rate>0.1","rate>0.5",{"threshold":"rate > 0.6","abortOnFail":true}]}"#,
        ],
    );
    let said = folder.run(&["build", "-n"]).expect_code(0);
    contains(
        &said.stderr,
        &["config.json:1:", "k6 has no metric `check`: read as `checks`, its `value` as `rate`"],
    );
}

#[test]
fn what_is_odd_in_a_file_is_a_note() {
    let test = |name: &str| format!(r#"{{"name": "{name}", "template": "t.js", "k6_opts": {{"vus": 1}}}}"#);
    let names = ["0-warmup", "Warm up", "warm_up_2", "swarm"].map(test).join(",");
    let folder = Folder::with(&names);
    let config = folder.read("config.json");
    folder.write(
        "config.json",
        &config.replacen('{', "{\"owner\": \"me\", \"rendering_configs\": {\"title\": \"T\"}, ", 1),
    );
    folder.write("k6_test/t.js", "export default function () {}");
    let said = folder.run(&["build", "-n"]).expect_code(0);
    contains(&said.stderr, &["config.json: the top-level key `owner` has no meaning"]);
    assert_eq!(said.stderr.matches("is measured like any other test").count(), 3, "{}", said.stderr);
    contains(
        &said.stderr,
        &["`0-warmup` and `Warm up` are one measurement: their scripts are the same, and so are 2 more"],
    );
    contains(&said.stderr, &["`0-warmup` is measured", "role = \"warmup\""]);
    contains(
        &said.stderr,
        &["the template of `swarm` never prints `{{ k6_opts }}`: its k6 options have no effect"],
    );
}

#[test]
fn lists_that_never_exploded_and_empty_ones_are_mistakes_all_in_one_pass() {
    let folder = Folder::with(
        "{\"name\": \"a\", \"template\": \"t.js\",\n\"base_url\": [\"u\"],\n\"payload\": [\"p\"],\n\"k6_opts\": {\"vus\": [],\n\"duration\": {}}}",
    );
    let said = folder.run(&["list"]).expect_code(3).stderr;
    contains(
        &said,
        &[
            "config.json:2:13",
            "a list of `base_url` does not explode here",
            "hint: `howitzer import config.json -o suites/NAME.toml` makes an axis of it",
            "config.json:3:12",
            "config.json:4:20",
            "the axis `vus` has no values",
            "config.json:5:13",
        ],
    );
    contains(&Folder::with("").run(&["list"]).expect_code(3).stderr, &["`test_configs` is empty"]);
}

#[test]
fn a_template_that_is_elsewhere_is_told_with_the_ways_to_say_where() {
    let folder = Folder::with(PLAIN);
    let said = folder.run_with(&["list", "config.json"], &[] as &[(&str, &str)]).expect_code(3).stderr;
    contains(&said, &["no template `t.js` in `k6_templates/`", "[workspace] templates", "`TEMPLATE_DIR`"]);
}

#[test]
fn remote_write_is_that_of_the_environment() {
    let folder = Folder::with(PLAIN);
    let build = |address: &str| {
        let environment = [
            ("CONFIG_FILE", "config.json"),
            ("TEMPLATE_DIR", "k6_test"),
            ("K6_PROMETHEUS_REMOTE_URL", address),
        ];
        folder.run_with(&["build"], &environment).expect_code(0)
    };
    let said = build("http://me:hunter2@127.0.0.1:1/api/v1/write");
    contains(
        &said.stderr,
        &[
            "runs are sent on to `http://127.0.0.1:1/api/v1/write` while they go on",
            "nothing of the run reached Prometheus at `http://127.0.0.1:1/api/v1/write`: connection refused",
        ],
    );
    assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
    contains(&build("nowhere").stderr, &["`K6_PROMETHEUS_REMOTE_URL` is set, but holds no address"]);
}
