//! How a case is configured, as lines that equal ones share: its script, and its configuration as JSON.

use super::interned::Interned;
use crate::report::view::CaseView;

/// The lines of the rendered script, and those of the configuration, as places in the list of texts.
pub(super) fn of(case: &CaseView, texts: &mut Interned) -> (Vec<usize>, Vec<usize>) {
    let configuration = serde_json::to_string_pretty(&case.configuration).unwrap_or_default();
    (texts.lines(&case.script), texts.lines(&configuration))
}
