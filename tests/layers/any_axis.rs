//! Any field is an axis.

use crate::{howitzer, layered, script};

/// A sweep of this axis has a case whose id ends so, and whose script holds `part`.
#[track_caller]
fn swept(axis: &str, id: &str, part: &str) {
    let space = layered();
    space.write("suites/x.toml", &format!("[[test]]\nname = \"a\"\nk6.vus = 1\n[test.matrix]\n{axis}\n"));
    space.write("k6_templates/u.js", "{{ k6_opts }}\nexport default function () { return 'other'; }\n");
    assert!(crate::ids(&space, &[]).iter().any(|other| other == id), "{:?}", crate::ids(&space, &[]));
    howitzer(&space, &["render", "x", id]).expect_code(0);
    let mut rendered = std::fs::read_dir(space.path("out/x/render")).expect("rendered");
    let only = rendered.next().expect("one script").expect("an entry").path();
    let text = std::fs::read_to_string(only).expect("a script");
    assert!(rendered.next().is_none() && text.contains(part), "{part} is missing in:\n{text}");
}

#[test]
fn k6_options_and_what_is_in_them_are_axes() {
    swept("vus = [1, 2]\nduration = [\"1s\"]", "a[vus=2,duration=1s]", r#""vus": 2"#);
    swept("\"k6.tags.team\" = [\"p\", \"q\"]", "a[team=q]", r#""team": "q""#);
    swept(
        "stages = [[{ duration = \"1s\", target = 3 }]]",
        r#"a[stages=[{"duration":"1s","target":3}]]"#,
        r#""target": 3"#,
    );
}

#[test]
fn payloads_addresses_templates_models_vars_and_targets_are_axes() {
    swept("payload = [\"digits-1.json\"]", "a[payload=digits-1.json]", "payloads/digits-1.json");
    swept("base_url = [\"http://127.0.0.1:7\"]", "a[base_url=http://127.0.0.1:7]", "http://127.0.0.1:7");
    swept("template = [\"t.js\", \"u.js\"]", "a[template=u.js]", "other");
    swept("model_name = [\"svm\"]", "a[model_name=svm]", "'svm'");
    swept("\"vars.x\" = [{ a = 1 }]", r#"a[x={"a":1}]"#, r#""x":{"a":1}"#);
    swept("target = [\"one\", \"two\"]", "a[target=two]", "http://127.0.0.1:2");
}

#[test]
fn environment_variables_are_axes() {
    let space = layered();
    let suite = "[[test]]\nname = \"a\"\nk6.vus = 1\n[test.matrix]\n\"env.MODE\" = [\"p\", \"q\"]\n";
    space.write("suites/x.toml", suite);
    // They reach k6 and its key, not the script.
    assert_eq!(crate::ids(&space, &[]), ["a[MODE=p]", "a[MODE=q]"]);
    let said = howitzer(&space, &["build", "x"]).expect_code(0);
    assert_eq!(said.runs().len(), 2, "{}", said.stderr);
}

#[test]
fn whole_scenarios_are_labelled_values() {
    let axis = "shape = [{ label = \"open\", set = { \"k6.scenarios\" = { load = { executor = \"constant-arrival-rate\", rate = 5, duration = \"1s\", preAllocatedVUs = 2 } } } },\n\
                { label = \"closed\", set = { \"k6.scenarios.load\" = { executor = \"constant-vus\", vus = 3, duration = \"1s\" } } }]";
    let space = layered();
    space.write("suites/x.toml", &format!("[[test]]\nname = \"a\"\n[test.matrix]\n{axis}\n"));
    assert!(script(&space, "a[shape=open]", &[]).contains("constant-arrival-rate"));
    assert!(script(&space, "a[shape=closed]", &[]).contains(r#""executor": "constant-vus""#));
    // A field of them that is set lies over each.
    let text = script(&space, "a[shape=closed]", &["--set", "k6.scenarios.*.duration=4s"]);
    assert!(text.contains(r#""duration": "4s""#), "{text}");
}
