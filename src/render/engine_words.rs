//! What the template engine says of a set of templates, as mistakes with places.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::ErrorKind;

use super::template_names::included;
use super::templates::lowercase_first;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};

type Sources = BTreeMap<String, Arc<Source>>;

/// The mistakes of templates that do not fit together, or that use what there is not; none where the engine says
/// something else.
pub(super) fn of_the_whole(
    kind: &ErrorKind,
    sources: &Sources,
    open_close: &[String; 2],
) -> Option<Mistakes> {
    match kind {
        ErrorKind::CircularInclude { include_chain: chain, .. }
        | ErrorKind::CircularExtend { inheritance_chain: chain, .. } => {
            Some(circle(chain, sources, open_close)?.into())
        }
        ErrorKind::Msg(report) => {
            let mut mistakes = Mistakes::default();
            reported(report, sources).for_each(|mistake| mistakes.push(mistake));
            mistakes.or(()).err()
        }
        _ => None,
    }
}

fn circle(chain: &[String], sources: &Sources, open_close: &[String; 2]) -> Option<Mistake> {
    let [.., last, again] = chain else { return None };
    let source = sources.get(last)?;
    let (_, range) = included(&source.text, open_close).into_iter().find(|(name, _)| name == again)?;
    let place = Place { source: Arc::clone(source), range };
    Some(Mistake::at(&place, "the templates lead in a circle").label(chain.join(" → ")))
}

/// Unknown filters, tests and functions come as a text of reports: `error: MESSAGE`, then `--> NAME:LINE:COLUMN`.
fn reported(report: &str, sources: &Sources) -> impl Iterator<Item = Mistake> {
    let lines: Vec<&str> = report.lines().collect();
    let found: Vec<Mistake> = lines
        .windows(2)
        .filter_map(|pair| {
            let message = pair[0].trim_start().strip_prefix("error: ")?;
            let mut at = pair[1].trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
            let column = at.next()?.parse::<usize>().ok()?;
            let line = at.next()?.parse::<usize>().ok()?;
            let source = sources.get(at.next()?)?;
            let name = message.split('`').nth(1).unwrap_or_default();
            let place = Place { source: Arc::clone(source), range: range(&source.text, line, column, name)? };
            Some(Mistake::at(&place, lowercase_first(message)).nearest(name, NAMES.iter().copied()))
        })
        .collect();
    found.into_iter()
}

/// The name's bytes where it is found from that line and column on.
fn range(text: &str, line: usize, column: usize, name: &str) -> Option<std::ops::Range<usize>> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = text.get(before..)?;
    let column = rest.char_indices().nth(column.checked_sub(1)?).map_or(rest.len(), |(at, _)| at);
    let at = before + column;
    let begin = text.get(at..)?.find(name).map_or(at, |found| at + found);
    Some(begin..begin + name.len())
}

/// Filters, tests and functions that templates mostly use.
const NAMES: [&str; 36] = [
    "json",
    "js",
    "file",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "replace",
    "length",
    "first",
    "last",
    "nth",
    "join",
    "split",
    "sort",
    "unique",
    "reverse",
    "slice",
    "filter",
    "map",
    "default",
    "round",
    "abs",
    "int",
    "float",
    "str",
    "range",
    "defined",
    "undefined",
    "string",
    "number",
    "even",
    "odd",
    "containing",
    "get",
];
