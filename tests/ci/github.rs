//! What GitHub is told: the job's summary, and annotations at the suite's lines.

use crate::space::Space;
use crate::{build, crossing};

fn commands(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.starts_with("::")).collect()
}

#[test]
fn the_summary_is_added_to_and_tells_ran_from_cached() {
    let space = Space::new();
    crossing(&space);
    let file = space.path("summary.md");
    space.write("summary.md", "# An earlier step\n");
    let variables = [("GITHUB_STEP_SUMMARY", file.to_str().expect("text"))];
    let first = build(&space, &[], &variables).expect_code(99);
    assert_eq!(commands(&first.stderr), [] as [&str; 0], "annotations are for GitHub's runner alone");
    let text = space.read("summary.md");
    let head =
        "# An earlier step\n## Digits\n\n**Failed, exit 99**: 2 cases, 1 missed; 2 runs ran, 0 cached\n";
    assert!(text.starts_with(head), "{text}");
    assert!(
        text.contains(
            "\n- missed grpc\\[vus=1,payload=digits-64.json\\]: threshold crossed: iterations count&lt;1: "
        ),
        "{text}"
    );
    assert!(text.contains("| ran (never built) |"), "{text}");
    // Nothing is stale now, and it tells of every case all the same.
    build(&space, &[], &variables).expect_code(99);
    let more = space.read("summary.md");
    let second = more.strip_prefix(&text).expect("what was there stays");
    assert!(second.contains("; 0 runs ran, 2 cached ("), "{second}");
    assert_eq!(second.matches("| cached, ").count(), 2, "{second}");
}

#[test]
fn a_missed_case_is_an_error_at_the_line_of_its_test_in_the_repository() {
    let space = Space::new();
    crossing(&space);
    let root = space.path("").canonicalize().expect("exists");
    let repository = root.parent().expect("a folder");
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_WORKSPACE", repository.to_str().expect("text"))];
    let line = |space: &Space| {
        let suite = space.read("suites/digits.toml");
        1 + suite.lines().enumerate().filter(|(_, line)| *line == "[[test]]").nth(1).expect("the test").0
    };
    for _ in 0..2 {
        let said = build(&space, &[], &variables).expect_code(99);
        let folder = root.file_name().expect("a name").to_str().expect("text");
        let expected = format!(
            "::error file={folder}/suites/digits.toml,line={},title=howitzer%3A missed::\
             grpc[vus=1,payload=digits-64.json]%0Athreshold crossed: iterations count<1: ",
            line(&space)
        );
        let errors: Vec<&str> =
            commands(&said.stderr).into_iter().filter(|line| line.starts_with("::error")).collect();
        let [error] = errors[..] else { panic!("{}", said.stderr) };
        let reached = error.strip_prefix(&expected).and_then(|reached| reached.parse::<u32>().ok());
        assert!(reached.is_some_and(|reached| reached >= 1), "what was reached: {error}");
        assert!(!said.stdout.contains("::error"), "standard output carries data");
    }
}

#[test]
fn a_summary_that_cannot_be_written_is_told_and_changes_no_exit() {
    let space = Space::new();
    let nowhere = space.path("no/such/folder.md");
    let said = build(&space, &[], &[("GITHUB_STEP_SUMMARY", nowhere.to_str().expect("text"))]).expect_code(0);
    assert!(said.stderr.contains("note there is no summary for GitHub: "), "{}", said.stderr);
    let refused = build(&space, &["--report", "report.txt"], &[]).expect_code(2);
    assert!(refused.stderr.contains("hint: the endings are `.md`"), "{}", refused.stderr);
    space.write("file", "");
    let unwritable = build(&space, &["--report", "file/report.md"], &[]).expect_code(1);
    assert!(unwritable.stderr.contains("2 cached"), "{}", unwritable.stderr);
}
