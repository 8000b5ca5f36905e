//! Selectors: ids, test names, and patterns in which only `*` and `?` are special.

use super::Case;
use super::filter::Filter;
use crate::suite::Suite;

/// Which cases a command is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    patterns: Vec<String>,
    conditions: Vec<Filter>,
}

impl Selection {
    /// The cases that any of `patterns` selects; all where there are none.
    pub fn of(patterns: Vec<String>) -> Self {
        Self { patterns, conditions: Vec::new() }
    }

    /// Of those the cases for which all of `conditions` hold.
    #[must_use]
    pub fn under(self, conditions: Vec<Filter>) -> Self {
        Self { conditions, ..self }
    }

    /// The conditions.
    pub fn conditions(&self) -> &[Filter] {
        &self.conditions
    }

    /// The patterns as typed.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether everything is selected.
    pub fn is_everything(&self) -> bool {
        self.patterns.is_empty() && self.conditions.is_empty()
    }

    /// Whether `case` is selected: by its id or by the name of its test, and by its parameters.
    pub fn selects(&self, suite: &Suite, case: &Case) -> bool {
        let test = &suite.tests[case.test];
        let is_named = |pattern: &String| matches(pattern, &case.id) || matches(pattern, &test.name);
        (self.patterns.is_empty() || self.patterns.iter().any(is_named))
            && self.conditions.iter().all(|condition| condition.holds(test, case))
    }

    /// The patterns that select none of `cases`.
    pub fn unmatched<'a>(&'a self, suite: &Suite, cases: &[Case]) -> Vec<&'a str> {
        let used = |pattern: &str| {
            cases
                .iter()
                .any(|case| matches(pattern, &case.id) || matches(pattern, &suite.tests[case.test].name))
        };
        self.patterns.iter().map(String::as_str).filter(|pattern| !used(pattern)).collect()
    }
}

/// Whether `text` matches `pattern`: equal, or by `*` (any characters) and `?` (one).
fn matches(pattern: &str, text: &str) -> bool {
    if pattern == text {
        return true;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                // Let the last star take one character more.
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                p = star_at + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn only_stars_and_question_marks_are_special() {
        let yes = [
            ("a[b=1]", "a[b=1]"),
            ("*", ""),
            ("a*c", "abbc"),
            ("a?c", "abc"),
            ("*[vus=1?]", "x[vus=10]"),
            ("a[b=*]", "a[b=*]"),
        ];
        let no = [("a?c", "ac"), ("[ab]", "a"), ("a*c", "abd"), ("", "a")];
        for (pattern, text) in yes {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in no {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
