//! The process's environment, read in this one place and handed on as a value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::digest::Digest;

/// A snapshot of environment variables.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The environment that this process was started with.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// An environment of exactly these variables.
    pub fn of<K: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The variable, unless it is unset or empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The variable as text, unless it is unset, empty or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(OsStr::to_str)
    }

    /// What is shown of the variable, and stands for it where it counts: its text, or the digest of a value that
    /// is none; none where it is unset or empty.
    pub fn shown(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let digest = || format!("no text, digest {}", Digest::of(value.as_encoded_bytes()));
        Some(value.to_str().map_or_else(digest, str::to_owned))
    }

    /// The folders of `PATH`, in order.
    pub fn path_folders(&self) -> Vec<PathBuf> {
        self.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
    }

    /// All variables, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Where this user's caches live: `XDG_CACHE_HOME`, else `~/.cache`, else none.
    pub fn cache_folder(&self) -> Option<PathBuf> {
        let xdg = self.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        xdg.or_else(|| self.get("HOME").map(|home| PathBuf::from(home).join(".cache")))
    }
}

/// The step before which a test wants this process to stop; see `stop`.
#[cfg(debug_assertions)]
pub(super) fn stop_of_test() -> Option<String> {
    std::env::var("HOWITZER_TEST_STOP").ok()
}
