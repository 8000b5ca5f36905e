//! What a script itself wrote (its own `handleSummary`): found in the scratch tree, masked, named, bounded.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::series::KEPT;
use super::stage::Staged;
use crate::base::bytes::human;
use crate::base::counted::counted;
use crate::base::files::{self, Bounded};
use crate::base::mask::Mask;
use crate::render::Shape;
use crate::result::file_names;

/// A larger file is not kept: reports of k6 have a few MB, and each file is held in memory to be masked.
const LONGEST_FILE: u64 = 64 << 20;

/// More of one run is not kept: a machine that makes load has this much memory to spare.
const LONGEST_ALL: u64 = 256 << 20;

/// More files of one run are not kept: each is synced to the disk by itself, which takes milliseconds.
const MOST_FILES: usize = 10_000;

/// Files outside the script's own folder stand below this name, by their path in the workspace.
const OUTSIDE: &str = "@workspace";

/// What stands beside the tree and is Howitzer's own.
const BESIDE: [&str; 5] = ["tree", "summary.json", "k6.log", "stderr", KEPT];

/// How many names a note tells.
const TOLD: usize = 3;

/// What is kept of what the script wrote.
pub(super) struct Written {
    /// By relative names that are unique and safe.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// What is not kept, or under another name, in words.
    pub(super) notes: Vec<String>,
}

/// Why something is not kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LeftOut {
    TooLarge,
    NoRoom,
    TooMany,
    NotPlain,
    Unreadable,
    Beyond,
}

#[derive(Default)]
struct Found {
    /// Plain files with their names.
    files: Vec<(Vec<u8>, PathBuf)>,
    /// What is told for each reason.
    left_out: BTreeMap<LeftOut, Vec<String>>,
}

impl Found {
    fn leave(&mut self, why: LeftOut, what: String) {
        self.left_out.entry(why).or_default().push(what);
    }
}

/// The files that the script wrote into the tree. A secret in a name is masked like one in a file.
pub(super) fn written_files(staged: &Staged, shape: &Shape, mask: &Mask) -> Written {
    let mut found = find(staged, shape, mask);
    found.files.sort();
    let kept = read(&mut found, mask);
    let names: Vec<Vec<u8>> = kept.iter().map(|(raw, _)| mask.bytes(raw.clone())).collect();
    let safe = file_names(&names.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut notes: Vec<String> = found.left_out.into_iter().map(|(why, what)| not_kept(why, &what)).collect();
    let renamed = kept.iter().zip(&names).zip(&safe).filter(|(((raw, _), _), safe)| raw != safe.as_bytes());
    let renamed = renamed.map(|((_, name), safe)| format!("{} as `{safe}`", quoted(name)));
    let renamed: Vec<String> = renamed.collect();
    if !renamed.is_empty() {
        let count = counted(renamed.len(), "file");
        notes.push(format!("{count} of the script kept under another name: {}", listed(&renamed)));
    }
    Written { files: safe.into_iter().zip(kept.into_iter().map(|(_, bytes)| bytes)).collect(), notes }
}

fn find(staged: &Staged, shape: &Shape, mask: &Mask) -> Found {
    let mut found = Found::default();
    // A script may have put a link there, which would lead out of the tree.
    let is_own = |folder: &Path| fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    if !is_own(&staged.around) || !is_own(&staged.tree) {
        return found;
    }
    let told = |path: &Path| quoted(&mask.bytes(path.as_os_str().as_bytes().to_vec()));
    for entry in fs::read_dir(&staged.around).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if BESIDE.iter().all(|own| name != *own) {
            found.leave(LeftOut::Beyond, told(Path::new(&name)));
        }
    }
    let script = staged.files.folder.join(&staged.files.script);
    let mut waiting = vec![staged.tree.clone()];
    while let Some(folder) = waiting.pop() {
        let inside = |path: &Path| path.strip_prefix(&staged.tree).unwrap_or(path).to_owned();
        let Ok(entries) = fs::read_dir(&folder) else {
            found.leave(LeftOut::Unreadable, told(&inside(&folder)));
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_input = inside(&path).to_str().is_some_and(|path| shape.inputs.contains_key(path));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(path),
                _ if is_input || path == script => {}
                Ok(kind) if kind.is_file() => found.files.push((name(staged, &path), path)),
                _ => found.leave(LeftOut::NotPlain, told(&inside(&path))),
            }
        }
    }
    found
}

/// The path below the script's folder, or the one in the workspace.
fn name(staged: &Staged, path: &Path) -> Vec<u8> {
    let outside = || Path::new(OUTSIDE).join(path.strip_prefix(&staged.tree).unwrap_or(path));
    let name = path.strip_prefix(&staged.files.folder).map_or_else(|_| outside(), Path::to_owned);
    name.into_os_string().as_bytes().to_vec()
}

/// Reads what there is room for, in the order of names.
fn read(found: &mut Found, mask: &Mask) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut kept = Vec::new();
    let mut room = LONGEST_ALL;
    for (name, path) in std::mem::take(&mut found.files) {
        let told = quoted(&mask.bytes(name.clone()));
        let length = fs::symlink_metadata(&path).map_or(0, |found| found.len());
        let sized = format!("{told} ({})", human(length));
        if kept.len() == MOST_FILES {
            found.leave(LeftOut::TooMany, told);
        } else if length > LONGEST_FILE {
            found.leave(LeftOut::TooLarge, sized);
        } else if length > room {
            found.leave(LeftOut::NoRoom, sized);
        } else {
            match files::read_bounded(&path, room.min(LONGEST_FILE), 0) {
                Ok(Bounded::Whole(bytes)) => {
                    room -= bytes.len() as u64;
                    kept.push((name, mask.bytes(bytes)));
                }
                // It has grown since: something is still writing it.
                Ok(Bounded::Ends(..)) => found.leave(LeftOut::TooLarge, told),
                Ok(Bounded::Absent) | Err(_) => found.leave(LeftOut::Unreadable, told),
            }
        }
    }
    kept
}

fn quoted(name: &[u8]) -> String {
    format!("`{}`", String::from_utf8_lossy(name))
}

fn not_kept(why: LeftOut, what: &[String]) -> String {
    let why = match why {
        LeftOut::TooLarge => format!("larger than {}", human(LONGEST_FILE)),
        LeftOut::NoRoom => format!("all files of a run may have {} together", human(LONGEST_ALL)),
        LeftOut::TooMany => format!("a run may have {MOST_FILES} files"),
        LeftOut::NotPlain => "no plain file".to_owned(),
        LeftOut::Unreadable => "it cannot be read".to_owned(),
        LeftOut::Beyond => "it lies above the workspace".to_owned(),
    };
    format!("{} of the script not kept, {why}: {}", counted(what.len(), "file"), listed(what))
}

fn listed(what: &[String]) -> String {
    let more = match what.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", what[..what.len().min(TOLD)].join(", "))
}
