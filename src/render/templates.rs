//! Templates: found in the templates folder, with what they include; rendered by tera.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tera::{Context, ErrorKind, Kwargs, State, Tera, Value};

use super::facets::{CaseFacets, case_value};
use super::{RenderError, engine_words, javascript, legacy, options, outside, paths};
use crate::base::digest::Digest;
use crate::base::document::{Table, TextError, read_source};
use crate::base::files;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};
use crate::expand::Case;
use crate::manifest::{Delimiters, Workspace};
use crate::suite::{Rendering, Suite, Test};

thread_local! {
    /// Where the script stands that is being rendered on this thread, for `file()`: a variable of the
    /// context would be offered to people.
    static FOLDER: RefCell<String> = const { RefCell::new(String::new()) };
    /// The expressions among the strings of `options`, which are printed as they are.
    static EXPRESSIONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// The paths that `file()` was asked for during the rendering that runs on this thread.
    static DECLARED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// The loaded templates of a suite.
pub(super) struct Templates {
    tera: Tera,
    rendering: Rendering,
    folder: PathBuf,
    /// What opens and closes a tag.
    block: [String; 2],
    sources: BTreeMap<String, Arc<Source>>,
    digests: BTreeMap<String, Digest>,
    /// Each template with what it includes, itself first.
    families: BTreeMap<String, BTreeSet<String>>,
    /// The variables that each template and what it includes use.
    used: BTreeMap<String, BTreeSet<String>>,
    /// The names and digests of each template and of all that it includes.
    sources_of: BTreeMap<String, Arc<BTreeMap<String, Digest>>>,
}

impl Templates {
    /// Loads what the cases of `suite` name. A missing template is a mistake at the place that names it.
    pub(super) fn load(workspace: &Workspace, suite: &Suite, cases: &[Case]) -> Result<Self, RenderError> {
        let folder = workspace.root.join(&workspace.templates);
        let (mut names, mut mistakes) = (BTreeSet::new(), Mistakes::default());
        for test in suite.tests.iter().filter(|test| !test.is_scripted()) {
            match named(test) {
                Err(RenderError::Mistakes(found)) => mistakes.extend(found),
                other => names.extend(other?),
            }
        }
        // A matrix may name templates that no case is left with; only what is used must be there.
        let used: BTreeSet<_> = cases.iter().map(|case| case.test).collect();
        let mut templates = Self {
            tera: engine(&workspace.delimiters, suite.rendering)?,
            rendering: suite.rendering,
            folder,
            block: workspace.delimiters.block.clone(),
            sources: BTreeMap::new(),
            digests: BTreeMap::new(),
            families: BTreeMap::new(),
            used: BTreeMap::new(),
            sources_of: BTreeMap::new(),
        };
        for (name, place, test) in names {
            if used.contains(&suite.tests.iter().position(|other| other.name == test).unwrap_or(usize::MAX)) {
                match templates.add_family(workspace, &name, &place.0) {
                    Err(RenderError::Mistakes(found)) => mistakes.extend_with_new(found),
                    other => other?,
                }
            }
        }
        mistakes.or(())?;
        templates.compile()?;
        Ok(templates)
    }

    /// Renders the template of a case; returns the script and the paths that `file()` declared.
    pub(super) fn render(
        &self,
        variables: &Variables<'_>,
        template: &str,
    ) -> Result<(String, BTreeSet<String>), RenderError> {
        let nothing = BTreeSet::new();
        let used = self.used.get(template).unwrap_or(&nothing);
        DECLARED.with_borrow_mut(BTreeSet::clear);
        FOLDER.set(variables.facets.rest.place.folder.clone());
        EXPRESSIONS.set(variables.facets.options.expressions.clone());
        let script = self
            .tera
            .render(template, &variables.context(|name| used.contains(name)))
            .map_err(|error| self.mistake(&error, template, Some(variables)))?;
        let options = &variables.facets.options;
        if self.rendering == Rendering::Own && !options.is_empty && !self.prints_options(template) {
            let source = self.sources.get(template).cloned();
            let place = source
                .map(|source| Place { range: 0..source.text.lines().next().map_or(0, str::len), source });
            let message = format!("the template `{template}` never prints the k6 options");
            let mistake = place.map_or_else(|| Mistake::new(&message), |place| Mistake::at(&place, &message));
            return Err(mistake
                .label(format!("`{}` has options", variables.case.id))
                .hint("put `{{ k6_opts }}` on a line of its own")
                .into());
        }
        Ok((script, DECLARED.with_borrow_mut(std::mem::take)))
    }

    /// Whether a template prints the k6 options.
    pub(super) fn prints_options(&self, template: &str) -> bool {
        self.used.get(template).is_some_and(|used| used.contains("k6_opts") || used.contains("options"))
    }

    /// The names and digests of a template and of all that it includes.
    pub(super) fn sources_of(&self, template: &str) -> Arc<BTreeMap<String, Digest>> {
        self.sources_of.get(template).cloned().unwrap_or_default()
    }

    /// Where in a template or in what it includes the line of `script` stands at which `range` begins;
    /// none where that line was changed by rendering, or stands in several places.
    pub(super) fn place_of(&self, template: &str, script: &str, range: &Range<usize>) -> Option<Place> {
        let start = script.get(..range.start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line = script[start..].lines().next().filter(|line| !line.trim().is_empty())?;
        let family = self.families.get(template)?.iter().filter_map(|name| self.sources.get(name));
        let mut found = family.flat_map(|source| lines_equal_to(source, line));
        let (source, at) = found.next().filter(|_| found.next().is_none())?;
        let begin = at + (range.start - start);
        let length = range.len().min(at + line.len() - begin);
        Some(Place { source: Arc::clone(source), range: begin..begin + length })
    }

    /// Where a template or what it includes asks `file()` for `path`, as far as that is written there.
    pub(super) fn place_of_file(&self, template: &str, path: &str) -> Option<Place> {
        let family =
            || self.families.get(template).into_iter().flatten().filter_map(|name| self.sources.get(name));
        let all = |wanted: &str| -> Vec<Place> {
            let length = wanted.len();
            let of = |source: &Arc<Source>| {
                let found = source.text.match_indices(wanted).map(|(at, _)| at).collect::<Vec<_>>();
                let place = |at| Place { source: Arc::clone(source), range: at..at + length };
                found.into_iter().map(place).collect::<Vec<_>>()
            };
            family().flat_map(of).collect()
        };
        let quoted = |quote: &str| ["", "./"].map(|lead| format!("{quote}{lead}{path}{quote}"));
        let written =
            ["\"", "'", "`"].into_iter().flat_map(quoted).find_map(|wanted| all(&wanted).into_iter().next());
        // A computed path stands nowhere; where there is one call only, it is that.
        written.or_else(|| <[Place; 1]>::try_from(all("file(")).ok().map(|[only]| only))
    }

    fn add_family(&mut self, workspace: &Workspace, name: &str, place: &Place) -> Result<(), RenderError> {
        let mut family = BTreeSet::new();
        let mut waiting = vec![(name.to_owned(), place.clone())];
        while let Some((name, place)) = waiting.pop() {
            if !family.insert(name.clone()) {
                continue;
            }
            let source = self.source(workspace, &name, &place)?;
            for (included, range) in included(&source.text, &workspace.delimiters.block) {
                waiting.push((included, Place { source: Arc::clone(&source), range }));
            }
        }
        self.families.insert(name.to_owned(), family);
        Ok(())
    }

    fn source(
        &mut self,
        workspace: &Workspace,
        name: &str,
        place: &Place,
    ) -> Result<Arc<Source>, RenderError> {
        if let Some(source) = self.sources.get(name) {
            return Ok(Arc::clone(source));
        }
        let path = paths::join("", name).map(|inside| self.folder.join(inside)).filter(|path| path.is_file());
        let Some(path) = path else {
            let names = template_names(&self.folder);
            let mistake = Mistake::at(place, format!("no template `{name}` in `{}/`", workspace.templates))
                .label("expected a file of the templates folder");
            let mistake = match self.rendering {
                Rendering::Own => mistake,
                Rendering::Ancestor => mistake.hint(
                    "howitzer.toml says where templates are: [workspace] templates = \"FOLDER\"; where `CONFIG_FILE` \
                     names the suite, `TEMPLATE_DIR` does",
                ),
            };
            return Err(mistake.nearest(name, names.iter().map(String::as_str)).into());
        };
        outside::check(workspace, &format!("{}/{name}", workspace.templates))?;
        let shown = format!("{}/{name}", workspace.templates);
        let text = files::read_text(&path).map_err(|error| match read_source(&path, &shown) {
            Err(TextError::Mistakes(mistakes)) => RenderError::Mistakes(mistakes),
            _ => error.into(),
        })?;
        self.digests.insert(name.to_owned(), Digest::of(text.as_bytes()));
        let text = if self.rendering == Rendering::Ancestor { legacy::source(text) } else { text };
        let source = Arc::new(Source { path: shown, text });
        self.sources.insert(name.to_owned(), Arc::clone(&source));
        Ok(source)
    }

    fn compile(&mut self) -> Result<(), RenderError> {
        let texts = self.sources.iter().map(|(name, source)| (name.as_str(), source.text.as_str()));
        let compiled = self.tera.add_raw_templates(texts.collect::<Vec<_>>());
        compiled.map_err(|error| {
            let whole = engine_words::of_the_whole(error.kind(), &self.sources, &self.block);
            whole.map_or_else(|| self.mistake(&error, "", None), RenderError::Mistakes)
        })?;
        for (template, family) in &self.families {
            let used = self.tera.get_template_variables(template).unwrap_or_default();
            self.used.insert(template.clone(), used.into_iter().map(str::to_owned).collect());
            let digests = family.iter().filter_map(|name| Some((name.clone(), *self.digests.get(name)?)));
            self.sources_of.insert(template.clone(), Arc::new(digests.collect()));
        }
        Ok(())
    }

    /// tera's error as a mistake with a caret, and for an undefined name the nearest defined one.
    fn mistake(&self, error: &tera::Error, template: &str, rendering: Option<&Variables<'_>>) -> RenderError {
        let (ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report)) = error.kind() else {
            return Mistake::new(format!("template `{template}`: {error}")).into();
        };
        let name = if report.filename().is_empty() { template } else { report.filename() };
        let message = report.message().trim_end_matches('.');
        let Some(source) = self.sources.get(name) else {
            return Mistake::new(format!("template `{name}`: {message}")).into();
        };
        let range = report.span().range.clone();
        let text = source.text.get(range.clone()).unwrap_or_default().to_owned();
        let place = Place { source: Arc::clone(source), range };
        let Some(variables) = rendering else {
            let expected =
                message.strip_prefix("Found ").and_then(|found| found.split_once(" but expected "));
            let mistake = match expected {
                Some((found, close)) if close == self.block[1] || close.starts_with('}') => {
                    Mistake::at(&place, format!("the tag is not closed, found {found}"))
                        .label(format!("expected `{close}`"))
                }
                _ if message == "Unexpected end of input" => {
                    Mistake::at(&place, "the template ends too early")
                        .label("what is opened here or before is not closed")
                }
                _ => Mistake::at(&place, lowercase_first(message)),
            };
            return mistake.into();
        };
        let root = text.split(['.', '[', '|', ' ']).next().unwrap_or_default().to_owned();
        let mut names = variables.names();
        names.sort_unstable();
        let while_rendering = format!("while rendering `{}`", variables.case.id);
        // tera lists the variables that it was given: those that the template uses.
        let (message, label) = match message.split_once(". Available variables:") {
            Some((message, _)) => (message, format!("{while_rendering}; there are {}", names.join(", "))),
            None => (message, while_rendering),
        };
        if let Some((message, fields)) = message.split_once(". Available fields: ") {
            let field = text.rsplit('.').next().unwrap_or_default();
            return Mistake::at(&place, lowercase_first(message))
                .label(format!("{label}; there are {fields}"))
                .nearest(field, fields.split(", "))
                .into();
        }
        let message = message
            .replace("but got `u64`", "but it is a whole number")
            .replace("but got `i64`", "but it is a whole number")
            .replace("but got `f64`", "but it is a number");
        let mistake = Mistake::at(&place, lowercase_first(&message)).label(label);
        if names.contains(&root.as_str()) { mistake } else { mistake.nearest(&root, names) }.into()
    }
}

/// What the template of one case sees.
pub(super) struct Variables<'a> {
    pub(super) suite: &'a Suite,
    /// `suite`.
    pub(super) suite_value: &'a Value,
    pub(super) case: &'a Case,
    pub(super) facets: &'a CaseFacets,
}

impl Variables<'_> {
    /// The variables that are used; the others would only cost time.
    fn context(&self, is_used: impl Fn(&str) -> bool) -> Context {
        let CaseFacets { options, vars, rest } = self.facets;
        let mut context = Context::new();
        let mut insert = |name: &'static str, value: &dyn Fn() -> Value| {
            if is_used(name) {
                context.insert_value(name, value());
            }
        };
        insert("k6_opts", &|| options.text.clone());
        insert("options", &|| options.value.clone());
        insert("vars", &|| vars.value.clone());
        insert("suite", &|| self.suite_value.clone());
        insert("case", &|| case_value(self.suite, self.case));
        for (name, value) in &rest.values {
            insert(name, &|| value.clone());
        }
        if self.suite.rendering == Rendering::Ancestor {
            let test = &self.suite.tests[self.case.test];
            for (name, value) in &vars.top {
                context.insert_value(name.clone(), value.clone());
            }
            context.insert_value("name", Value::normal_string(&test.name));
            context.insert_value("description", Value::normal_string(&test.description));
        }
        context
    }

    /// The names that a template may use.
    fn names(&self) -> Vec<&str> {
        let rest = self.facets.rest.values.iter().map(|(name, _)| *name);
        let top = self.facets.vars.top.iter().map(|(name, _)| name.as_str());
        rest.chain(top).chain(["k6_opts", "options", "vars", "suite", "case"]).collect()
    }
}

/// The lines of a source that are `line`, by where they begin.
fn lines_equal_to<'s>(
    source: &'s Arc<Source>,
    line: &'s str,
) -> impl Iterator<Item = (&'s Arc<Source>, usize)> {
    let mut from = 0;
    source.text.split_inclusive('\n').filter_map(move |whole| {
        let at = from;
        from += whole.len();
        (whole.trim_end_matches(['\n', '\r']) == line).then_some((source, at))
    })
}

pub(super) fn lowercase_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// A place that can be ordered, only so that the set of names is deterministic.
#[derive(PartialEq, Eq)]
struct OrderedPlace(Place);

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
fn named(test: &Test) -> Result<Vec<(String, OrderedPlace, String)>, RenderError> {
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
            None => Err(crate::base::table::expected("a template's name", item).into()),
        })
        .collect()
}

/// The template that a case's fields name.
pub(super) fn template_of<'f>(test: &Test, fields: &'f Table) -> Result<&'f str, RenderError> {
    match fields.get("template").map(|entry| &entry.item) {
        Some(item) => {
            item.as_text().ok_or_else(|| crate::base::table::expected("a template's name", item).into())
        }
        None => Err(no_template(test)),
    }
}

fn no_template(test: &Test) -> RenderError {
    Mistake::at(&test.place, format!("the test `{}` has no `template`", test.name))
        .hint("name a file of the templates folder, or run a k6 script as it is: script = \"PATH\"")
        .into()
}

/// Names relative to the templates folder, for suggestions.
fn template_names(folder: &Path) -> Vec<String> {
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

/// tera with everything printed escaped for JavaScript, `json`, `js` and `file()`.
fn engine(delimiters: &Delimiters, rendering: Rendering) -> Result<Tera, RenderError> {
    let mut tera = Tera::new();
    let [block_start, block_end] = delimiters.block.clone().map(Into::into);
    let [variable_start, variable_end] = delimiters.variable.clone().map(Into::into);
    let [comment_start, comment_end] = delimiters.comment.clone().map(Into::into);
    tera.set_delimiters(tera::Delimiters {
        block_start,
        block_end,
        variable_start,
        variable_end,
        comment_start,
        comment_end,
    })
    .map_err(|error| Mistake::new(error.to_string()))?;
    // Every name ends with nothing: all templates escape.
    tera.autoescape_on([""]);
    match rendering {
        Rendering::Own => tera.set_escape_fn(escape),
        Rendering::Ancestor => {
            tera.set_escape_fn(escape_as_ancestor);
            tera.register_filter("tojson", |value: &Value, _: Kwargs, _: &State| json_literal(value));
        }
    }
    tera.register_filter("json", |value: &Value, _: Kwargs, _: &State| json_literal(value));
    tera.register_filter("js", |value: &Value, _: Kwargs, state: &State| -> tera::TeraResult<Value> {
        Ok(Value::safe_string(&state.escape(&value.to_string())?))
    });
    tera.register_function("file", declare_file);
    Ok(tera)
}

/// Escaped, unless it is an expression of the options.
fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    if is_expression(text) { output.write_all(text.as_bytes()) } else { javascript::escape(text, output) }
}

/// The same in the ancestor's way.
fn escape_as_ancestor(text: &str, output: &mut dyn Write) -> io::Result<()> {
    if is_expression(text) { output.write_all(text.as_bytes()) } else { legacy::escape(text, output) }
}

fn is_expression(text: &str) -> bool {
    EXPRESSIONS.with_borrow(|all| all.iter().any(|expression| expression == text))
}

fn json_literal(value: &Value) -> tera::TeraResult<Value> {
    let json = serde_json::to_value(value).map_err(|error| tera::Error::message(error.to_string()))?;
    let text = javascript::literal(&json);
    Ok(Value::safe_string(&EXPRESSIONS.with_borrow(|all| options::unquoted(text, all))))
}

/// `file(path="data/a.csv")`: declares an input by its path in the workspace, and prints the path that
/// leads there from the script.
#[allow(clippy::needless_pass_by_value, reason = "the signature of tera's functions")]
fn declare_file(arguments: Kwargs, _: &State) -> tera::TeraResult<Value> {
    let path = arguments.must_get::<&str>("path")?;
    let inside = paths::join("", path)
        .ok_or_else(|| tera::Error::message(format!("`{path}` is no path inside the workspace")))?;
    DECLARED.with_borrow_mut(|declared| declared.insert(inside.clone()));
    Ok(Value::from(FOLDER.with_borrow(|folder| paths::relative(folder, &inside))))
}

#[cfg(test)]
mod tests {
    use super::*;

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
