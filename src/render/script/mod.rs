//! Untouched k6 scripts: found in the workspace, read for what they export, run through a wrapper beside them.

mod effective;
mod exports;
mod foreseen;
mod known;
mod overrides;
mod survey;
pub(super) mod wrapper;

pub(super) use exports::Exports;
pub(super) use foreseen::Foreseen;
pub(super) use overrides::Overrides;
pub use survey::{OwnLoad, Survey, survey};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{RenderError, ScriptPlace, outside, paths, remote, template_names};
use crate::base::document::{Item, Table};
use crate::base::files;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::expected;
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::{Suite, Test};
use known::Known;

/// One script of a workspace.
#[derive(Debug)]
pub(super) struct Script {
    /// Relative to the workspace.
    pub(super) path: String,
    /// Where a file of the same name would make it unclear which one is meant.
    pub(super) rival: Option<String>,
    /// The names that it exports, `default` among them.
    exports: BTreeSet<String>,
    /// Whether it surely exports no others.
    exports_are_known: bool,
    /// What its text says of its options.
    options: Known,
}

impl Script {
    /// Where its wrapper stands.
    pub(super) fn place(&self) -> ScriptPlace {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        ScriptPlace { folder: folder.to_owned(), name: wrapper::name_of(name) }
    }

    /// Its own name, without its folder.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The exports that a scenario may execute.
    fn functions(&self) -> impl Iterator<Item = &str> {
        let others = ["options", "setup", "teardown", "handleSummary"];
        self.exports.iter().map(String::as_str).filter(move |name| !others.contains(name))
    }
}

/// The scripts of a suite by the names that its tests write.
#[derive(Debug, Default)]
pub(super) struct Scripts(BTreeMap<String, Arc<Script>>);

impl Scripts {
    /// Finds and reads what the tests of `cases` name.
    pub(super) fn load(workspace: &Workspace, suite: &Suite, cases: &[Case]) -> Result<Self, RenderError> {
        let used: BTreeSet<usize> = cases.iter().map(|case| case.test).collect();
        let mut scripts = Self::default();
        let mut mistakes = Mistakes::default();
        for test in used.into_iter().map(|test| &suite.tests[test]) {
            for item in named(test) {
                let Some(name) = item.as_text() else {
                    mistakes.push(expected("the path of a script", item));
                    continue;
                };
                if scripts.0.contains_key(name) {
                    continue;
                }
                match read(workspace, name, item) {
                    Ok(script) => {
                        scripts.0.insert(name.to_owned(), Arc::new(script));
                    }
                    Err(RenderError::Mistakes(found)) => mistakes.extend(found),
                    Err(error) => return Err(error),
                }
            }
        }
        mistakes.distinct().or(scripts).map_err(RenderError::from)
    }

    /// The script that a case's fields name; none where they name a template.
    pub(super) fn of(&self, fields: &Table) -> Option<&Arc<Script>> {
        self.0.get(fields.get("script")?.item.as_text()?)
    }
}

/// Every script that a test's fields, axis values or rules name.
fn named(test: &Test) -> impl Iterator<Item = &Item> {
    let axes = test.axes.iter().flat_map(|axis| &axis.values).flat_map(|value| &value.assignments);
    let assigned = axes.chain(test.rules.changes.iter().flat_map(|change| &change.assignments));
    let from_axes = assigned.filter(|(path, _)| path.as_slice() == ["script"]).map(|(_, item)| item);
    test.fields.get("script").map(|entry| &entry.item).into_iter().chain(from_axes)
}

/// A script is looked up like a template, and else from the root of the workspace.
fn read(workspace: &Workspace, name: &str, item: &Item) -> Result<Script, RenderError> {
    let outside = || {
        Mistake::at(&item.place, format!("`{name}` lies outside the workspace"))
            .label("expected a path inside it")
            .hint("copy it into the workspace, or link to it from there and name it in `[workspace] allow`")
    };
    let from_root = paths::join("", name);
    let is_relative = name.starts_with("./") || name.starts_with("../");
    let from_templates = from_root
        .as_ref()
        .filter(|_| !is_relative)
        .and_then(|inside| paths::join(&workspace.templates, inside));
    let from_root = from_root.ok_or_else(outside)?;
    let stands = |path: &String| workspace.root.join(path).is_file();
    let (path, rival) = match from_templates {
        Some(template) if stands(&template) && stands(&from_root) => {
            let message = format!("`{name}` is two files: `{template}` and `{from_root}`");
            let hint = format!("write `./{from_root}` or `{template}`");
            return Err(Mistake::at(&item.place, message).hint(hint).into());
        }
        Some(template) if stands(&template) => (template, Some(from_root)),
        template if stands(&from_root) => (from_root, template),
        _ => {
            let names = template_names::names_below(workspace, name);
            let mistake = Mistake::at(&item.place, format!("no script `{name}`"))
                .label(format!("expected a file of {}/ or of the workspace", workspace.templates));
            return Err(mistake.nearest(name, names.iter().map(String::as_str)).into());
        }
    };
    let (exports, are_known) = exports(workspace, &path, text_of(workspace, &path)?)?;
    Ok(Script { exports: exports.names, exports_are_known: are_known, options: exports.options, path, rival })
}

/// What a script exports, through all modules of which it exports everything.
/// Also whether it surely exports no others.
pub(super) fn exports(
    workspace: &Workspace,
    path: &str,
    text: String,
) -> Result<(Exports, bool), RenderError> {
    let mut own = exports_of(path, text)?;
    let mut are_known = !own.is_open;
    let mut waiting: Vec<(String, String)> =
        own.stars.drain(..).map(|star| (path.to_owned(), star)).collect();
    let mut seen = BTreeSet::from([path.to_owned()]);
    while let Some((from, star)) = waiting.pop() {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = paths::join(folder, &star).filter(|_| !remote::is_remote(&star));
        // Modules of k6, remote ones, and what is missing, which the search for inputs tells.
        let Some(inside) = inside.filter(|inside| workspace.root.join(inside).is_file()) else {
            are_known = false;
            continue;
        };
        if !seen.insert(inside.clone()) {
            continue;
        }
        let module = exports_of(&inside, text_of(workspace, &inside)?)?;
        are_known &= !module.is_open;
        own.names.extend(module.names.into_iter().filter(|name| name != "default"));
        waiting.extend(module.stars.into_iter().map(|star| (inside.clone(), star)));
    }
    Ok((own, are_known))
}

fn text_of(workspace: &Workspace, path: &str) -> Result<String, RenderError> {
    outside::check(workspace, path)?;
    Ok(String::from_utf8_lossy(&files::read(&workspace.root.join(path))?).into_owned())
}

fn exports_of(path: &str, text: String) -> Result<Exports, RenderError> {
    super::syntax::exports(path, &text).map_err(|error| super::inputs::syntax_mistake(path, text, error))
}
