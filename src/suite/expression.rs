//! tera over axis names: `when` of a condition, and the template of ids.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tera::{Context, ErrorKind, Kwargs, State, Tera, Value};

use super::axis::Axis;
use super::axis_name::shown_names;
use crate::base::document::Item;
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::text;

/// The one template of each engine here.
const NAME: &str = "x";

/// A compiled expression or template over the axes of a test.
#[derive(Debug, Clone)]
pub struct Expression {
    tera: Arc<Tera>,
    /// As written.
    text: String,
    /// Where it stands, with its quotes.
    place: Place,
    /// How many bytes of the compiled template stand before the text.
    before: usize,
    /// The axes that it reads, by their places, each under a path of names.
    names: Vec<(usize, Vec<String>)>,
    /// Whether it reads the test's name.
    reads_test: bool,
}

impl Expression {
    /// Reads `when`: an expression that is true or false.
    pub(super) fn condition(item: &Item, axes: &[Axis]) -> Result<Self, Mistakes> {
        let written = text(item)?;
        if let Some(mark) =
            ["{{", "}}", "{%", "%}", "{#", "#}"].into_iter().find(|mark| written.contains(mark))
        {
            let mistake = Mistake::at(&item.place, format!("`{mark}` has no place in an expression"));
            return Err(mistake.label("expected an expression such as \"vus * rate > 400\"").into());
        }
        let expression = Self::compile(item, ("{{ ", " }}"), axes, &[])?;
        expression.check_paths(axes).or(expression)
    }

    /// Reads `id`: a template that may also name the `test`.
    pub(super) fn template(item: &Item, axes: &[Axis]) -> Result<Self, Mistakes> {
        Self::compile(item, ("", ""), axes, &["test"])
    }

    fn compile(
        item: &Item,
        (before, after): (&str, &str),
        axes: &[Axis],
        further: &[&str],
    ) -> Result<Self, Mistakes> {
        let written = text(item)?;
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        tera.register_filter("seconds", seconds);
        let compiled = tera.add_raw_template(NAME, &format!("{before}{written}{after}"));
        let mut expression = Self {
            tera: Arc::new(tera),
            text: written.to_owned(),
            place: item.place.clone(),
            before: before.len(),
            names: Vec::new(),
            reads_test: false,
        };
        compiled.map_err(|error| expression.mistake(&error))?;
        expression.resolve(axes, further)?;
        Ok(expression)
    }

    /// Finds the axes behind the names that it reads.
    fn resolve(&mut self, axes: &[Axis], further: &[&str]) -> Result<(), Mistakes> {
        let used = self.tera.get_template_variables(NAME).unwrap_or_default();
        let mut used: Vec<String> = used.into_iter().map(str::to_owned).collect();
        used.sort();
        let mut mistakes = Mistakes::default();
        for name in &used {
            let paths = paths(axes).filter(|(_, path)| path[0] == *name);
            let known = self.names.len();
            self.names.extend(paths);
            if self.names.len() == known && further.contains(&name.as_str()) {
                self.reads_test = true;
            } else if self.names.len() == known {
                let roots: Vec<String> = paths_of_roots(axes, further);
                let mistake = Mistake::at(&self.place_of_word(name), format!("unknown name `{name}`"));
                let mistake = mistake.label(format!("there are {}", roots.join(", ")));
                mistakes.push(mistake.nearest(name, roots.iter().map(String::as_str)));
            }
        }
        mistakes.or(())
    }

    /// A dotted name must lead to an axis or into its value: tera takes what is not there for different from
    /// everything.
    fn check_paths(&self, axes: &[Axis]) -> Mistakes {
        let known: Vec<Vec<String>> = paths(axes).map(|(_, path)| path).collect();
        let mut mistakes = Mistakes::default();
        for (at, word) in dotted_names(&self.text) {
            let path: Vec<String> = word.split('.').map(str::to_owned).collect();
            let is_rooted = known.iter().any(|known| known.len() > 1 && known[0] == path[0]);
            if is_rooted && !known.iter().any(|known| path.starts_with(known) || known.starts_with(&path)) {
                let names: Vec<String> = known.iter().map(|known| known.join(".")).collect();
                let mistake =
                    Mistake::at(&self.place_of(at..at + word.len()), format!("unknown name `{word}`"));
                let mistake = mistake.label(format!("there are {}", paths_of_roots(axes, &[]).join(", ")));
                mistakes.push(mistake.nearest(word, names.iter().map(String::as_str)));
            }
        }
        mistakes
    }

    /// The axes on whose values it depends, by their places, ascending.
    pub fn axes(&self) -> Vec<usize> {
        let mut axes: Vec<usize> = self.names.iter().map(|(axis, _)| *axis).collect();
        axes.sort_unstable();
        axes.dedup();
        axes
    }

    /// What it prints where `seen` gives the value of an axis.
    pub fn print(&self, test: &str, seen: impl Fn(usize) -> Json) -> Result<String, Mistake> {
        let mut variables = Map::new();
        if self.reads_test {
            variables.insert("test".into(), test.into());
        }
        for (axis, path) in &self.names {
            put(&mut variables, path, seen(*axis));
        }
        let mut context = Context::new();
        for (name, value) in variables {
            context.insert_value(name, Value::from_serializable(&value));
        }
        self.tera.render(NAME, &context).map_err(|error| self.mistake(&error))
    }

    /// Whether it is true where `seen` gives the value of an axis.
    pub fn holds(&self, seen: impl Fn(usize) -> Json) -> Result<bool, Mistake> {
        match self.print("", seen)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => {
                let message = format!("expected an expression that is true or false, found `{other}`");
                Err(Mistake::at(&self.place, message))
            }
        }
    }

    /// Where it stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn mistake(&self, error: &tera::Error) -> Mistake {
        let (ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report)) = error.kind() else {
            return self.unlocated(&error.to_string());
        };
        let message = report.message().trim_end_matches('.');
        let message = message.split_once(". Available variables:").map_or(message, |(first, _)| first);
        let range = &report.span().range;
        let inside = range.start.saturating_sub(self.before)..range.end.saturating_sub(self.before);
        Mistake::at(&self.place_of(inside), format!("`{}`: {}", self.text, lowercase_first(message)))
    }

    /// tera's report of what it finds before rendering: its first line says what, with a name in back-ticks.
    fn unlocated(&self, report: &str) -> Mistake {
        let message = report.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let word = message.split('`').nth(1).unwrap_or(&self.text);
        Mistake::at(&self.place_of_word(word), format!("`{}`: {}", self.text, lowercase_first(message)))
    }

    fn place_of_word(&self, word: &str) -> Place {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let found = self.text.match_indices(word).map(|(at, _)| at).find(|at| {
            !self.text[..*at].ends_with(is_part)
                && !self.text[at + word.len()..].starts_with(|c: char| is_part(c) && c != '.')
        });
        found.map_or_else(|| self.place.clone(), |at| self.place_of(at..at + word.len()))
    }

    /// The place in the file of a range of the text; that of the whole where escapes stand between.
    fn place_of(&self, range: Range<usize>) -> Place {
        let written = self.place.source.text.get(self.place.range.clone()).unwrap_or_default();
        let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| written.starts_with(quotes));
        let quotes = quotes.filter(|quotes| written[quotes.len()..].starts_with(&self.text));
        let Some(quotes) = quotes else { return self.place.clone() };
        let start = self.place.range.start + quotes.len();
        let end = range.end.min(self.text.len());
        Place { source: Arc::clone(&self.place.source), range: start + range.start.min(end)..start + end }
    }
}

/// The dotted names of an expression outside of its strings, with where they begin.
fn dotted_names(text: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let (mut quote, mut start) = (None, None);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_name = quote.is_none() && (c.is_alphanumeric() || c == '_' || c == '.');
        match (start, is_name) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                names.extend(Some((begin, &text[begin..at])).filter(|(_, name)| name.contains('.')));
                start = None;
            }
            _ => {}
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            _ => {}
        }
    }
    names
}

fn lowercase_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Each axis under its whole name, and under the one that ids show where that is no path.
fn paths(axes: &[Axis]) -> impl Iterator<Item = (usize, Vec<String>)> {
    let whole = axes.iter().map(|axis| axis.name.split('.').map(str::to_owned).collect());
    let shown = shown_names(axes).into_iter().map(|name| vec![name.to_owned()]);
    let shown = shown.enumerate().filter(|(_, path)| !path[0].contains('.'));
    // Whole names first: an axis above another one must not overwrite it.
    whole.enumerate().chain(shown).filter(|(_, path): &(usize, Vec<String>)| !path.is_empty())
}

fn paths_of_roots(axes: &[Axis], further: &[&str]) -> Vec<String> {
    let mut roots: Vec<String> = paths(axes).map(|(_, path)| path.join(".")).collect();
    roots.extend(further.iter().map(|name| (*name).to_owned()));
    roots.sort();
    roots.dedup();
    roots
}

fn put(variables: &mut Map<String, Json>, path: &[String], value: Json) {
    match path {
        [] => {}
        [last] => {
            variables.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let below = variables.entry(first.clone()).or_insert_with(|| Map::new().into());
            if !below.is_object() {
                *below = Map::new().into();
            }
            if let Json::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

/// The filter `seconds`: a duration as a number.
#[allow(clippy::needless_pass_by_value, reason = "the signature of tera's filters")]
fn seconds(value: &str, _: Kwargs, _: &State) -> tera::TeraResult<f64> {
    let read = duration::parse(value).map(|duration| duration.as_secs_f64());
    read.ok_or_else(|| tera::Error::message(format!("`{value}` is no duration")))
}
