//! Ids from values, and file names from ids.

use std::collections::HashSet;

use super::Case;
use crate::base::digest::Digest;
use crate::base::mistake::Mistake;
use crate::suite::{AxisValue, Expression, Form, Suite, Test, shown_names};

/// Longer values are cut in ids and completed by eight digits of their digest.
const LONGEST_VALUE: usize = 64;

/// Longer stems are cut: most file systems end at 255 bytes, and endings and trials come behind.
const LONGEST_STEM: usize = 160;

/// The ids of a test's cases.
pub(super) struct Ids<'a> {
    test: &'a Test,
    /// `name[`.
    start: String,
    /// By axis and value: `vus=10`, with a comma before all but the first.
    parts: Vec<Vec<String>>,
}

impl<'a> Ids<'a> {
    pub(super) fn of(test: &'a Test) -> Self {
        let part = |index: usize, name: &str, value: &AxisValue| {
            let gap = if index == 0 { "" } else { "," };
            format!("{gap}{name}={}", shown(&value.label))
        };
        let axes = test.axes.iter().zip(shown_names(&test.axes)).enumerate();
        let parts = axes
            .map(|(index, (axis, name))| axis.values.iter().map(|value| part(index, name, value)).collect());
        Self { test, start: format!("{}[", test.name), parts: parts.collect() }
    }

    /// The id of one combination. An id template that gives none that can be used is a mistake.
    pub(super) fn id(&self, choices: &[u32]) -> Result<String, Mistake> {
        match &self.test.rules.id {
            Some(template) => self.by_template(template, choices),
            None => Ok(self.usual(choices)),
        }
    }

    /// The id that says every value: `grpc[vus=10,payload=one.json]`.
    pub(super) fn usual(&self, choices: &[u32]) -> String {
        if self.parts.is_empty() {
            return self.test.name.clone();
        }
        let parts = || self.parts.iter().zip(choices).map(|(parts, choice)| &parts[*choice as usize]);
        let length = self.start.len() + 1 + parts().map(String::len).sum::<usize>();
        let mut id = String::with_capacity(length);
        id.push_str(&self.start);
        parts().for_each(|part| id.push_str(part));
        id.push(']');
        id
    }

    fn by_template(&self, template: &Expression, choices: &[u32]) -> Result<String, Mistake> {
        let seen = |axis: usize| named(&self.test.axes[axis].values[choices[axis] as usize]);
        let of_case = || format!("for {}", self.usual(choices));
        let id = template.print(&self.test.name, seen).map_err(|mistake| mistake.label(of_case()))?;
        let problem = if id.is_empty() {
            "the id is empty".to_owned()
        } else if id.trim() != id || id.contains(char::is_control) || is_like_a_trial(&id) {
            format!("`{}` cannot be an id", id.escape_debug())
        } else {
            return Ok(id);
        };
        let mistake = Mistake::at(template.place(), problem);
        let rule = "an id is one line, has no white space at its ends and does not end like `@2`";
        Err(mistake.label(format!("{}; {rule}", of_case())))
    }

    /// Whether no two combinations can have one id.
    pub(super) fn are_unique(&self) -> bool {
        let plain = |value: &AxisValue| !value.label.contains(',') && shown(&value.label) == value.label;
        self.test.rules.id.is_none()
            && !self.test.name.contains('[')
            && self.test.axes.iter().flat_map(|axis| &axis.values).all(plain)
    }
}

/// Trials are named `<case>@2`.
fn is_like_a_trial(id: &str) -> bool {
    id.rsplit_once('@').is_some_and(|(_, trial)| trial.parse::<u32>().is_ok())
}

/// What an id template sees of a value: numbers and truth values as they are, all else as ids show it.
fn named(value: &AxisValue) -> serde_json::Value {
    let is_plain = value.plain == value.parameter && (value.plain.is_i64() || value.plain.is_boolean());
    let fraction = value.plain.as_f64().is_some_and(|number| number.fract() != 0.0);
    if is_plain || fraction && value.plain == value.parameter {
        return value.plain.clone();
    }
    shown(&value.label).into()
}

/// A label that fits on a line: control characters escaped, long ones cut. Where that loses something,
/// eight digits of its digest tell it from a label that is spelled so.
fn shown(label: &str) -> String {
    let plain: String = label
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if plain == label && plain.chars().count() <= LONGEST_VALUE {
        return plain;
    }
    let start: String = plain.chars().take(LONGEST_VALUE).collect();
    format!("{start}~{}", Digest::of(label.as_bytes()).short())
}

/// What each case is called in outputs: its id, in the ancestor's suites `<name>_<n>`, counted from 0 in each test.
pub fn output_names(suite: &Suite, cases: &[Case]) -> Vec<String> {
    let mut counts = vec![0_usize; suite.tests.len()];
    let name = |case: &Case| {
        if suite.form != Form::Legacy {
            return case.id.clone();
        }
        let count = &mut counts[case.test];
        *count += 1;
        format!("{}_{}", suite.tests[case.test].name, *count - 1)
    };
    cases.iter().map(name).collect()
}

/// A file name for every id: its safe characters, cut, plus eight digits of its digest where
/// something was lost or where another id differs only in case.
pub fn file_stems<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    ids.into_iter()
        .map(|id| {
            let safe = |c: char| c.is_ascii_alphanumeric() || "._-=,[]".contains(c);
            let mut stem: String =
                id.chars().map(|c| if safe(c) { c } else { '_' }).take(LONGEST_STEM).collect();
            if stem.starts_with(['.', '-']) {
                stem.insert(0, '_');
            }
            if stem != id || !taken.insert(stem.to_lowercase()) {
                stem = format!("{stem}-{}", Digest::of(id.as_bytes()).short());
                // Another id may be spelled like that.
                while !taken.insert(stem.to_lowercase()) {
                    stem = format!("{stem}-{}", Digest::of(stem.as_bytes()).short());
                }
            }
            stem
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_safe_and_never_collide() {
        let long = "x".repeat(300);
        let spelled_like_it = format!("a_b-{}", Digest::of(b"a b").short());
        let ids = ["grpc[vus=1]", "GRPC[vus=1]", "../../etc", &spelled_like_it, "a b", "a_b", long.as_str()];
        let stems = file_stems(ids);
        assert_eq!(stems[0], "grpc[vus=1]");
        for stem in &stems {
            assert!(!stem.contains('/') && !stem.starts_with('.') && stem.len() < 200, "{stem}");
        }
        let lower: HashSet<_> = stems.iter().map(|stem| stem.to_lowercase()).collect();
        assert_eq!(lower.len(), stems.len());
    }

    #[test]
    fn labels_stay_on_one_line() {
        assert!(shown("a\nb").starts_with("a\\nb~"), "{}", shown("a\nb"));
        assert_eq!(shown("a\\nb"), "a\\nb", "another value");
        assert!(shown(&"y".repeat(1000)).len() < 80);
    }
}
