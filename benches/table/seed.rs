//! A store in which every run of a suite has its result, without a minute of load.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{fs, thread};

use howitzer::base::clock::Instant;
use howitzer::base::preimage::Preimage;
use howitzer::plan::PlannedRun;
use howitzer::result::{Attempt, Verdict};
use howitzer::store::{JournalEntry, LockedStore, Locking, Store};
use rayon::prelude::*;

use crate::compiled::{Loaded, Machine};
use crate::workspace::Space;

/// Three metrics of a summary as k6 1.1 exports it: with all of them, 100,000 cases would not fit into memory.
const SUMMARY: &str = include_str!("summary.json");

/// Keeps a passed attempt for every run of `suite`, then builds: outputs and stamp are written. What
/// the suite expects of its results may fail (exit 99); that nothing is left to run is checked.
pub(crate) fn seed(space: &Space, suite: &str) {
    let machine = Machine::of(space);
    let loaded = Loaded::of(space, suite);
    let plan = loaded.plan(space, &machine);
    let store = Store::open(&space.root).expect("the store opens");
    let Locking::Locked(store) = store.try_lock("bench").expect("the store can be made") else {
        panic!("the store is locked");
    };
    let runs: Vec<&PlannedRun> = plan.to_run().collect();
    let kept: Vec<JournalEntry> = loaded.under(space, &machine, |now| {
        let keep = |run: &&PlannedRun| {
            let preimage = now.preimage(&loaded.compiled(), run.case, run.trial);
            keep(&store, &loaded, &machine, run, &preimage)
        };
        runs.par_iter().map(keep).collect()
    });
    let mut journal = store.journal(suite).expect("the journal is readable");
    for (run, entry) in runs.iter().zip(kept) {
        journal.set(&loaded.cases[run.case].id, run.trial, entry);
    }
    store.write_journal(suite, &journal).expect("the journal is written");
    drop(store);
    let code = space.run(&["build", suite]);
    assert!(matches!(code, Some(0 | 99)), "the seeded build ended with {code:?}");
    assert_eq!(space.run(&["build", suite, "--check"]), Some(0), "something is left to run");
}

/// Builds once more, long enough after every output was written: the stamp of such a build relies on the
/// stat of what it names, that of a build which wrote something a moment before also on the content.
pub(crate) fn settle(space: &Space, suite: &str) {
    let stat = Store::open(&space.root).expect("the store opens").stat_path("");
    thread::sleep(Duration::from_millis(1200));
    for entry in fs::read_dir(stat).expect("the folder of stamps").flatten() {
        if entry.file_name().to_string_lossy().starts_with("stamp-") {
            fs::remove_file(entry.path()).expect("a stamp is only a hint");
        }
    }
    let code = space.run(&["build", suite]);
    assert!(matches!(code, Some(0 | 99)), "the build ended with {code:?}");
}

/// What `execute` keeps of a run: blobs and record. The build that follows scrapes.
fn keep(
    store: &LockedStore,
    loaded: &Loaded,
    machine: &Machine,
    run: &PlannedRun,
    preimage: &Preimage,
) -> JournalEntry {
    let script = loaded.compiled().script(run.case).expect("the case renders");
    let count = format!("\"count\": {}", 1000 + run.case);
    let summary = SUMMARY.replacen("\"count\": 10", &count, 1);
    let outputs = [
        ("script", script.as_bytes()),
        ("stdout", b"".as_slice()),
        ("log", b"".as_slice()),
        ("summary", summary.as_bytes()),
    ];
    let outputs =
        outputs.map(|(name, bytes)| (name.to_owned(), store.put_blob(bytes).expect("the blob is written")));
    let started = Instant::now();
    let wall = Duration::from_secs(1);
    let attempt = Attempt {
        doubts: Vec::new(),
        watched: None,
        notes: Vec::new(),
        generator: None,
        started,
        ended: started,
        wall_seconds: wall.as_secs_f64(),
        exit: Some(0),
        verdict: Verdict::Passed,
        detail: String::new(),
        outputs: outputs.into(),

        k6: machine.k6.line.clone(),
        host: machine.host.clone(),
        target_identity: BTreeMap::new(),
        build: "seeded".to_owned(),
        commit: None,
        position: run.case + 1,
        predecessor: None,
        cooldown_seconds: 0.0,
        reasons: vec!["never built".to_owned()],
        provenance: loaded.compiled().provenance(run.case),
    };
    let value = serde_json::to_value(&attempt).expect("an attempt is JSON");
    let key = store.append(preimage, value, &|_| true).expect("the record is written");
    JournalEntry { key, result: Some(key), wall_seconds: wall.as_secs_f64() }
}
