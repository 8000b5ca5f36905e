//! Globs of input files, relative to the workspace.

use std::path::Path;

/// The files under `root` that match `pattern` (`*`, `?`, `[…]`, `**` over folders), sorted, as
/// `/`-separated relative paths. Hidden names are matched only by patterns that write their dot. A
/// pattern that leaves the root, or is none, matches nothing.
pub fn files(root: &Path, pattern: &str) -> Vec<String> {
    if pattern.starts_with('/') || pattern.split('/').any(|part| part == "..") {
        return Vec::new();
    }
    let options = glob::MatchOptions {
        require_literal_separator: true,
        require_literal_leading_dot: true,
        ..Default::default()
    };
    let whole = format!("{}/{pattern}", glob::Pattern::escape(&root.to_string_lossy()));
    let matched = glob::glob_with(&whole, options).into_iter().flatten().flatten();
    let files = matched.filter(|path| path.is_file());
    let mut found: Vec<_> = files
        .filter_map(|path| path.strip_prefix(root).ok().map(|inside| inside.to_string_lossy().into_owned()))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn globs_match_names_and_folders() {
        let root = tempfile::tempdir().expect("temporary folder");
        for path in ["a.rs", "src/b.rs", "src/deep/c.rs", "src/d.txt", ".hidden/e.rs"] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, "").expect("file");
        }
        assert_eq!(files(root.path(), "src/**/*.rs"), ["src/b.rs", "src/deep/c.rs"]);
        assert_eq!(files(root.path(), "*.rs"), ["a.rs"]);
        assert_eq!(files(root.path(), "src/**/*"), ["src/b.rs", "src/d.txt", "src/deep/c.rs"]);
        assert!(files(root.path(), "../*").is_empty());
    }
}
