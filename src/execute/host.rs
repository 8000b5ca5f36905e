//! The load generator: its class for the key, its details for the record.

use std::fs;

use crate::base::environment::Environment;
use crate::result::HostFacts;

/// The facts of this machine. `class` is what the workspace or `HOWITZER_HOST_CLASS` names, else CPU
/// model, usable cores, system and architecture.
pub fn facts(named: Option<&str>, environment: &Environment) -> HostFacts {
    let system = rustix::system::uname();
    let text = |value: &std::ffi::CStr| value.to_string_lossy().into_owned();
    let class = environment.text("HOWITZER_HOST_CLASS").or(named).map(str::to_owned);
    HostFacts {
        class: class.unwrap_or_else(|| {
            let (os, machine) = (text(system.sysname()), text(system.machine()));
            format!(
                "{}, {} cores, {os} {machine}",
                cpu_model().unwrap_or_else(|| "unknown CPU".into()),
                cores()
            )
        }),
        name: text(system.nodename()),
        kernel: text(system.release()),
        memory_bytes: memory().unwrap_or(0),
    }
}

fn cpu_model() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim().to_owned())
}

/// The cores this process may use: affinity and cgroup quota both count (`available_parallelism` looks at both).
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn memory() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("MemTotal:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
