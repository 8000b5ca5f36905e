//! One trial on the page: what became of it, why it ran, on what, and all its numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Number;

use super::configured;
use super::metrics::{Layouts, Row};
use super::series::{self, Lines};
use crate::base::clock::Instant;
use crate::report::shell::interned::Interned;
use crate::report::view::{ResultView, TrialView};
use crate::report::{value, words};
use crate::result::{Attempt, Check, Outcome};

/// One trial; numbers in place of texts are places in the page's list of texts.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    number: u32,
    key: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Result<'a>>,
}

#[derive(Debug, Serialize)]
struct Result<'a> {
    verdict: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    doubts: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'a str>,
    started_at: Instant,
    measured_at: Instant,
    wall_seconds: Option<Number>,
    exit: Option<i32>,
    attempts: usize,
    /// How many builds of this page came after the one that ran it; which one it was says `build.json` alone.
    builds_after: usize,
    /// Texts: k6, the load generator's class.
    k6: usize,
    host: usize,
    position: usize,
    cooldown_seconds: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<usize>,
    /// Pairs of texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    target: Vec<(usize, usize)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    provenance: Vec<(usize, usize)>,
    /// Texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<Crossing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expectations: Vec<Expectation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<(usize, u64, u64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    metrics_left_out: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Lines<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<Cow<'a, str>>,
}

/// Texts of metric and expression, whether it was crossed, and what was reached.
type Crossing = (usize, usize, bool, Option<Number>);

#[derive(Debug, Serialize)]
struct Expectation {
    metric: usize,
    statistic: usize,
    below: Option<Number>,
    above: Option<Number>,
    value: Option<Number>,
    held: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    too_few: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How much of each result a page shows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Depth {
    /// So many characters of its log may a trial take.
    pub(super) log_characters: usize,
    /// Whether there are too many results to show all of each.
    pub(super) is_brief: bool,
}

/// What all trials of a page share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) texts: Interned,
    pub(super) layouts: Layouts,
    /// The builds that ran what is shown, newest first.
    pub(super) builds: Vec<String>,
    pub(super) depth: Depth,
    /// The lines of the case before.
    pub(super) configured: configured::Lines,
}

/// The trial with what is known of it.
pub(super) fn entry<'a>(trial: &'a TrialView, shared: &mut Shared) -> Entry<'a> {
    Entry {
        number: trial.number,
        key: &trial.key,
        state: words::state(&trial.state),
        reason: words::reason(&trial.state),
        result: trial.result.as_ref().map(|result| of_result(result, shared)),
    }
}

fn of_result<'a>(result: &'a ResultView, shared: &mut Shared) -> Result<'a> {
    let Depth { is_brief, log_characters } = shared.depth;
    let (metrics, metrics_left_out) = if is_brief { (Vec::new(), 0) } else { shared.layouts.rows(result) };
    let texts = &mut shared.texts;
    let attempt = &result.attempt;
    let crossings = result
        .measured
        .metrics
        .iter()
        .flat_map(|(metric, found)| found.thresholds.iter().map(move |threshold| (metric, threshold)));
    Result {
        verdict: words::verdict(attempt.verdict),
        detail: &attempt.detail,
        doubts: &attempt.doubts,
        notes: notes(result, attempt),
        started_at: attempt.started,
        measured_at: attempt.ended,
        wall_seconds: value::number(attempt.wall_seconds),
        exit: attempt.exit,
        attempts: result.attempts,
        builds_after: shared.builds.iter().position(|build| *build == attempt.build).unwrap_or_default(),
        k6: texts.place(&attempt.k6),
        host: texts.place(&attempt.host.class),
        position: attempt.position,
        cooldown_seconds: value::number(attempt.cooldown_seconds),
        predecessor: attempt.predecessor.as_deref().map(|name| texts.place(name)),
        target: pairs(&attempt.target_identity, texts),
        provenance: if is_brief { Vec::new() } else { pairs(&attempt.provenance, texts) },
        reasons: attempt.reasons.iter().map(|reason| texts.place(reason)).collect(),
        thresholds: crossings
            .map(|(metric, found)| {
                let reached = result.measured.reached(metric, &found.expression).and_then(value::number);
                (texts.place(metric), texts.place(&found.expression), found.crossed, reached)
            })
            .collect(),
        expectations: result.outcomes.iter().map(|outcome| expectation(outcome, texts)).collect(),
        checks: result
            .measured
            .checks
            .iter()
            .filter(|_| !is_brief)
            .map(|Check { path, passes, fails }| (texts.place(path), *passes, *fails))
            .collect(),
        metrics,
        metrics_left_out,
        series: if is_brief { None } else { series::of(result) },
        log: log(result, log_characters),
    }
}

fn notes<'a>(result: &'a ResultView, attempt: &'a Attempt) -> Vec<&'a str> {
    let watched = attempt.watched.as_deref();
    let notes = result.measured.notes.iter().chain(&attempt.notes).map(String::as_str);
    notes.chain(watched).collect()
}

fn pairs(named: &BTreeMap<String, String>, texts: &mut Interned) -> Vec<(usize, usize)> {
    named.iter().map(|(name, value)| (texts.place(name), texts.place(value))).collect()
}

fn expectation(outcome: &Outcome, texts: &mut Interned) -> Expectation {
    let expected = &outcome.expectation;
    Expectation {
        metric: texts.place(&expected.metric),
        statistic: texts.place(&expected.statistic),
        below: expected.below.and_then(value::number),
        above: expected.above.and_then(value::number),
        value: outcome.value.and_then(value::number),
        held: outcome.held,
        too_few: outcome.too_few,
    }
}

/// Its last lines, as many as there is room for.
fn log(result: &ResultView, characters: usize) -> Vec<Cow<'_, str>> {
    let mut left = characters;
    let mut lines: Vec<Cow<'_, str>> = Vec::new();
    if characters == 0 {
        return lines;
    }
    for line in result.log_tail.iter().rev() {
        let mut line = words::one_line(line);
        let count = line.chars().count();
        if count > left && !lines.is_empty() {
            break;
        }
        if let Some((end, _)) = line.char_indices().nth(left) {
            line = Cow::Owned(line[..end].to_owned());
        }
        lines.push(line);
        left = left.saturating_sub(count);
    }
    lines.reverse();
    lines
}
