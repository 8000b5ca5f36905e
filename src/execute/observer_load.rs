//! One load of the measurement of watching: a script with one GET, made and judged like a run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::ExecuteError;
use super::end_summary::EndSummary;
use super::generator::ended_cpu_seconds;
use super::load::{Load, Loaded};
use super::observer::Observing;
use super::observer_ways::{Sent, Way};
use super::run::{BAD_FLAG, LONGEST_OUTPUT, TAIL, with_stderr};
use crate::base::files::told;
use crate::base::mask::Mask;
use crate::base::printable::one_line;
use crate::k6::{Relayed, RunFiles, lacks_output, read_log};
use crate::result::{Circumstantial, Evidence, Measured, Verdict, judge};
use crate::spec::arrival;
use crate::spec::statistics::trend_statistics;

/// The variable by which the script gets the address, which may hold a password.
const ADDRESS: &str = "HOWITZER_OBSERVER_URL";

/// What k6 computes for a user who does not watch: its default statistics, and the percentile that is compared.
const UNWATCHED: &str = "avg,min,med,max,p(90),p(95),p(99)";

/// How long k6 waits for requests under way at the end.
const GRACEFUL_STOP: Duration = Duration::from_secs(5);

/// How much longer than its script says a load may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a k6 that was asked to stop may take.
const GRACE: Duration = Duration::from_secs(10);

/// The part of a second that answers below saturation may take.
const SLOWEST: u32 = 20;

/// More users than are asked for are not made: each takes some memory.
const MOST_USERS: u32 = 1000;

/// A measurement.
pub(super) struct Made {
    pub(super) measured: Measured,
    /// The processor time of the whole k6, in seconds.
    pub(super) cpu_seconds: Option<f64>,
    /// Why it may be wrong.
    pub(super) doubts: Vec<String>,
    /// What the script complained about.
    pub(super) complaint: Option<String>,
}

/// The options of a load of `vus` virtual users, each sending its next request when it has its answer.
pub(super) fn closed(vus: u32, duration: Duration) -> Value {
    json!({ "executor": "constant-vus", "vus": vus, "duration": k6_time(duration), "gracefulStop": k6_time(GRACEFUL_STOP) })
}

/// The options of a load of `rate` requests a second. There are users enough for answers that take as long as a
/// hiccup of a busy host: a request that nobody is free to send is dropped, and would be missing in the tail.
pub(super) fn open(rate: u32, vus: u32, duration: Duration) -> Value {
    json!({
        "executor": "constant-arrival-rate", "rate": rate, "timeUnit": "1s", "duration": k6_time(duration),
        "preAllocatedVUs": vus.max((rate / SLOWEST).min(MOST_USERS)), "gracefulStop": k6_time(GRACEFUL_STOP),
    })
}

/// The options of a single request.
pub(super) fn single() -> Value {
    json!({ "executor": "shared-iterations", "vus": 1, "iterations": 1, "maxDuration": k6_time(PATIENCE) })
}

fn k6_time(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}

/// `complains` has the script look at its answer, which costs k6 something: for the first request only.
fn script(options: &Map<String, Value>, complains: bool) -> String {
    let look = "if (answer.error || answer.status >= 400) \
                console.error(answer.error || `it answers with status ${answer.status}`);";
    let look = if complains { look } else { "" };
    format!(
        "import http from 'k6/http';\nexport const options = {};\n\
         export default function () {{\n  \
         const answer = http.get(__ENV.{ADDRESS}, {{ tags: {{ name: 'observer' }} }});\n  {look}\n}}\n",
        Value::Object(options.clone()),
    )
}

/// Makes one load, watched in this way; none where this k6 cannot be. Its files are gone afterwards.
pub(super) fn make(
    observing: &Observing<'_>,
    sent: &Sent,
    around: &Path,
    way: Way,
    scenario: &Value,
    takes: Duration,
) -> Result<Option<Made>, ExecuteError> {
    let folder = tempfile::tempdir_in(around).map_err(told("create a folder in", around))?;
    let options = Map::from_iter([("scenarios".to_owned(), json!({ "load": scenario }))]);
    let path = folder.path().join("script.js");
    std::fs::write(&path, script(&options, takes.is_zero())).map_err(told("write", &path))?;
    let files = RunFiles {
        folder: folder.path().to_owned(),
        script: "script.js".to_owned(),
        summary: folder.path().join("summary.json"),
        log: folder.path().join("k6.log"),
    };
    let (supervision, environment) = (observing.supervision, observing.environment);
    observing.k6.look_again(environment, supervision)?;
    let cpu_before = ended_cpu_seconds();
    let mask = Mask::of(observing.address.password().map(str::as_bytes).into_iter().chain(sent.secrets()));
    let load = Load {
        k6: &observing.k6.path,
        files: &files,
        statistics: &if way == Way::Unwatched { UNWATCHED.to_owned() } else { trend_statistics(&[]) },
        watch: way.watch(),
        live: sent.live(way),
        keep: false,
        mask: &mask,
        variables: &BTreeMap::from([(ADDRESS.to_owned(), OsString::from(observing.address.reveal()))]),
        environment,
        supervision,
        around: folder.path(),
        limit: takes + PATIENCE,
        grace: GRACE,
        room: LONGEST_OUTPUT,
    };
    let loaded = load.execute(&mut |_, _| {})?;
    let cpu_seconds = cpu_before.zip(ended_cpu_seconds()).map(|(before, after)| after - before);
    worth(observing, way, &options, &load, loaded, cpu_seconds)
}

/// What a load is worth: judged as a run of a suite is.
fn worth(
    observing: &Observing<'_>,
    way: Way,
    options: &Map<String, Value>,
    load: &Load<'_>,
    loaded: Loaded,
    cpu_seconds: Option<f64>,
) -> Result<Option<Made>, ExecuteError> {
    let log = with_stderr(read_log(&load.files.log, TAIL)?, &load.error_log());
    let EndSummary { measured, .. } = EndSummary::read(&load.files.summary, load.mask, &[])?;
    let series = loaded.series.finish(measured.as_ref(), load.mask);
    let generator = loaded.watched.generator.as_ref();
    let seen = Circumstantial {
        log: &log.facts,
        generator: generator.filter(|_| !observing.workspace.host_is_shared),
        started: arrival::started(options),
        series: &series.doubts,
        clock_step: loaded.ended.signed_since(loaded.started) - loaded.wall.as_secs_f64(),
    };
    let judged = judge(&Evidence {
        exit: loaded.watched.status.code(),
        signal: loaded.watched.status.signal(),
        timed_out: loaded.watched.timed_out,
        interrupted: loaded.watched.interrupted,
        measured: measured.as_ref(),
        seen: &seen,
    });
    if way != Way::Unwatched && loaded.watched.status.code() == Some(BAD_FLAG) && lacks_output(&judged.detail)
    {
        return Ok(None);
    }
    let shown = |text: &str| {
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        one_line(&load.mask.text(&joined)).into_owned()
    };
    let complaint = log.facts.last_error.as_deref().map(shown);
    let unusable = |detail: &str| ExecuteError::NoObserverLoad {
        url: observing.address.shown().to_owned(),
        why: complaint.clone().unwrap_or_else(|| shown(detail)),
    };
    match (judged.verdict, measured) {
        (Verdict::Interrupted, _) => Err(ExecuteError::Interrupted),
        (Verdict::Passed | Verdict::Suspect, Some(measured)) if !made_requests(&measured) => {
            Err(unusable("k6 made no request"))
        }
        (Verdict::Passed | Verdict::Suspect, Some(measured)) => {
            let failed = failed(&measured);
            let unsent = unsent(log.facts.unsent.as_deref(), series.relayed.as_ref()).map(|why| shown(&why));
            let doubts = judged.doubts.into_iter().chain(failed).chain(series.notes).chain(unsent).collect();
            Ok(Some(Made { measured, cpu_seconds, doubts, complaint }))
        }
        (Verdict::TimedOut, _) => Err(unusable("k6 did not end in time")),
        _ => Err(unusable(&judged.detail)),
    }
}

/// What was refused on its way was cheaper, or dearer, than what is taken.
fn unsent(by_k6: Option<&str>, relayed: Option<&Relayed>) -> Option<String> {
    let of_relay = relayed.filter(|relayed| !relayed.is_whole);
    let of_relay = of_relay.map(|relayed| relayed.why.as_deref().unwrap_or("no reason was given"));
    by_k6.or(of_relay).map(|why| format!("not all that was sent was taken: {why}"))
}

fn made_requests(measured: &Measured) -> bool {
    measured.statistic("http_reqs", "count").is_some_and(|count| count > 0.0)
}

/// Requests that fail are answered in another time than those that do not.
fn failed(measured: &Measured) -> Option<String> {
    let share = measured.statistic("http_req_failed", "rate").filter(|share| *share > 0.0)?;
    Some(format!("{:.1} % of the requests failed", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_taken_is_a_doubt() {
        let refused = Relayed { why: Some("status 404".to_owned()), ..Relayed::default() };
        let taken = Relayed { is_whole: true, ..refused.clone() };
        let told = |why: &str| Some(format!("not all that was sent was taken: {why}"));
        assert_eq!(unsent(None, Some(&refused)), told("status 404"));
        assert_eq!(unsent(Some("connection refused"), None), told("connection refused"));
        assert_eq!((unsent(None, Some(&taken)), unsent(None, None)), (None, None));
    }
}
