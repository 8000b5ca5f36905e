//! A load generator that does not get the processors that it wants.

use std::process::{Child, Command, Stdio};

use crate::scene::{GET, Scene};
use crate::space::Said;

/// So many busy programs share one processor with k6: it waits for six parts of seven.
const BUSY: usize = 6;

/// Programs that are busy on one processor, until they are dropped.
struct Busy(Vec<Child>);

impl Busy {
    fn on(processor: &str) -> Self {
        let start = |_| {
            let mut busy = Command::new("taskset");
            busy.args(["-c", processor, "bash", "-c", "while :; do :; done"]);
            busy.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("`taskset` of util-linux")
        };
        Self((0..BUSY).map(start).collect())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The first processor that this test may use.
fn processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("a /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("a list");
    line.trim().split([',', '-']).next().expect("a processor").to_owned()
}

/// A build that may use one processor only.
fn build_on(processor: &str, scene: &Scene, arguments: &[&str]) -> Said {
    let own = scene.space.command(&[&["build", "http"], arguments].concat());
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", processor]).arg(own.get_program()).args(own.get_args());
    pinned.current_dir(own.get_current_dir().expect("a folder")).stdin(Stdio::null());
    for (name, value) in own.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    Said::of(pinned.output().expect("`taskset` of util-linux"))
}

#[test]
fn a_starved_k6_and_other_load_make_a_run_suspect_unless_the_host_is_shared() {
    // The iteration itself wants the processor, so that it waits whenever others have it.
    let body = format!("const until = Date.now() + 50; while (Date.now() < until) {{ /* busy */ }} {GET}");
    let scene = Scene::new(&body, "", "vus = 2\nduration = \"3s\"");
    scene.space.edit("howitzer.toml", "shared = true", "shared = false");
    let processor = processor();
    let busy = Busy::on(&processor);
    let said = build_on(&processor, &scene, &[]).expect_code(0);
    for doubt in ["k6 was starved: it waited for a processor ", "other programs used "] {
        assert!(said.stderr.contains("suspect: ") && said.stderr.contains(doubt), "{doubt}: {}", said.stderr);
    }
    scene.space.edit("howitzer.toml", "shared = false", "shared = true");
    let shared = build_on(&processor, &scene, &["--rerun", "suspect"]).expect_code(0);
    drop(busy);
    assert_eq!(shared.runs().len(), 1, "{}", shared.stderr);
    assert_eq!(scene.verdict(), ("passed".to_owned(), String::new()));
    assert!(scene.text().contains("of its time for one"), "the figures are recorded: {}", scene.text());
}
