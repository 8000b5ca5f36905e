//! A workspace as data: everything that the random edits touch, and what a case is made of.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The folder of the workspace that holds the targets' answers.
pub(crate) const IDENTITY: &str = "identity";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    pub(crate) suites: Vec<Suite>,
    pub(crate) templates: BTreeMap<String, Template>,
    /// The number in the partial that templates may include.
    pub(crate) head: u32,
    /// `k6_templates/lib/NAME.js`; `one` imports `two`.
    pub(crate) modules: BTreeMap<String, u32>,
    pub(crate) payloads: BTreeMap<String, u32>,
    pub(crate) data: BTreeMap<String, u32>,
    pub(crate) targets: BTreeMap<String, Target>,
    /// A comment in the manifest.
    pub(crate) comment: u32,
    /// The patch version of k6.
    pub(crate) k6: u32,
    /// The class of the load generator.
    pub(crate) class: u32,
    /// A variable in howitzer's own environment.
    pub(crate) region: u32,
}

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one line of the template, there or not")]
pub(crate) struct Template {
    pub(crate) comment: u32,
    pub(crate) note: u32,
    pub(crate) includes_head: bool,
    pub(crate) imports: Vec<String>,
    pub(crate) opens_payload: bool,
    pub(crate) opens_data: bool,
    pub(crate) prints_base_url: bool,
    pub(crate) prints_size: bool,
    pub(crate) prints_case: bool,
    pub(crate) prints_title: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub(crate) probe: Probe,
    pub(crate) answer: u32,
    pub(crate) port: u32,
    pub(crate) wait: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Probe {
    None,
    File,
    Command,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) title: u32,
    pub(crate) description: u32,
    pub(crate) comment: u32,
    pub(crate) max_age: Option<Age>,
    /// k6 options under `[defaults]`.
    pub(crate) defaults: Vec<(String, Value)>,
    pub(crate) tests: Vec<Test>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Age {
    Never,
    Day,
    Hour,
    Millisecond,
}

/// What the fake k6 does with a script.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Ok,
    Drop,
    Cross,
    Empty,
    Fail,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) is_warm_up: bool,
    pub(crate) after: Vec<String>,
    pub(crate) description: u32,
    pub(crate) comment: u32,
    pub(crate) fields: Fields,
    pub(crate) axes: Vec<Axis>,
    pub(crate) set_up: Option<SetUp>,
    pub(crate) repeat: u32,
    pub(crate) cooldown: bool,
    pub(crate) timeout: Option<u32>,
    pub(crate) max_age: Option<Age>,
    /// Whether `[test.expect]` stands there, and whether it holds.
    pub(crate) expects: Option<bool>,
    pub(crate) allows_invalid: bool,
}

/// The fields of a test or of a case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fields {
    pub(crate) template: String,
    pub(crate) target: Option<String>,
    pub(crate) base_url: u32,
    pub(crate) payload: String,
    pub(crate) size: u32,
    pub(crate) mode: Mode,
    /// `LEVEL`, where it is declared.
    pub(crate) level: Option<u32>,
    /// Whether `REGION` is declared, which comes from howitzer's environment.
    pub(crate) takes_region: bool,
    pub(crate) k6: Vec<(String, Value)>,
    /// Whether `data/*.csv` is declared.
    pub(crate) declares_data: bool,
    /// The axis of the set-up.
    pub(crate) replicas: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SetUp {
    pub(crate) apply: u32,
    pub(crate) undo: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) name: String,
    /// Each with its label and what it sets; a plain axis sets its own name.
    pub(crate) values: Vec<(String, Vec<(String, Value)>)>,
}

impl Axis {
    pub(crate) fn plain(name: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let value = |value: Value| (label(&value), vec![(name.to_owned(), value)]);
        Self { name: name.to_owned(), values: values.into_iter().map(value).collect() }
    }

    pub(crate) fn is_labelled(&self) -> bool {
        self.name == "model"
    }

    /// What ids call it.
    pub(crate) fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

pub(crate) fn label(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Mode {
    pub(crate) const ALL: [Self; 5] = [Self::Ok, Self::Drop, Self::Cross, Self::Empty, Self::Fail];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Drop => "drop",
            Self::Cross => "cross",
            Self::Empty => "empty",
            Self::Fail => "fail",
        }
    }
}

impl Age {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Day => "1d",
            Self::Hour => "1h",
            Self::Millisecond => "1ms",
        }
    }

    pub(crate) fn milliseconds(self) -> Option<i64> {
        match self {
            Self::Never => None,
            Self::Day => Some(86_400_000),
            Self::Hour => Some(3_600_000),
            Self::Millisecond => Some(1),
        }
    }
}

impl World {
    /// The small world that every play begins with: two suites that share templates and payloads.
    pub(crate) fn first() -> Self {
        let template = |imports: &[&str], prints_size: bool| Template {
            comment: 1,
            note: 1,
            includes_head: prints_size,
            imports: imports.iter().map(|name| (*name).to_owned()).collect(),
            opens_payload: true,
            opens_data: false,
            prints_base_url: prints_size,
            prints_size,
            prints_case: false,
            prints_title: false,
        };
        let target = |probe, port| Target { probe, answer: 1, port, wait: 1 };
        let numbers = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 1)).collect();
        Self {
            suites: vec![Suite::alpha(), Suite::beta()],
            templates: BTreeMap::from([
                ("a.js".to_owned(), template(&["one"], true)),
                ("b.js".to_owned(), template(&[], false)),
            ]),
            head: 1,
            modules: numbers(&["one", "two"]),
            payloads: numbers(&["p1.json", "p2.json", "p3.json"]),
            data: numbers(&["a.csv", "b.csv"]),
            targets: BTreeMap::from([
                ("by-file".to_owned(), target(Probe::File, 1)),
                ("by-command".to_owned(), target(Probe::Command, 2)),
            ]),
            comment: 1,
            k6: 1,
            class: 1,
            region: 1,
        }
    }
}

impl Suite {
    fn alpha() -> Self {
        let mut warm_up = Test::named("warm", "b.js", "by-file");
        warm_up.is_warm_up = true;
        let mut sweep = Test::named("sweep", "a.js", "by-file");
        sweep.axes = vec![
            Axis::plain("vus", [json!(1), json!(2)]),
            Axis::plain("payload", [json!("p1.json"), json!("p2.json")]),
        ];
        let mut scaled = Test::named("scaled", "b.js", "by-command");
        scaled.axes = vec![Axis::plain("replicas", [json!(1), json!(2)])];
        scaled.set_up = Some(SetUp { apply: 1, undo: 1 });
        Self::named("alpha", vec![warm_up, sweep, scaled])
    }

    fn beta() -> Self {
        let mut plain = Test::named("plain", "a.js", "by-file");
        plain.repeat = 2;
        Self::named("beta", vec![plain])
    }

    fn named(name: &str, tests: Vec<Test>) -> Self {
        let defaults = vec![("duration".to_owned(), json!("1s"))];
        let (title, description, comment) = (1, 1, 1);
        Self { name: name.to_owned(), title, description, comment, max_age: None, defaults, tests }
    }
}

impl Test {
    pub(crate) fn named(name: &str, template: &str, target: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_warm_up: false,
            after: Vec::new(),
            description: 1,
            comment: 1,
            fields: Fields {
                template: template.to_owned(),
                target: Some(target.to_owned()),
                base_url: 1,
                payload: "p1.json".to_owned(),
                size: 1,
                mode: Mode::Ok,
                level: None,
                takes_region: false,
                k6: vec![("vus".to_owned(), json!(1))],
                declares_data: false,
                replicas: 0,
            },
            axes: Vec::new(),
            set_up: None,
            repeat: 1,
            cooldown: false,
            timeout: None,
            max_age: None,
            expects: None,
            allows_invalid: false,
        }
    }
}
