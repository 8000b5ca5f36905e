//! Events in words: the lines that a person reads.

use std::time::Duration;

use super::live::figures;
use super::words::trial_name;
use crate::base::counted::counted;
use crate::base::duration::human;
use crate::execute::Event;
use crate::report::drawing::plain::plain;
use crate::result::Verdict;

/// A word, right-aligned as Cargo does it, and the rest of the line.
fn line(word: &str, rest: &str) -> String {
    format!("{word:>10} {rest}")
}

fn seconds(value: f64) -> String {
    human(Duration::try_from_secs_f64(value).unwrap_or_default())
}

/// What was said of a run as it began.
#[derive(Debug)]
pub(super) struct Begun {
    name: String,
    place: String,
    reason: String,
}

impl Begun {
    /// A run that begins.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::RunStarted { case, trial, position, of, reason, .. } = event else { return None };
        let (name, place) = (trial_name(case, *trial), format!("{position}/{of}"));
        Some(Self { name, place, reason: reason.clone() })
    }
}

/// Everything about a run, or a warm-up, in the line at its end; none for other events.
pub(super) fn ended_line(event: &Event, begun: Option<&Begun>) -> Option<Vec<String>> {
    if let Event::WarmUpFinished { test, verdict, wall_seconds } = event {
        return Some(vec![line("warm-up", &format!("{test} {verdict}, {}", seconds(*wall_seconds)))]);
    }
    let Event::RunFinished { log_tail, .. } = event else { return None };
    let Begun { name, place, reason } = begun?;
    let (word, said) = judged(event);
    let figures = said.into_iter().chain(measured(event)).collect::<Vec<_>>().join(", ");
    let mut lines = vec![line(word, &format!("{place} {name} {figures} ({reason})"))];
    lines.extend(without_repeats(log_tail).iter().map(|said| line("|", said)));
    Some(lines)
}

/// A line that says what goes on, or is waited for.
pub(super) fn heartbeat(event: &Event) -> Option<String> {
    if let Event::Waiting { what, elapsed_seconds, last_line, .. } = event {
        let said = if last_line.is_empty() { String::new() } else { format!(": {last_line}") };
        return Some(line("waiting", &format!("for {what}, {}{said}", seconds(elapsed_seconds.floor()))));
    }
    let (Event::RunProgress { elapsed_seconds, expected_seconds, vus, iterations, last, .. }
    | Event::WarmUpProgress { elapsed_seconds, expected_seconds, vus, iterations, last, .. }) = event
    else {
        return None;
    };
    let whole = expected_seconds.map(|whole| format!("/{}", seconds(whole))).unwrap_or_default();
    let figures = figures(*vus, *iterations, *last);
    Some(line("", &format!("{}{whole}, {figures}", seconds(elapsed_seconds.floor()))))
}

/// The lines of an event.
pub(super) fn lines(event: &Event) -> Vec<String> {
    match event {
        Event::SuitePlanned { .. } => vec![started(event)],
        Event::Because { reason, runs } => {
            vec![line("because", &format!("{reason} → {}", counted(*runs, "run")))]
        }
        Event::Planned { .. } => vec![planned(event)],
        Event::Preparing { text } => vec![line("prepare", text)],
        Event::Note { text } => vec![line("note", text)],
        Event::Refused { message } => message.lines().map(str::to_owned).collect(),
        Event::DamageMovedAside { files } => {
            let more = if files.len() > 1 { format!(" and {} more", files.len() - 1) } else { String::new() };
            let first = files.first().map(String::as_str).unwrap_or_default();
            vec![line(
                "damaged",
                &format!("{} of the store moved aside: {first}{more}", counted(files.len(), "file")),
            )]
        }
        Event::WarmUpStarted { test } => vec![line("warm-up", test)],
        Event::WarmUpFinished { verdict, wall_seconds, .. } => {
            vec![line("", &format!("{verdict}, {}", seconds(*wall_seconds)))]
        }
        Event::RunStarted { case, trial, position, of, reason, .. } => {
            vec![line("run", &format!("{position}/{of} {} ({reason})", trial_name(case, *trial)))]
        }
        Event::Scraped { case, trial, reason, .. } => {
            vec![line("scrape", &format!("{} ({reason})", trial_name(case, *trial)))]
        }
        Event::RunFinished { .. } => finished(event),
        Event::GateFailed { case, trial, what } => {
            vec![line("missed", &format!("{}: {what}", trial_name(case, *trial)))]
        }
        Event::OutputsWritten { reason, .. } if reason.is_empty() => Vec::new(),
        Event::OutputsWritten { folder, reason, written, removed } => {
            let removed = if *removed > 0 { format!(", {removed} removed") } else { String::new() };
            let written = counted(*written, "file");
            vec![line("wrote", &format!("{folder} ({reason}; {written} changed{removed})"))]
        }
        Event::Exported { destination, sent, before, place } => {
            let before = if *before > 0 { format!(", {before} sent before") } else { String::new() };
            let place = if place.is_empty() { String::new() } else { format!(": {place}") };
            vec![line("exported", &format!("{} to {destination}{before}{place}", counted(*sent, "case")))]
        }
        Event::ExportFailed { destination, why, left, is_asked } => {
            let word = if *is_asked { "failed" } else { "warning" };
            let left =
                if *left > 0 { format!(", {} not sent", counted(*left, "case")) } else { String::new() };
            vec![
                line(word, &format!("export to {destination}{left}: {why}")),
                line("hint", &format!("`howitzer export {destination}` catches up")),
            ]
        }
        Event::SuiteFinished { exit, ran, cached, pending, wall_seconds } => {
            let pending = if *pending > 0 { format!(", {pending} pending") } else { String::new() };
            let word = if *exit == 0 { "done" } else { "failed" };
            let code = if *exit == 0 { String::new() } else { format!(", exit {exit}") };
            vec![line(
                word,
                &format!("{ran} ran, {cached} cached{pending} in {}{code}", seconds(*wall_seconds)),
            )]
        }
        Event::BuildStarted { .. }
        | Event::BuildFinished { .. }
        | Event::SendingStarted { .. }
        | Event::SendingFinished { .. }
        | Event::RunProgress { .. }
        | Event::WarmUpProgress { .. }
        | Event::Waiting { .. }
        | Event::CoolingDown { .. } => Vec::new(),
        Event::TargetBuilding { .. }
        | Event::TargetStarting { .. }
        | Event::TargetAwaited { .. }
        | Event::TargetReady { .. }
        | Event::TargetStopped { .. }
        | Event::TargetChanged { .. }
        | Event::SetUpApplying { .. }
        | Event::SetUpApplied { .. }
        | Event::SetUpUndoing { .. }
        | Event::SetUpUndone { .. }
        | Event::SetUpFailed { .. } => provided(event),
    }
}

/// The lines of events about targets and set-ups.
fn provided(event: &Event) -> Vec<String> {
    match event {
        Event::TargetBuilding { target, command } => {
            vec![line("build", &format!("target {target}: {command}"))]
        }
        Event::TargetStarting { target } => vec![line("start", &format!("target {target}"))],
        Event::TargetAwaited { target, limit_seconds } => {
            vec![line("wait", &format!("target {target} is not ready: up to {}", seconds(*limit_seconds)))]
        }
        Event::TargetReady { target, after_seconds } => {
            vec![line("ready", &format!("target {target} after {}", seconds(*after_seconds)))]
        }
        Event::TargetStopped { target } => vec![line("stop", &format!("target {target}"))],
        Event::TargetChanged { target, change } => {
            vec![line("changed", &format!("target {target}: {change}"))]
        }
        Event::SetUpApplying { axis, value, command, .. } => {
            vec![line("apply", &plain(&format!("{axis}={value}: {command}")))]
        }
        Event::SetUpUndoing { axis, value, command, leftover } => {
            let left = if *leftover { " left by an earlier build" } else { "" };
            vec![line("undo", &plain(&format!("{axis}={value}{left}: {command}")))]
        }
        Event::SetUpApplied { seconds: taken, .. } | Event::SetUpUndone { seconds: taken, .. } => {
            vec![line("", &format!("done, {}", seconds(*taken)))]
        }
        Event::SetUpFailed { set_up, command, end, log_tail } => {
            let mut lines = vec![line("skipped", &plain(&format!("{set_up}: `{command}` failed: {end}")))];
            lines.extend(log_tail.iter().map(|said| line("|", said)));
            lines
        }
        _ => Vec::new(),
    }
}

/// What there is, what is cached, what will run.
fn started(event: &Event) -> String {
    let Event::SuitePlanned {
        suite,
        cases,
        cached,
        to_run,
        estimate_seconds,
        estimate_complete,
        oldest_seconds,
        newest_seconds,
        ..
    } = event
    else {
        return String::new();
    };
    let ages = match (newest_seconds, oldest_seconds) {
        (Some(newest), Some(oldest)) if seconds(*newest) == seconds(*oldest) => {
            format!(" ({} old)", seconds(*oldest))
        }
        (Some(newest), Some(oldest)) => {
            format!(" ({} to {} old)", seconds(*newest), seconds(*oldest))
        }
        _ => String::new(),
    };
    let load = match (*to_run, *estimate_complete) {
        (0, _) => String::new(),
        (_, true) => format!(", about {} of load", seconds(*estimate_seconds)),
        (_, false) if *estimate_seconds == 0.0 => ", load of unknown length".to_owned(),
        (_, false) => format!(", more than {} of load", seconds(*estimate_seconds)),
    };
    let cases = counted(*cases, "case");
    line(suite, &format!("{cases}, {cached} cached{ages}, {to_run} to run{load}"))
}

fn finished(event: &Event) -> Vec<String> {
    let Event::RunFinished { log_tail, .. } = event else {
        return Vec::new();
    };
    let (word, said) = judged(event);
    let said = if said.is_empty() { word.to_owned() } else { format!("{word}: {}", said.join(", ")) };
    let parts: Vec<String> = std::iter::once(said).chain(measured(event)).collect();
    let mut lines = vec![line("", &parts.join(", "))];
    lines.extend(without_repeats(log_tail).iter().map(|said| line("|", said)));
    lines
}

/// What became of a run in one word, and why. A run that passed k6's own limits may still miss what the suite expects.
fn judged(event: &Event) -> (&str, Vec<String>) {
    let Event::RunFinished { verdict, detail, missed, .. } = event else { return ("", Vec::new()) };
    let word = if verdict == Verdict::Passed.word() && !missed.is_empty() { "missed" } else { verdict };
    let missed = missed.iter().map(|missed| format!("expected {missed}"));
    (word, Some(detail.clone()).filter(|detail| !detail.is_empty()).into_iter().chain(missed).collect())
}

/// How long a run took, and a few of its figures.
fn measured(event: &Event) -> Vec<String> {
    let Event::RunFinished { wall_seconds, figures, .. } = event else { return Vec::new() };
    let mut parts = vec![seconds(*wall_seconds)];
    if let (Some(metric), Some(p95)) = (&figures.metric, figures.p95_milliseconds) {
        parts.push(format!("{metric} p95 {p95:.2}ms"));
    }
    parts.extend(figures.rate_per_second.map(|rate| format!("{rate:.1}/s")));
    parts
}

/// Equal lines that follow each other, once with their number.
fn without_repeats(lines: &[String]) -> Vec<String> {
    let runs = lines.chunk_by(|one, other| one == other);
    runs.map(|run| if run.len() == 1 { run[0].clone() } else { format!("{} ({} times)", run[0], run.len()) })
        .collect()
}

/// A line for every reason of a run, where there is more to say than its own line says.
pub(super) fn all_reasons(event: &Event) -> Vec<String> {
    match event {
        Event::RunStarted { reason, reasons, .. } if reasons.as_slice() != [reason.as_str()] => {
            reasons.iter().map(|reason| line("because", reason)).collect()
        }
        _ => Vec::new(),
    }
}

/// The line of a planned run.
pub(super) fn planned(event: &Event) -> String {
    let Event::Planned { case, trial, reasons, age_seconds, unidentified } = event else {
        return String::new();
    };
    let mut facts = reasons.clone();
    facts.extend(age_seconds.map(|age| format!("{} old", seconds(age))));
    if *unidentified {
        facts.push("target unidentified".to_owned());
    }
    let word = if reasons.is_empty() { "cached" } else { "run" };
    format!("{word} {} ({})", trial_name(case, *trial), facts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_says_what_is_waited_for_and_what_it_said_last() {
        let waiting = |last_line: &str| Event::Waiting {
            what: "the build of target digits".to_owned(),
            elapsed_seconds: 90.4,
            limit_seconds: None,
            last_line: last_line.to_owned(),
        };
        let said = |last_line| heartbeat(&waiting(last_line)).unwrap_or_default();
        assert_eq!(said(""), "   waiting for the build of target digits, 1m30s");
        assert_eq!(said("Compiling a"), "   waiting for the build of target digits, 1m30s: Compiling a");
    }
}
