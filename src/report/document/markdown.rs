//! For people: of several suites first a table with a row for each, then each as its `output.md` has it.

use super::super::error::ReportError;
use super::super::judged::{self, Standing, Told};
use super::super::unbuilt::{Unbuilt, Why};
use super::super::{escape, output_md};
use super::has_no_results;

const HEAD: &str = "\
# Suites

| suite | cases | passed | suspect | missed | failed | not run |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// The columns after the number of cases.
const COLUMNS: [Standing; 5] =
    [Standing::Passed, Standing::Suspect, Standing::Missed, Standing::Failed, Standing::NotRun];

pub(super) fn text(suites: &[Told<'_>]) -> Result<String, ReportError> {
    let mut text = String::new();
    if suites.len() > 1 {
        text += HEAD;
        text.extend(suites.iter().map(|told| row(*told)));
        text.push('\n');
    }
    let mut parts = Vec::new();
    for told in suites {
        let mut part = output_md::text(told.suite)?;
        if has_no_results(told) {
            let name = &told.suite.name;
            part += &format!("\nThere is no result of this suite: `howitzer build {name}` measures.\n");
        }
        parts.push(part);
    }
    Ok(text + &parts.join("\n"))
}

/// A chapter for each suite that was not built.
pub(super) fn not_built(suites: &[Unbuilt]) -> String {
    let chapter = |suite: &Unbuilt| {
        let why = match &suite.why {
            Why::Error { text, .. } => escape::fenced("text", text),
            Why::NotReached(why) => format!("Not run: {}.\n", escape::markdown(why)),
        };
        format!("\n# {}\n\n{why}", escape::markdown(&suite.name))
    };
    suites.iter().map(chapter).collect()
}

fn row(told: Told<'_>) -> String {
    let judged = judged::of(told);
    let count = |standing| judged.iter().filter(|judged| judged.standing == standing).count().to_string();
    let mut cells = vec![escape::markdown(&told.suite.name), judged.len().to_string()];
    cells.extend(COLUMNS.map(count));
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn several_suites_have_a_row_each_and_then_a_chapter() {
        let (demo, mut empty) = (sample::suite(), sample::suite());
        (empty.name, empty.title) = ("empty".into(), "Empty".into());
        empty.cases.drain(..2);
        let told = [&demo, &empty].map(|suite| Told { suite, build: None, is_strict: false });
        let text = text(&told).expect("writes");
        let rows =
            "| demo | 3 | 0 | 0 | 1 | 1 | 1 |\n| empty | 1 | 0 | 0 | 0 | 0 | 1 |\n\n# Demo \\*suite\\*\n";
        assert!(text.contains(rows), "{text}");
        assert!(text.contains("\n# Empty\n"), "{text}");
        let none = "There is no result of this suite: `howitzer build empty` measures.\n";
        assert!(text.ends_with(none), "{text}");
        assert_eq!(text.matches("There is no result").count(), 1);
    }
}
