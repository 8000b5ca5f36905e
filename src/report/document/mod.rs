//! One document of one or several suites, in the form that its reader takes.

mod csv;
mod json;
mod junit;
mod markdown;

use std::path::Path;

use super::error::ReportError;
pub use super::judged::Told;
use super::unbuilt::Unbuilt;
use super::view::SuiteView;
use super::{html, picture};
pub use json::SCHEMA as REPORT_SCHEMA;

/// What a document is written in. One that is added needs its line in each table below, and a maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people: `output.md` of every suite.
    Markdown,
    /// The rows of `results.csv`, a column for the suite before them.
    Csv,
    /// `results.json` of every suite in one list.
    Json,
    /// What CI systems read: a case is a test case.
    Junit,
    /// For people: a page that needs a browser and nothing else.
    Html,
    /// A picture of overview, throughput and latency.
    Svg,
}

impl Form {
    /// Every form with the endings of its files.
    const ENDINGS: [(Self, &'static [&'static str]); 6] = [
        (Self::Markdown, &["md", "markdown"]),
        (Self::Csv, &["csv"]),
        (Self::Json, &["json"]),
        (Self::Junit, &["xml"]),
        (Self::Html, &["html", "htm"]),
        (Self::Svg, &["svg"]),
    ];

    /// The form that a file of this name has.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Self::ENDINGS.iter().find(|(_, endings)| endings.contains(&ending.as_str())).map(|(form, _)| *form)
    }

    /// The endings by which forms are known: `.md, .markdown, …`.
    pub fn endings() -> String {
        let all = Self::ENDINGS.iter().flat_map(|(_, endings)| *endings);
        all.map(|ending| format!("`.{ending}`")).collect::<Vec<_>>().join(", ")
    }

    /// The document's bytes. Of what was not built Markdown and JUnit tell; the others have numbers only.
    pub fn bytes(self, suites: &[Told<'_>], unbuilt: &[Unbuilt]) -> Result<Vec<u8>, ReportError> {
        match self {
            Self::Markdown => Ok((markdown::text(suites)? + &markdown::not_built(unbuilt)).into_bytes()),
            Self::Csv => csv::bytes(suites),
            Self::Json => json::bytes(suites),
            Self::Junit => Ok(junit::bytes(suites, unbuilt)),
            Self::Html => html::of_several(&of_told(suites)),
            Self::Svg => Ok(picture::svg(&of_told(suites))),
        }
    }
}

fn of_told<'a>(told: &[Told<'a>]) -> Vec<&'a SuiteView> {
    told.iter().map(|told| told.suite).collect()
}

/// Whether no case of the suite has any result.
pub fn has_no_results(told: &Told<'_>) -> bool {
    told.suite.cases.iter().flat_map(|case| &case.trials).all(|trial| trial.result.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_by_the_ending() {
        let of = |name: &str| Form::of_file(Path::new(name));
        assert_eq!(of("a/b.MD"), Some(Form::Markdown));
        assert_eq!(of("junit.xml"), Some(Form::Junit));
        assert_eq!((of("report"), of("x.txt"), of(".csv")), (None, None, None));
        assert_eq!(Form::endings(), "`.md`, `.markdown`, `.csv`, `.json`, `.xml`, `.html`, `.htm`, `.svg`");
    }
}
