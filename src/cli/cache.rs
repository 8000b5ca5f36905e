//! `howitzer cache`: what is in the store, counted or checked.

use std::path::PathBuf;

use super::arguments::{Arguments, CacheVerb, MessageFormat, VerifyArguments};
use super::failure::Failure;
use super::folders::store_folder;
use super::{exit, output, provide};
use crate::base::bytes;
use crate::base::clock::Instant;
use crate::base::counted::counted;
use crate::base::duration::human;
use crate::manifest::{ManifestError, open};
use crate::result::meaning;
use crate::store::{Census, Examined, FOLDER, Store, Tally};

pub(super) fn run(arguments: &Arguments, verb: &CacheVerb) -> Result<u8, Failure> {
    match verb {
        CacheVerb::Stats => stats(arguments),
        CacheVerb::Verify(typed) => verify(arguments, typed),
    }
}

/// The workspace and its store. A folder without a manifest has one if a suite in JSON was built there.
pub(super) fn open_store(arguments: &Arguments) -> Result<(PathBuf, Store), Failure> {
    let root = match open(&arguments.directory) {
        Ok(workspace) => workspace.root,
        Err(ManifestError::NotFound(folder)) if arguments.store.is_some() || folder.join(FOLDER).exists() => {
            folder
        }
        Err(error) => return Err(error.into()),
    };
    let store = Store::open_in(&store_folder(arguments, &root))?;
    Ok((root, store))
}

fn stats(arguments: &Arguments) -> Result<u8, Failure> {
    let (_, store) = open_store(arguments)?;
    let census = store.census(&meaning)?;
    if arguments.message_format == MessageFormat::Ndjson {
        output::data(&format!("{}\n", serde_json::to_string(&census).unwrap_or_default()));
        return Ok(exit::DONE);
    }
    output::data(&format!("store        {}\n{}", store.root().display(), lines(&census)));
    Ok(exit::DONE)
}

fn lines(census: &Census) -> String {
    let tally = |tally: Tally| format!("{}, {}", tally.count, bytes::human(tally.bytes));
    let end = |end: Option<Instant>| {
        end.map_or_else(|| "none".to_owned(), |end| format!("{end}, {} old", human(end.age())))
    };
    [
        ("records", tally(census.records)),
        ("attempts", census.attempts.to_string()),
        ("scrapes", tally(census.derived)),
        ("blobs", tally(census.blobs)),
        ("damaged", tally(census.damaged)),
        ("journal", counted(census.journal_entries, "hint")),
        ("exported", census.exported.to_string()),
        ("oldest", end(census.oldest)),
        ("newest", end(census.newest)),
        ("reclaimable", tally(census.reclaimable)),
    ]
    .map(|(word, value)| format!("{word:<12} {value}\n"))
    .concat()
}

fn verify(arguments: &Arguments, typed: &VerifyArguments) -> Result<u8, Failure> {
    let (workspace, store) = open_store(arguments)?;
    if typed.repair && store.root().is_dir() {
        let locked = provide::lock_now(&store, "cache verify --repair")?;
        let examined = locked.verify(&meaning)?;
        let aside = locked.repair(&examined, &meaning)?;
        tell(arguments, &workspace, &examined);
        if let Some(folder) = aside.first().and_then(|path| path.parent())
            && !arguments.quiet
        {
            let files = counted(aside.len(), "file");
            let folder = folder.strip_prefix(&workspace).unwrap_or(folder).display();
            output::talk(&format!("{:>10} {files} moved into {folder}", "repaired"));
        }
        return Ok(code(&locked.verify(&meaning)?));
    }
    let examined = store.verify(&meaning)?;
    tell(arguments, &workspace, &examined);
    Ok(code(&examined))
}

fn code(examined: &Examined) -> u8 {
    if examined.problems.is_empty() { exit::DONE } else { exit::INTERNAL }
}

fn tell(arguments: &Arguments, workspace: &std::path::Path, examined: &Examined) {
    for problem in &examined.problems {
        let path = problem.path.strip_prefix(workspace).unwrap_or(&problem.path).display();
        if arguments.message_format == MessageFormat::Ndjson {
            let object =
                serde_json::json!({ "path": path.to_string(), "problem": problem.fault.to_string() });
            output::data(&format!("{object}\n"));
        } else {
            output::data(&format!("{path}  {}\n", problem.fault));
        }
    }
    if !arguments.quiet {
        let records = counted(examined.records, "record");
        let blobs = counted(examined.blobs, "blob");
        let ledgers = counted(examined.ledgers, "ledger");
        let problems = counted(examined.problems.len(), "problem");
        for (path, number) in &examined.cut {
            let path = path.strip_prefix(workspace).unwrap_or(path).display();
            let text = "ends too early, as a killed howitzer leaves it; what it told of is looked for when it is sent";
            output::talk(&format!("{:>10} line {number} of {path} {text}", "note"));
        }
        output::talk(&format!("{:>10} {records}, {blobs}, {ledgers}: {problems}", "verified"));
    }
}
