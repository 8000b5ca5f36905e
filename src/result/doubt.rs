//! Why a measurement may be wrong although k6 was content: each rule with its reason. The rules are
//! described for users in docs/measurement.md, with how often each fires on healthy runs.

use super::{GeneratorFacts, LogFacts, Measured, too_few_samples};

/// An arrival rate counts as reached if this share of its iterations was started.
const REACHED: f64 = 0.95;

/// The generator counts as starved when its threads waited for a processor twice as long as they had one. On
/// two cores shared with a saturated target they waited for 31 to 59 % of their time, with four other busy
/// programs beside them for 72 to 80 %.
const STARVED: f64 = 2.0 / 3.0;

/// Others count as load on the host from this share of its processors on.
const OTHERS: f64 = 0.25;

/// A run that was looked at for less is not judged by its processors: starting k6 is most of it.
const SHORTEST: f64 = 0.9;

/// The clock counts as set when it and the monotonic one differ by more, in seconds.
const CLOCK_STEP: f64 = 0.5;

/// From this share of its iterations on, those that threw an exception are no rare accident.
const THROWING: f64 = 0.05;

/// What a measurement is doubted by.
#[derive(Debug, Clone, Copy)]
pub struct Circumstantial<'a> {
    /// What its log says.
    pub log: &'a LogFacts,
    /// How the generator fared, where that was seen.
    pub generator: Option<&'a GeneratorFacts>,
    /// The iterations that its arrival rates start, where all of its load is such.
    pub started: Option<f64>,
    /// Where the live series and the summary disagree.
    pub series: &'a [String],
    /// How far the clock was set while it ran, in seconds.
    pub clock_step: f64,
}

/// Every reason to doubt a measurement, the weightiest first.
pub fn doubts(measured: &Measured, seen: &Circumstantial<'_>) -> Vec<String> {
    let rules = [
        dropped(measured, seen.log),
        throwing(measured, seen.log),
        not_reached(measured, seen.started),
        seen.generator.and_then(starved),
        seen.generator.and_then(others),
        clock_was_set(seen.clock_step),
        too_few(measured),
    ];
    rules.into_iter().flatten().chain(seen.series.iter().cloned()).collect()
}

fn dropped(measured: &Measured, log: &LogFacts) -> Option<String> {
    let dropped = measured.statistic("dropped_iterations", "count").filter(|count| *count > 0.0)?;
    let limit = if log.lacked_vus { ": every virtual user that it may have was busy" } else { "" };
    let s = if dropped > 1.0 { "s" } else { "" };
    Some(format!("{dropped} iteration{s} dropped{limit}"))
}

/// Where one scenario works and another throws all the time, the run as a whole has measured something.
fn throwing(measured: &Measured, log: &LogFacts) -> Option<String> {
    let iterations = measured.statistic("iterations", "count").filter(|count| *count > 0.0)?;
    let share = log.exceptions as f64 / iterations;
    (share >= THROWING).then(|| format!("{} of {iterations} iterations threw an exception", log.exceptions))
}

/// Iterations that were still running at the end are not counted by k6: as many as there are virtual users.
fn not_reached(measured: &Measured, started: Option<f64>) -> Option<String> {
    let started = started?;
    let done = measured.statistic("iterations", "count").unwrap_or_default();
    let dropped = measured.statistic("dropped_iterations", "count").unwrap_or_default();
    let running = measured.statistic("vus_max", "max").unwrap_or_default();
    let missing = started - done - dropped - running;
    (dropped <= 0.0 && missing > (1.0 - REACHED) * started)
        .then(|| format!("arrival rate not reached: {done} of {started:.0} iterations"))
}

fn starved(generator: &GeneratorFacts) -> Option<String> {
    let waiting = generator.waiting_share();
    (generator.watched_seconds >= SHORTEST && waiting > STARVED)
        .then(|| format!("k6 was starved: it waited for a processor {:.0} % of its time", waiting * 100.0))
}

fn others(generator: &GeneratorFacts) -> Option<String> {
    let share = generator.other_share();
    (generator.watched_seconds >= SHORTEST && share > OTHERS)
        .then(|| format!("other programs used {:.0} % of this host's processors", share * 100.0))
}

/// A threshold on a percentile that so few samples cannot tell.
fn too_few(measured: &Measured) -> Option<String> {
    measured.metrics.iter().find_map(|(name, metric)| {
        let count = metric.statistics.get("count").copied()?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let short = |percent: f64| too_few_samples(count.max(0.0) as u64, percent);
        let asked = metric.thresholds.iter().filter_map(|threshold| percentile(&threshold.expression));
        let percent = asked.into_iter().find(|percent| short(*percent))?;
        Some(format!("{count} samples are too few for p({percent}) of {name}"))
    })
}

/// The number in a threshold such as `p(99.9)<200`.
fn percentile(expression: &str) -> Option<f64> {
    expression.trim().strip_prefix("p(")?.split(')').next()?.trim().parse().ok()
}

fn clock_was_set(step: f64) -> Option<String> {
    (step.abs() > CLOCK_STEP).then(|| format!("the clock was set by {step:+.1} s during the run"))
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::result::{Metric, MetricKind};

    fn counted(metrics: &[(&str, &str, f64)]) -> Measured {
        let metric = |(name, statistic, value): &(&str, &str, f64)| {
            let statistics = IndexMap::from([((*statistic).to_owned(), *value)]);
            let kind = MetricKind::Counter;
            (
                (*name).to_owned(),
                Metric {
                    kind,
                    unit: String::new(),
                    statistics,
                    precision: IndexMap::new(),
                    thresholds: Vec::new(),
                },
            )
        };
        Measured { metrics: metrics.iter().map(metric).collect(), checks: Vec::new(), ..Measured::default() }
    }

    fn all(
        metrics: &[(&str, &str, f64)],
        started: Option<f64>,
        generator: &GeneratorFacts,
        clock: f64,
    ) -> String {
        let log = LogFacts { lacked_vus: true, ..LogFacts::default() };
        let seen =
            Circumstantial { log: &log, generator: Some(generator), started, series: &[], clock_step: clock };
        doubts(&counted(metrics), &seen).join("; ")
    }

    #[test]
    fn iterations_that_throw_are_a_reason_from_one_in_twenty_on() {
        let measured = counted(&[("iterations", "count", 100.0)]);
        let of = |exceptions| throwing(&measured, &LogFacts { exceptions, ..LogFacts::default() });
        assert_eq!(of(4), None);
        assert_eq!(of(5).as_deref(), Some("5 of 100 iterations threw an exception"));
    }

    #[test]
    fn an_arrival_rate_is_reached_where_what_is_missing_may_still_have_been_running() {
        let fine = GeneratorFacts::default();
        let of = |iterations: f64, vus: f64| {
            all(&[("iterations", "count", iterations), ("vus_max", "max", vus)], Some(1000.0), &fine, 0.0)
        };
        assert_eq!((of(951.0, 0.0), of(931.0, 20.0)), (String::new(), String::new()));
        assert_eq!(of(900.0, 20.0), "arrival rate not reached: 900 of 1000 iterations");
    }

    #[test]
    fn dropped_iterations_say_whether_virtual_users_were_lacking() {
        let told =
            all(&[("dropped_iterations", "count", 3.0)], Some(1000.0), &GeneratorFacts::default(), 0.0);
        assert_eq!(told, "3 iterations dropped: every virtual user that it may have was busy");
    }

    #[test]
    fn a_generator_is_doubted_only_far_from_what_healthy_runs_show() {
        let facts = GeneratorFacts { cores: 2.0, watched_seconds: 5.0, ..GeneratorFacts::default() };
        let busy = GeneratorFacts { cpu_seconds: 4.2, waited_seconds: 5.9, other_cpu_seconds: 0.4, ..facts };
        assert_eq!(all(&[], None, &busy, 0.1), "");
        let starved = GeneratorFacts { waited_seconds: 12.0, other_cpu_seconds: 6.0, ..busy.clone() };
        let told = "k6 was starved: it waited for a processor 74 % of its time; \
                    other programs used 60 % of this host's processors";
        assert_eq!(all(&[], None, &starved, 0.0), told);
        let short = GeneratorFacts { watched_seconds: 0.5, ..starved };
        assert_eq!(all(&[], None, &short, -3600.0), "the clock was set by -3600.0 s during the run");
    }

    #[test]
    fn a_clock_was_set_where_it_and_the_monotonic_one_are_half_a_second_apart() {
        let told = |step: f64| all(&[], None, &GeneratorFacts::default(), step);
        for step in [0.0, 0.3, -0.3, 0.5, -0.5] {
            assert_eq!(told(step), "", "{step}");
        }
        for (step, shown) in [(0.6, "+0.6"), (-0.6, "-0.6"), (3600.0, "+3600.0"), (-7200.04, "-7200.0")] {
            assert_eq!(told(step), format!("the clock was set by {shown} s during the run"));
        }
    }

    #[test]
    fn other_load_is_a_share_of_the_processors_that_k6_may_run_on() {
        // One processor by a quota, on a host with eight: others keep two of them busy.
        let facts =
            GeneratorFacts { cores: 1.0, processors: 8.0, watched_seconds: 5.0, ..GeneratorFacts::default() };
        let told =
            |other: f64| all(&[], None, &GeneratorFacts { other_cpu_seconds: other, ..facts.clone() }, 0.0);
        assert_eq!(told(9.9), "");
        assert_eq!(told(10.4), "other programs used 26 % of this host's processors");
    }

    #[test]
    fn a_threshold_on_a_percentile_needs_samples_enough_for_it() {
        let with = |count: f64, expression: &str| {
            let mut measured = counted(&[("http_req_duration", "count", count)]);
            let metric = measured.metrics.get_mut("http_req_duration").expect("a metric");
            metric.thresholds =
                vec![crate::result::Threshold { expression: expression.into(), crossed: false }];
            let log = LogFacts::default();
            let seen =
                Circumstantial { log: &log, generator: None, started: None, series: &[], clock_step: 0.0 };
            doubts(&measured, &seen).join("; ")
        };
        assert_eq!(with(50.0, "p(99)<200"), "50 samples are too few for p(99) of http_req_duration");
        assert_eq!(with(400.0, "p(99)<200"), "");
        assert_eq!((with(5.0, "avg<200"), with(5.0, "max<200")), (String::new(), String::new()));
    }
}
