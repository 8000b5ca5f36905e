//! What a build draws on a terminal: a real pseudo-terminal, read by a terminal emulator; and what it prints where
//! there is none. The k6 is a fake one, which says how far it is every tenth of a second.

mod graph;
mod screen;
mod waiting;
mod watch;
#[path = "../sweeps/workspace.rs"]
#[allow(dead_code, reason = "shared with another test crate, which uses more of it")]
mod workspace;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use screen::{Screen, Shown};
use serde_json::Value;
use workspace::{Said, Workspace};

const SUITE: &str = r#"
[[test]]
name = "sweep"
template = "seen.js"
cooldown = "0s"
k6 = { duration = "5s" }
[test.matrix]
vus = [1, 2, 3]
"#;

/// Five seconds of progress in half a second.
const FAKE: &str = r#"#!/bin/bash
case $1 in
version) echo 'k6 v1.1.0 (commit/fake, go1, linux/amd64)'; exit;;
archive) while [ $# -gt 1 ]; do [ $1 = --archive-out ] && : | tar cf $2 -T -; shift; done; exit;;
esac
while [ $# -gt 1 ]; do [ "$1" = --summary-export ] && SUMMARY=$2; shift; done
for i in 1 2 3 4 5; do
  echo "running (0$i.0s), 2/2 VUs, $((i * 100)) complete and 0 interrupted iterations"
  sleep ${PACE:-0.1}
done
echo '{"metrics":{"iterations":{"count":500,"rate":100}}}' > $SUMMARY
"#;

fn space() -> Workspace {
    let space = Workspace::with_suite(SUITE);
    space.write("fake-k6", FAKE);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(space.path("fake-k6"), executable).expect("executable");
    space
}

fn command(space: &Workspace, arguments: &[&str]) -> std::process::Command {
    let mut command = space.command(arguments);
    command.env("HOWITZER_K6", space.path("fake-k6")).env("HOWITZER_LOAD_LOCK", space.path("load.lock"));
    command.env("TERM", "xterm-256color").env_remove("NO_COLOR").env_remove("CI");
    command
}

/// A build of the three cases on a terminal.
fn on_terminal(columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Shown {
    let space = space();
    let mut command = command(&space, &[&["build", "x"], arguments].concat());
    command.envs(variables.iter().copied());
    Screen::new(24, columns).run(command, |_| {})
}

/// What stands on the screen at the end.
#[track_caller]
fn expect_only_lines_that_stay(shown: &Shown) {
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    let lines = shown.lines();
    let of = |word: &str| lines.iter().filter(|line| line.contains(word)).count();
    assert_eq!(of("passed"), 3, "{}", shown.text());
    for gone in ["running", "whole", "━", "VUs"] {
        assert_eq!(of(gone), 0, "`{gone}` is left over:\n{}", shown.text());
    }
    assert_eq!(of("done 3 ran, 0 cached"), 1, "{}", shown.text());
}

#[test]
fn finished_runs_stay_as_a_line_each_and_the_block_is_gone_at_the_end() {
    let shown = on_terminal(100, &[], &[]);
    expect_only_lines_that_stay(&shown);
    let runs: Vec<&String> = shown.lines().iter().filter(|line| line.contains("passed")).collect();
    for (line, number) in runs.iter().zip(1..) {
        assert!(line.starts_with(&format!("    passed {number}/3 sweep[vus={number}] ")), "{line}");
        assert!(line.ends_with("(never built)"), "{line}");
    }
}

#[test]
fn a_run_that_misses_what_is_expected_says_so_as_it_ends() {
    let space = space();
    let expect = "[test.expect]\n\"iterations.rate\" = { above = 200 }\n";
    space.write("suites/x.toml", &SUITE.replace("[test.matrix]\nvus = [1, 2, 3]", expect));
    let missed = "expected iterations.rate above 200/s: 100/s";
    let shown = Screen::new(24, 120).run(command(&space, &["build", "x"]), |_| {});
    let lines: Vec<&String> = shown.lines().iter().filter(|line| line.contains(missed)).collect();
    assert!(!lines.is_empty(), "{}", shown.text());
    assert!(lines[0].starts_with(&format!("    missed 1/1 sweep {missed}, ")), "{}", shown.text());
    assert_eq!(shown.lines().iter().filter(|line| line.contains("passed")).count(), 0, "{}", shown.text());
    let said = command(&space, &["build", "x", "--force"]).output().expect("the binary starts");
    let said = String::from_utf8(said.stderr).expect("text");
    assert!(said.contains(&format!("           missed: {missed}, ")), "{said}");
    let said = command(&space, &[&NDJSON[..], &["build", "x", "--force"]].concat()).output().expect("starts");
    let said = String::from_utf8(said.stderr).expect("text") + &String::from_utf8_lossy(&said.stdout);
    let events = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ended: Vec<Value> = events.filter(|event| event["event"] == "run.finished").collect();
    assert_eq!(ended[0]["verdict"], "passed", "k6's own limits are kept");
    assert_eq!(ended[0]["missed"], serde_json::json!(["iterations.rate above 200/s: 100/s"]));
}

#[test]
fn while_a_run_goes_on_its_bar_its_users_and_the_whole_are_drawn_below() {
    let shown = on_terminal(100, &[], &[]);
    let seen = |needles: &[&str]| {
        shown.frames.iter().any(|frame| needles.iter().all(|needle| frame.contains(needle)))
    };
    let running = "running sweep[vus=2] ━━━━━━━━━━━━━━━━────────────────────────  2s/5s";
    assert!(
        seen(&[&running.replace("  2s", " 2s"), "2 VUs, 200 iterations", "whole 1/3 done, about "]),
        "{}",
        shown.all()
    );
}

#[test]
fn on_forty_columns_no_line_of_the_block_wraps() {
    let shown = on_terminal(40, &[], &[]);
    let frames = shown.frames.iter().filter(|frame| frame.contains("whole"));
    let mut drawn = 0;
    for frame in frames {
        let lines: Vec<&str> = frame.lines().filter(|line| !line.trim().is_empty()).collect();
        let whole = lines.iter().position(|line| line.contains("whole")).expect("just seen");
        assert_eq!(whole, lines.len() - 1, "something stands below the block:\n{frame}");
        drawn += 1;
    }
    assert!(drawn > 3, "{}", shown.all());
    let text = shown.text().replace('\n', "");
    assert_eq!(text.matches("passed").count(), 3, "{}", shown.text());
    assert!(!text.contains("whole") && !text.contains('━'), "{}", shown.text());
}

#[test]
fn a_terminal_that_becomes_narrower_and_wider_has_no_leftovers() {
    let space = space();
    let mut command = command(&space, &["build", "x"]);
    command.env("PACE", "0.3");
    let sizes = [100, 75, 130, 90];
    let shown = Screen::new(24, 100).run(command, |screen| {
        for columns in sizes.iter().cycle().take(9) {
            std::thread::sleep(Duration::from_millis(400));
            screen.resize(24, *columns);
        }
    });
    expect_only_lines_that_stay(&shown);
}

/// A terminal that cuts lines off, as xterm does, and does not wrap them anew.
#[test]
fn a_terminal_that_becomes_very_narrow_keeps_every_line_above_the_block() {
    let space = space();
    let mut command = command(&space, &["build", "x"]);
    command.env("PACE", "0.3");
    // So high that nothing leaves it at the top, however many lines wrap at twelve columns.
    let shown = Screen::new(80, 100).run(command, |screen| {
        screen.wait_for("whole 1/3");
        for columns in [20, 100, 12, 40].iter().cycle().take(9) {
            screen.resize(80, *columns);
            std::thread::sleep(Duration::from_millis(250));
        }
        screen.resize(80, 100);
    });
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    // What stood in the narrowest columns.
    for kept in ["         x 3", "    passed 1", "    passed 2", "    passed 3", "      done 3"] {
        assert!(
            shown.lines().iter().any(|line| line.starts_with(kept)),
            "`{kept}` is lost:\n{}",
            shown.text()
        );
    }
    for gone in ["running", "whole", "━", "VUs"] {
        assert!(!shown.text().contains(gone), "`{gone}` is left over:\n{}", shown.text());
    }
}

#[test]
fn without_colour_there_is_no_colour_and_with_it_words_say_the_same() {
    let is_colour = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("\x1b[1;32mpassed\x1b[0m");
    let painted = on_terminal(100, &[], &[]);
    assert!(is_colour(&painted.bytes), "{}", painted.all());
    for (arguments, variables) in [(&[][..], &[("NO_COLOR", "1")][..]), (&["--color", "never"], &[])] {
        let plain = on_terminal(100, arguments, variables);
        expect_only_lines_that_stay(&plain);
        assert!(!String::from_utf8_lossy(&plain.bytes).contains("\x1b[1;"), "{}", plain.all());
    }
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let shown = on_terminal(100, &[], &[("TERM", "dumb")]);
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    assert!(!shown.bytes.contains(&b'\x1b'), "{}", shown.all());
    assert!(shown.text().contains("run 3/3 sweep[vus=3] (never built)"), "{}", shown.text());
}

#[test]
fn in_ci_a_terminal_gets_plain_lines_too_and_a_block_only_if_it_is_asked_for() {
    let shown = on_terminal(100, &[], &[("CI", "true")]);
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    assert!(shown.text().contains("run 3/3 sweep[vus=3] (never built)"), "{}", shown.text());
    assert!(!shown.all().contains("whole"), "{}", shown.all());
    for asked in [&["--progress", "block"][..], &[]] {
        let is_ci = if asked.is_empty() { "false" } else { "true" };
        let shown = on_terminal(100, asked, &[("CI", is_ci)]);
        assert!(shown.all().contains("whole 1/3"), "{}", shown.all());
    }
}

#[test]
fn a_closed_terminal_ends_the_build_and_what_it_started() {
    let space = space();
    let mut command = command(&space, &["build", "x", "--grace", "1s"]);
    command.env("PACE", "3").stdin(std::process::Stdio::null());
    let screen = Screen::new(24, 100);
    let code = screen.close_when(command, "2 VUs, 100 iterations");
    assert_eq!(code, Some(129));
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines: Vec<String> = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect();
    let own = space.path("fake-k6").to_string_lossy().into_owned();
    assert!(!lines.iter().any(|line| line.contains(&own)), "{lines:?}");
    let said = Said::of(&mut crate::command(&space, &["build", "x"])).expect_code(0);
    assert!(said.stderr.contains("done 3 ran, 0 cached"), "{}", said.stderr);
}

#[test]
fn an_interrupted_build_leaves_no_block_behind() {
    let space = space();
    let mut command = command(&space, &["build", "x", "--grace", "1s"]);
    command.env("PACE", "2");
    let shown = Screen::new(24, 100).run(command, |screen| {
        screen.wait_for("2 VUs, 100 iterations");
        screen.press(b"\x03");
    });
    assert_eq!(shown.code, Some(130), "{}", shown.all());
    let text = shown.text();
    assert!(text.contains("interrupted") && !text.contains("whole") && !text.contains("VUs"), "{text}");
    assert!(!text.contains("^C"), "{text}");
}

#[test]
fn what_is_asked_for_is_drawn_or_not_wherever_the_output_goes() {
    let block = Said::of(&mut command(&space(), &["build", "x", "--progress", "block", "--color", "never"]));
    assert!(block.stderr.contains("whole 1/3 done") && block.stderr.contains("\x1b["), "{}", block.stderr);
    for how in [&[][..], &["--progress", "lines"], &["--progress", "none"]] {
        let said = Said::of(&mut command(&space(), &[&["build", "x"], how].concat())).expect_code(0);
        assert!(!said.stderr.contains('\x1b') && !said.stderr.contains("whole"), "{}", said.stderr);
        assert!(said.stderr.contains("run 3/3 sweep[vus=3] (never built)"), "{}", said.stderr);
    }
}

fn events(said: &Said) -> Vec<Value> {
    said.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The first event is the build's beginning and the last one its end, with the exit code of the process.
#[track_caller]
fn expect_whole(said: &Said) -> Vec<Value> {
    let events = events(said);
    let (first, last) = (events.first().expect("a first event"), events.last().expect("a last event"));
    assert_eq!(first["event"], "build.started", "{}", said.stdout);
    assert_eq!(first["schema"], "howitzer-events/1", "{}", said.stdout);
    assert_eq!(last["event"], "build.finished", "{}", said.stdout);
    assert_eq!(last["exit"].as_i64(), said.code.map(i64::from), "{}", said.stdout);
    events
}

const NDJSON: [&str; 2] = ["--message-format", "ndjson"];

#[test]
fn events_begin_and_end_with_the_build_however_it_ends() {
    let space = space();
    let build = |arguments: &[&str]| Said::of(&mut command(&space, &[arguments, &NDJSON].concat()));
    let built = expect_whole(&build(&["build", "x"]));
    let progress: Vec<&Value> = built.iter().filter(|event| event["event"] == "run.progress").collect();
    assert!(progress.iter().any(|event| event["iterations"] == 300 && event["expected_seconds"] == 5.0));
    for (arguments, code) in [
        (&["build", "x"][..], 0),
        (&["build", "x", "-n"], 0),
        (&["build", "x", "--force", "--check"], 6),
        (&["build", "y"], 2),
        (&["build", "x", "--where", "vus > 9"], 4),
    ] {
        let said = build(arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}: {}{}", said.stdout, said.stderr);
        expect_whole(&said);
    }
    space.write("suites/x.toml", "[[tests]]\n");
    let refused = build(&["build", "x"]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    let last = expect_whole(&refused).pop().expect("the last event");
    assert!(last["error"].as_str().is_some_and(|text| text.contains("suites/x.toml:1:3")), "{last}");
}

#[test]
fn a_signal_is_the_end_of_the_events_too() {
    let space = space();
    let mut command = command(&space, &[&["build", "x", "--grace", "1s"], &NDJSON[..]].concat());
    command.env("PACE", "2").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("starts");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("piped")));
    let mut seen: Vec<String> = Vec::new();
    while !seen.last().is_some_and(|line| line.contains("run.progress")) {
        seen.push(lines.next().expect("it runs").expect("text"));
    }
    let own = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(own, rustix::process::Signal::TERM).expect("it runs");
    seen.extend(lines.map(|line| line.expect("text")));
    let ended = child.wait_with_output().expect("ends");
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    let said = Said { code: ended.status.code(), stdout: seen.join("\n"), stderr };
    assert_eq!(said.code, Some(143), "{}", said.stderr);
    expect_whole(&said);
}

/// The names of events that a document describes.
fn documented(text: &str) -> Vec<&str> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name).collect()
}

#[test]
fn every_event_is_documented_and_every_documented_event_exists() {
    let source = ["event.rs", "observer_step.rs"]
        .map(|file| std::fs::read_to_string(format!("src/execute/{file}")).expect("the source"))
        .concat();
    let rest = source.lines().filter_map(|line| line.trim().strip_prefix("#[serde(rename = \""));
    let mut exist: Vec<&str> = rest.filter_map(|rest| rest.strip_suffix("\")]")).collect();
    let text = std::fs::read_to_string("docs/events.md").expect("the chapter");
    let mut told = documented(&text);
    exist.sort_unstable();
    told.sort_unstable();
    // Notes and preparations are told of builds and of measurements.
    exist.dedup();
    assert!(exist.len() > 20);
    assert_eq!(told, exist);
}
