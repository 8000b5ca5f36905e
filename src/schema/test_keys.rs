//! The keys that a test shares with `[defaults]` and profiles, and what `set` and axes name.

use serde_json::{Map, Value, json};

use super::key::{Key, Kind, key};
use crate::spec::Watch;
use crate::spec::options::OPTIONS;
use crate::spec::{OptionSpec, options::OptionStatus};

/// What reaches a case.
pub(super) fn fields() -> Vec<Key> {
    vec![
        key("template", Kind::Text, "", "the script's template, in the templates folder"),
        key("script", Kind::Text, "", "a k6 script that runs as it is, instead of a template"),
        key("target", Kind::Text, "", "the system under test: a `[target.NAME]` of howitzer.toml"),
        key("payload", Kind::Text, "", "a file of the payloads folder, or one that `[payload.NAME]` builds"),
        key("base_url", Kind::Text, "", "the address that the template prints; the target's unless given"),
        key("model_name", Kind::Text, "", "a name that the template prints"),
        key("inputs", Kind::texts(), "[]", "patterns of files that the script opens by computed paths"),
        key(
            "vars",
            Kind::map(Kind::Anything),
            "{}",
            "values of your own that the template sees as `vars.NAME`",
        ),
        key("env", Kind::map(variable()), "{}", "variables that the script sees as `__ENV.NAME`"),
        key("k6", Kind::Table("k6-options"), "{}", "k6's options, as a script would export them"),
    ]
}

/// What is said of a test's cases as a whole.
pub(super) fn settings() -> Vec<Key> {
    vec![
        key("repeat", Kind::Count(1, 1000), "1", "how many trials each case has"),
        key("cooldown", Kind::Duration, "\"0s\"", "the pause between two runs"),
        key("timeout", Kind::DurationOr("auto"), "\"auto\"", "when a run that still goes on is killed"),
        key("max_age", Kind::DurationOr("never"), "", "how old a kept result may be and still be used"),
        key(
            "expect",
            Kind::map(Kind::Table("bound")),
            "{}",
            "limits by `METRIC.STATISTIC`, judged on kept results",
        ),
        key("max_cases", Kind::Count(1, u32::MAX), "500", "more cases than these are a mistake"),
        key("allow_invalid", Kind::Truth, "false", "results that measured nothing are used all the same"),
        key(
            "retries",
            Kind::Count(0, u32::MAX),
            "0",
            "how often a run that measured nothing is tried again at once",
        ),
        key(
            "reuse",
            Kind::Words(vec!["trial", "case"]),
            "\"trial\"",
            "with `case` one stale trial makes all trials of its case run again",
        ),
        key("watch", watch(), "\"series\"", "how much is read off a running k6, which costs it something"),
        key(
            "keep_samples",
            Kind::Truth,
            "false",
            "every sample is kept in a file; needs `watch = \"samples\"`",
        ),
        key("measure", Kind::Table("window"), "{}", "the part of each run that statistics are of"),
    ]
}

pub(super) fn watch() -> Kind {
    Kind::Words(Watch::ALL.map(Watch::word).to_vec())
}

/// A variable's value.
pub(super) fn variable() -> Kind {
    let plain = json!({ "type": ["string", "number", "boolean"] });
    Kind::Either(vec![Kind::Own("text, number or truth".into(), plain), Kind::Table("variable")])
}

/// The options that today's k6 knows.
pub(super) fn options() -> impl Iterator<Item = &'static OptionSpec> {
    OPTIONS.iter().filter(|option| option.status == OptionStatus::Current)
}

/// Every field that `set` and axes may name, with its kind; `k6.` may stand before options.
fn named() -> Vec<(String, Value, String)> {
    let single = fields().into_iter().take(6).map(|key| (key.name.to_owned(), key.kind.schema(), key.about));
    let k6 = options().flat_map(|option| {
        let schema = super::k6::schema(option.kind);
        let about = || super::k6::about(option);
        [(option.name.to_owned(), schema.clone(), about()), (format!("k6.{}", option.name), schema, about())]
    });
    single.chain(k6).collect()
}

/// Where dotted names may lead.
fn dotted() -> String {
    let names: Vec<&str> = options().map(|option| option.name).collect();
    format!(r"^(vars|env|k6|{})\.", names.join("|"))
}

/// `set`: fields by their names.
pub(super) fn set() -> Kind {
    Kind::Own("fields by their names".into(), set_of(&[], &dotted()))
}

/// `set` of a profile, which may hold settings too.
pub(super) fn profile_set() -> Kind {
    let further: Vec<Key> = settings().into_iter().chain(fields().into_iter().skip(6)).collect();
    let dotted = dotted().replacen("vars|", "vars|expect|measure|", 1);
    Kind::Own("fields and settings by their names".into(), set_of(&further, &dotted))
}

fn set_of(further: &[Key], dotted: &str) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for (name, schema, about) in named() {
        properties.insert(name, json!({ "description": about, "allOf": [schema] }));
    }
    for key in further {
        properties.insert(key.name.into(), json!({ "description": key.about, "allOf": [key.kind.schema()] }));
    }
    json!({
        "type": "object", "properties": properties, "patternProperties": { dotted: {} }, "additionalProperties": false
    })
}

/// Axes by the fields that they sweep; free names for labelled values and set-ups.
pub(super) fn matrix() -> Kind {
    let mut properties: Map<String, Value> = Map::new();
    for (name, schema, about) in named() {
        let mut forms = forms(&schema);
        match name.as_str() {
            "payload" => forms
                .extend([json!({ "$ref": "#/definitions/glob" }), json!({ "$ref": "#/definitions/built" })]),
            "template" | "script" => forms.push(json!({ "$ref": "#/definitions/glob" })),
            _ => {}
        }
        properties.insert(name, json!({ "description": format!("axis: {about}"), "anyOf": forms }));
    }
    let others = json!({ "anyOf": forms(&json!({})) });
    Kind::Own(
        "axes by name, each a list of values, a list of [labelled](#labelled) values, a [range](#range), for `payload`, \
         `template` and `script` also a [glob](#glob), for `payload` a [built](#built) one"
            .into(),
        json!({ "type": "object", "properties": properties, "additionalProperties": others }),
    )
}

fn forms(value: &Value) -> Vec<Value> {
    vec![
        json!({ "type": "array", "minItems": 1, "items": { "allOf": [value] } }),
        json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/labelled" } }),
        json!({ "$ref": "#/definitions/range" }),
    ]
}
