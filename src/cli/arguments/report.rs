//! What a report is of, and in which form.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Suites;
use crate::report::document::Form;

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ReportArguments {
    #[command(flatten)]
    pub(in crate::cli) suites: Suites,
    /// The form, whatever the endings of the files say.
    #[arg(long, value_name = "FORM")]
    pub(in crate::cli) format: Option<ReportForm>,
    /// Write it into this file, in the form of its ending: .md, .csv, .json, .html, .svg, or .xml for JUnit; `-` is
    /// standard output. May be given several times; without one it is printed.
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Vec<PathBuf>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReportForm {
    Md,
    Csv,
    Json,
    Junit,
    Html,
    Svg,
}

impl From<ReportForm> for Form {
    fn from(form: ReportForm) -> Self {
        match form {
            ReportForm::Md => Self::Markdown,
            ReportForm::Csv => Self::Csv,
            ReportForm::Json => Self::Json,
            ReportForm::Junit => Self::Junit,
            ReportForm::Html => Self::Html,
            ReportForm::Svg => Self::Svg,
        }
    }
}
