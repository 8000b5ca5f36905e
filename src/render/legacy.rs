//! How the ancestor printed: the exact text of its options object, its sources as its engine read them, and
//! what it printed of a value.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::javascript;
use crate::spec::{OptionType, options};
use crate::suite::Test;

/// The k6 options that a test's axes set, in the order of its axes.
pub(super) fn exploded(test: &Test) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let values = test.axes.iter().flat_map(|axis| &axis.values);
    for (path, _) in values.flat_map(|value| &value.assignments) {
        if let [field, option, ..] = path.as_slice()
            && field == "k6"
            && !names.contains(&option.as_str())
        {
            names.push(option);
        }
    }
    names
}

/// `export let options = {…};` as the ancestor printed it: scalars quoted except truth values, lists
/// and objects as JSON, two spaces of nothing else. The exploded keys come first.
pub(super) fn options_text(options: &Map<String, Value>, exploded: &[&str]) -> String {
    let first = exploded.iter().filter_map(|name| options.get_key_value(*name));
    let rest = options.iter().filter(|(name, _)| !exploded.contains(&name.as_str()));
    let lines: Vec<String> =
        first.chain(rest).map(|(name, value)| format!("    '{name}': {}", value_text(name, value))).collect();
    format!("export let options = {{\n{}\n}};", lines.join(",\n"))
}

fn value_text(name: &str, value: &Value) -> String {
    let is_truth = || options::type_at(&[name.to_owned()]) == Some(OptionType::Truth);
    match value {
        // The ancestor went by the option's type.
        Value::String(text) if matches!(&*text.to_lowercase(), "true" | "false") && is_truth() => {
            text.to_lowercase()
        }
        Value::String(text) => format!("'{}'", javascript::escaped(text)),
        Value::Number(number) => format!("'{number}'"),
        other => other.to_string(),
    }
}

/// A template as the ancestor's engine read it: line ends without `\r`, and without one trailing newline.
pub(super) fn source(mut text: String) -> String {
    if text.contains('\r') {
        text = text.replace("\r\n", "\n");
    }
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Escapes like every template, but for an object or a list that needs none: the ancestor printed it as it
/// was, and its templates have it stand for itself.
pub(super) fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    let is_whole =
        text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if is_whole && !text.contains(['\'', '`', '\\', '$', '\n', '\r', '<', '\u{2028}', '\u{2029}']) {
        return output.write_all(text.as_bytes());
    }
    javascript::escape(text, output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_for_themselves_only_where_nothing_breaks() {
        let escaped = |text: &str| {
            let mut bytes = Vec::new();
            escape(text, &mut bytes).expect("writes");
            String::from_utf8(bytes).expect("text")
        };
        assert_eq!(escaped("{\"a\": [true, \"x\"]}"), "{\"a\": [true, \"x\"]}");
        assert_eq!(escaped("it's"), "it\\'s");
        assert_eq!(escaped("{\"a\": \"it's\"}"), "{\\\"a\\\": \\\"it\\'s\\\"}");
        assert_eq!(escaped("[x"), "[x");
        assert_eq!(escaped("{\"a\": "), "{\\\"a\\\": ");
    }

    #[test]
    fn one_newline_at_the_end_is_dropped_and_lines_end_alike() {
        assert_eq!(source("a\r\nb\r\n".into()), "a\nb");
        assert_eq!(source("a\n\n".into()), "a\n");
        assert_eq!(source("a".into()), "a");
    }

    #[test]
    fn the_options_text_is_the_ancestors() {
        let options = serde_json::json!({ "tags": { "a": 1 }, "throw": true, "vus": 10, "duration": "2s" });
        let text = options_text(options.as_object().expect("object"), &["vus", "duration"]);
        assert_eq!(
            text,
            "export let options = {\n    'vus': '10',\n    'duration': '2s',\n    'tags': {\"a\":1},\n    'throw': true\n};"
        );
    }
}
