//! `output.md`: the suite at a glance, then every case in a fold of its own.

use super::error::ReportError;
use super::overview::{self, Overview};
use super::view::{CaseView, ResultView, SuiteView, TrialView};
use super::{escape, metric_lines, value, words};

const HEAD: &str = "\
| case | state | verdict | p50 | p95 | p99 | per second | failed |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
";

/// The whole document.
pub fn text(suite: &SuiteView) -> Result<String, ReportError> {
    let mut text = format!("# {}\n\n", escape::markdown(&suite.title));
    let description = description(&suite.description);
    if !description.is_empty() {
        text += &format!("{description}\n\n");
    }
    if suite.cases.is_empty() {
        return Ok(text + "No cases.\n");
    }
    text += HEAD;
    for case in &suite.cases {
        text.extend(case.trials.iter().map(|trial| row(case, trial)));
    }
    for case in &suite.cases {
        text += &fold(case)?;
    }
    Ok(text)
}

/// Paragraphs stay apart; nothing else of the text is read as Markdown.
fn description(text: &str) -> String {
    text.trim().lines().map(|line| escape::markdown(line.trim())).collect::<Vec<_>>().join("\n")
}

fn row(case: &CaseView, trial: &TrialView) -> String {
    let result = trial.result.as_ref();
    let Overview { p50, p95, p99, rate, failed, .. } =
        result.map(|result| overview::of(&result.measured)).unwrap_or_default();
    let cells = [
        escape::markdown(&words::trial_name(&case.id, trial.number)),
        escape::markdown(&words::state_with_reason(&trial.state)),
        result.map(verdict).unwrap_or_default(),
        shown(p50, value::duration),
        shown(p95, value::duration),
        shown(p99, value::duration),
        shown(rate, |rate| value::per_second(rate, "1")),
        shown(failed, |share| escape::markdown(&value::share(share))),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// The verdict, and how many expectations are missed.
fn verdict(result: &ResultView) -> String {
    let word = words::verdict(result.attempt.verdict);
    match result.outcomes.iter().filter(|outcome| !outcome.held).count() {
        0 => word.to_owned(),
        1 => format!("{word}, 1 expectation missed"),
        missed => format!("{word}, {missed} expectations missed"),
    }
}

fn shown(number: Option<f64>, how: impl Fn(f64) -> String) -> String {
    number.map(how).unwrap_or_default()
}

fn fold(case: &CaseView) -> Result<String, ReportError> {
    let configuration = serde_json::to_string_pretty(&case.configuration)?;
    // The blank line ends the HTML block: below it Markdown is read again.
    let mut text = format!("\n<details>\n<summary>{}</summary>\n\n", escape::html(&case.id));
    text += &escape::fenced("json", &configuration);
    for trial in &case.trials {
        let title = if case.trials.len() > 1 { format!("Trial {}: ", trial.number) } else { String::new() };
        text += &format!("\n{title}{}\n", standing(trial));
        text += &trial.result.as_ref().map(measurement).unwrap_or_default();
    }
    Ok(text + "\n</details>\n")
}

fn standing(trial: &TrialView) -> String {
    let state = escape::markdown(&words::state_with_reason(&trial.state));
    let Some(result) = &trial.result else { return state };
    let attempt = &result.attempt;
    let verdict = words::verdict(attempt.verdict);
    let detail = if attempt.detail.is_empty() { String::new() } else { format!(" ({})", attempt.detail) };
    format!("{state}, {verdict}{}, measured {}", escape::markdown(&detail), attempt.ended)
}

fn measurement(result: &ResultView) -> String {
    let lines = metric_lines::lines(&result.measured.metrics);
    if lines.is_empty() { String::new() } else { format!("\n{}", escape::fenced("text", &lines.join("\n"))) }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_overview_has_a_row_a_trial_also_without_result() {
        let text = text(&sample::suite()).expect("writes");
        let expected = "\
# Demo \\*suite\\*

What &lt;b&gt;it&lt;/b&gt; measures.

| case | state | verdict | p50 | p95 | p99 | per second | failed |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
| http\\[vus=1,payload=small.json\\] | current | passed, 1 expectation missed | 1.25ms | 2.5ms | 8ms | 10.5/s | 1.00% |
| http\\[vus=1,payload=small.json\\]@2 | stale: payload small.json changed | suspect, 1 expectation missed | 1.25ms | 2.5ms | 8ms | 10.5/s | 1.00% |
| bad\\[name=&lt;script&gt;\\|\"\\`a\\`\"\\\\n&lt;/details&gt;\\] | failed: exit 107 | failed |  |  |  |  |  |
| http\\[vus=50\\] | missing |  |  |  |  |  |  |

<details>
";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn each_case_folds_its_configuration_and_metrics() {
        let text = text(&sample::suite()).expect("writes");
        assert_eq!(text.matches("\n<details>\n").count(), 3);
        assert!(text.contains("<summary>http[vus=1,payload=small.json]</summary>\n\n```json\n{\n"), "{text}");
        let standing = "\nTrial 1: current, passed, measured 2025-03-01T10:00:10.500Z\n\n```text\nchecks...";
        assert!(text.contains(standing), "{text}");
        assert!(text.contains("\nfailed: exit 107, failed (script threw), measured"), "{text}");
    }

    #[test]
    fn a_hostile_name_is_text_outside_code() {
        let text = text(&sample::suite()).expect("writes");
        let outside = text.lines().filter(|line| !line.starts_with("  \""));
        for line in outside {
            assert!(!line.contains("<script>"), "{line}");
        }
        let summary = "<summary>bad[name=&lt;script&gt;|&quot;`a`&quot;\\n&lt;/details&gt;]</summary>";
        assert!(text.contains(summary), "{text}");
        assert_eq!(text.lines().filter(|line| *line == "</details>").count(), 3);
    }

    #[test]
    fn a_suite_without_cases_says_so() {
        let suite = SuiteView { cases: vec![], description: String::new(), ..sample::suite() };
        assert_eq!(text(&suite).expect("writes"), "# Demo \\*suite\\*\n\nNo cases.\n");
    }
}
