//! JSON into the positioned tree. Strict JSON: no comments, no trailing commas.

use std::sync::Arc;

use indexmap::IndexMap;
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Item, Table, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};

/// Reads a whole JSON file whose outermost value is an object.
pub fn read(source: &Arc<Source>) -> Result<Item, Mistakes> {
    let text = &source.text;
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| {
        let range = error.range();
        let place = Place { source: Arc::clone(source), range: range.start..range.end };
        Mistakes::from(in_words(&error.kind().to_string(), &place))
    })?;
    let reader = Reader { source };
    let Some(value) = parsed.value else {
        let place = Place { source: Arc::clone(source), range: 0..0 };
        return Err(Mistake::at(&place, "the file holds no JSON")
            .label("expected an object, `{ … }`")
            .into());
    };
    reader.item(&value)
}

/// The parser's messages in the words of the others.
fn in_words(message: &str, place: &Place) -> Mistake {
    let at = |message: &str| Mistake::at(place, message);
    match message {
        "Expected string for object property" => at("a key stands in double quotes"),
        "Single-quoted strings are not allowed" => at("a string stands in double quotes"),
        "Trailing commas are not allowed" => at("nothing follows this comma").hint("leave the comma out"),
        "Comments are not allowed" => at("JSON has no comments").hint("a suite in TOML has: `# …`"),
        "Expected comma" => at("expected a comma"),
        "Unexpected word" => at("this is no value").hint("a string stands in double quotes"),
        "Invalid escape" => at("no character is escaped so").hint("a backslash itself is `\\\\`"),
        "Text cannot contain more than one JSON value" => at("something follows the end of the object"),
        "Unterminated array" => at("the list is not closed, expected `]`"),
        "Unterminated object" => at("the object is not closed, expected `}`"),
        "Unterminated string literal" => at("the string is not closed, expected `\"`"),
        _ if message.starts_with("Invalid unicode escape") => at("this escape is no character"),
        _ => {
            let mut characters = message.chars();
            let first = characters.next().map(|first| first.to_lowercase().to_string());
            at(&[first.as_deref().unwrap_or_default(), characters.as_str()].concat())
        }
    }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
}

impl Reader<'_> {
    fn place(&self, ranged: &impl Ranged) -> Place {
        Place { source: Arc::clone(self.source), range: ranged.start()..ranged.end() }
    }

    fn table(&self, object: &Object<'_>) -> Result<Table, Mistakes> {
        let mut table = IndexMap::with_capacity(object.properties.len());
        for property in &object.properties {
            let key = self.place(&property.name);
            let name = property.name.as_str().to_owned();
            if table.contains_key(&name) {
                return Err(Mistake::at(&key, format!("the key `{name}` stands twice")).into());
            }
            table.insert(name, Entry { key, item: self.item(&property.value)? });
        }
        Ok(table)
    }

    fn item(&self, value: &Value<'_>) -> Result<Item, Mistakes> {
        let place = self.place(value);
        let tree = match value {
            Value::NullKeyword(_) => Tree::Null,
            Value::BooleanLit(truth) => Tree::Bool(truth.value),
            Value::StringLit(text) => Tree::Text(text.value.to_string()),
            Value::NumberLit(number) => read_number(number.value, &place)?,
            Value::Array(array) => {
                Tree::List(array.elements.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(object) => Tree::Table(self.table(object)?),
        };
        Ok(Item { tree, place })
    }
}

fn read_number(digits: &str, place: &Place) -> Result<Tree, Mistakes> {
    if let Ok(whole) = digits.parse::<i64>() {
        return Ok(Tree::Integer(whole));
    }
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Tree::Float(value)),
        _ => Err(Mistake::at(place, "expected a finite number").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<String, String> {
        let source = Arc::new(Source { path: "x.json".into(), text: text.to_owned() });
        read(&source).map(|item| item.to_json().to_string()).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn json_is_strict() {
        assert_eq!(
            said(r#"{"a": [1, -2.5e3, "\u00e9", null]}"#).as_deref(),
            Ok(r#"{"a":[1,-2500.0,"é",null]}"#)
        );
        let wrong = [
            r#"{"a": 1 "b": 2}"#,
            r#"{"a": [1 2]}"#,
            "{'a': 1}",
            r#"{"a": 'b'}"#,
            "{a: 1}",
            r#"{"a": 1,}"#,
            r#"{"a": 1} // no"#,
            r#"{"a": 0xff}"#,
            r#"{"a": +1}"#,
            r#"{"a": .5}"#,
            r#"{"a": NaN}"#,
            r#"{"a": Infinity}"#,
            r#"{"a": "\x41"}"#,
            r#"{"a": 1, "a": 2}"#,
        ];
        for text in wrong {
            let message = said(text).expect_err(text);
            assert!(message.contains("x.json:1:"), "{text}: {message}");
        }
    }
}
