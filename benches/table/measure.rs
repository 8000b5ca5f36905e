//! Paired, interleaved timing: absolute times on a shared machine drift, ratios within a pair do not.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Medians over pairs.
pub(crate) struct Pairs {
    pub(crate) count: usize,
    pub(crate) ours: Duration,
    pub(crate) peer: Duration,
    /// The median of the pairs' ratios, ours over the peer's.
    pub(crate) ratio: f64,
}

/// Times `ours` and `peer` after one another `count` times, each first in every second pair, after one
/// uncounted pair. What they return is dropped outside of the time.
pub(crate) fn interleaved<A, B>(
    count: usize,
    mut ours: impl FnMut() -> A,
    mut peer: impl FnMut() -> B,
) -> Pairs {
    drop((ours(), peer()));
    let pairs: Vec<(f64, f64)> = (0..count)
        .map(|index| {
            if index % 2 == 0 {
                let first = seconds(&mut ours);
                (first, seconds(&mut peer))
            } else {
                let first = seconds(&mut peer);
                (seconds(&mut ours), first)
            }
        })
        .collect();
    Pairs {
        count,
        ours: Duration::from_secs_f64(median(pairs.iter().map(|pair| pair.0))),
        peer: Duration::from_secs_f64(median(pairs.iter().map(|pair| pair.1))),
        ratio: median(pairs.iter().map(|pair| pair.0 / pair.1)),
    }
}

fn seconds<T>(work: &mut impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    let made = work();
    let elapsed = started.elapsed().as_secs_f64();
    drop(made);
    elapsed
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// Runs `command` with nobody listening; returns its exit code.
pub(crate) fn silently(command: &mut Command) -> Option<i32> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.expect("the command starts").code()
}

/// The wall time of `command` and its peak of resident memory in bytes, as `/proc` last showed it.
pub(crate) fn time_and_memory(command: &mut Command) -> (Duration, u64) {
    let started = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("the command starts");
    let mut peak = 0;
    loop {
        peak = peak.max(peak_of(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("the child is ours") {
            assert!(status.success(), "{command:?} ended with {status}");
            return (started.elapsed(), peak);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// `VmHWM` of a process; none once it has ended.
fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
