//! The tables of k6's options, made from those of `spec`.

use serde_json::{Value, json};

use super::key::{Key, Kind, Shape, key};
use super::test_keys::options;
use crate::spec::scalar::Sign;
use crate::spec::scenario::{COMMON, executors, field_type};
use crate::spec::{OptionSpec, OptionType};

/// What an option does, with its unit.
pub(super) fn about(option: &OptionSpec) -> String {
    if option.unit.is_empty() {
        option.about.to_owned()
    } else {
        format!("{} ({})", option.about, option.unit)
    }
}

fn kind(option: OptionType) -> Kind {
    Kind::Own(option.words(), schema(option))
}

fn option_key(name: &'static str, option: OptionType, about: &str) -> Key {
    key(name, kind(option), "", about)
}

pub(super) fn shapes() -> Vec<Shape> {
    let all = options().map(|option| key(option.name, kind(option.kind), "", &about(option))).collect();
    let truth = OptionType::Truth;
    let time = OptionType::Duration;
    let member = |parent: OptionType, name: &'static str, about: &str| {
        key(name, parent.member(name).map_or(Kind::Never, kind), "", about)
    };
    let (dns, tls, certificate) = (OptionType::Dns, OptionType::TlsVersion, OptionType::Certificate);
    let mut shapes = vec![
        Shape::of("k6-options", "k6", all),
        Shape::of(
            "stage",
            "in `stages`",
            vec![
                option_key("duration", time(Sign::NotNegative), "how long it takes to get there").needed(),
                option_key(
                    "target",
                    OptionType::Whole(Sign::NotNegative),
                    "virtual users, or iterations a `timeUnit`, at its end",
                )
                .needed(),
            ],
        ),
        Shape::of(
            "threshold",
            "in `thresholds`",
            vec![
                key("threshold", Kind::Text, "", "the limit, such as `\"p(95)<200\"`").needed(),
                option_key("abortOnFail", truth, "the run ends as soon as it is crossed"),
                option_key("delayAbortEval", time(Sign::Any), "for how long it is not yet judged"),
            ],
        ),
        Shape::of(
            "dns",
            "dns",
            vec![
                member(dns, "ttl", "how long an answer is kept"),
                member(dns, "select", "which of several addresses is taken"),
                member(dns, "policy", "which kind of address is taken"),
            ],
        ),
        Shape::of(
            "tls-versions",
            "tlsVersion",
            vec![member(tls, "min", "the lowest version"), member(tls, "max", "the highest version")],
        ),
        Shape::of(
            "certificate",
            "in `tlsAuth`",
            vec![
                member(certificate, "domains", "the hosts that it is shown to"),
                member(certificate, "cert", "the certificate, in PEM").needed(),
                member(certificate, "key", "its key, in PEM").needed(),
                member(certificate, "password", "what the key is encrypted with"),
            ],
        ),
        Shape::of(
            "file-content",
            "where an option takes text",
            vec![
                key("file", Kind::Text, "", "the file whose content it is, from the workspace's folder")
                    .needed(),
                key(
                    "secret",
                    Kind::Truth,
                    "false",
                    "the content is masked wherever it would be kept or shown",
                ),
                key("in_key", Kind::Truth, "", "of a secret: another content makes runs stale"),
            ],
        ),
        Shape::of(
            "scenario-options",
            "`options` of a scenario",
            vec![option_key("browser", OptionType::Table, "what the browser module is told")],
        ),
    ];
    shapes.extend(executors().map(|(name, required, optional, _)| scenario(name, required, optional)));
    shapes
}

fn scenario(executor: &'static str, required: &[&'static str], optional: &[&'static str]) -> Shape {
    let own = required.iter().chain(optional).chain(&COMMON);
    let keys = own.map(|name| match *name {
        "executor" => key(name, Kind::Words(vec![executor]), "", "how it becomes load"),
        name => {
            let kind = field_type(Some(executor), name).map_or(Kind::Never, kind);
            let needed = if required.contains(&name) { "; this executor needs it" } else { "" };
            key(name, kind, "", &format!("{}{needed}", of_field(name)))
        }
    });
    // What is missing may come from an axis.
    Shape::of(executor, "k6.scenarios.NAME", keys.collect())
}

fn of_field(name: &str) -> &'static str {
    match name {
        "exec" => "the exported function that it calls; `default` unless given",
        "env" => "variables of this scenario",
        "tags" => "tags of its samples",
        "options" => "settings for the browser module",
        "startTime" => "how long after the beginning it starts",
        "gracefulStop" => "how long iterations may go on at its end",
        "gracefulRampDown" => "how long iterations may go on when virtual users leave",
        "vus" => "how many virtual users there are",
        "maxVUs" => "the most virtual users",
        "preAllocatedVUs" => "virtual users that are there from the beginning",
        "startVUs" => "virtual users at the beginning",
        "iterations" => "how many iterations there are",
        "duration" => "how long it takes",
        "maxDuration" => "the longest that it may take",
        "rate" => "iterations started in each `timeUnit`",
        "startRate" => "iterations started in each `timeUnit` at the beginning",
        "timeUnit" => "the time that rates are of",
        "stages" => "where the load goes, and how fast",
        _ => "",
    }
}

/// The JSON Schema of an option's type. `null` leaves any option unset.
pub(super) fn schema(option: OptionType) -> Value {
    let to = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    let list = |of: Value| json!({ "type": ["array", "null"], "items": of });
    let table = |of: Value| json!({ "type": ["object", "null"], "additionalProperties": of });
    match option {
        OptionType::Whole(sign) => {
            let mut schema = json!({ "type": ["integer", "string", "null"], "pattern": "^([-+]?[0-9]+)?$" });
            match sign {
                Sign::Any => {}
                Sign::NotNegative => schema["minimum"] = 0.into(),
                Sign::Positive => schema["minimum"] = 1.into(),
            }
            schema
        }
        OptionType::Duration(_) | OptionType::LoadDuration => {
            json!({ "type": ["string", "number", "null"], "pattern": r"^[-+]?[0-9.][0-9a-zA-Zµμ._+-]*$" })
        }
        OptionType::TimeToLive => json!({ "type": ["string", "null"] }),
        OptionType::Truth => json!({ "type": ["boolean", "null"] }),
        OptionType::Text => json!({ "anyOf": [{ "type": ["string", "null"] }, to("file-content")] }),
        OptionType::Word(words) => json!({ "anyOf": [{ "enum": words }, { "type": "null" }] }),
        OptionType::Words(words) => list(json!({ "enum": words })),
        OptionType::Texts => list(schema(OptionType::Text)),
        OptionType::HostPatterns | OptionType::Networks | OptionType::TrendStatistics => {
            list(json!({ "type": "string" }))
        }
        OptionType::TextTable | OptionType::Tags => table(schema(OptionType::Text)),
        OptionType::Hosts => table(json!({ "type": ["string", "null"] })),
        OptionType::Address | OptionType::Segment | OptionType::SegmentSequence | OptionType::Name => {
            json!({ "type": ["string", "null"] })
        }
        OptionType::Table => json!({ "type": ["object", "null"] }),
        OptionType::Anything => json!({}),
        OptionType::Stages => list(to("stage")),
        OptionType::ThresholdList => list(json!({ "anyOf": [{ "type": "string" }, to("threshold")] })),
        OptionType::Thresholds => table(schema(OptionType::ThresholdList)),
        OptionType::Scenario => {
            json!({ "anyOf": executors().map(|(name, ..)| to(name)).collect::<Vec<_>>() })
        }
        OptionType::Scenarios => table(schema(OptionType::Scenario)),
        OptionType::ScenarioOptions => to("scenario-options"),
        OptionType::Dns => to("dns"),
        OptionType::TlsVersion => json!({
            "anyOf": [{ "enum": ["tls1.0", "tls1.1", "tls1.2", "tls1.3", ""] }, { "type": "null" }, to("tls-versions")]
        }),
        OptionType::Certificate => to("certificate"),
        OptionType::Certificates => list(to("certificate")),
    }
}
