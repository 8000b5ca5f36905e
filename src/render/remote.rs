//! Modules that are imported from elsewhere: only where the manifest allows it by name, and then their
//! content is in the key. k6 fetches them itself when it runs: what it gets then cannot be pinned, only
//! compared before and after.

use std::time::Duration;

use super::RenderError;
use crate::base::digest::Digest;
use crate::base::http;
use crate::base::mistake::Mistake;

const LIMIT: Duration = Duration::from_secs(30);

/// Whether an import names a module elsewhere.
pub(super) fn is_remote(path: &str) -> bool {
    path.starts_with("https://") || path.starts_with("http://")
}

/// Whether one of `allow` is `url` or a folder above it.
pub(super) fn is_allowed(allow: &[String], url: &str) -> bool {
    let covers = |allowed: &String| {
        let allowed = allowed.trim_end_matches('/');
        url.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    allow.iter().filter(|allowed| is_remote(allowed)).any(covers)
}

/// The address that `path` means in the module at `url` (RFC 3986, section 5, for what modules write).
pub(super) fn join(url: &str, path: &str) -> Option<String> {
    if is_remote(path) {
        return Some(path.to_owned());
    }
    let (scheme, rest) = url.split_once("://")?;
    let (host, below) = rest.split_once('/').unwrap_or((rest, ""));
    let below = below.split(['?', '#']).next().unwrap_or_default();
    let folder =
        if path.starts_with('/') { "" } else { below.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let inside = super::paths::join(folder, path.trim_start_matches('/'))?;
    Some(format!("{scheme}://{host}/{inside}"))
}

/// The text behind `url`.
pub(super) fn fetch(url: &str) -> Result<String, RenderError> {
    let problem = match http::get(url, LIMIT) {
        Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer.body),
        Ok(answer) => format!("GET {url}: status {}", answer.status),
        Err(problem) => problem,
    };
    let mistake = Mistake::new(format!("`{url}` cannot be fetched, and its content counts: {problem}"));
    Err(mistake.hint("put a copy into the workspace and import that").into())
}

/// The digest of what is behind `url` now; none where it cannot be fetched.
pub fn remote_digest(url: &str) -> Option<Digest> {
    fetch(url).ok().map(|text| Digest::of(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_allows_itself_and_what_lies_below_it() {
        let allow = ["https://jslib.k6.io/k6-utils/".to_owned(), "/srv".to_owned()];
        assert!(is_allowed(&allow, "https://jslib.k6.io/k6-utils/1.2.0/index.js"));
        for other in
            ["https://jslib.k6.io/k6-utilsx/a.js", "https://jslib.k6.io/", "http://jslib.k6.io/k6-utils/a"]
        {
            assert!(!is_allowed(&allow, other), "{other}");
        }
    }

    #[test]
    fn imports_of_a_remote_module_are_addresses_too() {
        let base = "https://host/a/b/index.js?x=1";
        assert_eq!(join(base, "./c.js").as_deref(), Some("https://host/a/b/c.js"));
        assert_eq!(join(base, "../c.js").as_deref(), Some("https://host/a/c.js"));
        assert_eq!(join(base, "/c.js").as_deref(), Some("https://host/c.js"));
        assert_eq!(join(base, "https://other/c.js").as_deref(), Some("https://other/c.js"));
        assert_eq!(join(base, "../../../c.js"), None);
    }
}
