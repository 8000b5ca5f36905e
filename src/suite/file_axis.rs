//! Axes whose values are files: `payload = { glob = "digits/*.json" }`, `payload = { built = "batch" }`.
//! They become lists of names before anything else looks at them.

use std::collections::BTreeSet;

use super::payload::BuiltPayload;
use crate::base::document::{Entry, Item, Table, Tree};
use crate::base::glob;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::nearest::nearest;
use crate::base::table::{Fields, expected, unknown_key};
use crate::manifest::Workspace;

/// What the values of such axes are looked up in.
pub(super) struct FileAxes<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) built: &'a [BuiltPayload],
    /// The patterns that were asked for, relative to the workspace.
    pub(super) globs: BTreeSet<String>,
}

impl FileAxes<'_> {
    /// The matrix with the names in place of what stands for them.
    pub(super) fn listed(&mut self, matrix: &Item) -> (Item, Mistakes) {
        let Some(table) = matrix.as_table() else { return (matrix.clone(), Mistakes::default()) };
        let mut mistakes = Mistakes::default();
        let mut listed = Table::new();
        for (name, entry) in table {
            let item = match name.as_str() {
                "payload" | "script" | "template" => mistakes.collect(self.names(name, &entry.item)),
                _ => Some(entry.item.clone()),
            };
            if let Some(item) = item {
                listed.insert(name.clone(), Entry { key: entry.key.clone(), item });
            }
        }
        (Item { tree: Tree::Table(listed), place: matrix.place.clone() }, mistakes)
    }

    fn names(&mut self, axis: &str, item: &Item) -> Result<Item, Mistakes> {
        let Some(table) = item.as_table() else { return Ok(item.clone()) };
        let names = match (table.get("glob"), table.get("built")) {
            (Some(pattern), None) => self.matching(axis, item, &pattern.item)?,
            (None, Some(name)) if axis == "payload" => self.of_built(item, &name.item)?,
            (None, None) if let Some(mistake) = misspelt(axis, table) => return Err(mistake.into()),
            // A range, or what is no axis at all: said by its reader.
            _ => return Ok(item.clone()),
        };
        let text = |name: String| Item { tree: Tree::Text(name), place: item.place.clone() };
        Ok(Item { tree: Tree::List(names.into_iter().map(text).collect()), place: item.place.clone() })
    }

    fn matching(&mut self, axis: &str, item: &Item, pattern: &Item) -> Result<Vec<String>, Mistakes> {
        only(item, "glob")?;
        let Some(text) = pattern.as_text() else {
            return Err(expected("a pattern such as \"digits/*.json\"", pattern).into());
        };
        if axis == "script" {
            return self.scripts(pattern, text);
        }
        let folder = if axis == "payload" { &self.workspace.payloads } else { &self.workspace.templates };
        if let Some(problem) = glob::problem(text) {
            return Err(Mistake::at(&pattern.place, problem)
                .label(format!("expected files of `{folder}/`"))
                .into());
        }
        let whole = format!("{}/{text}", folder.trim_end_matches('/'));
        let found = glob::files(&self.workspace.root, &self.workspace.out, &whole);
        self.globs.insert(whole);
        let names = found
            .iter()
            .filter_map(|path| Some(path.strip_prefix(folder.as_str())?.trim_start_matches('/').to_owned()));
        let names: Vec<String> = names.collect();
        if names.is_empty() {
            return Err(Mistake::at(&pattern.place, format!("no file matches `{text}` in `{folder}/`"))
                .label(format!("the axis `{axis}` would have no values"))
                .into());
        }
        Ok(names)
    }

    /// Scripts are looked up among the templates and from the root of the workspace.
    fn scripts(&mut self, pattern: &Item, text: &str) -> Result<Vec<String>, Mistakes> {
        let folder = self.workspace.templates.trim_end_matches('/');
        let expected = format!("expected files of {folder}/ or of the workspace");
        if let Some(problem) = glob::problem(text) {
            return Err(Mistake::at(&pattern.place, problem).label(expected).into());
        }
        let mut files = |whole: &str| {
            self.globs.insert(whole.to_owned());
            glob::files(&self.workspace.root, &self.workspace.out, whole)
        };
        let is_relative = text.starts_with("./");
        let among = if is_relative { Vec::new() } else { files(&format!("{folder}/{text}")) };
        let names = among.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        // One file under two names is one value; one name of two files is refused where scripts are read.
        let further = files(text).into_iter().filter(|path| !among.contains(path));
        let further = further.map(|path| if is_relative { format!("./{path}") } else { path });
        let names: BTreeSet<String> = names.map(str::to_owned).chain(further).collect();
        if names.is_empty() {
            let mistake = Mistake::at(&pattern.place, format!("no file matches `{text}`"));
            return Err(mistake.label(expected).into());
        }
        Ok(names.into_iter().collect())
    }

    fn of_built(&self, item: &Item, name: &Item) -> Result<Vec<String>, Mistakes> {
        only(item, "built")?;
        let Some(text) = name.as_text() else {
            return Err(expected("the name of a `[payload.NAME]`", name).into());
        };
        let Some(built) = self.built.iter().find(|built| built.name == text) else {
            return Err(Mistake::at(&name.place, format!("no payload `{text}` is built"))
                .label("expected the name of a `[payload.NAME]` of this suite")
                .nearest(text, self.built.iter().map(|built| built.name.as_str()))
                .into());
        };
        Ok(built.files().into_iter().map(|(name, _)| name).collect())
    }
}

/// The table says nothing else.
fn only(item: &Item, key: &'static str) -> Result<(), Mistakes> {
    let mut fields = Fields::of_item(item)?;
    fields.also_known(&[key]);
    fields.finish().or(())
}

/// `glob` or `built` with a slip of the pen.
fn misspelt(axis: &str, table: &Table) -> Option<Mistake> {
    let known: &[&'static str] = if axis == "payload" { &["glob", "built"] } else { &["glob"] };
    let (key, entry) = table.first().filter(|_| table.len() == 1)?;
    nearest(key, known.iter().copied())?;
    Some(unknown_key(key, entry, known))
}
