//! `results/<stem>.txt`: one case for people, every trial with its verdict and its metrics.

use std::time::Duration;

use super::view::{CaseView, PayloadView, ResultView, TrialState, TrialView};
use super::{metric_lines, over_trials, value, words};
use crate::base::duration;
use crate::result::{
    Attempt, Check, Distribution, GeneratorFacts, Measured, Metric, MetricKind, Outcome, Precision,
    Threshold, Verdict, WithinRun,
};

/// The width of the labels at the left.
const LABEL: usize = 12;

/// The whole text of one case.
pub fn case(case: &CaseView) -> String {
    let mut lines = vec![words::one_line(&case.id).into_owned(), String::new()];
    lines.extend(case.parameters.iter().map(|(name, value)| {
        let shown = words::plain(value);
        format!("  {} = {}", words::one_line(name), words::one_line(&shown))
    }));
    lines.extend(case.payload.iter().map(|payload| {
        let PayloadView { bytes, rows, .. } = payload;
        let rows = rows.map(|rows| format!(", {rows} row{}", if rows == 1 { "" } else { "s" }));
        format!("  payload of {bytes} bytes{}", rows.unwrap_or_default())
    }));
    lines.extend(over_trials(case));
    for trial in &case.trials {
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
        if case.trials.len() > 1 {
            lines.extend([format!("trial {}", trial.number), String::new()]);
        }
        lines.extend(trial_lines(trial));
    }
    lines.join("\n") + "\n"
}

fn trial_lines(trial: &TrialView) -> Vec<String> {
    let mut lines = vec![labelled("state", &words::state_with_reason(&trial.state))];
    let Some(result) = &trial.result else { return lines };
    lines.extend(facts(&result.attempt));
    if result.attempts > 1 {
        lines.push(labelled("attempts", &result.attempts.to_string()));
    }
    let measured = &result.measured;
    let window_title = window_title(measured);
    let sections = [
        (titled(measured, "thresholds", "thresholds of the whole run"), thresholds(measured)),
        (
            titled(measured, "expectations", "expectations of the measured window"),
            result.outcomes.iter().map(expectation).collect(),
        ),
        (titled(measured, "checks", "checks of the whole run"), measured.checks.iter().map(check).collect()),
        (window_title.as_str(), window(measured)),
        ("metrics of your own", of_ones_own(measured)),
        ("server", metric_lines::lines(&measured.server)),
        (titled(measured, "metrics", "metrics of the whole run"), metric_lines::lines(&measured.metrics)),
        ("how far chance may have moved a percentile", within_run(result)),
        (
            "notes",
            measured
                .notes
                .iter()
                .chain(&result.attempt.notes)
                .map(|note| words::one_line(note).into_owned())
                .collect(),
        ),
        ("log", log(result)),
    ];
    for (title, body) in sections.into_iter().filter(|(_, body)| !body.is_empty()) {
        lines.extend([String::new(), title.to_owned()]);
        lines.extend(body.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// Where there is a window each title says what it is of: what k6 says is always of the whole run.
fn titled(measured: &Measured, alone: &'static str, beside_a_window: &'static str) -> &'static str {
    if measured.window.is_some() { beside_a_window } else { alone }
}

fn window_title(measured: &Measured) -> String {
    let (from, until) = measured.window.as_ref().map(|window| window.bounds_seconds).unwrap_or_default();
    format!("metrics of the measured window, {} to {} s", value::plain(from), value::plain(until))
}

fn window(measured: &Measured) -> Vec<String> {
    let Some(window) = &measured.window else { return Vec::new() };
    if window.metrics.is_empty() {
        return vec!["nothing was measured in it".to_owned()];
    }
    let mut lines = metric_lines::lines(&window.metrics);
    let of_kind = |kind| window.metrics.iter().filter(move |(_, metric)| metric.kind == kind);
    let of_trends = of_kind(MetricKind::Trend).flat_map(|(_, metric)| metric.precision.values());
    if let Some(precision) = of_trends.copied().reduce(less_sure) {
        lines.push(format!("percentiles, min and max of trends: {precision}"));
    }
    let estimated = of_kind(MetricKind::Rate).filter(|(_, metric)| !metric.precision.is_empty());
    let estimated: Vec<_> = estimated.map(|(name, _)| words::one_line(name)).collect();
    if !estimated.is_empty() {
        lines.push(format!("share of {}: {}", estimated.join(", "), Precision::Estimated));
    }
    lines
}

/// The wider of two buckets, else what is not exact: zeros are exact in any histogram.
fn less_sure(one: Precision, other: Precision) -> Precision {
    match (one, other) {
        (Precision::Histogram(width), Precision::Histogram(wider)) => Precision::Histogram(width.max(wider)),
        (Precision::Histogram(_), _) => one,
        (_, Precision::Histogram(_)) | (Precision::Exact, _) => other,
        _ => one,
    }
}

/// The user's own metrics, with how sure each is.
fn of_ones_own(measured: &Measured) -> Vec<String> {
    let lines = metric_lines::lines(&measured.defined).into_iter();
    let sure = measured.defined.values().map(|metric| metric.precision.get("value"));
    lines.zip(sure).map(|(line, sure)| sure.map_or(line.clone(), |sure| format!("{line}  {sure}"))).collect()
}

/// The percentiles of latencies with what one run tells of them; nothing is judged by it.
fn within_run(result: &ResultView) -> Vec<String> {
    let latencies = result.distributions.iter().filter(|(name, _)| name.ends_with("_duration"));
    let of = |(name, distribution): (&String, &Distribution)| {
        [50.0, 95.0, 99.0].map(|percent| {
            let interval = WithinRun::of(distribution, percent)?;
            let [value, lower, upper] =
                [distribution.percentile(percent)?.value, interval.lower, interval.upper]
                    .map(value::duration);
            Some(format!("{name} p{percent}: {value}, {lower} to {upper} ({})", WithinRun::LABEL))
        })
    };
    latencies.flat_map(of).flatten().collect()
}

/// The statistics that people compare.
const COMPARED: [&str; 6] = ["rate", "avg", "p50", "p95", "p99", "value"];

fn is_aborted(trial: &TrialView) -> bool {
    let result = trial.result.as_ref().filter(|_| trial.state == TrialState::Current);
    result.is_some_and(|result| result.attempt.verdict == Verdict::Aborted)
}

/// Half of an interval is *t s / √n*: 9.0 *s* of two trials, 2.5 *s* of three.
const OF_TWO: &str =
    "an interval over two trials says little: over three that vary as much it is less than a third as wide";

fn over_trials(case: &CaseView) -> Vec<String> {
    let all = over_trials::of(case);
    let Some(first) = all.first() else { return Vec::new() };
    let builds = over_trials::builds(&over_trials::results(case));
    let of_builds = if builds > 1 { format!(" of {builds} builds") } else { String::new() };
    let aborted = case.trials.iter().filter(|trial| is_aborted(trial)).count();
    let without = if aborted > 0 { format!(", without {aborted} aborted") } else { String::new() };
    let within = if first.scope == "window" { ", of the measured window" } else { "" };
    let mut lines =
        vec![String::new(), format!("over {} trials{of_builds}{without}{within}", first.over.count)];
    if first.over.count == 2 {
        lines.push(format!("  {OF_TWO}"));
    }
    for one in all.iter().filter(|one| COMPARED.contains(&one.statistic)) {
        let shown = |number: f64| value::shown(one.of, one.statistic, number);
        let name = format!("{} {}", one.metric, one.statistic);
        let mut line = format!(
            "  {}: mean {}, median {}",
            words::one_line(&name),
            shown(one.over.mean),
            shown(one.over.median)
        );
        if let Some(variation) = one.over.variation {
            line += &format!(", varies by {}", value::share(variation));
        }
        if let Some(interval) = &one.over.interval {
            line += &format!(", 95 % {} to {}", shown(interval.lower), shown(interval.upper));
        }
        if let Some(merged) = &one.merged {
            line += &format!("; all samples {} ({})", shown(merged.value), merged.precision);
        }
        lines.push(line);
    }
    lines
}

fn facts(attempt: &Attempt) -> Vec<String> {
    let word = words::verdict(attempt.verdict);
    let verdict =
        if attempt.detail.is_empty() { word.to_owned() } else { format!("{word}: {}", attempt.detail) };
    let wall = Duration::try_from_secs_f64(attempt.wall_seconds).unwrap_or_default();
    let exit = attempt.exit.map_or("ended by a signal".to_owned(), |code| code.to_string());
    let mut lines = vec![
        labelled("verdict", &verdict),
        labelled("exit", &exit),
        labelled("start", &attempt.started.to_string()),
        labelled("end", &attempt.ended.to_string()),
        labelled("wall", &duration::human(wall)),
        labelled("k6", &attempt.k6),
        labelled("host class", &attempt.host.class),
    ];
    lines.extend(attempt.generator.as_ref().map(|facts| labelled("generator", &generator(facts))));
    // Where a doubt is the verdict's reason it is said there.
    let doubts = attempt.doubts.iter().filter(|doubt| !attempt.detail.contains(*doubt));
    lines.extend(doubts.map(|doubt| labelled("doubt", doubt)));
    if attempt.target_identity.is_empty() {
        lines.push(labelled("target", "unidentified"));
    }
    for (name, value) in &attempt.target_identity {
        lines.push(labelled("target", &format!("{name}={}", short(value))));
    }
    lines
}

/// How k6 and its host fared, in shares of the processors that it may use.
fn generator(facts: &GeneratorFacts) -> String {
    format!(
        "k6 used {} of {} processors and waited {} of its time for one, {} ms each time; others used {}",
        value::share(facts.cpu_share()),
        value::plain(facts.cores),
        value::share(facts.waiting_share()),
        value::plain(facts.waited_each_ms()),
        value::share(facts.other_share()),
    )
}

/// Digests by their first eight digits: the whole ones are in `results.json`.
fn short(value: &str) -> &str {
    let is_digest = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { &value[..8] } else { value }
}

fn labelled(label: &str, text: &str) -> String {
    format!("{label:LABEL$}{}", words::one_line(text)).trim_end().to_owned()
}

/// A line for every threshold and every expectation of a result.
pub(super) fn gates(result: &ResultView) -> Vec<String> {
    thresholds(&result.measured).into_iter().chain(result.outcomes.iter().map(expectation)).collect()
}

fn thresholds(measured: &Measured) -> Vec<String> {
    let of_metric = |(name, metric): (&String, &Metric)| {
        let line = |threshold: &Threshold| {
            let text = format!("{name} {}", threshold.expression);
            format!("{:8}{}", words::threshold(threshold.crossed), words::one_line(&text))
        };
        metric.thresholds.iter().map(line).collect::<Vec<_>>()
    };
    measured.metrics.iter().flat_map(of_metric).collect()
}

fn expectation(outcome: &Outcome) -> String {
    let expected = &outcome.expectation;
    let below = expected.below.map(|limit| format!(" below {}", value::plain(limit)));
    let above = expected.above.map(|limit| format!(" above {}", value::plain(limit)));
    let found = outcome.value.map_or("no value".to_owned(), value::plain);
    let limits = format!("{}{}", below.unwrap_or_default(), above.unwrap_or_default());
    let few = outcome.too_few.map(|count| format!(" (too few samples: {count})")).unwrap_or_default();
    let text = format!("{} {}{limits}: {found}{few}", expected.metric, expected.statistic);
    format!("{:8}{}", words::expectation(outcome.held), words::one_line(&text))
}

fn check(check: &Check) -> String {
    let total = check.passes.saturating_add(check.fails);
    let share = if total == 0 { "no calls".into() } else { value::share(check.passes as f64 / total as f64) };
    format!("{share:>8}  {}  passes={} fails={}", words::one_line(&check.path), check.passes, check.fails)
}

fn log(result: &ResultView) -> Vec<String> {
    result.log_tail.iter().map(|line| words::one_line(line).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_measured_case_says_all_that_a_person_asks() {
        let mut measured = sample::suite().cases.remove(0);
        measured.trials.truncate(1);
        let expected = r#"http[vus=1,payload=small.json]

  vus = 1
  payload = small.json

state       current
verdict     passed
exit        0
start       2025-03-01T10:00:00.000Z
end         2025-03-01T10:00:10.500Z
wall        10.5s
k6          k6 v1.1.0 (go1.24, linux/amd64)
host class  laptop
target      image=sha256:abc
attempts    2

thresholds
  ok      http_req_duration p(95)<200
  crossed http_req_duration max<5

expectations
  missed  http_req_duration p95 below 2: 2.5

checks
    98.00%  status > is 200  passes=98 fails=2

metrics
  checks..............: 98.00%  passes=98  fails=2
  data_sent...........: 12.4 kB  1.2 kB/s
  http_req_duration...: avg=1.5ms min=500µs med=1.25ms max=9ms p(90)=2ms p(95)=2.5ms p(99)=8ms count=100
  http_req_failed.....: 1.00%
  http_reqs...........: 100  10.5/s
  vus.................: 1  min=1  max=1

log
  level=warning msg="slow"
  \u{1b}[31mred
"#;
        assert_eq!(case(&measured), expected);
    }

    #[test]
    fn trials_are_told_apart_and_states_say_why() {
        let text = case(&sample::suite().cases[0]);
        assert!(text.contains("\ntrial 2\n\nstate       stale: payload small.json changed\n"), "{text}");
        assert_eq!(case(&sample::suite().cases[2]), "http[vus=50]\n\n  vus = 50\n\nstate       missing\n");
    }

    #[test]
    fn a_name_cannot_forge_lines() {
        let text = case(&sample::suite().cases[1]);
        assert!(text.starts_with("bad[name=<script>|\"`a`\"\\n</details>]\n"), "{text}");
        assert!(text.contains("verdict     failed: script threw\nexit        107\n"), "{text}");
    }
}
