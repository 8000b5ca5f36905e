//! What the template engine (tera) says of a text, as mistakes with places, in the words of the others.

use std::ops::Range;

use tera::{ErrorKind, ReportError};

use super::excerpt::Excerpt;
use super::mistake::{Mistake, Mistakes};
use super::source::Place;

/// What is known of the texts that the engine was given.
#[derive(Default)]
pub struct EngineWords<'a> {
    /// The name by which the engine knows the text that it was asked for.
    pub name: &'a str,
    /// What stands before each text in what the engine was given: a tag around an expression.
    pub before: &'a str,
    /// What a message begins with: a short text itself, which may stand among escapes.
    pub quoted: Option<&'a str>,
    /// What closes a tag.
    pub closes: &'a [String],
    /// What was done with it: `while rendering x`, `expected an expression`.
    pub label: Option<String>,
    /// The names that may be used in it, where it was evaluated.
    pub names: Vec<&'a str>,
    /// Its filters, tests and functions besides those of the engine.
    pub words: &'a [&'a str],
}

impl EngineWords<'_> {
    /// Everything that `error` tells; `excerpt` finds a text by the engine's name of it.
    pub fn mistakes(&self, error: &tera::Error, excerpt: impl Fn(&str) -> Option<Excerpt>) -> Mistakes {
        match error.kind() {
            ErrorKind::SyntaxError(report) => self.of_syntax(report, &excerpt).into(),
            ErrorKind::RenderingError(report) => self.of_rendering(report, &excerpt).into(),
            ErrorKind::CircularInclude { include_chain: chain, .. }
            | ErrorKind::CircularExtend { inheritance_chain: chain, .. } => circle(chain, &excerpt).into(),
            ErrorKind::Msg(reports) => {
                let mut mistakes = Mistakes::default();
                self.reported(reports, &excerpt).for_each(|mistake| mistakes.push(mistake));
                mistakes.or(()).err().unwrap_or_else(|| self.without_place(reports, &excerpt).into())
            }
            ErrorKind::MissingParent { current, parent } => {
                let message = format!("no template `{parent}`");
                let place = excerpt(current).map(|excerpt| place_of_tag(&excerpt, parent));
                place.map_or_else(|| Mistake::new(&message), |place| Mistake::at(&place, &message)).into()
            }
            other => self.without_place(&other.to_string(), &excerpt).into(),
        }
    }

    /// The text of a report, its place, and what is written there.
    fn located(
        &self,
        report: &ReportError,
        excerpt: &impl Fn(&str) -> Option<Excerpt>,
    ) -> Option<(Excerpt, Range<usize>, String)> {
        let excerpt = excerpt(if report.filename().is_empty() { self.name } else { report.filename() })?;
        let inside = |at: usize| at.saturating_sub(self.before.len()).min(excerpt.text.len());
        let range = inside(report.span().range.start)..inside(report.span().range.end);
        let written = excerpt.text.get(range.clone()).unwrap_or_default().to_owned();
        Some((excerpt, range, written))
    }

    fn of_syntax(&self, report: &ReportError, excerpt: &impl Fn(&str) -> Option<Excerpt>) -> Mistake {
        let message = report.message().trim_end_matches('.');
        let Some((excerpt, range, _)) = self.located(report, excerpt) else {
            return self.without_place(message, excerpt);
        };
        let at = |message: &str| Mistake::at(&excerpt.place_of(&range), self.said(message));
        let expected = message.strip_prefix("Found ").and_then(|found| found.split_once(" but expected "));
        let is_close = |word: &str| word.starts_with('}') || self.closes.iter().any(|close| close == word);
        match expected {
            // The tag around an expression is not the user's.
            Some(_) if !self.before.is_empty() && range.start == excerpt.text.len() => {
                self.labelled(at("the expression ends too early"))
            }
            Some((found, close)) if self.before.is_empty() && is_close(close) => {
                at(&format!("the tag is not closed, found {found}")).label(format!("expected `{close}`"))
            }
            _ if message == "Unexpected end of input" => {
                at("the template ends too early").label("what is opened here or before is not closed")
            }
            _ => self.labelled(at(message)),
        }
    }

    /// With the nearest valid name where one is not defined.
    fn of_rendering(&self, report: &ReportError, excerpt: &impl Fn(&str) -> Option<Excerpt>) -> Mistake {
        let message = report.message().trim_end_matches('.');
        // The engine lists the variables that it was given: those that the text uses.
        let (message, is_unknown) = match message.split_once(". Available variables:") {
            Some((message, _)) => (message, true),
            None => (message, false),
        };
        let Some((excerpt, range, written)) = self.located(report, excerpt) else {
            return self.without_place(message, excerpt);
        };
        let place = excerpt.place_of(&range);
        if let Some((message, fields)) = message.split_once(". Available fields: ") {
            let field = written.rsplit('.').next().unwrap_or_default();
            let label = self.label_with(&format!("there are {fields}"));
            return Mistake::at(&place, self.said(message)).label(label).nearest(field, fields.split(", "));
        }
        let message = message
            .replace("but got `u64`", "but it is a whole number")
            .replace("but got `i64`", "but it is a whole number")
            .replace("but got `f64`", "but it is a number");
        let mistake = Mistake::at(&place, self.said(&message));
        let mut names = self.names.clone();
        names.sort_unstable();
        let mistake = if is_unknown && !names.is_empty() {
            mistake.label(self.label_with(&format!("there are {}", names.join(", "))))
        } else {
            self.labelled(mistake)
        };
        let root = written.split(['.', '[', '|', ' ']).next().unwrap_or_default();
        if names.contains(&root) { mistake } else { mistake.nearest(root, names) }
    }

    /// Unknown filters, tests and functions come as a text of reports: `error: MESSAGE`, then
    /// `--> NAME:LINE:COLUMN`.
    fn reported(
        &self,
        reports: &str,
        excerpt: &impl Fn(&str) -> Option<Excerpt>,
    ) -> impl Iterator<Item = Mistake> {
        let lines: Vec<&str> = reports.lines().collect();
        let found: Vec<Mistake> = lines
            .windows(2)
            .filter_map(|pair| {
                let message = pair[0].trim_start().strip_prefix("error: ")?;
                let mut at = pair[1].trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
                let column = at.next()?.parse::<usize>().ok()?;
                let line = at.next()?.parse::<usize>().ok()?;
                let excerpt = excerpt(at.next()?)?;
                let column = if line == 1 { column.saturating_sub(self.before.len()) } else { column };
                let name = message.split('`').nth(1).unwrap_or_default();
                let place = excerpt.place_of(&range(&excerpt.text, line, column, name)?);
                let mistake = Mistake::at(&place, self.said(message));
                Some(self.labelled(mistake).nearest(name, self.words.iter().chain(&WORDS).copied()))
            })
            .collect();
        found.into_iter()
    }

    /// A mistake of which the engine does not say where it is.
    fn without_place(&self, message: &str, excerpt: &impl Fn(&str) -> Option<Excerpt>) -> Mistake {
        let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let message = self.said(first);
        let mistake = match excerpt(self.name) {
            Some(excerpt) => Mistake::at(&excerpt.place, message),
            None => Mistake::new(message),
        };
        self.labelled(mistake)
    }

    fn said(&self, message: &str) -> String {
        let message = lowercase_first(message);
        self.quoted.map_or_else(|| message.clone(), |quoted| format!("`{quoted}`: {message}"))
    }

    fn labelled(&self, mistake: Mistake) -> Mistake {
        match &self.label {
            Some(label) => mistake.label(label),
            None => mistake,
        }
    }

    fn label_with(&self, further: &str) -> String {
        self.label.as_ref().map_or_else(|| further.to_owned(), |label| format!("{label}; {further}"))
    }
}

/// Templates that include each other: shown at the tag that closes the circle.
fn circle(chain: &[String], excerpt: &impl Fn(&str) -> Option<Excerpt>) -> Mistake {
    let message = "the templates lead in a circle";
    let shown = chain.join(" → ");
    let [.., last, again] = chain else { return Mistake::new(message).label(shown) };
    let place = excerpt(last).map(|excerpt| place_of_tag(&excerpt, again));
    place.map_or_else(|| Mistake::new(message), |place| Mistake::at(&place, message)).label(shown)
}

/// Where a tag names another template.
fn place_of_tag(excerpt: &Excerpt, name: &str) -> Place {
    let is_tag = |at: &usize| {
        let before = excerpt.text[..*at].strip_suffix(['"', '\'']).unwrap_or_default().trim_end();
        ["include", "extends", "import"].iter().any(|word| before.ends_with(word))
    };
    let found = excerpt.text.match_indices(name).map(|(at, _)| at).find(is_tag);
    found.map_or_else(|| excerpt.place.clone(), |at| excerpt.place_of(&(at..at + name.len())))
}

/// The name's bytes where it is found from that line and column on.
fn range(text: &str, line: usize, column: usize, name: &str) -> Option<Range<usize>> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = text.get(before..)?;
    let column = rest.char_indices().nth(column.checked_sub(1)?).map_or(rest.len(), |(at, _)| at);
    let at = before + column;
    let begin = text.get(at..)?.find(name).map_or(at, |found| at + found);
    Some(begin..begin + name.len())
}

fn lowercase_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Filters, tests and functions of the engine that are mostly used.
const WORDS: [&str; 33] = [
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "replace",
    "length",
    "first",
    "last",
    "nth",
    "join",
    "split",
    "sort",
    "unique",
    "reverse",
    "slice",
    "filter",
    "map",
    "default",
    "round",
    "abs",
    "int",
    "float",
    "str",
    "range",
    "defined",
    "undefined",
    "string",
    "number",
    "even",
    "odd",
    "containing",
    "get",
];
