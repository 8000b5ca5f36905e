//! `howitzer watch`: what is told after a save, what is rendered, what runs.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::workspace::Workspace;
use crate::{command, space};

/// How long a line may take to come; only a broken watch takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

struct Watch {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Watch {
    fn start(space: &Workspace, arguments: &[&str], pace: &str) -> Self {
        let mut command = command(space, &[&["watch", "x"], arguments].concat());
        command.env("PACE", pace).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let stderr: ChildStderr = child.stderr.take().expect("piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    /// Reads on until a line with `part` comes.
    #[track_caller]
    fn expect(&mut self, part: &str) {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("`{part}` does not come in:\n{}", self.said.join("\n"));
            };
            let is_it = line.contains(part);
            self.said.push(line);
            if is_it {
                return;
            }
        }
    }

    fn end(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it runs");
        let status = self.child.wait().expect("ends");
        self.said.extend(self.lines.iter());
        (status.code(), self.said.join("\n"))
    }
}

fn template(space: &Workspace, comment: &str) {
    let path = space.path("k6_templates/seen.js");
    let before = std::fs::read_to_string(&path).expect("the template");
    std::fs::write(path, format!("{before}// {comment}\n")).expect("saves");
}

#[test]
fn after_a_save_it_is_told_what_became_stale_and_why_and_scripts_are_rendered() {
    let space = space();
    assert!(command(&space, &["build", "x"]).output().expect("starts").status.success());
    let mut watch = Watch::start(&space, &[], "0");
    watch.expect("x 3 cases, 3 cached, 0 to run");
    template(&space, "one more line");
    watch.expect("changed k6_templates/seen.js");
    watch.expect("x 3 cases, 0 cached, 3 to run");
    watch.expect("stale template seen.js changed → 3 runs");
    watch.expect("rendered out/x/render (3 files changed)");
    let script = std::fs::read_to_string(space.path("out/x/render/sweep[vus=1].js")).expect("a script");
    assert!(script.contains("// one more line"));
    // What was told once is not told again.
    std::fs::write(space.path("payload.txt"), "nobody's").expect("saves");
    watch.expect("changed payload.txt");
    watch.expect("nothing became stale");
    let (code, said) = watch.end();
    assert_eq!(code, Some(130), "{said}");
    assert_eq!(said.matches("→ 3 runs").count(), 1, "{said}");
    assert!(!said.contains("passed"), "{said}");
}

#[test]
fn a_broken_suite_is_told_and_the_watching_goes_on() {
    let space = space();
    let good = std::fs::read_to_string(space.path("suites/x.toml")).expect("the suite");
    let mut watch = Watch::start(&space, &[], "0");
    watch.expect("stale never built → 3 runs");
    space.write("suites/x.toml", &good.replace("[[test]]", "[[tests]]"));
    watch.expect("suites/x.toml:2:3");
    space.write("suites/x.toml", &good.replace("3]", "3, 4]"));
    watch.expect("x 4 cases, 0 cached, 4 to run");
    watch.expect("stale never built → 1 run");
    assert_eq!(watch.end().0, Some(130));
}

#[test]
fn with_run_stale_cases_run_and_a_save_meanwhile_is_looked_at_afterwards() {
    let space = space();
    let mut watch = Watch::start(&space, &["--run"], "0.4");
    watch.expect("run 1/3 sweep[vus=1] (never built)");
    template(&space, "saved while it runs");
    watch.expect("done 3 ran, 0 cached");
    watch.expect("changed k6_templates/seen.js");
    watch.expect("stale template seen.js changed → 3 runs");
    watch.expect("done 3 ran, 0 cached");
    let (code, said) = watch.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(!said.contains("run 4/"), "{said}");
}

/// A way in which an editor saves: a name, and what it does to a file that shall have a new text.
type Saving = (&'static str, fn(&Path, &str));

/// Written in place; renamed over; with a backup, as vim does.
const WAYS: [Saving; 3] = [
    ("in place", |path, text| fs::write(path, text).expect("writes")),
    ("renamed", |path, text| {
        let beside = path.with_file_name(".x.toml.part");
        fs::write(&beside, text).expect("writes");
        fs::rename(beside, path).expect("renames");
    }),
    ("with a backup", |path, text| {
        let (probe, backup) = (path.with_file_name("4913"), path.with_file_name("x.toml~"));
        fs::write(&probe, "").expect("writes");
        fs::remove_file(probe).expect("removes");
        fs::rename(path, &backup).expect("renames");
        fs::write(path, text).expect("writes");
        fs::remove_file(backup).expect("removes");
    }),
];

#[test]
fn however_an_editor_saves_its_file_is_named_and_looked_at() {
    let space = space();
    let path = space.path("suites/x.toml");
    let good = fs::read_to_string(&path).expect("the suite");
    let mut watch = Watch::start(&space, &[], "0");
    watch.expect("3 to run");
    for ((way, save), number) in WAYS.into_iter().zip(4..) {
        watch.said.clear();
        let values: Vec<String> = (1..=number).map(|value| value.to_string()).collect();
        save(&path, &good.replace("1, 2, 3", &values.join(", ")));
        watch.expect(&format!("{number} cases, 0 cached, {number} to run"));
        let said = watch.said.join("\n");
        assert!(said.contains("changed suites/x.toml\n"), "{way}: {said}");
    }
    assert_eq!(watch.end().0, Some(130));
}

#[test]
fn many_files_that_change_at_once_are_not_looked_at_one_by_one() {
    let space = space();
    let suite = fs::read_to_string(space.path("suites/x.toml")).expect("the suite");
    let axis = "[test.matrix]\npayload = { glob = \"many/*.json\" }\n";
    space.write("payloads/many/0.json", "0");
    space.write("suites/x.toml", &suite.replace("[test.matrix]\n", axis));
    space.write(
        "k6_templates/seen.js",
        "{{ k6_opts }}\nconst payload = open('{{ payload_path }}');\nexport default function () {}\n",
    );
    let mut watch = Watch::start(&space, &[], "0");
    watch.expect("x 3 cases");
    watch.expect("rendered");
    // As a checkout brings them: written elsewhere before, and there all at once.
    for number in 1..50 {
        space.write(&format!(".elsewhere/{number}.json"), &number.to_string());
    }
    for number in 1..50 {
        let name = format!("{number}.json");
        fs::rename(space.path(&format!(".elsewhere/{name}")), space.path(&format!("payloads/many/{name}")))
            .expect("renames");
    }
    watch.expect("x 150 cases");
    watch.expect("rendered");
    let (_, said) = watch.end();
    assert!(said.contains(" more\n"), "{said}");
    assert!(said.matches(" cases, ").count() < 12, "{said}");
}

#[test]
fn a_suite_that_is_removed_is_told_and_looked_at_again_when_it_is_back() {
    let space = space();
    let path = space.path("suites/x.toml");
    let good = fs::read_to_string(&path).expect("the suite");
    let mut watch = Watch::start(&space, &[], "0");
    watch.expect("3 to run");
    fs::remove_file(&path).expect("removes");
    watch.expect("error");
    fs::write(&path, good).expect("writes");
    watch.expect("nothing became stale");
    assert_eq!(watch.end().0, Some(130));
}

#[test]
fn what_a_watch_says_into_a_file_of_the_workspace_is_no_change() {
    let space = space();
    let log = space.path("watch.log");
    let mut command = command(&space, &["watch", "x"]);
    let said = || fs::read_to_string(&log).unwrap_or_default();
    let file = fs::File::create(&log).expect("a log");
    let mut child = command.stdout(Stdio::null()).stderr(file).spawn().expect("starts");
    let wait_for = |part: &str| {
        let since = std::time::Instant::now();
        while !said().contains(part) {
            assert!(since.elapsed() < PATIENCE, "`{part}` does not come in:\n{}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for("rendered");
    fs::write(space.path("payload.txt"), "nobody's").expect("saves");
    wait_for("nothing became stale");
    fs::write(space.path("other.txt"), "nobody's").expect("saves");
    wait_for("changed other.txt");
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    child.wait().expect("ends");
    assert!(!said().contains("watch.log"), "{}", said());
}
