//! The build that has nothing to do: answered from a stamp, in time that grows with files, not with cases.
//!
//! A stamp is written at the end of a build that left nothing stale, and only if no source was touched
//! since the build began (`settled`): then what was read is what the stamp signs. Forced builds neither use nor write
//! one. A single view under `out/` that is edited in place is not seen here; folders and aggregates are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::arguments::BuildArguments;
use super::context::{Context, keyed};
use super::failure::Failure;
use super::loaded::Loaded;
use super::{exports, settled, verified};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::glob;
use crate::execute::{Event, Probing, Sink, Targets, host_facts};
use crate::k6::{Places, is_shim};
use crate::manifest::{EnvironmentValue, Probe, Target};
use crate::plan::{Circumstances, Compiled, Plan};
use crate::render::{Input, InputKind, remote_digest};
use crate::store::{LockedStore, Stamp, Store};
use crate::suite::SuiteFile;

/// What the build said, and the names of what it looked at that are no files.
#[derive(Serialize, Deserialize)]
struct Said {
    build: String,
    suite: String,
    cases: usize,
    runs: usize,
    oldest: Option<Instant>,
    newest: Option<Instant>,
    exit: u8,
    notes: Vec<String>,
    /// Cases with what they miss: case, trial, what.
    gates: Vec<(String, u32, String)>,
    environment: BTreeSet<(String, bool, bool)>,
    globs: BTreeSet<String>,
    /// Secret files by path, and whether another content is another key.
    secrets: BTreeMap<String, bool>,
    /// Modules that are fetched from elsewhere.
    remotes: BTreeSet<String>,
    targets: BTreeSet<String>,
    /// Those of them that the selected cases load.
    probed: BTreeSet<String>,
    /// The ledgers of the destinations at which all of it is.
    #[serde(default)]
    exported: BTreeSet<String>,
}

/// Answers for `file` from its stamp; none where there is no stamp that holds.
pub(super) fn answer(
    context: &Context,
    typed: &BuildArguments,
    file: &SuiteFile,
    store: &Store,
    probe: bool,
    sink: &mut Sink<'_>,
) -> Result<Option<u8>, Failure> {
    if typed.force.is_some() || !typed.rerun.is_empty() {
        return Ok(None);
    }
    let started = Instant::now();
    let Some(stamp) = store.stamp(&name(context, typed, file)) else { return Ok(None) };
    let Ok(said) = serde_json::from_value::<Said>(stamp.said.clone()) else { return Ok(None) };
    let is_outside = |name: &String| context.workspace.targets.get(name).is_some_and(Target::is_outside);
    if !probe && said.targets.iter().any(is_outside) {
        return Ok(None);
    }
    // Something may be left to send: then the results are needed.
    if !exports::are_whole(context, typed, store, &said.exported) {
        return Ok(None);
    }
    if !stamp.holds(&values(context, store, &said)?) {
        return Ok(None);
    }
    if typed.verify && !verified::holds(context, file, store) {
        return Ok(None);
    }
    for note in said.notes {
        sink(Event::Note { text: note });
    }
    sink(Event::SuitePlanned {
        build: said.build,
        suite: said.suite,
        cases: said.cases,
        cached: said.cases,
        to_run: 0,
        estimate_seconds: 0.0,
        estimate_complete: true,
        oldest_seconds: said.oldest.map(|ended| ended.age().as_secs_f64()),
        newest_seconds: said.newest.map(|ended| ended.age().as_secs_f64()),
    });
    for (case, trial, what) in said.gates {
        sink(Event::GateFailed { case, trial, what });
    }
    let wall_seconds = Instant::now().since(started).as_secs_f64();
    sink(Event::SuiteFinished { exit: said.exit, ran: 0, cached: said.runs, pending: 0, wall_seconds });
    Ok(Some(said.exit))
}

/// Removes the stamp before anything is changed.
pub(super) fn forget(
    context: &Context,
    typed: &BuildArguments,
    file: &SuiteFile,
    store: &LockedStore,
) -> Result<(), Failure> {
    Ok(store.remove_stamp(&name(context, typed, file))?)
}

/// A build that has ended with nothing stale.
pub(super) struct Ended<'a> {
    pub(super) file: &'a SuiteFile,
    pub(super) loaded: &'a Loaded,
    pub(super) plan: &'a Plan,
    pub(super) circumstances: &'a Circumstances<'a>,
    /// From when on its sources were read.
    pub(super) read_at: Instant,
    pub(super) build: String,
    pub(super) exit: u8,
    pub(super) notes: Vec<String>,
    pub(super) gates: Vec<Event>,
    pub(super) exported: BTreeSet<String>,
}

/// Writes the stamp of a build, if it may have one.
pub(super) fn remember(
    context: &Context,
    typed: &BuildArguments,
    store: &LockedStore,
    ended: &Ended<'_>,
) -> Result<(), Failure> {
    let is_fresh = ended.plan.to_run().next().is_none();
    let sources = sources(context, ended);
    if typed.force.is_some() || !is_fresh {
        return Ok(());
    }
    let said = said(context, ended);
    let values = values(context, store, &said)?;
    let expires = expiries(&ended.loaded.compiled(), ended).min();
    let text = serde_json::to_value(&said).unwrap_or_default();
    let paths = sources.iter().cloned().chain(views(context, ended.file, store));
    let stamp = Stamp::make(paths, values.clone(), expires, text);
    // After the look: what was read is then what the stamp signs.
    if !settled::is_as_read(context, ended, &sources, &values) {
        return Ok(());
    }
    store.write_stamp(&name(context, typed, ended.file), &stamp)?;
    if typed.verify {
        // The stamp waited until stats tell.
        verified::remember(context, ended.file, store)?;
    }
    Ok(())
}

fn expiries<'a>(compiled: &'a Compiled<'a>, ended: &'a Ended<'a>) -> impl Iterator<Item = Instant> + 'a {
    ended
        .plan
        .runs
        .iter()
        .filter_map(|run| ended.circumstances.expiry(compiled, run.case, run.state.fresh()?.ended))
}

/// One stamp a suite and set of flags.
fn name(context: &Context, typed: &BuildArguments, file: &SuiteFile) -> String {
    let mut flags = format!(
        "{} {:?} {} {:?} {}",
        file.path.display(),
        context.selection,
        typed.strict,
        typed.repeat,
        context.flags
    );
    if let Some((folder, _)) = &context.out {
        flags.push_str(&format!(" {}", folder.display()));
    }
    // The environment may name another folder than yesterday.
    flags.push_str(&format!(" {}", context.workspace.templates));
    format!("{}-{}", file.name, Digest::of(flags.as_bytes()).short())
}

fn said(context: &Context, ended: &Ended<'_>) -> Said {
    let instants: Vec<Instant> = ended.plan.reused().map(|fresh| fresh.ended).collect();
    let shapes = ended.loaded.shapes();
    let of_set_ups = ended.loaded.set_ups.all().flat_map(|set_up| set_up.environment.values());
    let targets = ended.loaded.targets();
    let services = targets.iter().filter_map(|name| context.workspace.targets.get(name)?.service.as_ref());
    let of_services = services.flat_map(|service| service.environment.values());
    let of_shapes = shapes.iter().flat_map(|shape| shape.environment.values());
    let declared = of_shapes.chain(of_set_ups).chain(of_services);
    let environment = declared.filter_map(|value| match value {
        EnvironmentValue::From { name, secret, in_key } => Some((name.clone(), *secret, *in_key)),
        EnvironmentValue::Plain(_) => None,
    });
    let environment = environment.collect();
    let globs =
        shapes.iter().flat_map(|shape| &shape.globs).chain(&ended.loaded.suite.globs).cloned().collect();
    let mut secrets = BTreeMap::new();
    for (path, in_key) in shapes.iter().flat_map(|shape| &shape.secrets) {
        *secrets.entry(path.clone()).or_insert(false) |= in_key;
    }
    let inputs = shapes.iter().flat_map(|shape| &shape.inputs);
    let remotes = inputs.filter(|(_, input)| input.kind == InputKind::Remote);
    let remotes = remotes.map(|(address, _)| address.clone()).collect();
    Said {
        build: ended.build.clone(),
        suite: ended.loaded.suite.name.clone(),
        cases: ended.plan.counts().0,
        runs: instants.len(),
        oldest: instants.iter().copied().min(),
        newest: instants.iter().copied().max(),
        exit: ended.exit,
        notes: ended.notes.clone(),
        gates: ended.gates.iter().filter_map(gate).collect(),
        environment,
        globs,
        secrets,
        remotes,
        probed: ended.loaded.targets_of(&context.selection),
        targets: ended.loaded.targets(),
        exported: ended.exported.clone(),
    }
}

fn gate(event: &Event) -> Option<(String, u32, String)> {
    match event {
        Event::GateFailed { case, trial, what } => Some((case.clone(), *trial, what.clone())),
        _ => None,
    }
}

/// Everything that is no file: the machine's class, where k6 is looked for, variables, globs, outside targets.
fn values(context: &Context, store: &Store, said: &Said) -> Result<BTreeMap<String, Digest>, Failure> {
    let host = host_facts(context.workspace.host_class.as_deref(), &context.environment);
    let mut values = BTreeMap::from([
        ("class".to_owned(), Digest::of(host.class.as_bytes())),
        ("k6".to_owned(), Digest::of(format!("{:?}", k6_candidates(context)).as_bytes())),
        ("howitzer".to_owned(), Digest::of(env!("CARGO_PKG_VERSION").as_bytes())),
        // Another binary may write other files. The stat of this one is among the sources.
        ("program".to_owned(), Digest::of(format!("{:?}", std::env::current_exe().ok()).as_bytes())),
    ]);
    for address in &said.remotes {
        let digest = remote_digest(address).unwrap_or_else(|| Digest::of(b"cannot be fetched"));
        values.insert(format!("remote {address}"), digest);
    }
    // A shim may start another k6 than yesterday without any change of its own.
    if k6_candidates(context).iter().any(|path| is_shim(path)) {
        let line = context.find_k6()?.map(|k6| k6.line).unwrap_or_default();
        values.insert("k6 behind a shim".to_owned(), Digest::of(line.as_bytes()));
    }
    let salt = store.salt()?;
    for (name, secret, in_key) in &said.environment {
        let value = EnvironmentValue::From { name: name.clone(), secret: *secret, in_key: *in_key };
        let present = context.environment.get(name).is_some();
        let shown = format!("{present} {}", context.shown_variable(&value, &salt));
        values.insert(format!("environment {name}"), Digest::of(shown.as_bytes()));
    }
    for (path, in_key) in &said.secrets {
        let content = std::fs::read(context.workspace.root.join(path)).ok();
        let known = content.filter(|_| *in_key).map(|content| keyed(&Digest::of(&content), &salt));
        let is_there = context.workspace.root.join(path).is_file();
        values.insert(format!("secret {path}"), Digest::of(format!("{is_there} {known:?}").as_bytes()));
    }
    let targets = said.targets.iter().filter_map(|name| context.workspace.targets.get(name));
    let services = targets.clone().filter_map(|target| target.service.as_ref());
    for pattern in services.flat_map(|service| &service.inputs).chain(&said.globs) {
        let matched = glob::files(&context.workspace.root, &context.workspace.out, pattern).join("\0");
        values.insert(format!("glob {pattern}"), Digest::of(matched.as_bytes()));
    }
    let outside: Vec<String> =
        targets.filter(|target| target.is_outside()).map(|target| target.name.clone()).collect();
    if !outside.is_empty() {
        let k6 = context.find_k6()?;
        let surroundings = context.surroundings(store, k6.as_ref());
        // The outputs tell of cases that are not selected too, so their targets are tried as a build tries them.
        let probed = |name: &str| said.probed.contains(name);
        let probing = Probing { asks: &probed, tries_others: true, ..Probing::all() };
        let seen = Targets::look(&context.workspace, outside, &surroundings, store, &probing)?;
        values.insert("targets".to_owned(), settled::digest_of(seen.facts()));
    }
    Ok(values)
}

fn k6_candidates(context: &Context) -> Vec<PathBuf> {
    let tools = context.tools();
    let configured = context.workspace.k6.path.as_ref().map(|path| context.workspace.root.join(path));
    let places = Places {
        environment: &context.environment,
        configured: configured.as_deref(),
        tools: &tools,
        cache: None,
        supervision: &context.supervision,
    };
    places.paths().into_iter().map(|(path, _)| path).collect()
}

/// The files that decide over keys, present or absent.
fn sources(context: &Context, ended: &Ended<'_>) -> BTreeSet<PathBuf> {
    let root = &context.workspace.root;
    let mut sources = BTreeSet::from([root.join(crate::manifest::FILE_NAME), ended.file.path.clone()]);
    sources.extend(std::env::current_exe());
    let templates = root.join(&context.workspace.templates);
    for shape in ended.loaded.shapes() {
        sources.extend(shape.templates.keys().map(|name| templates.join(name)));
        // A stamp holds digests, and that of a secret would be something to try guesses on.
        let is_file = |(path, input): &(&String, &Input)| {
            input.kind != InputKind::Remote
                && !shape.built.contains_key(*path)
                && !shape.secrets.contains_key(*path)
        };
        let files = shape.inputs.iter().filter(is_file);
        sources.extend(files.map(|(path, _)| path).chain(&shape.absent).map(|path| root.join(path)));
    }
    sources.extend(ended.loaded.renderer.payload_sources().map(|path| root.join(path)));
    for name in ended.loaded.targets() {
        let Some(target) = context.workspace.targets.get(&name) else { continue };
        sources.extend(target.identity.iter().filter_map(|probe| match probe {
            Probe::File(path) => Some(root.join(path)),
            Probe::Http { .. } | Probe::Command(_) => None,
        }));
        let Some(service) = &target.service else { continue };
        let inputs =
            service.inputs.iter().flat_map(|pattern| glob::files(root, &context.workspace.out, pattern));
        sources.extend(inputs.map(|path| root.join(path)));
        let program = service.command.first().map(String::as_str).unwrap_or_default();
        if program.contains('/') {
            sources.insert(root.join(&service.folder).join(program));
        } else {
            sources.extend(context.environment.path_folders().into_iter().map(|folder| folder.join(program)));
        }
    }
    sources.extend(k6_candidates(context));
    sources
}

/// What is made from the sources: folders of views, the aggregates, the store's shards.
fn views(context: &Context, file: &SuiteFile, store: &Store) -> Vec<PathBuf> {
    let folder = context.output_folder(&file.name);
    let names = [
        "",
        "render",
        "results",
        "summary",
        "files",
        "payloads",
        "samples",
        "summary.json",
        "output.md",
        "results.json",
        "results.csv",
        "report.html",
        "build.json",
    ];
    // In a folder with other files, those come and go.
    let names = names.into_iter().filter(|name| !(folder.is_shared && name.is_empty()));
    let mut views: Vec<PathBuf> = names.map(|name| folder.path.join(name)).collect();
    // What scripts wrote themselves lies deeper: a folder each for the cases whose scripts do.
    views.extend(folders_below(folder.path.join("files")));
    views.extend(["blobs", "records"].map(|kind| store.root().join(kind)));
    views.extend(store.shards());
    views
}

fn folders_below(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder]);
    while let Some(next) = waiting.pop() {
        let entries = std::fs::read_dir(next).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
        found.extend(folders.iter().cloned());
        waiting.extend(folders);
    }
    found
}
