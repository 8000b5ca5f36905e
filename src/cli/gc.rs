//! `howitzer gc`: results beyond limits go, and what no kept result needs.

use std::ops::ControlFlow;
use std::path::Path;

use super::arguments::{Arguments, GcArguments, MessageFormat};
use super::cache::open_store;
use super::failure::Failure;
use super::{exit, output, provide};
use crate::base::bytes;
use crate::base::counted::counted;
use crate::base::duration::human;
use crate::result::meaning;
use crate::store::{Going, Kind, Limits, LockedStore, Store, Sweep};

/// The kinds in the order in which they go, and their words.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Record, "record"),
    (Kind::Derived, "scrape"),
    (Kind::Blob, "blob"),
    (Kind::Leftover, "unfinished file"),
    (Kind::Damaged, "damaged file"),
];

pub(super) fn run(arguments: &Arguments, typed: &GcArguments) -> Result<u8, Failure> {
    let (workspace, store) = open_store(arguments)?;
    let limits = Limits { max_age: typed.max_age, max_bytes: typed.max_size, damaged: typed.damaged };
    // Nothing is created only to find that nothing is there.
    if typed.dry_run || !store.root().is_dir() {
        let sweep = store.sweep(&limits, &meaning)?;
        for going in &sweep.going {
            output::data(&line("remove", arguments.message_format, &workspace, going));
        }
        say(arguments, "would free", &sweep);
        return Ok(exit::DONE);
    }
    let locked = provide::lock_now(&store, "gc")?;
    let sweep = settled(&locked, &limits, arguments)?;
    locked.apply(&sweep, &mut |going| {
        if arguments.verbose || arguments.message_format == MessageFormat::Ndjson {
            output::data(&line("removed", arguments.message_format, &workspace, going));
        }
        ControlFlow::Continue(())
    })?;
    say(arguments, "freed", &sweep);
    Ok(exit::DONE)
}

/// What goes once what does not verify is out of the way.
fn settled(store: &LockedStore, limits: &Limits, arguments: &Arguments) -> Result<Sweep, Failure> {
    let sweep = store.sweep(limits, &meaning)?;
    let aside = store.set_aside()?;
    if aside.is_empty() {
        return Ok(sweep);
    }
    if !arguments.quiet {
        output::talk(&format!("{:>10} {} damaged, moved aside", "store", counted(aside.len(), "record")));
    }
    Ok(Store::sweep(store, limits, &meaning)?)
}

fn line(word: &str, format: MessageFormat, workspace: &Path, going: &Going) -> String {
    let kind = KINDS.iter().find(|(kind, _)| *kind == going.kind).map_or("", |(_, word)| *word);
    let path = going.path.strip_prefix(workspace).unwrap_or(&going.path).display();
    if format == MessageFormat::Ndjson {
        let object = serde_json::json!({
            "event": word, "kind": kind, "path": path.to_string(), "bytes": going.bytes, "ended": going.ended,
        });
        return format!("{object}\n");
    }
    let age = going.ended.map(|ended| format!(", {} old", human(ended.age()))).unwrap_or_default();
    format!("{word} {kind} {path} ({}{age})\n", bytes::human(going.bytes))
}

fn say(arguments: &Arguments, word: &str, sweep: &Sweep) {
    if arguments.quiet {
        return;
    }
    let counts = KINDS.iter().map(|(kind, word)| (sweep.count(*kind), word));
    let counts: Vec<String> =
        counts.filter(|(count, _)| *count > 0).map(|(count, word)| counted(count, word)).collect();
    let what = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    output::talk(&format!("{word:>10} {}{what}", bytes::human(sweep.bytes())));
}
