//! Values as TOML text (<https://toml.io/en/v1.0.0>).

use crate::base::document::{Table, table_to_json};
use serde_json::Value;

/// A longer list stands over several lines.
const WIDTH: usize = 100;

/// `key = value` on a line of its own, a long list over several.
pub(super) fn line(key: &str, value: &Value) -> String {
    let whole = format!("{} = {}\n", self::key(key), self::value(value));
    match value {
        Value::Array(items) if whole.chars().count() > WIDTH => {
            let items = items.iter().map(|item| format!("    {},\n", self::value(item)));
            format!("{} = [\n{}]\n", self::key(key), items.collect::<String>())
        }
        _ => whole,
    }
}

/// A table under its header, without any line where it is empty.
pub(super) fn table(header: &str, table: &Table) -> String {
    if table.is_empty() {
        return String::new();
    }
    let lines = table_to_json(table).iter().map(|(key, value)| line(key, value)).collect::<String>();
    format!("{header}\n{lines}")
}

/// A key, quoted where it has to be.
pub(super) fn key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if is_bare { key.to_owned() } else { text(key) }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) => self::text(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) if object.is_empty() => "{}".to_owned(),
        Value::Object(object) => {
            let pairs =
                object.iter().map(|(key, value)| format!("{} = {}", self::key(key), self::value(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        // Numbers and truth values are spelled alike.
        other => other.to_string(),
    }
}

/// A basic string: JSON's escapes are TOML's too, but for DEL, which JSON leaves as it is.
fn text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;

    #[test]
    fn whatever_is_written_is_read_back() {
        let control: String = (0..0xa0).filter_map(char::from_u32).chain("é😀\u{2028}".chars()).collect();
        let value = json!({
            "plain": 1, "a key": -2.5, "1e21": 1e21, "": true, "é\"\n": [1, "x", {"a.b": [false, 1.0]}, {}],
            "control": control, "long": vec!["a value of some length"; 20], "nested": {"a": {"b": {"c": [[]]}}},
        });
        let object = value.as_object().expect("an object");
        let text: String = object.iter().map(|(key, value)| line(key, value)).collect();
        let source = Arc::new(Source { path: "x.toml".into(), text });
        let read =
            read_toml(&source).map_err(|mistakes| format!("{mistakes}\n{}", source.text)).expect("TOML");
        assert_eq!(read.to_json(), value, "{}", source.text);
    }
}
