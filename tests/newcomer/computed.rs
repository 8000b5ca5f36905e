//! Paths that a script computes: only k6 itself can tell what they lead to, and it is asked for each value.

use crate::space::Space;

/// A suite without a target, whose script opens what a variable says.
fn opening(first: &str, second: &str) -> Space {
    let space = Space::new();
    space.write(
        "k6_templates/computed.js",
        "const path = '{{ vars.path }}';\nconst data = open(path);\n{{ k6_opts }}\n\
         export default function () { if (!data) { throw new Error('nothing'); } }\n",
    );
    space.write(
        "suites/computed.toml",
        &format!(
            "[[test]]\nname = \"t\"\ntemplate = \"computed.js\"\ninputs = [\"payloads/digits-1.json\"]\n\
             k6 = {{ vus = 1, iterations = 1 }}\nmatrix.\"vars.path\" = [\"{first}\", \"{second}\"]\n"
        ),
    );
    space
}

#[test]
fn every_value_of_a_computed_path_is_looked_at_before_any_load() {
    let space = opening("../payloads/digits-1.json", "../payloads/digits-64.json");
    let refused = space.run(&["build", "computed"]).expect_code(3);
    assert!(refused.runs().is_empty(), "{}", refused.stderr);
    for part in ["payloads/digits-64.json", "declare it in the test: inputs = [\"payloads/digits-64.json\"]"]
    {
        assert!(refused.stderr.contains(part), "{part} is missing in:\n{}", refused.stderr);
    }
    space.edit("suites/computed.toml", "digits-1.json\"]", "digits-1.json\", \"payloads/digits-64.json\"]");
    assert_eq!(space.run(&["build", "computed"]).expect_code(0).runs().len(), 2);
    assert!(space.run(&["build", "computed"]).expect_code(0).runs().is_empty());
}

#[test]
fn an_absolute_path_of_a_later_value_is_refused() {
    let outside = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(outside.path(), "1").expect("writes");
    let space = opening("../payloads/digits-1.json", &outside.path().to_string_lossy());
    let refused = space.run(&["build", "computed"]).expect_code(3);
    assert!(
        refused.runs().is_empty() && refused.stderr.contains("lies outside the workspace"),
        "{}",
        refused.stderr
    );
    space.edit("suites/computed.toml", &format!(", \"{}\"", outside.path().display()), "");
    assert_eq!(space.run(&["build", "computed"]).expect_code(0).runs().len(), 1);
}
