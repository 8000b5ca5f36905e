//! The k6 options of a case: checked as a whole, and printed. A file's content is printed as `open("…")`: options are
//! evaluated in k6's init context, where files may be opened.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use rayon::prelude::*;
use semver::VersionReq;
use serde_json::Value as Json;
use tera::Value;

use super::facets::{Facets, table_of};
use super::script::{self, Overrides};
use super::{RenderError, ScriptPlace, javascript, legacy, paths};
use crate::base::document::{Entry, Table, table_to_json};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::spec::{FileContent, options, relations, wall};
use crate::suite::{Rendering, Suite, Test, split_removals};

/// The k6 options of a case.
pub(super) struct Options {
    /// What they make of a script's own options, and the wrapper's part that does it; of a scripted test only.
    pub(super) over: Option<(Overrides, String)>,
    /// `k6_opts`: JavaScript already, printed as it is.
    pub(super) text: Value,
    /// `options`.
    pub(super) value: Value,
    /// The expressions among the strings of `options`, which are printed as they are.
    pub(super) expressions: Vec<String>,
    /// The secret files among them, by path in the workspace, and whether another content is another key.
    pub(super) secrets: BTreeMap<String, bool>,
    /// The functions of the script that scenarios call by name, and where they are named.
    pub(super) functions: Vec<(String, Place)>,
    /// Whether k6 calls the default function: where there are no scenarios, or where one names no other.
    pub(super) calls_default: bool,
    /// Whether there are none.
    pub(super) is_empty: bool,
    /// How long the load takes, where that is known.
    pub(super) expected: Option<Duration>,
    /// The longest that k6 may take.
    pub(super) longest: Duration,
}

impl Options {
    /// Those that `fields` say, for a script that stands in `folder`.
    pub(super) fn of(
        workspace: &Workspace,
        suite: &Suite,
        test: &Test,
        fields: &Table,
        folder: &str,
    ) -> Result<Self, RenderError> {
        let as_written = table_of(fields, "k6");
        let mut table = fields.get("k6").and_then(|entry| entry.item.as_table()).cloned().unwrap_or_default();
        let (mut expressions, mut secrets, mut mistakes) = (Vec::new(), BTreeMap::new(), Mistakes::default());
        FileContent::replace_all(&mut table, &mut |file, place| {
            let path = mistakes.collect(path_of(workspace, &file, place)).unwrap_or_default();
            let expression = format!("open({})", Json::from(paths::relative(folder, &path)));
            if file.is_secret {
                *secrets.entry(path).or_insert(false) |= file.in_key;
            }
            expressions.push(expression.clone());
            expression
        });
        mistakes.or(())?;
        let printed = table_to_json(&table);
        let text = match suite.rendering {
            Rendering::Own => format!("export const options = {};", javascript::literal_pretty(&printed)),
            Rendering::Ancestor => legacy::options_text(&printed, &legacy::exploded(test)),
        };
        let over = test.is_scripted().then(|| {
            let overrides = Overrides::of(&table);
            let text = unquoted(script::wrapper::overriding(&overrides), &expressions);
            (overrides, text)
        });
        Ok(Self {
            over,
            text: Value::safe_string(&unquoted(text, &expressions)),
            value: Value::from_serializable(&printed),
            expressions,
            secrets,
            functions: match suite.rendering {
                Rendering::Own => functions(&table),
                // k6 has the last word.
                Rendering::Ancestor => Vec::new(),
            },
            calls_default: suite.rendering == Rendering::Own && calls_default(&table),
            is_empty: as_written.is_empty(),
            expected: wall::expected(&as_written),
            longest: wall::longest(&as_written),
        })
    }
}

fn functions(options: &Table) -> Vec<(String, Place)> {
    let scenarios = options.get("scenarios").and_then(|entry| entry.item.as_table()).into_iter().flatten();
    let named = scenarios.filter_map(|(_, entry)| Some(&entry.item.as_table()?.get("exec")?.item));
    named.filter_map(|item| Some((item.as_text()?.to_owned(), item.place.clone()))).collect()
}

fn calls_default(options: &Table) -> bool {
    let scenarios = options.get("scenarios").and_then(|entry| entry.item.as_table());
    let names_none = |entry: &Entry| entry.item.as_table().is_some_and(|table| !table.contains_key("exec"));
    scenarios.is_none_or(|scenarios| scenarios.is_empty() || scenarios.values().any(names_none))
}

/// Scenarios, and k6 itself, can call only what the script exports. `begin` is where a script is shown that lacks the
/// default function.
pub(super) fn check_functions(
    workspace: &Workspace,
    options: &Options,
    text: &str,
    place: &ScriptPlace,
    case: &str,
    begin: impl FnOnce() -> Option<Place>,
) -> Result<(), RenderError> {
    // A script with options of its own may have scenarios that nobody sees here.
    let prints_them = || options.text.as_str().is_some_and(|printed| text.contains(printed));
    let lacks_default = options.calls_default && !text.contains("export default") && prints_them();
    if options.functions.is_empty() && !lacks_default {
        return Ok(());
    }
    let path = paths::join(&place.folder, &place.name).unwrap_or_default();
    let (exports, are_known) = script::exports(workspace, &path, text.to_owned())?;
    if !are_known {
        return Ok(());
    }
    let exports = exports.names;
    let mut mistakes = Mistakes::default();
    let known = |function: &String| function == "default" || exports.contains(function);
    for (function, place) in options.functions.iter().filter(|(function, _)| !known(function)) {
        // The case is no part of the message: what all cases lack is told once.
        let mistake = Mistake::at(place, format!("the script exports no function `{function}`"))
            .label(format!("called by `{case}`"));
        mistakes.push(mistake.nearest(function, exports.iter().map(String::as_str)));
    }
    if lacks_default && !exports.contains("default") {
        let message = "the script exports no default function, which k6 would call";
        let mistake = begin().map_or_else(|| Mistake::new(message), |place| Mistake::at(&place, message));
        let mistake = mistake.label(format!("in the script of `{case}`"));
        mistakes.push(
            mistake.hint("export default function () { … }, or name another by `exec` of each scenario"),
        );
    }
    Ok(mistakes.or(())?)
}

/// JavaScript in which the expressions stand as strings, with the expressions themselves.
pub(super) fn unquoted(mut text: String, expressions: &[String]) -> String {
    for expression in expressions {
        text = text.replace(&Json::from(expression.as_str()).to_string(), expression);
        text = text.replace(&format!("'{}'", javascript::escaped(expression)), expression);
    }
    text
}

/// The file's path in the workspace; it must be there.
fn path_of(workspace: &Workspace, file: &FileContent, place: &Place) -> Result<String, Mistakes> {
    let path = paths::join("", &file.path);
    path.filter(|path| workspace.root.join(path).is_file()).ok_or_else(|| {
        let mistake = Mistake::at(place, format!("`{}` is no file of the workspace", file.path));
        mistake.label("expected a path that begins at the folder of howitzer.toml").into()
    })
}

/// What is wrong with the options of whole cases, which each field and each value of an axis does not show by itself: named with
/// the first case that has it. The ancestor's rendering hands on to k6 whatever a suite says.
pub(super) fn check(workspace: &Workspace, suite: &Suite, facets: &Facets, cases: &[Case]) -> Mistakes {
    let mut found: IndexMap<(String, Option<usize>), (Mistake, String, usize)> = IndexMap::new();
    if suite.rendering == Rendering::Ancestor {
        return Mistakes::default();
    }
    // A requirement that cannot be read was told by the manifest's reader.
    let requirement = workspace.k6.version.as_deref().and_then(|text| VersionReq::parse(text).ok());
    let of_case = |(case, count): &(&Case, usize)| {
        let fields = case.fields(&suite.tests[case.test]);
        let table = fields.get("k6")?.item.as_table()?;
        let (table, mut mistakes) = if suite.tests[case.test].is_scripted() {
            let table = split_removals(table).0;
            let mistakes = relations::check_over(&table);
            (table, mistakes)
        } else {
            (table.clone(), relations::check(table))
        };
        if let Some(requirement) = &requirement {
            mistakes.extend(options::check_releases(&table, requirement));
        }
        mistakes.iter().next()?;
        Some((case.id.clone(), *count, mistakes))
    };
    let wrong: Vec<_> = facets.distinct_options(suite, cases).par_iter().filter_map(of_case).collect();
    for (case, count, mistakes) in wrong {
        for mistake in mistakes.iter() {
            let at = (mistake.message().to_owned(), mistake.place().map(|place| place.range.start));
            found.entry(at).or_insert_with(|| (mistake.clone(), case.clone(), 0)).2 += count;
        }
    }
    let mut mistakes = Mistakes::default();
    for (mistake, case, count) in found.into_values() {
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        mistakes.push(mistake.found_in(&format!("`{case}`{more}")));
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_stands_bare_in_every_form_of_a_string() {
        let expressions = ["open(\"../a b.pem\")".to_owned()];
        let json = Json::from(expressions[0].as_str()).to_string();
        assert_eq!(unquoted(format!("{{\"key\": {json}}}"), &expressions), "{\"key\": open(\"../a b.pem\")}");
        let quoted = format!("'userAgent': '{}'", javascript::escaped(&expressions[0]));
        assert_eq!(unquoted(quoted, &expressions), "'userAgent': open(\"../a b.pem\")");
        assert_eq!(unquoted("'open(1)'".to_owned(), &expressions), "'open(1)'");
    }
}
