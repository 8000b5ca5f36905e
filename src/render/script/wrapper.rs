//! The script that stands beside an untouched one: it hands on all that this one exports, with other options.
//!
//! k6 asks the main script alone for its functions and options, and resolves protos from its folder: so the
//! wrapper stands beside the script. Measured with 0.57.0 and 1.1.0. Its text depends on the script's name and
//! on the overrides, on nothing else: it is the rendered script of a case.

use super::overrides::{LOAD, Overrides};
use crate::render::javascript::{escaped, literal, literal_pretty};

/// The name of the wrapper of the script `name`.
pub(in crate::render) fn name_of(script: &str) -> String {
    let stem = script.rsplit_once('.').map_or(script, |(stem, _)| stem);
    format!("{stem}.howitzer.js")
}

/// The wrapper of the script `name`, which stands beside it, with the options that `overriding` makes.
pub(in crate::render) fn text(name: &str, overriding: &str) -> String {
    let path = escaped(&format!("./{name}"));
    format!(
        "// Runs {} as it is{}\nimport * as script from '{path}';\n\nexport * from '{path}';\nexport default script.default;\n{overriding}",
        one_line(name),
        if overriding.is_empty() { "." } else { ", with options of a suite over its own." },
    )
}

/// A file's name may hold a line end, which would end the comment.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || "\u{2028}\u{2029}".contains(c) { '?' } else { c }).collect()
}

/// The part of the wrapper that makes the options; empty where the script's own stand. What would have no
/// effect ends the script before any load.
pub(in crate::render) fn overriding(overrides: &Overrides) -> String {
    if overrides.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nconst own = { ...script.options };\n");
    if overrides.has_load() {
        text.push_str(&without_load(overrides));
    }
    for name in overrides.changed_scenarios() {
        let shown = literal(&name.as_str().into());
        text.push_str(&format!(
            "if (!(own.scenarios || {{}})[{shown}]) throw new Error({});\n",
            literal(
                &format!("the script has no scenario `{name}`, and the suite gives it no executor").into()
            )
        ));
    }
    for path in &overrides.removed {
        text.push_str(&removal(path));
    }
    if !overrides.given.is_empty() {
        text.push_str(GIVEN);
        text.push_str(&format!("Object.assign(own, over(own, {}));\n", literal_pretty(&overrides.given)));
    }
    if overrides.given.contains_key("vus") {
        text.push_str(
            "if (Object.keys(own.scenarios || {}).length > 0) throw new Error('`vus` has no effect beside scenarios');\n",
        );
    }
    text.push_str("export const options = own;\n");
    text
}

/// Objects entry by entry, anything else as a whole.
const GIVEN: &str = "const isObject = (value) => Object.prototype.toString.call(value) === '[object Object]';
const over = (own, given) =>
  isObject(own) && isObject(given)
    ? Object.keys(given).reduce((all, name) => ({ ...all, [name]: over(all[name], given[name]) }), own)
    : given;
";

/// As flags of `k6 run` do: a given load is instead of the script's. Of its scenarios those stay that are changed.
fn without_load(overrides: &Overrides) -> String {
    let kept: Vec<&String> = overrides.changed_scenarios().collect();
    let names = if kept.is_empty() { &LOAD[..] } else { &LOAD[..3] };
    let mut text = format!("for (const name of {}) delete own[name];\n", literal(&names.into()));
    if !kept.is_empty() {
        let kept = literal(&kept.into_iter().map(String::as_str).collect::<Vec<_>>().into());
        text.push_str(&format!(
            "own.scenarios = Object.fromEntries(Object.entries(own.scenarios || {{}}).filter(([name]) => {kept}.includes(name)));\n"
        ));
    }
    text
}

/// Takes out what `path` leads to; the objects above it are copied, the script's own stay as they are.
fn removal(path: &[String]) -> String {
    let Some((last, above)) = path.split_last() else { return String::new() };
    let mut text = String::from("{\n  let at = own;\n");
    for name in above {
        let name = literal(&name.as_str().into());
        text.push_str(&format!("  at = at[{name}] = {{ ...at[{name}] }};\n"));
    }
    let message = format!("the script sets no `{}`: nothing to take out", path.join("."));
    let name = literal(&last.as_str().into());
    text.push_str(&format!(
        "  if (at[{name}] === undefined) throw new Error({});\n  delete at[{name}];\n}}\n",
        literal(&message.into())
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    #[test]
    fn without_overrides_the_scripts_own_options_stand() {
        let text = text("load.js", &overriding(&Overrides::default()));
        assert_eq!(
            text,
            "// Runs load.js as it is.\nimport * as script from './load.js';\n\nexport * from './load.js';\nexport default script.default;\n"
        );
    }

    #[test]
    fn a_name_stays_inside_its_literal_and_comment() {
        let text = text("it's\n`${x}`.ts", "");
        assert!(text.starts_with("// Runs it's?`${x}`.ts as it is.\nimport"), "{text}");
        assert!(text.contains("from './it\\'s\\n\\`\\${x}\\`.ts';"), "{text}");
        assert_eq!(name_of("a.b.ts"), "a.b.howitzer.js");
    }

    #[test]
    fn only_what_is_needed_is_written() {
        let given = |value: Value| Overrides {
            given: value.as_object().cloned().unwrap_or_else(Map::new),
            removed: Vec::new(),
        };
        let tags = overriding(&given(serde_json::json!({ "tags": { "a": "b" } })));
        assert!(!tags.contains("delete") && !tags.contains("throw"), "{tags}");
        let load = overriding(&given(serde_json::json!({ "duration": "2s" })));
        assert!(
            load.contains(r#"["duration","iterations","stages","scenarios"]) delete own[name]"#),
            "{load}"
        );
        assert!(!load.contains("throw"), "{load}");
    }
}
