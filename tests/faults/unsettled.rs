//! What comes, goes or changes while a build goes on: the next build sees it, and no stamp hides it.

use std::fs;
use std::time::Duration;

use crate::fake::{SUMMARY, build, faulty, howitzer};
use crate::space::Space;
use crate::stopped::until;

/// A suite with a payload, declared data, an axis of files, and an outside target whose identity is a command.
fn space() -> Space {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    space.write(
        "k6_templates/plain.js",
        "{{ k6_opts }}\nopen('{{ payload_path }}');\nexport default () => {};\n",
    );
    for (file, text) in [("payloads/p/a.json", "1"), ("data/a.csv", "1"), ("answer", "first")] {
        space.write(file, text);
    }
    let target =
        "[target.box]\nbase_url = \"127.0.0.1:9\"\nidentity = [{ command = [\"cat\", \"answer\"] }]\n";
    space.write("howitzer.toml", &format!("{}\n{target}", space.read("howitzer.toml")));
    space.write(
        "suites/digits.toml",
        "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\ntarget = \"box\"\ninputs = [\"data/*.csv\"]\n\
         k6 = { vus = 1, duration = \"1s\" }\nmatrix.payload = { glob = \"p/*.json\" }\n",
    );
    // What changed within a tick of a build's beginning leaves no stamp anyway.
    std::thread::sleep(Duration::from_millis(50));
    space
}

/// Builds, changes something when the outputs are about to be written, and returns what the next build says.
fn next_after(change: fn(&Space)) -> (Option<i32>, usize, String) {
    let space = space();
    let Ok(stopped) = until(&space, &["build", "digits"], "/results.json") else { panic!("no such step") };
    change(&space);
    assert_eq!(stopped.go_on().expect_code(0).runs().len(), 1);
    let next = build(&space);
    let again = howitzer(&space, &["build", "digits", "-n", "-v", "--probe"]);
    assert!(next.code != Some(0) || !again.stdout.contains("(file"), "{}", again.stdout);
    (next.code, next.runs().len(), next.stderr)
}

#[test]
fn data_that_came_while_a_build_ended_counts_for_the_next_one() {
    let (code, runs, said) = next_after(|space| space.write("data/b.csv", "2"));
    assert!((code, runs) == (Some(0), 1) && said.contains("(file data/b.csv added)"), "{said}");
}

#[test]
fn data_that_went_while_a_build_ended_counts_for_the_next_one() {
    let (code, runs, said) = next_after(|space| {
        space.write("data/b.csv", "2");
        fs::remove_file(space.path("data/a.csv")).expect("removes");
    });
    assert!((code, runs) == (Some(0), 1) && said.contains("removed"), "{said}");
}

#[test]
fn a_payload_that_came_while_a_build_ended_is_a_case_of_the_next_one() {
    let (code, runs, said) = next_after(|space| space.write("payloads/p/b.json", "2"));
    assert!((code, runs) == (Some(0), 1) && said.contains("b.json] (never built)"), "{said}");
}

#[test]
fn a_payload_that_went_while_a_build_ended_is_missed_by_the_next_one() {
    let gone = |space: &Space| fs::remove_file(space.path("payloads/p/a.json")).expect("removes");
    let (code, _, said) = next_after(gone);
    assert_eq!(code, Some(3), "{said}");
}

#[test]
fn a_target_that_changed_while_a_build_ended_is_another_one_for_the_next_one() {
    let (code, runs, said) = next_after(|space| space.write("answer", "second"));
    assert!((code, runs) == (Some(0), 1) && said.contains("target box"), "{said}");
}

#[test]
fn a_build_in_which_nothing_changed_leaves_a_stamp_that_answers() {
    let space = space();
    build(&space).expect_code(0);
    build(&space).expect_code(0);
    // As a plain build looks at the folders only, it does not see this.
    let views = fs::read_dir(space.path("out/digits/results")).expect("lists");
    for view in views.flatten() {
        fs::write(view.path(), "edited").expect("writes");
    }
    let said = build(&space).expect_code(0);
    assert!(said.runs().is_empty() && !said.stderr.contains("wrote"), "{}", said.stderr);
}
