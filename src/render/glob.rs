//! Globs of input files, relative to the workspace.

use std::path::Path;

use glob::{MatchOptions, Pattern};

/// Folders whose files are never inputs, wherever they are: what a build writes itself, and git's own.
const NEVER: [&str; 2] = [".git", ".howitzer"];

/// The files under `root` that match `pattern` (`*`, `?`, `[…]`, `**` over folders), sorted, as
/// `/`-separated relative paths. Hidden names are matched only where they are written out, files
/// below `out` never. A pattern that leaves the root, or is none, matches nothing.
pub fn files(root: &Path, out: &str, pattern: &str) -> Vec<String> {
    if problem(pattern).is_some() {
        return Vec::new();
    }
    let options = MatchOptions {
        require_literal_separator: true,
        require_literal_leading_dot: true,
        ..Default::default()
    };
    let whole = format!("{}/{pattern}", Pattern::escape(&root.to_string_lossy()));
    let matched = glob::glob_with(&whole, options).into_iter().flatten().flatten();
    let inside = matched.filter_map(|path| path.strip_prefix(root).ok().map(Path::to_owned));
    let counts = |path: &Path| {
        !path.starts_with(out) && !path.iter().any(|part| NEVER.iter().any(|never| part == *never))
    };
    let files = inside.filter(|path| counts(path) && root.join(path).is_file());
    let mut found: Vec<_> = files.map(|path| path.to_string_lossy().into_owned()).collect();
    found.sort();
    found
}

/// Why the pattern can match nothing, if it cannot.
pub(super) fn problem(pattern: &str) -> Option<String> {
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
    fn a_pattern_that_can_match_nothing_says_why() {
        assert!(problem("../*").is_some_and(|why| why.contains("leads out of the workspace")));
        assert!(problem("a/.*").is_some_and(|why| why.contains("is written out")));
        assert!(problem("a[").is_some_and(|why| why.contains("is no pattern")));
        assert_eq!(problem("a/**/*.json"), None);
    }
}
