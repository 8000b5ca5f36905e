//! How a case is configured, as lines that equal ones share: its script, and its configuration as JSON.

use std::borrow::Cow;

use crate::base::address::passwords;
use crate::base::mask::Mask;
use crate::report::shell::interned::Interned;
use crate::report::view::CaseView;

/// The rendered script and the configuration as they are shown.
#[derive(Debug)]
pub(super) struct Configured<'a> {
    script: Cow<'a, str>,
    configuration: String,
}

/// The same by lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) script: Vec<usize>,
    pub(super) configuration: Vec<usize>,
}

impl<'a> Configured<'a> {
    /// Of this case.
    pub(super) fn of(case: &'a CaseView) -> Self {
        let configuration = serde_json::to_string_pretty(&case.configuration).unwrap_or_default();
        let configuration = match without_passwords(&configuration) {
            Cow::Owned(masked) => masked,
            Cow::Borrowed(_) => configuration,
        };
        Self { script: without_passwords(&case.script), configuration }
    }

    /// Their lines, as places in the list of texts; `before` are those of the case before, which mostly are the same.
    pub(super) fn lines(&self, texts: &mut Interned, before: &Lines) -> Lines {
        let script = texts.lines(&self.script, &before.script);
        Lines { script, configuration: texts.lines(&self.configuration, &before.configuration) }
    }
}

/// A page is handed on, unlike the script that k6 runs: passwords in addresses are left out.
fn without_passwords(text: &str) -> Cow<'_, str> {
    let ends = |c: char| c.is_whitespace() || "'\"`\\".contains(c);
    let addresses = memchr::memmem::find_iter(text.as_bytes(), "://").map(|at| {
        let rest = &text[at..];
        &rest[..rest.find(ends).unwrap_or(rest.len())]
    });
    let found: Vec<String> = addresses.flat_map(passwords).collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Mask::of(found.iter().map(String::as_bytes)).text(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_addresses_are_left_out_and_the_rest_stays() {
        let script = "get('https://me:hunter2hunter@host/a'); // http://host/b";
        assert_eq!(without_passwords(script), "get('https://me:***@host/a'); // http://host/b");
        assert_eq!(without_passwords("get(`http://host/a@b`)"), "get(`http://host/a@b`)");
    }
}
