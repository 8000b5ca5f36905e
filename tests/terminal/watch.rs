//! `howitzer watch`: what is told after a save, what is rendered, what runs.

use std::io::{BufRead as _, BufReader};
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
