//! `--where`: cases by their parameters. A comparison (`vus>4`, `duration<=10s`, `payload=one.json`) or any
//! tera expression over the names of axes.

use std::sync::Arc;

use tera::{Context, ErrorKind, Tera, Value};

use super::Case;
use super::comparison::{Comparison, comparison};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{COMMAND_LINE, Place, Source};
use crate::suite::{Axis, Suite, Test, shown_names};

const FLAG: &str = "--where ";
const OPEN: &str = "{% if ";
const CLOSE: &str = " %}1{% endif %}";

/// One condition as it was typed.
#[derive(Clone)]
pub struct Filter {
    text: String,
    meaning: Meaning,
}

#[derive(Clone)]
enum Meaning {
    Comparison(Comparison),
    Expression { tera: Arc<Tera>, names: Vec<String> },
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Filter {}

impl Filter {
    /// Reads what was typed.
    pub fn parse(typed: &str) -> Result<Self, Mistakes> {
        let meaning = match comparison(typed) {
            Some(comparison) => Meaning::Comparison(comparison),
            None => expression(typed)?,
        };
        Ok(Self { text: typed.to_owned(), meaning })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for `case` of `test`. It never does where the test has no such axis.
    pub fn holds(&self, test: &Test, case: &Case) -> bool {
        self.has_axes(test) && self.evaluate(test, case).unwrap_or(false)
    }

    /// That its axes exist in some of the suites, and that it can be evaluated wherever they do.
    pub fn check(&self, suites: &[(&Suite, &[Case])]) -> Mistakes {
        let tests = || suites.iter().flat_map(|(suite, _)| &suite.tests);
        let known: Vec<&str> = tests().flat_map(|test| names_of(&test.axes)).collect();
        let mut mistakes = Mistakes::default();
        for name in self.names() {
            if !known.iter().any(|known| *known == name || begins(known, name)) {
                let at = self.text.find(name).unwrap_or(0);
                let place = place(&self.text, at, at + name.len());
                let mut listed = known.clone();
                listed.sort_unstable();
                listed.dedup();
                let mistake = Mistake::at(&place, format!("there is no axis `{name}`"));
                let mistake = mistake.label(match listed.as_slice() {
                    [] => "no test of these suites has axes".to_owned(),
                    listed => format!("axes are {}", listed.join(", ")),
                });
                mistakes.push(mistake.nearest(name, known.iter().copied()));
            }
        }
        let cases =
            suites.iter().flat_map(|(suite, cases)| cases.iter().map(|case| (&suite.tests[case.test], case)));
        let mut in_question = cases.filter(|(test, _)| self.has_axes(test));
        mistakes
            .extend(in_question.find_map(|(test, case)| self.evaluate(test, case).err()).unwrap_or_default());
        mistakes
    }

    fn names(&self) -> Vec<&str> {
        match &self.meaning {
            Meaning::Comparison(comparison) => vec![&comparison.name],
            Meaning::Expression { names, .. } => names.iter().map(String::as_str).collect(),
        }
    }

    fn has_axes(&self, test: &Test) -> bool {
        let known: Vec<&str> = names_of(&test.axes).collect();
        self.names().iter().all(|name| known.iter().any(|known| known == name || begins(known, name)))
    }

    fn evaluate(&self, test: &Test, case: &Case) -> Result<bool, Mistakes> {
        match &self.meaning {
            Meaning::Comparison(comparison) => {
                let short = shown_names(&test.axes);
                let mut values = case.values(test).zip(short);
                let is_meant = |axis: &str, short: &str| [axis, short].contains(&comparison.name.as_str());
                let Some((_, value)) =
                    values.find_map(|(found, short)| is_meant(&found.0.name, short).then_some(found))
                else {
                    return Ok(false);
                };
                comparison.holds(&value.label).ok_or_else(|| self.no_order(comparison, &value.label))
            }
            Meaning::Expression { tera, .. } => {
                let rendered = tera.render("where", &context(test, case));
                rendered.map(|text| text == "1").map_err(|error| wrong(&self.text, &error))
            }
        }
    }

    fn no_order(&self, comparison: &Comparison, label: &str) -> Mistakes {
        let Comparison { name, value, .. } = comparison;
        let whole = place(&self.text, 0, self.text.len());
        let message = format!("the value `{label}` of `{name}` is not above or below `{value}`");
        Mistake::at(&whole, message).label("numbers and durations have an order").into()
    }
}

fn expression(typed: &str) -> Result<Meaning, Mistakes> {
    let mut tera = Tera::new();
    tera.add_raw_template("where", &format!("{OPEN}{typed}{CLOSE}")).map_err(|error| wrong(typed, &error))?;
    let names = tera.get_template_variables("where").map_err(|error| wrong(typed, &error))?;
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort_unstable();
    Ok(Meaning::Expression { tera: Arc::new(tera), names })
}

fn wrong(typed: &str, error: &tera::Error) -> Mistakes {
    let (ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report)) = error.kind() else {
        // The report of others has its own drawing; its first line says what is wrong.
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        return Mistake::at(&place(typed, 0, typed.len()), lowercase_first(first)).into();
    };
    let range = &report.span().range;
    let inside = |at: usize| at.saturating_sub(OPEN.len()).min(typed.len());
    let message = format!("`{typed}`: {}", lowercase_first(report.message().trim_end_matches('.')));
    let mistake = Mistake::at(&place(typed, inside(range.start), inside(range.end)), message);
    mistake.label("expected a comparison, `vus>4`, or a tera expression, `vus > 4 and rate < 100`").into()
}

fn lowercase_first(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.iter_mut().take(1).for_each(char::make_ascii_lowercase);
    characters.into_iter().collect()
}

fn place(typed: &str, start: usize, end: usize) -> Place {
    let source = Source { path: COMMAND_LINE.to_owned(), text: format!("{FLAG}{typed}") };
    Place { source: Arc::new(source), range: FLAG.len() + start..FLAG.len() + end }
}

/// The names by which axes can be meant: as ids show them, and in full.
fn names_of(axes: &[Axis]) -> impl Iterator<Item = &str> {
    shown_names(axes).into_iter().chain(axes.iter().map(|axis| axis.name.as_str()))
}

/// Whether a dotted name begins with the part `root`.
fn begins(name: &str, root: &str) -> bool {
    name.strip_prefix(root).is_some_and(|rest| rest.starts_with('.'))
}

/// The case's parameters: under the names in ids, and dotted ones as tables.
fn context(test: &Test, case: &Case) -> Context {
    let mut all = serde_json::Map::new();
    for (axis, value) in case.values(test) {
        let mut at = &mut all;
        let mut parts = axis.name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                at.insert(part.to_owned(), value.parameter.clone());
                break;
            }
            let below = at.entry(part).or_insert_with(|| serde_json::Map::new().into());
            let Some(table) = below.as_object_mut() else { break };
            at = table;
        }
    }
    for (name, (_, value)) in shown_names(&test.axes).into_iter().zip(case.values(test)) {
        if !name.contains('.') {
            all.insert(name.to_owned(), value.parameter.clone());
        }
    }
    let mut context = Context::new();
    for (name, value) in all {
        context.insert_value(name, Value::from_serializable(&value));
    }
    context
}
