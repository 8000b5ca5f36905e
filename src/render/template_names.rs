//! The names of templates: which ones tests and templates name, and which ones there are.

use std::path::Path;

use super::{RenderError, paths};
use crate::base::document::Table;
use crate::base::mistake::Mistake;
use crate::base::source::Place;
use crate::base::table::expected;
use crate::manifest::Workspace;
use crate::suite::Test;

/// A place that can be ordered, only so that the set of names is deterministic.
#[derive(PartialEq, Eq)]
pub(super) struct OrderedPlace(pub(super) Place);

impl PartialOrd for OrderedPlace {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedPlace {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.range.start.cmp(&other.0.range.start)
    }
}

/// Every template that a test's fields, axis values, patches or includes name.
pub(super) fn named(test: &Test) -> Result<Vec<(String, OrderedPlace, String)>, RenderError> {
    let axes = test.axes.iter().flat_map(|axis| &axis.values).flat_map(|value| &value.assignments);
    let assigned = axes.chain(test.rules.changes.iter().flat_map(|change| &change.assignments));
    let assigned = assigned.filter(|(path, _)| path.as_slice() == ["template"]).map(|(_, item)| item);
    let from_fields = test.fields.get("template").map(|entry| &entry.item);
    let items: Vec<_> = from_fields.into_iter().chain(assigned).collect();
    if items.is_empty() {
        return Err(no_template(test));
    }
    items
        .into_iter()
        .map(|item| match item.as_text() {
            Some(name) => Ok((name.to_owned(), OrderedPlace(item.place.clone()), test.name.clone())),
            None => Err(expected("a template's name", item).into()),
        })
        .collect()
}

/// The template that a case's fields name.
pub(super) fn template_of<'f>(test: &Test, fields: &'f Table) -> Result<&'f str, RenderError> {
    match fields.get("template").map(|entry| &entry.item) {
        Some(item) => item.as_text().ok_or_else(|| expected("a template's name", item).into()),
        None => Err(no_template(test)),
    }
}

fn no_template(test: &Test) -> RenderError {
    Mistake::at(&test.place, format!("the test `{}` has no `template`", test.name))
        .hint("name a file of the templates folder, or run a k6 script as it is: script = \"PATH\"")
        .into()
}

/// Names relative to the templates folder, for suggestions.
pub(super) fn template_names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names
}

/// What `name` may have been meant to be: templates, and scripts in its folder of the workspace.
pub(super) fn names_below(workspace: &Workspace, name: &str) -> Vec<String> {
    let mut names = template_names(&workspace.root.join(&workspace.templates));
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let entries = paths::join("", folder).map(|inside| std::fs::read_dir(workspace.root.join(inside)));
    for entry in entries.into_iter().flatten().flatten().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if [".js", ".ts"].iter().any(|ending| file.ends_with(ending)) {
            names.push(if folder.is_empty() { file } else { format!("{folder}/{file}") });
        }
    }
    names.sort();
    names
}

/// The names in `{% include "x" %}`, `{% extends "x" %}` and `{% import "x" %}`, with their places.
pub(super) fn included(text: &str, [open, close]: &[String; 2]) -> Vec<(String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(open).map(|at| from + at + open.len()) {
        let end = text[start..].find(close).map_or(text.len(), |at| start + at);
        let tag = text[start..end].trim_start_matches(['-', ' ', '\t', '\n', '\r']);
        if ["include", "extends", "import"].iter().any(|word| tag.starts_with(word)) {
            let mut quotes = text[start..end].match_indices(['"', '\'']).map(|(at, _)| start + at);
            if let (Some(first), Some(last)) = (quotes.next(), quotes.next()) {
                found.push((text[first + 1..last].to_owned(), first + 1..last));
            }
        }
        from = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Delimiters;

    #[test]
    fn included_templates_are_found_with_their_places() {
        let text = "{% extends 'base.js' %}{%- include \"lib/a.js\" %}{% if x %}{% endif %}";
        let names: Vec<_> = included(text, &Delimiters::default().block)
            .into_iter()
            .map(|(name, range)| (name.clone(), text[range].to_owned()))
            .collect();
        assert_eq!(
            names,
            [("base.js".into(), "base.js".into()), ("lib/a.js".into(), "lib/a.js".into())]
                as [(String, String); 2]
        );
    }
}
