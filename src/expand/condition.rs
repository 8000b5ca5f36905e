//! `--where`: cases by their parameters. A comparison (`vus>4`, `duration<=10s`, `payload=one.json`) or any
//! tera expression over the names of axes.

use std::cmp::Ordering;
use std::sync::Arc;

use tera::{Context, ErrorKind, Tera, Value};

use super::{Case, id};
use crate::base::duration;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{COMMAND_LINE, Place, Source};
use crate::suite::{Axis, AxisValue, Suite, Test};

const FLAG: &str = "--where ";
const OPEN: &str = "{% if ";
const CLOSE: &str = " %}1{% endif %}";

/// One condition as it was typed.
#[derive(Clone)]
pub struct Condition {
    text: String,
    meaning: Meaning,
}

#[derive(Clone)]
enum Meaning {
    Comparison { name: String, operator: Operator, value: String },
    Expression { tera: Arc<Tera>, names: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}

impl Condition {
    /// Reads what was typed.
    pub fn parse(typed: &str) -> Result<Self, Mistakes> {
        let meaning = match comparison(typed) {
            Some(comparison) => comparison,
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
                let mistake = mistake.label(format!("axes are {}", listed.join(", ")));
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
            Meaning::Comparison { name, .. } => vec![name],
            Meaning::Expression { names, .. } => names.iter().map(String::as_str).collect(),
        }
    }

    fn has_axes(&self, test: &Test) -> bool {
        let known: Vec<&str> = names_of(&test.axes).collect();
        self.names().iter().all(|name| known.iter().any(|known| known == name || begins(known, name)))
    }

    fn evaluate(&self, test: &Test, case: &Case) -> Result<bool, Mistakes> {
        match &self.meaning {
            Meaning::Comparison { name, operator, value } => {
                let short = id::axis_names(&test.axes);
                let mut values = case.values(test).zip(short);
                let found = values.find(|((axis, _), short)| axis.name == *name || short == name);
                found.map_or(Ok(false), |((axis, own), _)| self.compare(axis, own, *operator, value))
            }
            Meaning::Expression { tera, .. } => {
                let rendered = tera.render("where", &context(test, case));
                rendered.map(|text| text == "1").map_err(|error| wrong(&self.text, &error))
            }
        }
    }

    fn compare(
        &self,
        axis: &Axis,
        own: &AxisValue,
        operator: Operator,
        value: &str,
    ) -> Result<bool, Mistakes> {
        let label = own.label.as_str();
        let order = order(label, value);
        Ok(match operator {
            Operator::Equal => order == Some(Ordering::Equal) || label == value,
            Operator::Unequal => order != Some(Ordering::Equal) && label != value,
            _ => {
                let order = order.ok_or_else(|| {
                    let whole = place(&self.text, 0, self.text.len());
                    let message =
                        format!("the value `{label}` of `{}` is not above or below `{value}`", axis.name);
                    Mistake::at(&whole, message).label("numbers and durations have an order")
                })?;
                match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessOrEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                }
            }
        })
    }
}

/// The order of two numbers or two durations.
fn order(one: &str, other: &str) -> Option<Ordering> {
    if let (Ok(one), Ok(other)) = (one.parse::<f64>(), other.parse::<f64>()) {
        return one.partial_cmp(&other);
    }
    Some(duration::parse(one)?.cmp(&duration::parse(other)?))
}

/// `NAME OPERATOR VALUE`, where the value is one number, duration or text; anything else is an expression.
fn comparison(typed: &str) -> Option<Meaning> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Unequal};
    const OPERATORS: [(&str, Operator); 7] = [
        ("==", Equal),
        ("!=", Unequal),
        (">=", GreaterOrEqual),
        ("<=", LessOrEqual),
        ("=", Equal),
        (">", Greater),
        ("<", Less),
    ];
    let end = typed.find(|c: char| "=!<>".contains(c))?;
    let (name, rest) = (typed[..end].trim(), &typed[end..]);
    let (sign, operator) = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    let value = rest[sign.len()..].trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    let unquoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let is_ordered = value.parse::<f64>().is_ok() || duration::parse(value).is_some();
    let is_text =
        !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || "()|\"'=<>!".contains(c));
    let value = match operator {
        Equal | Unequal if sign == "=" && unquoted.is_none() => Some(value).filter(|value| !value.is_empty()),
        Equal | Unequal => unquoted.filter(|text| !text.contains(['"', '\''])).or(is_text.then_some(value)),
        _ => is_ordered.then_some(value),
    };
    is_name.then(|| value)?.map(|value| Meaning::Comparison {
        name: name.to_owned(),
        operator,
        value: value.to_owned(),
    })
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
        return Mistake::at(&place(typed, 0, typed.len()), error.to_string()).into();
    };
    let range = &report.span().range;
    let inside = |at: usize| at.saturating_sub(OPEN.len()).min(typed.len());
    let mut said: Vec<char> = report.message().trim_end_matches('.').chars().collect();
    said.iter_mut().take(1).for_each(|first| first.make_ascii_lowercase());
    let message = format!("`{typed}`: {}", said.into_iter().collect::<String>());
    let mistake = Mistake::at(&place(typed, inside(range.start), inside(range.end)), message);
    mistake.label("expected a comparison, `vus>4`, or a tera expression, `vus > 4 and rate < 100`").into()
}

fn place(typed: &str, start: usize, end: usize) -> Place {
    let source = Source { path: COMMAND_LINE.to_owned(), text: format!("{FLAG}{typed}") };
    Place { source: Arc::new(source), range: FLAG.len() + start..FLAG.len() + end }
}

/// The names by which axes can be meant: as ids show them, and in full.
fn names_of(axes: &[Axis]) -> impl Iterator<Item = &str> {
    id::axis_names(axes).into_iter().chain(axes.iter().map(|axis| axis.name.as_str()))
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
    for (name, (_, value)) in id::axis_names(&test.axes).into_iter().zip(case.values(test)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_comparison_is_told_from_an_expression() {
        for (typed, expected) in [
            ("vus>4", Some(("vus", "4"))),
            ("k6.duration <= 10s", Some(("k6.duration", "10s"))),
            ("payload=digits-1.json", Some(("payload", "digits-1.json"))),
            ("model == \"a b\"", Some(("model", "a b"))),
            ("base_url=http://a/?b=c", Some(("base_url", "http://a/?b=c"))),
            ("vus > rps", None),
            ("vus > 4 and rps < 3", None),
            ("vus == 4 or vus == 5", None),
            ("vus * rps > 4", None),
        ] {
            let read = comparison(typed).map(|meaning| match meaning {
                Meaning::Comparison { name, value, .. } => (name, value),
                Meaning::Expression { .. } => unreachable!("it is a comparison"),
            });
            let read = read.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
            assert_eq!(read, expected, "{typed}");
        }
    }

    #[test]
    fn numbers_and_durations_have_an_order() {
        assert_eq!(order("10", "9"), Some(Ordering::Greater));
        assert_eq!(order("10s", "1m"), Some(Ordering::Less));
        assert_eq!(order("a", "b"), None);
    }
}
