//! k6's thresholds: `{ metric = ["p(95)<200", { threshold, abortOnFail, delayAbortEval }] }`
//! (<https://grafana.com/docs/k6/latest/using-k6/thresholds/>; measured with 0.57.0 and 1.1.0).

use super::metrics::{self, MetricKind};
use super::option_type::{Checked, OptionType, each};
use super::scalar::{Sign, number, wrong};
use super::statistics::{is_percent, percentile};
use crate::base::document::{Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::Fields;

/// Longer operators first, so that `<=` is not read as `<`.
const OPERATORS: [&str; 7] = ["===", "==", "!=", "<=", ">=", "<", ">"];

/// What stands left of the operator, besides `p(…)`.
const METHODS: [&str; 7] = ["avg", "count", "max", "med", "min", "rate", "value"];

pub(super) fn check_table(item: &Item) -> Mistakes {
    let Some(table) = item.as_table() else {
        return wrong("a table of thresholds by metric", item).into();
    };
    let mut mistakes = Mistakes::default();
    for (metric, entry) in table {
        if let Some(problem) = problem_of_name(metric) {
            let message = format!("`{}` {problem}", metric.escape_debug());
            mistakes
                .push(Mistake::at(&entry.key, message).label("expected `metric` or `metric{tag:value,…}`"));
        }
        mistakes.extend(check_list(Some(metric), &entry.item));
    }
    mistakes
}

/// What is wrong with `metric{tag:value,…}`. Values may hold colons and braces, not commas.
fn problem_of_name(metric: &str) -> Option<&'static str> {
    let (name, tags) = match metric.split_once('{') {
        Some((name, rest)) => match rest.strip_suffix('}') {
            Some(tags) => (name, Some(tags)),
            None => return Some("has unmatched braces"),
        },
        None if metric.contains('}') => return Some("has unmatched braces"),
        None => (metric, None),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(allowed) {
        return Some("cannot be a metric's name: letters, digits and _");
    }
    let sound = |tag: &str| {
        tag.split_once(':').is_some_and(|(key, value)| !key.trim().is_empty() && !value.is_empty())
    };
    match tags {
        Some(tags) if !tags.split(',').all(sound) => Some("has no tags such as {status:200,method:GET}"),
        _ => None,
    }
}

/// The metrics that thresholds name and that are no metric of k6's own, but a slip of the pen away from one: with their place
/// and that one. They may be metrics of the script.
pub fn doubtful(options: &Table) -> impl Iterator<Item = (&str, &Place, &'static str)> {
    let thresholds = options.get("thresholds").and_then(|entry| entry.item.as_table());
    thresholds
        .into_iter()
        .flatten()
        .filter_map(|(metric, entry)| Some((metric.as_str(), &entry.key, metrics::probably_meant(metric)?)))
}

/// The thresholds of one metric; whether its type has a method is checked where k6 has the metric built in.
pub(super) fn check_list(metric: Option<&str>, item: &Item) -> Mistakes {
    if item.tree == Tree::Null {
        return Mistakes::default();
    }
    let kind = metric.and_then(metrics::builtin).map(|metric| metric.kind);
    each(item, "a list of thresholds such as [\"p(95)<200\"]", |item| check_one(kind, item))
}

fn check_one(kind: Option<MetricKind>, item: &Item) -> Mistakes {
    let Some(table) = item.as_table() else { return check_expression(kind, item) };
    let mut fields = Fields::of(table);
    let expression = fields.item("threshold");
    fields.checked("abortOnFail", OptionType::Truth);
    fields.checked("delayAbortEval", OptionType::Duration(Sign::Any));
    let mut mistakes = fields.finish();
    match expression {
        Some(expression) => mistakes.extend(check_expression(kind, expression)),
        None => mistakes.push(Mistake::at(&item.place, "`threshold` is missing")),
    }
    mistakes
}

fn check_expression(kind: Option<MetricKind>, item: &Item) -> Mistakes {
    const FORM: &str = "a threshold such as \"p(95)<200\"";
    let Some(text) = item.as_text() else { return wrong(FORM, item).into() };
    let cut = OPERATORS.iter().filter_map(|operator| text.find(operator).map(|at| (at, *operator)));
    let Some((at, operator)) = cut.min_by_key(|(at, operator)| (*at, std::cmp::Reverse(operator.len())))
    else {
        return wrong(FORM, item).into();
    };
    let (method, bound) = (text[..at].trim(), text[at + operator.len()..].trim());
    if number(bound).is_none() {
        let mistake = Mistake::at(&item.place, format!("`{bound}` is no number"));
        return mistake.label("expected a number, in the metric's unit: times are milliseconds").into();
    }
    if percentile(method).is_some_and(|share| !is_percent(share)) {
        return wrong("a percentile of 0 to 100", item).into();
    }
    let known = percentile(method).is_some() || METHODS.contains(&method);
    let allowed = kind.map_or(&METHODS[..], methods);
    let percentiles = kind.is_none_or(|kind| kind == MetricKind::Trend);
    if known && (allowed.contains(&method) || percentiles && percentile(method).is_some()) {
        return Mistakes::default();
    }
    let listed = allowed.join(", ") + if percentiles { ", p(95)" } else { "" };
    let mistake = match kind {
        Some(kind) if known => {
            Mistake::at(&item.place, format!("a {} has no `{method}` in thresholds", kind.word()))
        }
        _ => Mistake::at(&item.place, format!("`{method}` is no aggregation of thresholds")),
    };
    let mistake = mistake.label(format!("expected one of {listed}"));
    match method.strip_prefix('p').filter(|rest| rest.parse::<f64>().is_ok()) {
        Some(number) if percentiles => mistake.hint(format!("k6 writes it `p({number})`")).into(),
        _ => mistake.nearest(method, allowed.iter().copied()).into(),
    }
}

fn methods(kind: MetricKind) -> &'static [&'static str] {
    match kind {
        MetricKind::Counter => &["count", "rate"],
        MetricKind::Gauge => &["value"],
        MetricKind::Rate => &["rate"],
        MetricKind::Trend => &["avg", "max", "med", "min"],
    }
}
