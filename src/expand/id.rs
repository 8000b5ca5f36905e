//! Ids from values, and file names from ids.

use std::collections::HashSet;

use super::Case;
use crate::base::digest::Digest;
use crate::suite::{Axis, Form, Suite, Test};

/// Longer values are cut in ids and completed by eight digits of their digest.
const LONGEST_VALUE: usize = 64;

/// Longer stems are cut: most file systems end at 255 bytes, and endings and trials come behind.
const LONGEST_STEM: usize = 160;

/// What ids call each axis: the last part of its name where that is unique in the test.
pub(super) fn axis_names(axes: &[Axis]) -> Vec<&str> {
    let unique = |axis: &Axis| axes.iter().filter(|other| other.short == axis.short).count() == 1;
    axes.iter().map(|axis| if unique(axis) { axis.short.as_str() } else { axis.name.as_str() }).collect()
}

/// The id of one choice of a test's axis values.
pub(super) fn of(test: &Test, names: &[&str], choices: &[u32]) -> String {
    if names.is_empty() {
        return test.name.clone();
    }
    let mut id = format!("{}[", test.name);
    for (index, ((axis, name), choice)) in test.axes.iter().zip(names).zip(choices).enumerate() {
        let gap = if index == 0 { "" } else { "," };
        id.push_str(&format!("{gap}{name}={}", shown(&axis.values[*choice as usize].label)));
    }
    id.push(']');
    id
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
