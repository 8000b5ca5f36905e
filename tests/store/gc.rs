//! `howitzer gc`: what goes, in which order, and what a kill in the middle leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use howitzer::base::clock::Instant;
use howitzer::base::digest::Digest;
use howitzer::base::preimage::Preimage;
use howitzer::key::scrape_preimage;
use howitzer::result::meaning;
use howitzer::store::{Kind, Limits, LockedStore, Locking, RecordRead, Store, Sweep};
use serde_json::json;

use crate::fake::{build, howitzer};
use crate::{built, stored};

const HOUR: i64 = 3_600_000;

fn locked(workspace: &Path) -> LockedStore {
    match Store::open(workspace).expect("opens").try_lock("this test").expect("locks") {
        Locking::Locked(store) => store,
        Locking::Busy { holder } => panic!("held by {holder}"),
    }
}

/// An instant that many hours ago.
fn hours_ago(hours: i64) -> Instant {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Instant::from_milliseconds(i64::try_from(now.as_millis()).expect("this millennium") - hours * HOUR)
}

/// Keeps an attempt at `script` that ended so many hours ago, with its scrape.
fn keep(store: &LockedStore, script: &str, hours: i64, outputs: &[(&str, &[u8])]) -> Digest {
    let blobs: BTreeMap<String, Digest> = outputs
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), store.put_blob(bytes).expect("puts")))
        .collect();
    let mut preimage = Preimage::default();
    preimage.push("script", script);
    let attempt = json!({"ended": hours_ago(hours), "outputs": blobs});
    store.put_record(&scrape_preimage(&blobs, ""), vec![json!({})]).expect("puts");
    store.append(&preimage, attempt, &|_| true).expect("appends")
}

/// Ten results of ages 1 to 10 hours; neighbours share a summary, all share a log. And rubbish.
fn ten(workspace: &Path) -> (LockedStore, Vec<Digest>) {
    let store = locked(workspace);
    let keys = (1..=10).map(|age| {
        let summary = format!("summary {} {}", age / 2, "x".repeat(1000));
        keep(&store, &age.to_string(), age, &[("summary", summary.as_bytes()), ("log", b"log")])
    });
    let keys = keys.collect();
    store.put_blob(b"needed by nobody").expect("puts");
    let mut older_definitions = Preimage::default();
    older_definitions.push("definitions", "summary/0");
    store.put_record(&older_definitions, vec![json!({})]).expect("puts");
    fs::write(store.root().join("records").join(".tmp-cut"), "half").expect("writes");
    let shard = fs::read_dir(store.root().join("blobs")).expect("lists").flatten().next().expect("a shard");
    fs::write(shard.path().join(".tmp-abc"), "half a blob").expect("writes");
    (store, keys)
}

fn all(store: &LockedStore, sweep: &Sweep) {
    store.apply(sweep, &mut |_| ControlFlow::Continue(())).expect("removes");
}

fn present(store: &Store, keys: &[Digest]) -> Vec<bool> {
    keys.iter().map(|key| matches!(store.record(key), Ok(RecordRead::Found(_)))).collect()
}

fn limits(max_age: Option<u64>, max_bytes: Option<u64>) -> Limits {
    Limits { max_age: max_age.map(Duration::from_hours), max_bytes, damaged: false }
}

#[track_caller]
fn expect_whole(store: &Store) {
    let strays: Vec<_> = store.verify(&meaning).expect("verifies").problems;
    let strays: Vec<_> =
        strays.iter().filter(|problem| !problem.path.ends_with("records/.tmp-cut")).collect();
    assert!(strays.is_empty(), "{strays:?}");
}

#[test]
fn without_limits_only_what_nothing_needs_goes() {
    let space = tempfile::tempdir().expect("temporary folder");
    let (store, keys) = ten(space.path());
    let sweep = store.sweep(&Limits::default(), &meaning).expect("sweeps");
    let counts = [Kind::Record, Kind::Derived, Kind::Blob, Kind::Leftover, Kind::Damaged];
    assert_eq!(counts.map(|kind| sweep.count(kind)), [0, 1, 1, 1, 0], "{sweep:?}");
    all(&store, &sweep);
    assert_eq!(present(&store, &keys), [true; 10]);
    expect_whole(&store);
    assert!(store.sweep(&Limits::default(), &meaning).expect("sweeps").going.is_empty());
}

#[test]
fn results_go_by_age_with_what_only_they_need() {
    let space = tempfile::tempdir().expect("temporary folder");
    let (store, keys) = ten(space.path());
    // Of the pair of 4 and 5 hours, which shares its summary, the younger one stays.
    all(&store, &store.sweep(&limits(Some(4), None), &meaning).expect("sweeps"));
    let young = |age: usize| age < 4;
    assert_eq!(present(&store, &keys), std::array::from_fn::<bool, 10, _>(|index| young(index + 1)));
    expect_whole(&store);
    let census = store.census(&meaning).expect("counts");
    assert_eq!((census.records.count, census.derived.count, census.blobs.count), (3, 2, 3));
    assert_eq!(census.reclaimable.count, 0);
}

#[test]
fn the_oldest_results_go_until_the_rest_fits_and_what_is_shared_counts_once() {
    let space = tempfile::tempdir().expect("temporary folder");
    let (store, keys) = ten(space.path());
    all(&store, &store.sweep(&Limits::default(), &meaning).expect("sweeps"));
    let bytes = || {
        let census = store.census(&meaning).expect("counts");
        census.records.bytes + census.derived.bytes + census.blobs.bytes
    };
    for left in (0..10).rev() {
        let just_fits = store.sweep(&limits(None, Some(bytes())), &meaning).expect("sweeps");
        assert!(just_fits.going.is_empty(), "{just_fits:?}");
        all(&store, &store.sweep(&limits(None, Some(bytes() - 1)), &meaning).expect("sweeps"));
        expect_whole(&store);
        assert_eq!(present(&store, &keys), std::array::from_fn::<bool, 10, _>(|index| index < left));
    }
    assert_eq!(present(&store, &keys), [false; 10]);
    assert_eq!(store.census(&meaning).expect("counts").blobs.count, 0);
}

#[test]
fn a_kill_after_any_step_leaves_every_record_with_its_blobs() {
    let space = tempfile::tempdir().expect("temporary folder");
    let (store, _) = ten(space.path());
    let pristine = tempfile::tempdir().expect("temporary folder");
    crate::copy(store.root(), &pristine.path().join("v1"));
    let restore = || {
        for kind in ["records", "blobs"] {
            fs::remove_dir_all(store.root().join(kind)).expect("removes");
            crate::copy(&pristine.path().join("v1").join(kind), &store.root().join(kind));
        }
    };
    for limits in [limits(Some(4), None), limits(None, Some(3000)), limits(None, Some(0))] {
        restore();
        let steps = store.sweep(&limits, &meaning).expect("sweeps").going.len();
        assert!(steps > 8, "{steps} steps");
        let mut ends = BTreeSet::new();
        for killed_after in 1..=steps {
            restore();
            let sweep = store.sweep(&limits, &meaning).expect("sweeps");
            let mut done = 0;
            let mut until = |_: &_| {
                done += 1;
                if done == killed_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            store.apply(&sweep, &mut until).expect("removes");
            assert_eq!(done, killed_after);
            expect_whole(&store);
            // The next one ends where one would have ended that nobody killed.
            all(&store, &store.sweep(&limits, &meaning).expect("sweeps"));
            ends.insert(names(store.root()));
        }
        assert_eq!(ends.len(), 1, "{ends:?}");
    }
}

fn names(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut names = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).expect("lists").flatten() {
            if entry.path().is_dir() { waiting.push(entry.path()) } else { names.push(entry.path()) }
        }
    }
    names.sort();
    names
}

#[test]
fn a_dry_run_prints_what_would_go_and_removes_nothing() {
    let space = built();
    let before = space.files(".howitzer");
    let said = howitzer(&space, &["gc", "-n", "--max-age", "0"]).expect_code(0);
    assert!(said.stdout.contains("remove record .howitzer/v1/records/"), "{}", said.stdout);
    assert!(said.stdout.contains("remove blob .howitzer/v1/blobs/"), "{}", said.stdout);
    assert!(
        said.stderr.contains("would free") && said.stderr.contains("1 record, 1 scrape, "),
        "{}",
        said.stderr
    );
    assert_eq!(space.files(".howitzer"), before);
    assert!(build(&space).runs().is_empty());
}

#[test]
fn a_result_that_went_runs_again_and_says_so() {
    let space = built();
    howitzer(&space, &["gc"]).expect_code(0);
    assert!(build(&space).runs().is_empty(), "without limits nothing went that is needed");
    let said = howitzer(&space, &["gc", "--max-size", "1KB"]).expect_code(0);
    assert!(said.stderr.contains("freed"), "{}", said.stderr);
    howitzer(&space, &["cache", "verify"]).expect_code(0);
    assert_eq!(build(&space).expect_code(0).runs(), ["run 1/1 plain (record evicted)"]);
    howitzer(&space, &["gc", "--max-size", "lots"]).expect_code(2);
}

#[test]
fn a_held_store_is_left_alone_and_the_holder_is_named() {
    let space = built();
    let held = locked(&space.path(""));
    let before = space.files(".howitzer");
    for arguments in [&["gc", "--max-age", "0"][..], &["cache", "verify", "--repair"]] {
        let said = howitzer(&space, arguments).expect_code(5);
        assert!(said.stderr.contains("this test"), "{}", said.stderr);
    }
    howitzer(&space, &["cache", "verify"]).expect_code(0);
    howitzer(&space, &["gc", "-n"]).expect_code(0);
    assert_eq!(space.files(".howitzer"), before);
    drop(held);
    howitzer(&space, &["gc", "--max-age", "0"]).expect_code(0);
}

#[test]
fn damaged_files_and_refused_runs_go_only_when_asked() {
    let space = built();
    let record = stored(&space, "records", "\"exit\"");
    fs::write(&record, "cut").expect("writes");
    space.write(".howitzer/v1/scratch/kept-build-run/summary.json", "{}");
    let said = howitzer(&space, &["gc"]).expect_code(0);
    assert!(said.stderr.contains("1 record damaged, moved aside"), "{}", said.stderr);
    assert!(!record.exists());
    // The next build leaves them alone as well.
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert_eq!(space.files(".howitzer/v1/damaged").len(), 1);
    assert_eq!(space.files(".howitzer/v1/scratch").len(), 1);
    let said = howitzer(&space, &["gc", "--damaged"]).expect_code(0);
    assert!(said.stderr.contains("2 damaged files"), "{}", said.stderr);
    assert!(space.files(".howitzer/v1/damaged").is_empty() && space.files(".howitzer/v1/scratch").is_empty());
}

#[test]
fn where_there_is_no_store_none_is_made() {
    let space = crate::fake::faulty("exit 0");
    for arguments in [
        &["gc"][..],
        &["gc", "-n"],
        &["cache", "stats"],
        &["cache", "verify"],
        &["cache", "verify", "--repair"],
    ] {
        howitzer(&space, arguments).expect_code(0);
    }
    assert!(!space.path(".howitzer").exists());
}
