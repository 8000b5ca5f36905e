//! How a build ended, for those who are told of suites that it did not build.

use std::collections::BTreeMap;

use super::context::Context;
use super::failure::Failure;
use super::loaded::Loaded;
use crate::base::mistake::Mistakes;
use crate::expand::Case;
use crate::report::unbuilt::{Located, Unbuilt, UnbuiltCase, Why};

/// What stands for a build of which no suite is known.
const BUILD: &str = "howitzer build";

/// From here on exits are signals.
const SIGNALS: u8 = 128;

/// What is known of the suites that are meant.
#[derive(Default)]
pub(super) struct Ending {
    /// Those that cannot be planned.
    pub(super) unplanned: BTreeMap<String, Mistakes>,
    /// The one whose build began last.
    pub(super) begun: Option<String>,
    /// Names and files, in the order in which they are built.
    suites: Vec<(String, String)>,
    /// The selected cases, where they are known.
    cases: BTreeMap<String, Vec<UnbuiltCase>>,
}

impl Ending {
    pub(super) fn expect(&mut self, context: &Context) {
        let root = &context.workspace.root;
        let shown = |path: &std::path::Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        self.suites = context.suites.iter().map(|file| (file.name.clone(), shown(&file.path))).collect();
    }

    pub(super) fn planned(&mut self, context: &Context, loaded: &[Loaded]) {
        for suite in loaded {
            let selected = suite.measured().map(|(case, _)| case);
            let selected = selected.filter(|case| context.selection.selects(&suite.suite, case));
            let test = |case: &Case| suite.suite.tests[case.test].name.clone();
            let case = |case: &Case| UnbuiltCase { id: case.id.clone(), test: test(case) };
            self.cases.insert(suite.suite.name.clone(), selected.map(case).collect());
        }
    }

    /// The suites that are meant and of which there is no account, and the build itself, where it ended by what is
    /// no suite's.
    pub(super) fn unbuilt(
        &self,
        ended: &Result<u8, Failure>,
        is_built: &dyn Fn(&str) -> bool,
    ) -> Vec<Unbuilt> {
        let failure = ended.as_ref().err().filter(|failure| failure.code() < SIGNALS);
        let is_signal = ended.as_ref().map_or_else(Failure::code, |code| *code) >= SIGNALS;
        let left = self.suites.iter().filter(|(name, _)| !is_built(name));
        let mut is_told = false;
        let mut unbuilt: Vec<Unbuilt> = left
            .map(|(name, path)| {
                let why = match (self.unplanned.get(name), failure) {
                    (Some(mistakes), Some(failure)) => {
                        why(&Failure::Mistakes(mistakes.clone()), failure.code())
                    }
                    (None, Some(failure)) if self.is_ended_by_it(name) => why(failure, failure.code()),
                    _ if is_signal => Why::NotReached("the build was interrupted before it".to_owned()),
                    _ => Why::NotReached("the build ended before it".to_owned()),
                };
                is_told |= matches!(why, Why::Error { .. });
                let cases = self.cases.get(name).cloned().unwrap_or_default();
                Unbuilt { name: name.clone(), path: path.clone(), cases, why }
            })
            .collect();
        let untold = failure.filter(|_| !is_told).map(|failure| why(failure, failure.code()));
        let nothing =
            (is_signal && self.suites.is_empty()).then(|| Why::NotReached("interrupted".to_owned()));
        if let Some(why) = untold.or(nothing) {
            unbuilt.insert(0, Unbuilt { name: BUILD.into(), path: String::new(), cases: Vec::new(), why });
        }
        unbuilt
    }

    /// Whether what ended the build is told at this suite: the one that was being built, or else each of them.
    fn is_ended_by_it(&self, name: &str) -> bool {
        self.unplanned.is_empty() && self.begun.as_ref().is_none_or(|begun| begun == name)
    }
}

fn why(failure: &Failure, exit: u8) -> Why {
    let text = failure.render(false);
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    Why::Error { message, text, exit }
}

/// Each mistake at its place; anything else by which a build ended without one.
pub(super) fn located(ended: &Result<u8, Failure>) -> Vec<Located> {
    let Err(failure) = ended else { return Vec::new() };
    match failure {
        Failure::Mistakes(mistakes) => mistakes
            .iter()
            .map(|mistake| {
                let place = mistake.place().filter(|_| !mistakes.are_typed()).map(|place| {
                    let (line, column) = place.line_and_column();
                    (place.source.path.clone(), line, column)
                });
                Located { message: mistake.told(), place }
            })
            .collect(),
        _ if failure.code() >= SIGNALS => Vec::new(),
        other => {
            let message = other.render(false).trim_start_matches("error: ").to_owned();
            vec![Located { message, place: None }]
        }
    }
}
