//! Whether a stamp may stand for a build that ends: only where all that it would sign is what the build has read.
//! A run takes minutes, and what comes, goes or changes meanwhile belongs to the next build.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::null_build::Ended;
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::base::glob;
use crate::manifest::Target;
use crate::plan::TargetFacts;
use crate::render::InputKind;
use crate::store::GRAIN;

/// Whether `sources` and `values`, as they were just looked at, are those that the build has read.
pub(super) fn is_as_read(
    context: &Context,
    ended: &Ended<'_>,
    sources: &BTreeSet<PathBuf>,
    values: &BTreeMap<String, Digest>,
) -> bool {
    let read = read(context, ended);
    let matched = matched(context, ended);
    let all = sources.iter().chain(&read).chain(&matched);
    read.iter().all(|path| path.exists())
        && !all.into_iter().any(|path| is_touched_since(path, ended.read_at))
        && remotes(ended).all(|(name, digest)| values.get(&name) == Some(&digest))
        && values.get("targets").is_none_or(|seen| *seen == digest_of(&outside_targets(context, ended)))
        && values.get("k6 behind a shim").is_none_or(|seen| Some(*seen) == k6_line(ended))
}

/// What stands for the facts of targets.
pub(super) fn digest_of(facts: &BTreeMap<String, TargetFacts>) -> Digest {
    Digest::of(format!("{facts:?}").as_bytes())
}

/// Every file that the build has read, also the secret ones.
fn read(context: &Context, ended: &Ended<'_>) -> BTreeSet<PathBuf> {
    let root = &context.workspace.root;
    let templates = root.join(&context.workspace.templates);
    let mut read = BTreeSet::from([ended.file.path.clone()]);
    read.extend(ended.loaded.renderer.payload_sources().map(|path| root.join(path)));
    for shape in ended.loaded.shapes() {
        read.extend(shape.templates.keys().map(|name| templates.join(name)));
        let inputs = shape
            .inputs
            .iter()
            .filter(|(path, input)| input.kind != InputKind::Remote && !shape.built.contains_key(*path));
        read.extend(inputs.map(|(path, _)| root.join(path)));
    }
    read
}

/// What the suite's patterns match by now, and for those that make an axis the folders, which tell what is gone.
fn matched(context: &Context, ended: &Ended<'_>) -> BTreeSet<PathBuf> {
    let (root, out) = (&context.workspace.root, &context.workspace.out);
    let files = |pattern: &String| glob::files(root, out, pattern).into_iter().map(|path| root.join(path));
    let shapes = ended.loaded.shapes();
    let declared = shapes.iter().flat_map(|shape| &shape.globs).flat_map(files);
    let of_axes: BTreeSet<PathBuf> = ended.loaded.suite.globs.iter().flat_map(files).collect();
    let folders = of_axes.iter().filter_map(|file| file.parent()).map(Path::to_owned);
    declared.chain(folders).chain(of_axes.iter().cloned()).collect()
}

/// The modules elsewhere, by the names that they have among the values.
fn remotes<'e>(ended: &'e Ended<'_>) -> impl Iterator<Item = (String, Digest)> + use<'e> {
    let inputs = ended.loaded.shapes().into_iter().flat_map(|shape| &shape.inputs);
    let remote = inputs.filter(|(_, input)| input.kind == InputKind::Remote);
    remote.map(|(url, input)| (format!("remote {url}"), input.digest))
}

/// The outside targets as the plan knows them.
fn outside_targets(context: &Context, ended: &Ended<'_>) -> BTreeMap<String, TargetFacts> {
    let is_outside = |name: &str| context.workspace.targets.get(name).is_some_and(Target::is_outside);
    let outside = ended.circumstances.targets.iter().filter(|(name, _)| is_outside(name));
    outside.map(|(name, facts)| (name.clone(), facts.clone())).collect()
}

fn k6_line(ended: &Ended<'_>) -> Option<Digest> {
    ended.circumstances.k6.first().map(|line| Digest::of(line.as_bytes()))
}

/// Whether a file may have changed since `moment`: a kernel gives the time of its last tick, which lies up to a
/// grain before the change.
fn is_touched_since(path: &Path, moment: Instant) -> bool {
    std::fs::metadata(path).is_ok_and(|stat| {
        let changed = stat.ctime().saturating_mul(1000) + stat.ctime_nsec() / 1_000_000;
        Instant::from_milliseconds(changed).plus(GRAIN) >= moment
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_change_within_a_tick_before_the_look_counts_as_one_after_it() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let stat = file.path().metadata().expect("stat");
        let changed = Instant::from_milliseconds(stat.ctime() * 1000 + stat.ctime_nsec() / 1_000_000);
        assert!(is_touched_since(file.path(), changed));
        assert!(is_touched_since(file.path(), changed.plus(Duration::from_millis(10))));
        assert!(!is_touched_since(file.path(), changed.plus(Duration::from_secs(1))));
        assert!(!is_touched_since(&file.path().with_extension("absent"), changed));
    }
}
