//! Where a test stops this process, to kill it there or to change files under its feet.
//!
//! `HOWITZER_TEST_STOP` names a step: a part of its words (`write …/records/`), or `#7` for the seventh one.
//! Right before the first such step the process stops itself (SIGSTOP). Steps are the start of a guarded program, and
//! every file that is whole and about to take its name, or about to go. Only builds with debug assertions
//! have this, as `cargo test` makes them; in a release build the variable means nothing.

use std::path::Path;

/// Before `what` (`start`, `write`, `remove`) happens to `path`.
#[cfg(debug_assertions)]
pub(super) fn before(what: &str, path: &Path) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    static DONE: AtomicBool = AtomicBool::new(false);
    let Some(wanted) = WANTED.get_or_init(super::environment::stop_of_test) else { return };
    let step = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
    let is_wanted = match wanted.strip_prefix('#') {
        Some(number) => number.parse() == Ok(step),
        None => format!("{what} {}", path.display()).contains(wanted),
    };
    if is_wanted && !DONE.swap(true, Ordering::SeqCst) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
pub(super) fn before(_: &str, _: &Path) {}
