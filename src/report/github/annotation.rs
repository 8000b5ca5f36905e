//! Workflow commands that put an error or a warning at a line of a file.
//! The form: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.

use super::super::judged::{self, Judged, Standing, Told};
use super::super::unbuilt::Located;

/// GitHub shows so many errors, and so many warnings, of one step, and drops the rest without a word.
const MOST: usize = 10;

/// A line for everything by which a build ended, and for every case that failed, missed something or is in doubt. Files
/// lie below `folder` of the repository, which is empty or ends with a slash.
pub fn annotations(suites: &[Told<'_>], ended_by: &[Located], folder: &str) -> Vec<String> {
    let judged: Vec<(&str, Judged<'_>)> = suites
        .iter()
        .flat_map(|told| judged::of(*told).into_iter().map(|judged| (told.suite.path.as_str(), judged)))
        .collect();
    let of = |command: &str, standings: &[Standing]| {
        let told = judged.iter().filter(|(_, judged)| standings.contains(&judged.standing));
        let lines = told.map(|(path, judged)| annotation(command, &format!("{folder}{path}"), judged));
        lines.collect::<Vec<String>>()
    };
    let mistakes = ended_by.iter().map(|mistake| located(folder, mistake));
    let errors = mistakes.chain(of("error", &[Standing::Failed, Standing::Missed])).collect();
    let warnings = of("warning", &[Standing::Suspect]);
    limited("error", errors).into_iter().chain(limited("warning", warnings)).collect()
}

fn located(folder: &str, mistake: &Located) -> String {
    let place = mistake.place.as_ref().map_or_else(String::new, |(file, line, column)| {
        format!("file={},line={line},col={column},", property(&format!("{folder}{file}")))
    });
    format!("::error {place}title=howitzer::{}", data(&mistake.message))
}

fn annotation(command: &str, file: &str, judged: &Judged<'_>) -> String {
    let title = format!("howitzer: {}", judged.standing.word());
    let message = format!("{}\n{}", judged.case.id, judged.why().join("\n"));
    format!(
        "::{command} file={},line={},title={}::{}",
        property(file),
        judged.case.line,
        property(&title),
        data(&message)
    )
}

/// The last one that is shown says how many more there are.
fn limited(command: &str, mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST {
        let more = lines.len() - (MOST - 1);
        lines.truncate(MOST - 1);
        lines.push(format!("::{command} title=howitzer::and {more} more; the job's summary has them"));
    }
    lines
}

/// A message: what would end it, or begin an escape, is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: what would end that, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn a_case_is_annotated_at_the_line_of_its_test() {
        let suite = sample::suite();
        let mistakes = [
            Located { message: "unknown key `a`\nhint: `b`".into(), place: Some(("x,y.toml".into(), 3, 5)) },
            Located { message: "no k6".into(), place: None },
        ];
        let told = Told { suite: &suite, build: None, is_strict: false };
        let all = annotations(&[told], &mistakes, "load/");
        let (ended_by, lines) = all.split_at(2);
        let first = "::error file=load/x%2Cy.toml,line=3,col=5,title=howitzer::unknown key `a`%0Ahint: `b`";
        assert_eq!(ended_by, [first, "::error title=howitzer::no k6"]);
        let expected = "::error file=load/suites/demo.toml,line=7,title=howitzer%3A missed::\
                        http[vus=1,payload=small.json]%0Atrial 1: threshold crossed: http_req_duration max<5: 9 ms%0A\
                        trial 1: expected http_req_duration.p95 below 2 ms: 2.5 ms";
        assert_eq!(lines[0], expected);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains("%0A</details>]%0Afailed: script threw"), "{}", lines[1]);
        assert_eq!(property("a%b:c,d\re"), "a%25b%3Ac%2Cd%0De");
    }

    #[test]
    fn what_github_would_drop_is_counted() {
        let lines = (0..14).map(|number| number.to_string()).collect();
        let shown = limited("warning", lines);
        assert_eq!(shown.len(), MOST);
        assert_eq!(shown[MOST - 1], "::warning title=howitzer::and 5 more; the job's summary has them");
    }
}
