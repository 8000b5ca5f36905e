//! What a run of MLflow holds of a case, of a trial, or of a build.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::api::{DIGEST, encoded};
use super::batches::TAGS;
use super::names::mapped;
use super::series::{self, History, Point};
use crate::base::clock::Instant;
use crate::base::digest::Digest;
use crate::export::book::Book;
use crate::export::error::ExportError;
use crate::export::shipment::{CaseResult, Shipment, TrialResult};
use crate::report::view::{CaseView, ResultView, TrialState};
use crate::report::{statistics_in_order, text};
use crate::result::Verdict;

/// The longest value of a tag, in bytes, and of a parameter.
const LONGEST_VALUE: usize = 5_000;

/// A run of MLflow.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) name: String,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) status: &'static str,
    /// The digest first: it is there as soon as the run is.
    pub(super) tags: Vec<(String, String)>,
    /// What the run is not made with: it has too many, or they are only known later.
    pub(super) more_tags: Vec<(String, String)>,
    pub(super) params: Vec<(String, String)>,
    pub(super) metrics: Vec<Point>,
    /// By path, whose parts are encoded as in a URL.
    pub(super) artifacts: BTreeMap<String, Vec<u8>>,
}

impl Content {
    /// The same with these tags, as many as a request may have for the time when it is made.
    fn with_tags(mut self, mut tags: Vec<(String, String)>) -> Self {
        self.more_tags = tags.split_off(tags.len().min(TAGS));
        self.tags = tags;
        self
    }
}

/// What every run has: whose it is, and below which one it stands.
pub(super) struct Origin<'a> {
    pub(super) shipment: &'a Shipment<'a>,
    pub(super) tags: &'a BTreeMap<String, String>,
    pub(super) parent: Option<&'a str>,
}

impl Origin<'_> {
    fn begin(&self, digest: Digest) -> Tags {
        let suite = self.shipment.suite;
        let mut tags = Tags::default();
        tags.add(DIGEST, &digest.hex());
        tags.add("howitzer.suite", &suite.name);
        if let Some(parent) = self.parent {
            tags.add("mlflow.parentRunId", parent);
        }
        tags.add("mlflow.source.name", &suite.path);
        tags
    }

    /// The user's own tags last: none of them takes the place of one of ours.
    fn finish(&self, mut tags: Tags) -> Vec<(String, String)> {
        for (name, value) in self.tags {
            tags.add(&mapped(name), value);
        }
        tags.all
    }
}

/// Tags, each name once.
#[derive(Default)]
struct Tags {
    all: Vec<(String, String)>,
    names: BTreeSet<String>,
}

impl Tags {
    fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() && self.names.insert(name.to_owned()) {
            self.all.push((name.to_owned(), shortened(value)));
        }
    }
}

/// The run of a build: what its cases have in common.
pub(super) fn of_build(
    origin: &Origin<'_>,
    build: &str,
    digest: Digest,
    cases: &[&CaseResult<'_>],
) -> Content {
    let suite = origin.shipment.suite;
    let attempts = || cases.iter().map(|case| &case.newest().attempt);
    let started = cases.iter().map(|case| case.started()).min().unwrap_or_else(Instant::now);
    let ended = attempts().map(|attempt| attempt.ended).max().unwrap_or(started);
    let mut tags = origin.begin(digest);
    tags.add("howitzer.build", build);
    tags.add("mlflow.note.content", [suite.title.as_str(), &suite.description].join("\n\n").trim());
    for attempt in attempts().take(1) {
        tags.add("mlflow.source.git.commit", attempt.commit.as_deref().unwrap_or_default());
        tags.add("howitzer.k6", &attempt.k6);
        tags.add("howitzer.host_class", &attempt.host.class);
    }
    let is_failed = attempts().any(|attempt| status(attempt.verdict) != "FINISHED");
    Content {
        name: format!("{} {build}", suite.name),
        start_ms: started.milliseconds(),
        end_ms: ended.milliseconds(),
        status: if is_failed { "FAILED" } else { "FINISHED" },
        ..Content::default()
    }
    .with_tags(origin.finish(tags))
}

/// The run of a case: of a single trial its numbers, of several the mean of each.
pub(super) fn of_case(
    origin: &Origin<'_>,
    case: &CaseResult<'_>,
    book: &Book<'_>,
) -> Result<Content, ExportError> {
    if let [one] = case.trials.as_slice() {
        return of_trial(origin, case.case, one, book);
    }
    let newest = case.newest();
    let (mut content, mut tags) = basics(origin, case.case, case.digest, newest, &case.case.id);
    content.start_ms = case.started().milliseconds();
    tags.add("howitzer.trials", &case.trials.len().to_string());
    let worst = case.trials.iter().map(|trial| trial.result.attempt.verdict).max();
    content.status = status(worst.unwrap_or(newest.attempt.verdict));
    let mut metrics = Metrics::new(&mut tags, newest.attempt.ended.milliseconds());
    for ((scope, name, statistic), values) in over_trials(&case.trials) {
        metrics.value((scope, name, statistic), values.iter().sum::<f64>() / values.len() as f64);
    }
    content.metrics = metrics.points;
    content.artifacts = BTreeMap::from([("results.txt".to_owned(), text::case(case.case).into_bytes())]);
    Ok(content.with_tags(origin.finish(tags)))
}

/// The run of one trial.
pub(super) fn of_trial(
    origin: &Origin<'_>,
    case: &CaseView,
    trial: &TrialResult<'_>,
    book: &Book<'_>,
) -> Result<Content, ExportError> {
    let result = trial.result;
    let number = trial.trial.number;
    let name = if number > 1 { format!("{}@{number}", case.id) } else { case.id.clone() };
    let (mut content, mut tags) = basics(origin, case, trial.digest, result, &name);
    tags.add("howitzer.trial", &number.to_string());
    let attempt = &result.attempt;
    if trial.trial.state == TrialState::Current {
        tags.add("howitzer.key", &trial.trial.key);
    }
    tags.add("howitzer.detail", &attempt.detail);
    tags.add("howitzer.doubts", &attempt.doubts.join("\n"));
    let mut metrics = Metrics::new(&mut tags, attempt.ended.milliseconds());
    for (named, value) in statistics(result) {
        metrics.value(named, value);
    }
    if let Some(series) = book.series(result)? {
        for History { metric, statistic, points } in series::of(&series) {
            metrics.history(("live/", &metric, statistic), &points);
        }
    }
    content.metrics = metrics.points;
    content.artifacts = artifacts(case, trial, book)?;
    Ok(content.with_tags(origin.finish(tags)))
}

/// What a run of a case and one of a trial have alike.
fn basics(
    origin: &Origin<'_>,
    case: &CaseView,
    digest: Digest,
    result: &ResultView,
    name: &str,
) -> (Content, Tags) {
    let attempt = &result.attempt;
    let mut tags = origin.begin(digest);
    tags.add("howitzer.case", &case.id);
    tags.add("howitzer.test", &case.test);
    tags.add("howitzer.build", &attempt.build);
    tags.add("howitzer.verdict", attempt.verdict.word());
    tags.add("howitzer.k6", &attempt.k6);
    tags.add("howitzer.host_class", &attempt.host.class);
    tags.add("mlflow.source.git.commit", attempt.commit.as_deref().unwrap_or_default());
    let identity: Vec<String> =
        attempt.target_identity.iter().map(|(part, value)| format!("{part}={value}")).collect();
    tags.add("howitzer.target_identity", &identity.join("\n"));
    let mut params = Vec::new();
    for (axis, value) in &case.parameters {
        let key = mapped(axis);
        if key != axis.as_str() {
            tags.add(&name_tag(&key), axis);
        }
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        params.push((key.into_owned(), shortened(&value)));
    }
    let content = Content {
        name: name.to_owned(),
        start_ms: attempt.started.milliseconds(),
        end_ms: attempt.ended.milliseconds(),
        status: status(attempt.verdict),
        params,
        ..Content::default()
    };
    (content, tags)
}

/// What a number is called: what it is a number of (`window/`, `live/`, or the whole run), the metric, the
/// statistic.
type Named<'a> = (&'static str, &'a str, &'a str);

/// Metrics with their mapped names; those that had to be mapped are kept as tags.
struct Metrics<'t> {
    tags: &'t mut Tags,
    ended_ms: i64,
    points: Vec<Point>,
}

impl<'t> Metrics<'t> {
    fn new(tags: &'t mut Tags, ended_ms: i64) -> Self {
        Self { tags, ended_ms, points: Vec::new() }
    }

    fn key(&mut self, (scope, name, statistic): Named<'_>) -> String {
        let key = mapped(name);
        if key != name {
            self.tags.add(&name_tag(&key), name);
        }
        format!("{scope}{key}/{statistic}")
    }

    fn value(&mut self, named: Named<'_>, value: f64) {
        let point = Point { key: self.key(named), value, timestamp: self.ended_ms, step: 0 };
        self.points.push(point);
    }

    fn history(&mut self, named: Named<'_>, points: &[(f64, i64, i64)]) {
        let key = self.key(named);
        self.points.extend(points.iter().map(|(value, timestamp, step)| Point {
            key: key.clone(),
            value: *value,
            timestamp: *timestamp,
            step: *step,
        }));
    }
}

/// The tag that holds what a mapped name was.
fn name_tag(key: &str) -> String {
    format!("howitzer.name.{key}")
}

/// Every final statistic of the run, and of its measured window where there is one.
fn statistics(result: &ResultView) -> IndexMap<Named<'_>, f64> {
    let measured = &result.measured;
    let window = measured.window.as_ref().map(|window| ("window/", &window.metrics));
    let scopes = [("", &measured.metrics), ("", &measured.defined), ("", &measured.server)];
    let mut all = IndexMap::new();
    for (scope, metrics) in scopes.into_iter().chain(window) {
        for (name, metric) in metrics {
            let each = statistics_in_order(metric).into_iter();
            all.extend(each.map(|(statistic, value)| ((scope, name.as_str(), statistic), value)));
        }
    }
    all
}

/// The statistics that all trials have which count, with one value each.
fn over_trials<'a>(trials: &[TrialResult<'a>]) -> IndexMap<Named<'a>, Vec<f64>> {
    let mut counted: Vec<&TrialResult<'a>> =
        trials.iter().filter(|trial| trial.trial.counted().is_some()).collect();
    if counted.is_empty() {
        counted = trials.iter().collect();
    }
    let each: Vec<IndexMap<Named<'a>, f64>> = counted.iter().map(|trial| statistics(trial.result)).collect();
    let Some((first, others)) = each.split_first() else { return IndexMap::new() };
    let of = |(named, value): (&Named<'a>, &f64)| {
        let others: Option<Vec<f64>> = others.iter().map(|other| other.get(named).copied()).collect();
        Some((*named, [vec![*value], others?].concat()))
    };
    first.iter().filter_map(of).collect()
}

fn artifacts(
    case: &CaseView,
    trial: &TrialResult<'_>,
    book: &Book<'_>,
) -> Result<BTreeMap<String, Vec<u8>>, ExportError> {
    let result = trial.result;
    let script = book.output(result, "script")?.unwrap_or_else(|| case.script.clone().into_bytes());
    let mut one = case.clone();
    one.trials.retain(|other| other.number == trial.trial.number);
    let mut artifacts = BTreeMap::from([
        (format!("script.{}", case.script_ending), script),
        ("results.txt".to_owned(), text::case(&one).into_bytes()),
    ]);
    if let Some(summary) = &result.summary {
        artifacts.insert("summary.json".to_owned(), summary.clone());
    }
    for (name, bytes) in &result.files {
        let parts: Vec<String> = name.split('/').map(encoded).collect();
        artifacts.insert(format!("files/{}", parts.join("/")), bytes.clone());
    }
    Ok(artifacts)
}

/// What MLflow calls the end of a run: a measurement whose gate failed is one all the same.
fn status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Failed | Verdict::TimedOut => "FAILED",
        Verdict::Interrupted => "KILLED",
        _ => "FINISHED",
    }
}

fn shortened(value: &str) -> String {
    if value.len() <= LONGEST_VALUE {
        return value.to_owned();
    }
    let end = (0..=LONGEST_VALUE - 3).rev().find(|end| value.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &value[..end])
}
