//! Links that lead out of the workspace: followed only where the manifest allows it by name, so that a
//! result never hangs on a file that nobody sees in the workspace.

use std::path::Path;

use glob::{MatchOptions, Pattern};

use crate::base::mistake::Mistake;
use crate::manifest::Workspace;

/// Refuses the file at `path`, relative to the workspace, if it stands elsewhere and that is not allowed.
pub(super) fn check(workspace: &Workspace, path: &str) -> Result<(), Mistake> {
    // What cannot be resolved cannot be read either, and that is told better.
    let Ok(real) = workspace.root.join(path).canonicalize() else { return Ok(()) };
    let inside = workspace.root.canonicalize().is_ok_and(|root| real.starts_with(root));
    if inside || workspace.allow.iter().any(|allowed| covers(allowed, &real)) {
        return Ok(());
    }
    let message = format!("`{path}` leads outside the workspace, to `{}`", real.display());
    let hint = format!(
        "copy it into the workspace, or name it in howitzer.toml: [workspace] allow = [\"{}\"]",
        real.display()
    );
    Err(Mistake::new(message).hint(hint))
}

/// Whether `allowed` is `path` or a folder above it.
fn covers(allowed: &str, path: &Path) -> bool {
    let options = MatchOptions { require_literal_separator: true, ..Default::default() };
    let allowed = allowed.trim_end_matches('/');
    let is_it = |path: &Path| {
        path == Path::new(allowed)
            || Pattern::new(allowed).is_ok_and(|pattern| pattern.matches_path_with(path, options))
    };
    path.ancestors().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_allows_itself_and_what_lies_below_it() {
        let path = Path::new("/srv/data/a[1].json");
        for allowed in
            ["/srv/data/a[1].json", "/srv/data", "/srv/data/", "/srv", "/srv/*/*.json", "/srv/**", "/*/data"]
        {
            assert!(covers(allowed, path), "{allowed}");
        }
        for other in ["/srv/dat", "/srv/*.json", "/srv/data/a", "/"] {
            assert!(!covers(other, path), "{other}");
        }
    }
}
