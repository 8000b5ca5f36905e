//! Where a command's outputs, results and tools lie.

use std::path::{Path, PathBuf};

use super::arguments::{Arguments, OutArgument};
use super::context::Context;
use super::exit;
use super::failure::Failure;
use crate::base::environment::Environment;
use crate::manifest::Workspace;
use crate::report::{OutputFolder, refuse_links};
use crate::store::FOLDER;

impl Context {
    /// Puts the outputs into the folder that was typed, if one was: of one suite, and not into the store.
    pub(super) fn into_folder(self, arguments: &Arguments, typed: &OutArgument) -> Result<Self, Failure> {
        let Some(shown) = &typed.folder else { return Ok(self) };
        if let [_, _, ..] = self.suites.as_slice() {
            let message = "`--out` is a folder for one suite\nhint: name one suite, or leave `--out` away";
            return Err(Failure::usage(message));
        }
        let folder = whole(&arguments.directory.join(shown));
        if folder.starts_with(whole(&self.store_folder)) {
            let message = format!("`--out {}` lies in the store", shown.display());
            return Err(Failure::usage(message));
        }
        Ok(Self { out: Some((folder, shown.display().to_string())), ..self })
    }

    /// The folder of a suite's outputs. One that leads elsewhere by a link of its own is refused.
    pub(super) fn outputs(&self, suite: &str) -> Result<OutputFolder, Failure> {
        let folder = self.output_folder(suite);
        refuse_links(&folder.path)?;
        if !folder.is_shared && whole(&self.store_folder).starts_with(whole(&folder.path)) {
            let message = format!("the store lies in `{}`, which `clean` removes", folder.shown);
            return Err(Failure::usage(message));
        }
        if !folder.is_shared {
            self.check_led_elsewhere(suite)?;
        }
        Ok(folder)
    }

    /// The same, unchecked.
    pub(super) fn output_folder(&self, suite: &str) -> OutputFolder {
        if let Some((path, shown)) = &self.out {
            return OutputFolder { path: path.clone(), shown: shown.clone(), is_shared: true };
        }
        let path = self.workspace.root.join(&self.workspace.out).join(suite);
        OutputFolder { path, shown: format!("{}/{suite}", self.workspace.out), is_shared: false }
    }

    /// All of `out` may be a link, but not to where a suite's outputs would mix with what is no output.
    fn check_led_elsewhere(&self, suite: &str) -> Result<(), Failure> {
        let Workspace { root, out, suites, templates, payloads, .. } = &*self.workspace;
        let real = |name: &str| root.join(name).canonicalize().ok();
        let Some(folder) = real(out).map(|out| out.join(suite)) else { return Ok(()) };
        let others = [suites.as_str(), templates, payloads, FOLDER];
        let mixed = |name: &&str| {
            real(name).is_some_and(|other| other.starts_with(&folder) || folder.starts_with(other))
        };
        others.into_iter().find(mixed).map_or(Ok(()), |other| {
            let message = format!("`{out}/{suite}` leads into `{other}`: outputs need a folder of their own");
            Err(Failure::Other { code: exit::INVALID, message })
        })
    }

    /// Where k6 is installed: `HOWITZER_TOOLS`, else the user's cache, else the workspace.
    pub(super) fn tools(&self) -> PathBuf {
        tools_folder(&self.environment, &self.store_folder)
    }
}

/// The folder above the store: the one that was typed, else the workspace's own.
pub(super) fn store_folder(arguments: &Arguments, root: &Path) -> PathBuf {
    let typed = arguments.store.as_ref().map(|folder| whole(&arguments.directory.join(folder)));
    typed.unwrap_or_else(|| root.join(FOLDER))
}

/// The path as the system knows it, as far as it exists.
fn whole(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = absolute.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let Some((above, real)) = known else { return absolute };
    absolute
        .strip_prefix(above)
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty())
        .map_or(real.clone(), |rest| real.join(rest))
}

/// Where k6 is installed, by `HOWITZER_TOOLS`, else in the user's cache, else beside the store in `above`.
pub(super) fn tools_folder(environment: &Environment, above: &Path) -> PathBuf {
    let named = environment.get("HOWITZER_TOOLS").map(PathBuf::from);
    named
        .or_else(|| environment.cache_folder().map(|cache| cache.join("howitzer").join("tools")))
        .unwrap_or_else(|| above.join("tools"))
}
