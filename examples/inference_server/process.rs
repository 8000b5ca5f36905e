//! What this process costs the machine, as the operating system counts it.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Processor time of all threads so far, in seconds.
pub(crate) fn cpu_seconds() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    // Neither part of this clock is ever negative.
    let seconds = Duration::from_secs(spent.tv_sec.unsigned_abs());
    let rest = Duration::from_nanos(spent.tv_nsec.unsigned_abs());
    (seconds + rest).as_secs_f64()
}

/// Memory in RAM, in bytes; `None` where there is no Linux `/proc`.
pub(crate) fn resident_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
