//! Globs of files below a root.

use std::collections::BTreeSet;
use std::fs::FileType;
use std::path::Path;

use glob::{MatchOptions, Pattern};

use super::written::{Written, is_store};

/// Folders whose files are never inputs, wherever they are: what a build writes itself, and git's own.
const NEVER: [&str; 2] = [".git", ".howitzer"];

/// The files under `root` that match `pattern` (`*`, `?`, `[…]`, `**` over folders), sorted, as
/// `/`-separated relative paths. Hidden names are matched only where they are written out, files
/// below `out` never, nor what howitzer wrote elsewhere below the root (`--out`, `--store`). `**` enters no linked folder, so a loop of links ends; a link that a pattern names
/// is followed. A pattern that leaves the root, or is none, matches nothing.
pub fn files(root: &Path, out: &str, pattern: &str) -> Vec<String> {
    if problem(pattern).is_some() {
        return Vec::new();
    }
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let mut found = BTreeSet::new();
    Walk { root, out, found: &mut found }.enter("", &parts);
    let mut written = Written::below(root);
    found.into_iter().filter(|path| !written.has(path)).collect()
}

struct Walk<'a> {
    root: &'a Path,
    out: &'a str,
    found: &'a mut BTreeSet<String>,
}

impl Walk<'_> {
    /// What `parts` match below `folder`, relative to the root.
    fn enter(&mut self, folder: &str, parts: &[&str]) {
        let Some((part, rest)) = parts.split_first() else { return };
        if *part == "**" {
            let rest = if rest.is_empty() { &["*"] } else { rest };
            self.enter(folder, rest);
            for (name, kind) in self.entries(folder) {
                if kind.is_dir() && !name.starts_with('.') {
                    self.enter(&below(folder, &name), parts);
                }
            }
        } else if part.contains(['*', '?', '[']) {
            let Ok(pattern) = Pattern::new(part) else { return };
            let options = MatchOptions { require_literal_leading_dot: true, ..Default::default() };
            for (name, _) in self.entries(folder) {
                if pattern.matches_with(&name, options) {
                    self.take(&below(folder, &name), rest);
                }
            }
        } else {
            self.take(&below(folder, part), rest);
        }
    }

    fn take(&mut self, path: &str, rest: &[&str]) {
        let name = path.rsplit('/').next().unwrap_or(path);
        if path == self.out || NEVER.contains(&name) {
            return;
        }
        if !rest.is_empty() {
            self.enter(path, rest);
        } else if self.root.join(path).is_file() {
            self.found.insert(path.to_owned());
        }
    }

    /// The names in a folder that is no output and not git's, with what stands there, links as links.
    fn entries(&self, folder: &str) -> Vec<(String, FileType)> {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        if folder == self.out || NEVER.contains(&name) || is_store(&self.root.join(folder)) {
            return Vec::new();
        }
        let entries = std::fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?)))
            .collect()
    }
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Why the pattern can match nothing, if it cannot.
pub fn problem(pattern: &str) -> Option<String> {
    if pattern.starts_with('/') || pattern.split('/').any(|part| part == "..") {
        return Some(format!("`{pattern}` leads out of the workspace"));
    }
    if let Err(error) = Pattern::new(pattern) {
        return Some(format!("`{pattern}` is no pattern: {}", error.msg));
    }
    // The glob finds no hidden name by a pattern, but `..`, which would climb.
    let hidden = |part: &&str| part.starts_with('.') && part.contains(['*', '?', '[']);
    let part = pattern.split('/').find(hidden)?;
    Some(format!("`{pattern}` matches nothing: a hidden name is written out, not `{part}`"))
}

#[cfg(test)]
mod tests {
    use super::{files, problem};
    use crate::base::written::{LIST, TAG, TAG_TEXT};

    #[test]
    fn globs_match_names_and_folders() {
        let root = tempfile::tempdir().expect("temporary folder");
        let written = [
            "a.rs",
            "src/b.rs",
            "src/deep/c.rs",
            "src/d.txt",
            ".hidden/e.rs",
            "out/x/f.rs",
            "output/g.rs",
            ".git/h.rs",
            ".howitzer/v1/i.rs",
            "src/.git/j.rs",
        ];
        for path in written {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, "").expect("file");
        }
        let files = |pattern| files(root.path(), "out", pattern);
        assert_eq!(files("src/**/*.rs"), ["src/b.rs", "src/deep/c.rs"]);
        assert_eq!(files("*.rs"), ["a.rs"]);
        assert_eq!(files("src/**/*"), ["src/b.rs", "src/d.txt", "src/deep/c.rs"]);
        assert_eq!(files("**/*"), ["a.rs", "output/g.rs", "src/b.rs", "src/d.txt", "src/deep/c.rs"]);
        assert_eq!(files(".hidden/**/*.rs"), [".hidden/e.rs"]);
        assert!(files(".*/*").is_empty() && files("../*").is_empty() && files("out/**/*").is_empty());
    }

    #[test]
    fn what_howitzer_wrote_is_no_input_wherever_it_was_told_to_write() {
        let root = tempfile::tempdir().expect("temporary folder");
        let written = [
            ("data/mine.json", ""),
            ("data/render/mine.js", ""),
            ("data/summary.json", ""),
            ("data/render/a.js", ""),
            (&format!("data/{LIST}"), "suite\nsummary.json\nrender/a.js\n"),
            ("kept/v1/blobs/b", ""),
            (&format!("kept/{TAG}"), TAG_TEXT),
            ("others/c", ""),
            (&format!("others/{TAG}"), "Signature: another program's"),
        ];
        for (path, text) in written {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, text).expect("file");
        }
        let files = |pattern| files(root.path(), "out", pattern);
        assert_eq!(files("data/**/*"), ["data/mine.json", "data/render/mine.js"]);
        assert_eq!(files("kept/**/*"), [""; 0]);
        assert_eq!(files("kept/v1/blobs/b"), [""; 0]);
        assert_eq!(files("others/*"), ["others/CACHEDIR.TAG", "others/c"]);
    }

    #[test]
    fn a_pattern_that_can_match_nothing_says_why() {
        assert!(problem("../*").is_some_and(|why| why.contains("leads out of the workspace")));
        assert!(problem("a/.*").is_some_and(|why| why.contains("is written out")));
        assert!(problem("a[").is_some_and(|why| why.contains("is no pattern")));
        assert_eq!(problem("a/**/*.json"), None);
    }
}
