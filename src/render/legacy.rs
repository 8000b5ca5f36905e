//! The exact text of the ancestor's options object, and its trailing newline.

use serde_json::{Map, Value};

/// `export let options = {…};` as the ancestor printed it: scalars quoted except truth values, lists
/// and objects as JSON, two spaces of nothing else. The exploded keys come first.
pub(super) fn options_text(options: &Map<String, Value>, exploded: &[&str]) -> String {
    let first = exploded.iter().filter_map(|name| options.get_key_value(*name));
    let rest = options.iter().filter(|(name, _)| !exploded.contains(&name.as_str()));
    let lines: Vec<String> =
        first.chain(rest).map(|(name, value)| format!("    '{name}': {}", value_text(value))).collect();
    format!("export let options = {{\n{}\n}};", lines.join(",\n"))
}

fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", super::javascript::escaped(text)),
        Value::Number(number) => format!("'{number}'"),
        other => other.to_string(),
    }
}

/// The ancestor's template engine dropped one trailing newline.
pub(super) fn trimmed(mut script: String) -> String {
    if script.ends_with('\n') {
        script.pop();
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

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
