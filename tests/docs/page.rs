//! A page of Markdown: its links, its headings, its words of code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A page, and where it stands below the repository.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    /// Without blocks of code.
    lines: Vec<String>,
}

impl Page {
    pub(crate) fn read(root: &Path, path: PathBuf) -> Self {
        let text = fs::read_to_string(root.join(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut is_code = false;
        let outside = text.lines().filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence && !line.starts_with("    ")
        });
        Self { lines: outside.map(str::to_owned).collect(), path }
    }

    /// Every link and picture, as it is written.
    pub(crate) fn links(&self) -> Vec<String> {
        // A link may begin on one line and lead away on the next.
        let text = self.lines.join("\n");
        let parts = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let between = |begin: &str, end: char| -> Vec<String> {
            let begun = parts.split(begin).skip(1).filter_map(|rest| rest.split_once(end));
            begun.map(|(link, _)| link.to_owned()).collect()
        };
        [between("](", ')'), between(" src=\"", '"'), between(" srcset=\"", '"')].concat()
    }

    /// What stands in back-ticks.
    pub(crate) fn words(&self) -> Vec<String> {
        self.lines.join("\n").split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The names of headings, as GitHub and mdBook make them.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let headings = self.lines.iter().filter_map(|line| line.strip_prefix('#'));
        let names = headings.map(|rest| name(rest.trim_start_matches('#').trim()));
        let numbered = names.map(|name| {
            let before = seen.entry(name.clone()).or_default();
            *before += 1;
            if *before > 1 { format!("{name}-{}", *before - 1) } else { name }
        });
        numbered.collect()
    }

    /// The path of a file that this page names from where it stands.
    pub(crate) fn beside(&self, file: &str) -> PathBuf {
        let mut path = self.path.parent().map(Path::to_owned).unwrap_or_default();
        for part in Path::new(file).components() {
            match part {
                Component::ParentDir => assert!(path.pop(), "{file} leads out of the repository"),
                part => path.push(part),
            }
        }
        path
    }
}

fn name(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|char| if char == ' ' { '-' } else { char }).collect()
}
