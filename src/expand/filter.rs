//! `--where`: cases by their parameters. A comparison (`vus>4`, `duration<=10s`, `payload=one.json`) or any
//! tera expression over the names of axes.

use std::sync::Arc;

use super::Case;
use super::comparison::{Comparison, comparison};
use crate::base::excerpt::Excerpt;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{COMMAND_LINE, Place, Source};
use crate::suite::{Axis, Expression, Formula, Suite, Test, shown_names};

const FLAG: &str = "--where ";
const EXPECTED: &str = "expected a comparison, `vus>4`, or a tera expression, `vus > 4 and rate < 100`";

/// One condition as it was typed.
#[derive(Clone)]
pub struct Filter {
    text: String,
    meaning: Meaning,
}

#[derive(Clone)]
enum Meaning {
    Comparison(Comparison),
    Formula(Formula),
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
        let meaning = if let Some(comparison) = comparison(typed) {
            Meaning::Comparison(comparison)
        } else {
            let excerpt = Excerpt { text: typed.to_owned(), place: place(typed, 0, typed.len()) };
            Meaning::Formula(Formula::condition(excerpt, EXPECTED)?)
        };
        Ok(Self { text: typed.to_owned(), meaning })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for `case` of `test`. It never does where the test has no such axis.
    pub fn holds(&self, test: &Test, case: &Case) -> bool {
        self.evaluate(test, case).is_some_and(|holds| holds.unwrap_or(false))
    }

    /// That its axes exist in some of the suites, and that it can be evaluated wherever they do.
    pub fn check(&self, suites: &[(&Suite, &[Case])]) -> Mistakes {
        let tests = || suites.iter().flat_map(|(suite, _)| &suite.tests);
        let known: Vec<&str> = tests().flat_map(|test| names_of(&test.axes)).collect();
        let mut mistakes = Mistakes::default();
        for name in self.names() {
            if !tests().any(|test| self.knows(test, name)) {
                let mut listed = known.clone();
                listed.sort_unstable();
                listed.dedup();
                let mistake = Mistake::at(&self.place_of(name), format!("there is no axis `{name}`"));
                let mistake = mistake.label(match listed.as_slice() {
                    [] => "no test of these suites has axes".to_owned(),
                    listed => format!("axes are {}", listed.join(", ")),
                });
                mistakes.push(mistake.nearest(name, known.iter().copied()));
            }
        }
        mistakes.extend(self.leads_nowhere(tests()));
        let cases =
            suites.iter().flat_map(|(suite, cases)| cases.iter().map(|case| (&suite.tests[case.test], case)));
        let mut evaluated = cases.filter_map(|(test, case)| self.evaluate(test, case));
        mistakes.extend(evaluated.find_map(Result::err).unwrap_or_default());
        mistakes
    }

    /// What is wrong with its dotted names where they lead to an axis in no test.
    fn leads_nowhere<'a>(&self, tests: impl Iterator<Item = &'a Test>) -> Mistakes {
        let Meaning::Formula(formula) = &self.meaning else { return Mistakes::default() };
        let rooted = tests.filter(|test| self.has_axes(test));
        let read: Vec<_> = rooted.map(|test| Expression::of(formula, &test.axes)).collect();
        if read.iter().any(Result::is_ok) {
            return Mistakes::default();
        }
        read.into_iter().find_map(Result::err).unwrap_or_default()
    }

    fn names(&self) -> Vec<&str> {
        match &self.meaning {
            Meaning::Comparison(comparison) => vec![&comparison.name],
            Meaning::Formula(formula) => formula.names().iter().map(String::as_str).collect(),
        }
    }

    fn place_of(&self, name: &str) -> Place {
        match &self.meaning {
            Meaning::Comparison(_) => {
                let at = self.text.find(name).unwrap_or(0);
                place(&self.text, at, at + name.len())
            }
            Meaning::Formula(formula) => formula.excerpt().place_of_word(name),
        }
    }

    fn has_axes(&self, test: &Test) -> bool {
        self.names().iter().all(|name| self.knows(test, name))
    }

    fn knows(&self, test: &Test, name: &str) -> bool {
        match &self.meaning {
            Meaning::Comparison(_) => names_of(&test.axes).any(|known| known == name),
            Meaning::Formula(_) => Expression::leads_to(&test.axes, name),
        }
    }

    /// Whether it is true of a case; none where the test has not all of its axes.
    fn evaluate(&self, test: &Test, case: &Case) -> Option<Result<bool, Mistakes>> {
        match &self.meaning {
            Meaning::Comparison(comparison) => {
                let is_meant =
                    |axis: &Axis, short: &str| [axis.name.as_str(), short].contains(&&*comparison.name);
                let mut values = case.values(test).zip(shown_names(&test.axes));
                let (_, value) =
                    values.find_map(|(found, short)| is_meant(found.0, short).then_some(found))?;
                let holds = comparison.holds(&value.label);
                Some(holds.ok_or_else(|| self.no_order(comparison, &value.label)))
            }
            Meaning::Formula(formula) => {
                let expression = Expression::of(formula, &test.axes).ok()?;
                let seen = |axis: usize| test.axes[axis].values[case.choice(axis)].parameter.clone();
                Some(expression.holds(seen).map_err(Mistakes::from))
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

fn place(typed: &str, start: usize, end: usize) -> Place {
    let source = Source { path: COMMAND_LINE.to_owned(), text: format!("{FLAG}{typed}") };
    Place { source: Arc::new(source), range: FLAG.len() + start..FLAG.len() + end }
}

/// The names by which axes can be meant: as ids show them, and in full.
fn names_of(axes: &[Axis]) -> impl Iterator<Item = &str> {
    shown_names(axes).into_iter().chain(axes.iter().map(|axis| axis.name.as_str()))
}
