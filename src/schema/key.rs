//! What a key of a file is: its kind, default and one sentence; and the tables that such keys make.

use serde_json::{Value, json};

/// What stands under a key.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Truth,
    /// Any number.
    Number,
    /// A whole number from the first to the second.
    Count(u32, u32),
    /// A time such as `"1m30s"`.
    Duration,
    /// A time, or one of these words.
    DurationOr(&'static str),
    /// One of these words.
    Words(Vec<&'static str>),
    /// A list of at least so many of them.
    List(usize, Box<Kind>),
    /// A table with names of the user's own.
    Map(Box<Kind>),
    /// The table of that name.
    Table(&'static str),
    /// One of several kinds.
    Either(Vec<Kind>),
    /// Something with a schema of its own: it in words, and the schema.
    Own(String, Value),
    /// Anything.
    Anything,
    /// Known, and always a mistake.
    Never,
}

impl Kind {
    /// Texts in a list.
    pub fn texts() -> Self {
        Self::List(0, Box::new(Self::Text))
    }

    /// A program and its arguments.
    pub fn command() -> Self {
        Self::List(1, Box::new(Self::Text))
    }

    /// A table of the user's own names.
    pub fn map(of: Self) -> Self {
        Self::Map(Box::new(of))
    }

    /// It in words, for the reference.
    pub fn words(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Truth => "`true` or `false`".into(),
            Self::Number => "number".into(),
            Self::Count(least, u32::MAX) => format!("whole number from {least}"),
            Self::Count(least, most) => format!("whole number from {least} to {most}"),
            Self::Duration => "time such as `\"30s\"`".into(),
            Self::DurationOr(word) => format!("time such as `\"30s\"`, or `\"{word}\"`"),
            Self::Words(words) => {
                words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
            }
            Self::List(_, of) => format!("list of {}", of.words()),
            Self::Map(of) => format!("table by name, of {}", of.words()),
            Self::Table(name) => format!("[{name}](#{name})"),
            Self::Either(kinds) => kinds.iter().map(Self::words).collect::<Vec<_>>().join("; or "),
            Self::Own(words, _) => words.clone(),
            Self::Anything => "anything".into(),
            Self::Never => "nothing".into(),
        }
    }

    /// It as a JSON Schema.
    pub fn schema(&self) -> Value {
        /// As `base::duration` reads them.
        const TIME: &str = r"\s*(0|([0-9]*\.?[0-9]*(ns|us|µs|μs|ms|s|m|h|d))+)\s*";
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Truth => json!({ "type": "boolean" }),
            Self::Number => json!({ "type": "number" }),
            Self::Count(least, u32::MAX) => json!({ "type": "integer", "minimum": least }),
            Self::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Duration => json!({ "type": "string", "pattern": format!("^{TIME}$") }),
            Self::DurationOr(word) => json!({
                "anyOf": [{ "type": "string", "pattern": format!("^{TIME}$") }, { "enum": [word] }]
            }),
            Self::Words(words) => json!({ "enum": words }),
            Self::List(least, of) => json!({ "type": "array", "minItems": least, "items": of.schema() }),
            Self::Map(of) => json!({ "type": "object", "additionalProperties": of.schema() }),
            Self::Table(name) => json!({ "$ref": format!("#/definitions/{name}") }),
            Self::Either(kinds) => json!({ "anyOf": kinds.iter().map(Self::schema).collect::<Vec<_>>() }),
            Self::Own(_, schema) => schema.clone(),
            Self::Anything => json!({}),
            Self::Never => json!({ "not": {} }),
        }
    }
}

/// One key of a table.
#[derive(Debug, Clone)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What stands under it.
    pub kind: Kind,
    /// What counts where it is missing, as JSON; empty where nothing does.
    pub default: &'static str,
    /// What it means, in one sentence without a full stop.
    pub about: String,
    /// Whether it must be there.
    pub is_needed: bool,
}

impl Key {
    /// The same key, which must be there.
    pub(super) fn needed(mut self) -> Self {
        self.is_needed = true;
        self
    }

    fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        // In draft-07 nothing beside `$ref` counts.
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        if let Value::Object(fields) = &mut schema {
            fields.insert("description".into(), self.about.clone().into());
            if let Ok(default) = serde_json::from_str::<Value>(self.default) {
                fields.insert("default".into(), default);
            }
        }
        schema
    }
}

/// A key with its kind, its default as JSON, and what it means.
pub(super) fn key(name: &'static str, kind: Kind, default: &'static str, about: &str) -> Key {
    Key { name, kind, default, about: about.to_owned(), is_needed: false }
}

/// A table with its keys.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Its name in the schema and in the reference.
    pub name: &'static str,
    /// Where it stands, as a user writes it.
    pub place: &'static str,
    /// All keys that its reader knows.
    pub keys: Vec<Key>,
    /// What stands under names of the user's own beside them; none where there are no such names.
    pub others: Option<Kind>,
    /// Keys of which exactly one must be there.
    pub one_of: Vec<&'static str>,
}

impl Shape {
    /// A table of exactly these keys.
    pub fn of(name: &'static str, place: &'static str, keys: Vec<Key>) -> Self {
        Self { name, place, keys, others: None, one_of: Vec::new() }
    }

    /// The same table, in which exactly one of these keys stands.
    pub(super) fn one_of(mut self, keys: &[&'static str]) -> Self {
        self.one_of = keys.to_vec();
        self
    }

    /// The same table, in which names of the user's own may stand too.
    pub(super) fn others(mut self, kind: Kind) -> Self {
        self.others = Some(kind);
        self
    }

    /// It as a JSON Schema.
    pub fn schema(&self) -> Value {
        let properties: serde_json::Map<String, Value> =
            self.keys.iter().map(|key| (key.name.to_owned(), key.schema())).collect();
        let needed: Vec<&str> = self.keys.iter().filter(|key| key.is_needed).map(|key| key.name).collect();
        let others = self.others.as_ref().map_or(Value::Bool(false), Kind::schema);
        let mut schema =
            json!({ "type": "object", "properties": properties, "additionalProperties": others });
        if !needed.is_empty() {
            schema["required"] = json!(needed);
        }
        if !self.one_of.is_empty() {
            schema["oneOf"] = self.one_of.iter().map(|key| json!({ "required": [key] })).collect();
        }
        schema
    }
}

/// The schema of a file whose root is the first of these tables.
pub(super) fn document(title: &str, shapes: &[Shape]) -> Value {
    let mut root = shapes.first().map(Shape::schema).unwrap_or_default();
    let definitions: serde_json::Map<String, Value> =
        shapes.iter().skip(1).map(|shape| (shape.name.to_owned(), shape.schema())).collect();
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = title.into();
    root["definitions"] = definitions.into();
    root
}
