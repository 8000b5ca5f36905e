//! Labels of the user's own that go with everything that is sent.

use std::collections::BTreeMap;

use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{expected, text};

/// Further labels by name, `suite`, `case`, `trial` and `build` being taken.
pub(super) fn labels(item: &Item) -> Result<BTreeMap<String, String>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of labels", item))?;
    let mut mistakes = Mistakes::default();
    let mut labels = BTreeMap::new();
    for (name, entry) in table {
        if !is_label(name) {
            let mistake = Mistake::at(&entry.key, format!("`{name}` cannot be the name of a label"));
            mistakes.push(
                mistake.label("expected letters, digits and `_`, beginning with none of digits or `__`"),
            );
        } else if OWN_LABELS.contains(&name.as_str()) {
            mistakes.push(Mistake::at(&entry.key, format!("the label `{name}` is set by howitzer")));
        }
        match &entry.item.tree {
            Tree::Text(_) => {
                labels
                    .extend(mistakes.collect(text(&entry.item)).map(|text| (name.clone(), text.to_owned())));
            }
            _ => mistakes.push(expected("a string", &entry.item)),
        }
    }
    mistakes.or(labels)
}

/// The labels that say what a series is of.
pub const OWN_LABELS: [&str; 4] = ["suite", "case", "trial", "build"];

fn is_label(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.starts_with("__")
}
