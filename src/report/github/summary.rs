//! The job's summary: how the build ended, what is wrong, and a row a case, within the size that GitHub takes.

use super::super::judged::{self, Judged, Standing, Told};
use super::super::overview::{self, Overview};
use super::super::unbuilt::{Unbuilt, Why};
use super::super::view::Action;
use super::super::{escape, value};
use crate::base::counted::counted;
use crate::base::duration::human;

/// A step's summary may have a MiB; one that is larger is refused whole.
pub const MOST_BYTES: usize = 1_000_000;

/// The most reasons that are told before the table.
const MOST_REASONS: usize = 50;

/// Room for what is said of rows that are left out.
const LAST_LINE: usize = 200;

const HEAD: &str = "\
| case | result | from | p50 | p95 | p99 | per second | failed |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
";

/// The most characters of the mistakes by which a suite could not be planned.
const MOST_OF_MISTAKES: usize = 20_000;

/// Markdown of at most `room` bytes; what finds no room is counted. What was not built stands first: it is why.
pub fn summary(suites: &[Told<'_>], unbuilt: &[Unbuilt], room: usize) -> String {
    let mut text = String::new();
    for suite in unbuilt {
        let chapter = not_built(suite);
        if text.len() + chapter.len() + LAST_LINE <= room {
            text += &chapter;
        }
    }
    for told in suites {
        let judged = judged::of(*told);
        let room = room.saturating_sub(LAST_LINE);
        let begin = format!("## {}\n\n{}", escape::markdown(&told.suite.title), head(*told, &judged));
        if text.len() + begin.len() > room {
            text += "\nThe suites after this one find no room here.\n";
            break;
        }
        text += &begin;
        text += &reasons(&judged, room.saturating_sub(text.len()));
        text += &table(&judged, room.saturating_sub(text.len()));
        text.push('\n');
    }
    text
}

fn not_built(suite: &Unbuilt) -> String {
    let name = escape::markdown(&suite.name);
    match &suite.why {
        Why::Error { text, exit, .. } => {
            let shown: String = text.chars().take(MOST_OF_MISTAKES).collect();
            format!("## {name}\n\n**Failed, exit {exit}**\n\n{}\n", escape::fenced("text", &shown))
        }
        Why::NotReached(why) => format!("## {name}\n\n**Not run**: {}\n\n", escape::markdown(why)),
    }
}

/// How it ended, and how many cases stand how.
fn head(told: Told<'_>, judged: &[Judged<'_>]) -> String {
    let mut parts = vec![counted(judged.len(), "case")];
    for standing in [Standing::Failed, Standing::Missed, Standing::Suspect, Standing::NotRun] {
        let count = judged.iter().filter(|judged| judged.standing == standing).count();
        parts.extend((count > 0).then(|| format!("{count} {}", standing.word())));
    }
    let Some(build) = told.build else { return format!("{}\n\n", parts.join(", ")) };
    let count = |is: fn(&Action) -> bool| build.trials.iter().filter(|trial| is(&trial.action)).count();
    let ran = count(|action| matches!(action, Action::Ran { .. }));
    let cached = build.trials.iter().filter_map(|trial| match trial.action {
        Action::Cached(age) => Some(age),
        _ => None,
    });
    let ages: Vec<_> = cached.collect();
    let old = match (ages.iter().min(), ages.iter().max()) {
        (Some(newest), Some(oldest)) if human(*newest) != human(*oldest) => {
            format!(" ({} to {} old)", human(*newest), human(*oldest))
        }
        (Some(age), _) => format!(" ({} old)", human(*age)),
        _ => String::new(),
    };
    let word = if build.exit == 0 { "Done".to_owned() } else { format!("Failed, exit {}", build.exit) };
    let runs = format!("{} ran, {} cached{old}", counted(ran, "run"), ages.len());
    format!("**{word}**: {}; {runs}\n\n", parts.join(", "))
}

fn reasons(judged: &[Judged<'_>], room: usize) -> String {
    let telling = |judged: &&Judged<'_>| !matches!(judged.standing, Standing::Passed | Standing::NotRun);
    let lines = judged.iter().filter(telling).map(|judged| {
        let why = judged.why().join("; ");
        format!(
            "- {} {}: {}\n",
            judged.standing.word(),
            escape::markdown(&judged.case.id),
            escape::markdown(&why)
        )
    });
    // At most half of the room: the table has the numbers.
    let text = within(lines.collect(), MOST_REASONS, room / 2);
    if text.is_empty() { text } else { text + "\n" }
}

fn table(judged: &[Judged<'_>], room: usize) -> String {
    if judged.is_empty() || room < HEAD.len() {
        return String::new();
    }
    let rows = judged.iter().flat_map(|judged| (0..judged.trials.len()).map(|trial| row(judged, trial)));
    let rows = within(rows.collect(), usize::MAX, room - HEAD.len());
    HEAD.to_owned() + &rows
}

fn row(judged: &Judged<'_>, at: usize) -> String {
    let trial = &judged.trials[at];
    let result = trial.trial.result.as_ref();
    let Overview { p50, p95, p99, rate, failed, .. } =
        result.map(|result| overview::of(&result.measured)).unwrap_or_default();
    let shown = |number: Option<f64>, how: fn(f64) -> String| number.map(how).unwrap_or_default();
    let from = if trial.action.is_empty() {
        result.map(|result| format!("measured {}", result.attempt.ended)).unwrap_or_default()
    } else {
        trial.action.clone()
    };
    let cells = [
        escape::markdown(&super::super::words::trial_name(&judged.case.id, trial.trial.number)),
        trial.standing.word().to_owned(),
        escape::markdown(&from),
        shown(p50, value::duration),
        shown(p95, value::duration),
        shown(p99, value::duration),
        shown(rate, |rate| value::per_second(rate, "1")),
        escape::markdown(&shown(failed, value::share)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// As many of the lines as there may be and find room, and how many are left out.
fn within(lines: Vec<String>, most: usize, room: usize) -> String {
    let (mut text, all) = (String::new(), lines.len());
    for (at, line) in lines.into_iter().enumerate() {
        if at == most || text.len() + line.len() > room {
            return text + &format!("\nand {} more\n", all - at);
        }
        text += &line;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn it_says_how_the_build_ended_and_what_is_wrong() {
        let (suite, build) = (sample::suite(), sample::build());
        let text = summary(&[Told { suite: &suite, build: Some(&build), is_strict: false }], &[], MOST_BYTES);
        let expected = "\
## Demo \\*suite\\*

**Failed, exit 1**: 3 cases, 1 failed, 1 missed, 1 not run; 1 run ran, 1 cached (1m30s old)

- missed http\\[vus=1,payload=small.json\\]: trial 1: threshold crossed: http\\_req\\_duration max&lt;5: 9 ms; ";
        assert!(text.starts_with(expected), "{text}");
        let row = "| http\\[vus=1,payload=small.json\\] | missed | cached, 1m30s old | 1.25ms | 2.5ms | 8ms | 10.5/s | 1.00% |\n";
        assert!(text.contains(row), "{text}");
        assert!(!text.contains("<script>"), "{text}");
    }

    #[test]
    fn it_stays_within_its_room_and_counts_what_is_left_out() {
        let mut suite = sample::suite();
        let one = suite.cases[0].clone();
        suite.cases = (0..500).map(|_| one.clone()).collect();
        let told = Told { suite: &suite, build: None, is_strict: false };
        for room in [400, 2_000, 20_000] {
            let text = summary(&[told, told], &[], room);
            assert!(text.len() <= room, "{} of {room}", text.len());
            assert!(text.contains(" more\n") || text.contains("find no room"), "{text}");
        }
        assert!(!summary(&[told], &[], MOST_BYTES).contains("\nand 0 more"));
    }
}
