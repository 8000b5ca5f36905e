//! What `howitzer graph` draws on a terminal, in a pipe and into files.

use std::process::Output;

use super::screen::{Screen, Shown};
use super::{Workspace, command, space};

fn read(space: &Workspace, file: &str) -> String {
    std::fs::read_to_string(space.path(file)).expect("a file")
}

/// Edits the suite.
fn edit(space: &Workspace, from: &str, to: &str) {
    let text = read(space, "suites/x.toml");
    assert!(text.contains(from), "`{from}` is not in {text}");
    space.write("suites/x.toml", &text.replace(from, to));
}

/// Three cases are built, then two are added.
fn grown() -> Workspace {
    let space = space();
    assert!(command(&space, &["build", "x"]).output().expect("starts").status.success());
    edit(&space, "vus = [1, 2, 3]", "vus = [1, 2, 3, 40000, 50000]");
    space
}

fn drawn(columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Shown {
    let space = grown();
    let mut command = command(&space, &[&["graph", "x"], arguments].concat());
    command.envs(variables.iter().copied());
    let shown = Screen::new(60, columns).run(command, |_| {});
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    shown
}

fn piped(space: &Workspace, arguments: &[&str]) -> (String, String) {
    let Output { stdout, stderr, status } = command(space, arguments).output().expect("starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(status.success(), "{stdout}{stderr}");
    (stdout, stderr)
}

/// Signs, stems and blanks do not count: what is left must be the same however lines are wrapped.
fn words(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !"├└│─".contains(*letter)).collect()
}

#[test]
fn it_fits_the_terminal_and_nothing_is_lost() {
    for arguments in [&[][..], &["--stale"], &["-v"]] {
        let (whole, _) = piped(&grown(), &[&["graph", "x"], arguments].concat());
        for columns in [40, 80] {
            let shown = drawn(columns, arguments, &[]);
            let bytes = String::from_utf8_lossy(&shown.bytes).replace("\r\n", "\n");
            let bare: String = bytes
                .split('\u{1b}')
                .enumerate()
                .map(
                    |(number, part)| {
                        if number == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) }
                    },
                )
                .collect();
            for line in bare.lines() {
                assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}\n{bare}");
            }
            assert!(
                shown.text().contains("~ sweep") || shown.text().contains("~ because"),
                "{}",
                shown.text()
            );
            // Ages and measured times differ from build to build.
            if arguments == ["--stale"] {
                assert_eq!(words(&bare), words(&whole));
            }
        }
    }
}

#[test]
fn colours_are_for_terminals_only_and_never_alone() {
    assert!(drawn(80, &[], &[]).bytes.contains(&0x1b));
    let plain = drawn(80, &[], &[("NO_COLOR", "1")]);
    assert!(!plain.bytes.contains(&0x1b), "{}", plain.text());
    assert!(!drawn(80, &[], &[("TERM", "dumb")]).bytes.contains(&0x1b));
    let (piped, _) = piped(&grown(), &["graph", "x"]);
    assert!(!piped.contains('\u{1b}'), "{piped}");
    for text in [plain.text(), piped] {
        assert!(text.contains("~ vus=40000, 50000") && text.contains("✓ vus=1, 2, 3"), "{text}");
    }
}

#[test]
fn only_what_would_run_is_told_by_the_reason_of_a_dry_run() {
    let space = grown();
    let (stale, _) = piped(&space, &["graph", "x", "--stale"]);
    assert!(stale.contains("~ because never built → 2 runs, about 10s"), "{stale}");
    assert!(stale.contains("sweep[vus=40000]") && !stale.contains("sweep[vus=1]"), "{stale}");
    let (dry, dry_told) = piped(&space, &["build", "x", "-n"]);
    assert!(format!("{dry}{dry_told}").contains("because never built → 2 runs"), "{dry}{dry_told}");
    let (json, _) = piped(&space, &["graph", "x", "--stale", "--format", "json", "--level", "case"]);
    let graph: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let states: Vec<_> =
        graph["nodes"].as_array().expect("nodes").iter().map(|node| &node["state"]).collect();
    assert_eq!(states, ["stale", "stale", "pending"], "{json}");
    assert_eq!(graph["causes"][0]["text"], "never built");
    assert_eq!(graph["forecast"]["configured"], 2, "{json}");
}

#[test]
fn a_selector_narrows_what_is_drawn() {
    let space = grown();
    let (text, _) = piped(&space, &["graph", "x", "-v", "sweep[vus=40000]"]);
    assert!(text.contains("4 cases not selected") && text.contains("~ sweep[vus=40000]"), "{text}");
    assert!(!text.contains("vus=1]"), "{text}");
}

#[test]
fn a_run_of_unknown_length_is_taken_to_last_as_long_as_before() {
    let space = space();
    edit(&space, "k6 = { duration = \"5s\" }", "k6 = { iterations = 5 }");
    let (before, _) = piped(&space, &["graph", "x"]);
    assert!(before.contains("of unknown length (3 runs of unknown length)"), "{before}");
    piped(&space, &["build", "x"]);
    edit(&space, "cooldown = \"0s\"", "cooldown = \"0s\"\nmax_age = \"1ms\"");
    let (after, _) = piped(&space, &["graph", "x"]);
    assert!(after.contains("(3 runs as long as before)"), "{after}");
}

#[test]
fn files_are_drawn_in_the_form_of_their_ending() {
    let space = grown();
    let files = ["g.txt", "g.dot", "g.mmd", "g.json", "g.svg", "g.html"];
    let mut arguments = vec!["graph", "x"];
    for file in files {
        arguments.extend(["-o", file]);
    }
    let (printed, told) = piped(&space, &arguments);
    assert_eq!((printed.as_str(), told.matches("wrote").count()), ("", 6), "{told}");
    let begins = ["x (suites/x.toml)", "digraph", "flowchart", "{", "<?xml", "<!doctype html>"];
    for (file, begin) in files.iter().zip(begins) {
        let text = read(&space, file);
        assert!(text.starts_with(begin), "{file}: {text}");
    }
    // A case tells the age of its result, a test does not.
    piped(&space, &["graph", "x", "--level", "test", "-o", "g.svg", "-o", "again.svg"]);
    let first = read(&space, "g.svg");
    piped(&space, &["graph", "x", "--level", "test", "-o", "g.svg"]);
    assert_eq!((read(&space, "g.svg"), read(&space, "again.svg")), (first.clone(), first));
    let wrong = command(&space, &["graph", "x", "-o", "g.png"]).output().expect("starts");
    assert_eq!(wrong.status.code(), Some(2));
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(told.contains("`g.png` has no ending of a drawing") && told.contains("`.svg`"), "{told}");
}

#[test]
fn ten_thousand_cases_are_a_few_lines() {
    let space = space();
    edit(&space, "vus = [1, 2, 3]", "vus = { from = 1, to = 10000, step = 1 }");
    edit(&space, "template = ", "max_cases = 20000\ntemplate = ");
    for arguments in [&["graph", "x"][..], &["graph", "x", "--stale"]] {
        let (text, _) = piped(&space, arguments);
        assert!(text.lines().count() < 10 && text.contains("10000"), "{text}");
    }
}
