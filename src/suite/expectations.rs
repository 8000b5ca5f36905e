//! `[test.expect]` of a suite.

use super::axis::Axis;
use super::set_fields::SetFields;
use crate::base::document::{Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::base::table::expected;
use crate::spec::Expectation;

/// Reads the table; `notes` gets what is odd and may be right.
pub(super) fn read(
    item: &Item,
    trends: &[String],
    notes: &mut Vec<String>,
) -> Result<Vec<Expectation>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of expectations", item))?;
    let mut mistakes = Mistakes::default();
    let mut read = Vec::new();
    for (name, entry) in table {
        if let Some(mistake) = unquoted(name, &entry.key, &entry.item) {
            mistakes.push(mistake);
            continue;
        }
        let Some(expectation) = mistakes.collect(Expectation::read(name, entry, trends)) else { continue };
        if let Some(meant) = expectation.probably_meant() {
            let message = format!("k6 has no metric `{}` of its own", expectation.metric);
            notes.push(Mistake::at(&entry.key, message).hint(format!("did you mean `{meant}`?")).note());
        }
        read.push(expectation);
    }
    mistakes.or(read)
}

/// A dotted name without quotes is a table in a table.
fn unquoted(name: &str, key: &Place, item: &Item) -> Option<Mistake> {
    let (statistic, below) = item.as_table().filter(|table| table.len() == 1)?.first()?;
    below.item.as_table()?;
    let mistake = Mistake::at(key, "the name of an expectation stands in quotes");
    Some(mistake.hint(format!("\"{name}.{statistic}\" = {{ … }}")))
}

/// The statistics that the test itself asks k6 for, in its options, by an axis or a patch.
pub(super) fn trend_statistics(options: Option<&Table>, axes: &[Axis], changes: &[SetFields]) -> Vec<String> {
    let own = options.and_then(|options| options.get("summaryTrendStats")).map(|entry| &entry.item);
    let assigned = axes.iter().flat_map(|axis| &axis.values).flat_map(|value| &value.assignments);
    let assigned = assigned.chain(changes.iter().flat_map(|change| &change.assignments));
    let from_axes = assigned.filter(|(path, _)| *path == ["k6", "summaryTrendStats"]).map(|(_, item)| item);
    let lists = own.into_iter().chain(from_axes).filter_map(Item::as_list);
    lists.flatten().filter_map(Item::as_text).map(str::to_owned).collect()
}
