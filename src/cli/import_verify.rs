//! Whether an imported suite gives the scripts of the file that it was made of, byte by byte.

use std::collections::BTreeMap;

use similar::TextDiff;

use super::failure::Failure;
use super::loaded::Loaded;
use super::{exit, output};
use crate::base::counted::counted;

/// Compares the scripts of all cases by their ids; prints what differs, and exits with 1 then.
pub(super) fn compare(old: &Loaded, new: &Loaded) -> Result<u8, Failure> {
    let (before, after) = (scripts(old)?, scripts(new)?);
    let (mut different, mut alone) = (0, 0);
    for (id, script) in &before {
        match after.get(id) {
            Some(other) if other == script => {}
            Some(other) => {
                different += 1;
                output::data(&difference(id, script, other));
            }
            None => {
                alone += 1;
                output::data(&format!("only in {}: {id}\n", old.suite.path));
            }
        }
    }
    for id in after.keys().filter(|id| !before.contains_key(*id)) {
        alone += 1;
        output::data(&format!("only in {}: {id}\n", new.suite.path));
    }
    if different + alone > 0 {
        let (scripts, cases) = (counted(different, "script"), counted(alone, "case"));
        let message = format!("not the same: {scripts} changed, {cases} in one of them only");
        return Err(Failure::Other { code: exit::INTERNAL, message });
    }
    let scripts = counted(before.len(), "script");
    output::talk(&format!("{:>10} {scripts}, the same byte by byte", "verified"));
    Ok(exit::DONE)
}

/// Every case's folder and script by its id: relative paths begin in that folder.
fn scripts(loaded: &Loaded) -> Result<BTreeMap<&str, (&str, String)>, Failure> {
    let cases = loaded.cases.iter().zip(&loaded.rendered);
    cases
        .map(|(case, rendered)| {
            let folder = rendered.shape.place.folder.as_str();
            Ok((case.id.as_str(), (folder, loaded.renderer.script(case)?)))
        })
        .collect()
}

/// A unified diff of two scripts.
fn difference(id: &str, (old_folder, old): &(&str, String), (new_folder, new): &(&str, String)) -> String {
    if old == new {
        return format!("{id}: the same text, which stands in `{old_folder}/` and `{new_folder}/`\n");
    }
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let (one, other) = (format!("old {id}"), format!("new {id}"));
    let text = diff.unified_diff().context_radius(3).header(&one, &other).to_string();
    if text.ends_with('\n') { text } else { format!("{text}\n") }
}
