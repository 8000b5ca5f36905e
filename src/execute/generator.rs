//! Looks at k6 and its host in `/proc` while a run goes on: whether the generator had the processors it
//! wanted. Where there is no such `/proc`, nothing is said.
//!
//! k6 is the only child of its guard. Times of threads are looked at every [`EVERY`]; what k6 did after the
//! last look is not seen. What others used is what the host was busy with less k6, howitzer and all that
//! howitzer started, services included.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::result::GeneratorFacts;

/// How often k6's threads are looked at.
const EVERY: Duration = Duration::from_millis(100);

/// Nanoseconds a thread ran, and waited to run, and how often it was given a processor.
type Threads = BTreeMap<u32, (u64, u64, u64)>;

/// A generator that is being looked at.
pub(super) struct GeneratorWatch {
    guard: u32,
    child: Option<u32>,
    started: Instant,
    looked: Instant,
    threads: Threads,
    processors: Processors,
    before: Option<Usage>,
}

/// The processors that howitzer, and so k6, may run on: what others do on the rest of the host is no matter.
struct Processors(BTreeSet<usize>);

/// Ticks of the processors.
#[derive(Clone, Copy)]
struct Usage {
    busy: u64,
    own: u64,
    processors: usize,
}

impl Processors {
    /// Those of `Cpus_allowed_list` (proc_pid_status(5)), such as `0-3,8`; all where it cannot be read.
    fn allowed() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        Self::listed(list.unwrap_or_default())
    }

    fn listed(list: &str) -> Self {
        let range = |part: &str| {
            let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
            Some(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?)
        };
        Self(list.split(',').filter_map(range).flatten().collect())
    }

    /// Whether a line of `/proc/stat` is that of one of them.
    fn has(&self, line: &str) -> bool {
        let number = line.split(' ').next().and_then(|name| name.strip_prefix("cpu")?.parse().ok());
        number.is_some_and(|number| self.0.is_empty() || self.0.contains(&number))
    }
}

impl GeneratorWatch {
    /// Begins to look at the child of `guard`.
    pub(super) fn start(guard: u32) -> Self {
        let now = Instant::now();
        let processors = Processors::allowed();
        let before = usage(&processors);
        Self { guard, child: None, started: now, looked: now, threads: Threads::new(), processors, before }
    }

    /// To be called often; looks when it is time to.
    pub(super) fn look(&mut self) {
        if self.looked.elapsed() < EVERY {
            return;
        }
        self.child = self.child.or_else(|| child_of(self.guard));
        let Some(child) = self.child else { return };
        self.looked = Instant::now();
        self.threads.extend(threads_of(child));
    }

    /// What was seen, once k6 has ended; none where nothing was.
    pub(super) fn finish(self) -> Option<GeneratorFacts> {
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let (before, after) = (self.before?, usage(&self.processors)?);
        let seconds = |nanoseconds: u64| nanoseconds as f64 / 1e9;
        let ran: u64 = self.threads.values().map(|(ran, _, _)| ran).sum();
        let waited: u64 = self.threads.values().map(|(_, waited, _)| waited).sum();
        if self.threads.is_empty() {
            return None;
        }
        let spent = |before: u64, after: u64| after.saturating_sub(before) as f64 / ticks;
        // k6 is a descendant whose times the guard has taken over, and is in `own`.
        let other = spent(before.busy, after.busy) - spent(before.own, after.own);
        Some(GeneratorFacts {
            cores: std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64),
            processors: after.processors as f64,
            watched_seconds: self.started.elapsed().as_secs_f64(),
            cpu_seconds: seconds(ran),
            waited_seconds: seconds(waited),
            turns: self.threads.values().map(|(_, _, turns)| turns).sum(),
            other_cpu_seconds: other.max(0.0),
        })
    }
}

/// The processor time, user and system, of all that this process started and that has ended, with what those
/// started, in seconds: fields 16 and 17 of `/proc/self/stat`. Ticks of 10 ms as a rule.
pub(super) fn ended_cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let behind: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: Option<u64> = behind.get(13..15)?.iter().map(|number| number.parse::<u64>().ok()).sum();
    Some(ticks? as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// The first child of a process.
fn child_of(process: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

fn threads_of(process: u32) -> Threads {
    let times = |path: PathBuf| {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
        let thread = path.file_name()?.to_str()?.parse().ok()?;
        Some((thread, (numbers.next()?, numbers.next()?, numbers.next()?)))
    };
    let folder = fs::read_dir(format!("/proc/{process}/task"));
    folder.into_iter().flatten().flatten().filter_map(|entry| times(entry.path())).collect()
}

/// How busy these processors were since the host started, and how much of that is howitzer's, in ticks.
fn usage(processors: &Processors) -> Option<Usage> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let busy: Vec<u64> = text.lines().filter(|line| processors.has(line)).filter_map(busy).collect();
    Some(Usage { busy: busy.iter().sum(), own: own()?, processors: busy.len() })
}

/// Everything but idling and waiting for disks (`cpuN` of `/proc/stat`, proc_stat(5)); a guest's time is in
/// that of the user already.
fn busy(line: &str) -> Option<u64> {
    let numbers: Vec<u64> = line.split_whitespace().skip(1).map_while(|number| number.parse().ok()).collect();
    let [user, nice, system, _idle, _disk, interrupts, soft_interrupts, stolen, ..] = numbers[..] else {
        return None;
    };
    Some(user + nice + system + interrupts + soft_interrupts + stolen)
}

/// This process, all that lives below it, and what of those was waited for.
fn own() -> Option<u64> {
    let mut parents: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut times: BTreeMap<u32, u64> = BTreeMap::new();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Some((parent, ticks)) = times_of(process) {
            parents.entry(parent).or_default().push(process);
            times.insert(process, ticks);
        }
    }
    let (mut total, mut waiting) = (0, vec![std::process::id()]);
    while let Some(process) = waiting.pop() {
        total += times.get(&process).copied().unwrap_or_default();
        waiting.extend(parents.remove(&process).unwrap_or_default());
    }
    Some(total)
}

/// Parent and ticks of a process and its reaped children: fields 4 and 14 to 17 of `/proc/PID/stat`
/// (proc_pid_stat(5)), counted behind the name, which may hold anything.
fn times_of(process: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let behind: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let parent = behind.get(1)?.parse().ok()?;
    let ticks = behind.get(11..15)?.iter().filter_map(|number| number.parse::<u64>().ok()).sum();
    Some((parent, ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_does_is_its_own_and_makes_the_host_busy() {
        let processors = Processors::allowed();
        let before = usage(&processors).expect("a /proc");
        let until = Instant::now() + Duration::from_millis(300);
        let mut rounds = 0_u64;
        while Instant::now() < until {
            rounds = std::hint::black_box(rounds + 1);
        }
        let after = usage(&processors).expect("a /proc");
        assert!(after.own > before.own && after.busy > before.busy);
        let threads = threads_of(std::process::id());
        assert!(threads.values().any(|(ran, _, turns)| *ran > 0 && *turns > 0));
    }

    #[test]
    fn only_the_processors_that_k6_may_run_on_count() {
        let some = Processors::listed("0-1,8\n");
        let lines = ["cpu  9 9 9", "cpu0 1 1", "cpu1 1 1", "cpu2 1 1", "cpu8 1 1", "cpu80 1 1", "intr 5"];
        assert_eq!(lines.map(|line| some.has(line)), [false, true, true, false, true, false, false]);
        let all = Processors::listed("");
        assert_eq!(lines.map(|line| all.has(line)), [false, true, true, true, true, true, false]);
        assert_eq!((busy("cpu0 1 2 3 100 100 4 5 6 7 8"), busy("cpu0 1 2")), (Some(21), None));
    }
}
