//! By what files below a root are known as howitzer's own wherever they were told to be: the tag of a store, and
//! the list of outputs that share a folder with other files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The file by which programs that make backups know a store, and howitzer its own.
pub const TAG: &str = "CACHEDIR.TAG";

/// What stands in it.
pub const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# Results of load tests, kept by howitzer. See https://bford.info/cachedir/\n";

/// The list of outputs: a suite on its first line, then a path a line, relative to the list's folder.
pub const LIST: &str = ".howitzer-outputs";

/// Whether `folder` holds a store.
pub fn is_store(folder: &Path) -> bool {
    std::fs::read(folder.join(TAG)).is_ok_and(|tag| tag == TAG_TEXT.as_bytes())
}

/// What howitzer has written below `root`, looked at folder by folder.
pub(super) struct Written<'a> {
    root: &'a Path,
    known: BTreeMap<String, Folder>,
}

struct Folder {
    is_store: bool,
    /// What its list names.
    outputs: BTreeSet<String>,
}

impl<'a> Written<'a> {
    pub(super) fn below(root: &'a Path) -> Self {
        Self { root, known: BTreeMap::new() }
    }

    /// Whether the file at `path`, `/`-separated, relative to the root, is in a store or on a list.
    pub(super) fn has(&mut self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| (&path[..at], &path[at + 1..]));
        std::iter::once(("", path)).chain(ends).any(|(above, rest)| {
            if !self.known.contains_key(above) {
                self.known.insert(above.to_owned(), Folder::at(&self.root.join(above)));
            }
            self.known.get(above).is_some_and(|folder| folder.is_store || folder.outputs.contains(rest))
        })
    }
}

impl Folder {
    fn at(folder: &Path) -> Self {
        let list = std::fs::read_to_string(folder.join(LIST)).unwrap_or_default();
        let outputs = list.lines().skip(1).map(str::to_owned).chain([LIST.to_owned()]).collect();
        Self { is_store: is_store(folder), outputs }
    }
}
