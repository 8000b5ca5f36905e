//! The row about what the live block costs: processor time of Howitzer's own process while a load goes on.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::Bench;
use crate::compiled::Machine;
use crate::row::{Found, Row};
use crate::workspace::Space;

/// Pairs of builds, one with the block and one without.
const PAIRS: usize = 5;

/// The most that the block may cost, in percent of one core.
const LIMIT: f64 = 1.0;

/// Loads next to nothing, with the live series on: the block has all that it ever shows.
const SCRIPT: &str =
    "import { sleep } from 'k6';\n{{ k6_opts }}\nexport default function () { sleep(0.1); }\n";

const SUITE: &str =
    "[[test]]\nname = \"parked\"\ntemplate = \"parked.js\"\nk6 = { vus = 1, duration = \"10s\" }\n";

/// Interleaved builds of one run of ten seconds.
pub(crate) fn display(bench: &Bench) -> Row {
    let space = Space::new(bench.folder("display"));
    space.write("k6_templates/parked.js", SCRIPT);
    space.write("suites/parked.toml", SUITE);
    // So that no build installs it.
    drop(Machine::of(&space));
    let share = |progress| processor_share(&space, &["build", "parked", "--force", "--progress", progress]);
    let mut pairs: Vec<(f64, f64)> = (0..PAIRS)
        .map(|index| {
            if index % 2 == 0 {
                let block = share("block");
                (block, share("none"))
            } else {
                let none = share("none");
                (share("block"), none)
            }
        })
        .collect();
    pairs.sort_by(|one, other| (one.0 - one.1).total_cmp(&(other.0 - other.1)));
    let (block, none) = pairs[PAIRS / 2];
    let more = block - none;
    Row {
        what: "the live block on a terminal, one run of 10 s with its series",
        peer: "`--progress none`",
        goal: "< 1 % of a core",
        found: Found::Measured {
            measured: format!(
                "{block:.2} % against {none:.2} % of a core, median difference of {PAIRS} pairs"
            ),
            ratio: format!("{more:+.2} % of a core"),
            reached: more < LIMIT,
        },
    }
}

/// The processor time of a command on a terminal, its children's not counted, in percent of the time that it took.
fn processor_share(space: &Space, arguments: &[&str]) -> f64 {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("its other end");
    let size = Winsize { ws_row: 30, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).expect("its size");
    let name = ptsname(&master, Vec::new()).expect("its name");
    let path = name.to_str().expect("a path");
    let end = || Stdio::from(File::options().read(true).write(true).open(path).expect("its other end"));
    let mut command = space.howitzer(arguments);
    let started = Instant::now();
    let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("starts");
    drop(command);
    let mut shown = File::from(master.as_fd().try_clone_to_owned().expect("a copy"));
    let reader = thread::spawn(move || while let Ok(1..) = shown.read(&mut [0; 4096]) {});
    let mut taken = 0;
    let status = loop {
        taken = taken.max(processor_time(child.id()));
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status;
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "{arguments:?} ended with {status}");
    let wall = started.elapsed();
    reader.join().expect("reads");
    Duration::from_nanos(taken).as_secs_f64() / wall.as_secs_f64() * 100.0
}

/// Nanoseconds that the threads of a process have run.
fn processor_time(process: u32) -> u64 {
    let threads = std::fs::read_dir(Path::new("/proc").join(process.to_string()).join("task"));
    let of = |folder: std::path::PathBuf| -> Option<u64> {
        let text = std::fs::read_to_string(folder.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    threads.into_iter().flatten().flatten().filter_map(|thread| of(thread.path())).sum()
}
