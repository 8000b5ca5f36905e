//! The tables of `howitzer.toml`.

use serde_json::json;

use super::key::{Key, Kind, Shape, key};
use super::test_keys::{fields, matrix, profile_set, settings, variable, watch};

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = vec![Shape::of(
        "howitzer.toml",
        "howitzer.toml",
        vec![
            key("workspace", Kind::Table("workspace"), "{}", "folders, and what all suites share"),
            key("k6", Kind::Table("k6"), "{}", "which k6 makes the load"),
            key("host", Kind::Table("host"), "{}", "the machine that makes the load"),
            key("target", Kind::map(Kind::Table("target")), "{}", "the systems under test by name"),
            key(
                "scrape",
                Kind::map(Kind::Either(vec![Kind::Table("scrape-page"), Kind::Table("scrape-prometheus")])),
                "{}",
                "what the server's side says of runs, by name",
            ),
            key("defaults", Kind::Table("defaults"), "{}", "what lies under the defaults of every suite"),
            key("profile", Kind::map(Kind::Table("profile")), "{}", "what `-P NAME` puts over every test"),
            key("export", Kind::Table("export"), "{}", "where results are sent, by kind"),
        ],
    )];
    all.extend(basics());
    all.extend(targets());
    all.extend(scrapes());
    all.extend(exports());
    let set = |name, kind, about| key(name, kind, "{}", about);
    let own = vec![
        set("set", profile_set(), "fields and settings of every test by their names"),
        set("axis", matrix(), "values for axes, or further axes"),
    ];
    all.push(Shape::of("defaults", "[defaults]", [fields(), settings()].concat()));
    all.push(Shape::of("profile", "[profile.NAME]", [own, fields(), settings()].concat()));
    // The forms of axes stand in profiles too.
    all.extend(axis_forms());
    all
}

fn axis_forms() -> Vec<Shape> {
    let forms = super::suite::shapes();
    let wanted = |shape: &Shape| ["labelled", "glob", "built"].contains(&shape.name);
    forms.into_iter().filter(wanted).collect()
}

fn basics() -> Vec<Shape> {
    let pair = json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 });
    let pair = || Kind::Own("two texts of two bytes each".into(), pair.clone());
    vec![
        Shape::of(
            "workspace",
            "[workspace]",
            vec![
                key("suites", Kind::Text, "\"suites\"", "the folder of suites"),
                key("templates", Kind::Text, "\"k6_templates\"", "the folder of templates"),
                key("payloads", Kind::Text, "\"payloads\"", "the folder of payloads"),
                key("out", Kind::Text, "\"out\"", "the folder of outputs"),
                key(
                    "delimiters",
                    Kind::Table("delimiters"),
                    "",
                    "what opens and closes the tags of templates",
                ),
                key(
                    "allow",
                    Kind::texts(),
                    "[]",
                    "places outside the workspace to which links may lead, and addresses of modules",
                ),
                key("default-suites", Kind::texts(), "[]", "what `howitzer build` without a name builds"),
                key(
                    "max_age",
                    Kind::DurationOr("never"),
                    "",
                    "how old a kept result may be and still be used",
                ),
                key(
                    "watch",
                    watch(),
                    "\"series\"",
                    "how much is read off a running k6, unless the suite says it",
                ),
            ],
        ),
        Shape::of(
            "delimiters",
            "[workspace.delimiters]",
            vec![
                key("variable", pair(), "[\"{{\", \"}}\"]", "around a printed value"),
                key("block", pair(), "[\"{%\", \"%}\"]", "around a statement"),
                key("comment", pair(), "[\"{#\", \"#}\"]", "around a comment"),
            ],
        ),
        Shape::of(
            "k6",
            "[k6]",
            vec![
                key("version", Kind::Text, "", "a requirement as in Cargo, such as `\"1.1\"`"),
                key("path", Kind::Text, "", "the k6 to use, from the workspace's folder"),
            ],
        ),
        Shape::of(
            "host",
            "[host]",
            vec![
                key(
                    "class",
                    Kind::Text,
                    "",
                    "a name for a pool of like machines; results of one count on all",
                ),
                key(
                    "shared",
                    Kind::Truth,
                    "false",
                    "others may use its processors too: that is recorded, and no reason for doubt",
                ),
            ],
        ),
    ]
}

fn targets() -> Vec<Shape> {
    let probes = Kind::Either(vec![Kind::Table("probe"), Kind::List(0, Box::new(Kind::Table("probe")))]);
    vec![
        Shape::of(
            "target",
            "[target.NAME]",
            vec![
                key(
                    "base_url",
                    Kind::Text,
                    "",
                    "the address that templates print unless a test gives another",
                ),
                key("ready", Kind::Table("ready"), "", "what tells that it can take load"),
                key("identity", probes, "[]", "what tells which build of it answers"),
                key("service", Kind::Table("service"), "", "how Howitzer starts it, if it does"),
                key(
                    "wait",
                    Kind::Duration,
                    "",
                    "how long it is awaited: 60s for a service, else not at all, unless given",
                ),
                key("protected", Kind::Truth, "false", "it is loaded only with `--allow NAME`"),
            ],
        ),
        Shape::of(
            "ready",
            "ready",
            vec![
                key("http", Kind::Text, "", "a URL that answers 2xx"),
                key("tcp", Kind::Text, "", "HOST:PORT that takes connections"),
                key("grpc", Kind::Text, "", "HOST:PORT whose gRPC health check says that it serves"),
            ],
        )
        .one_of(&["http", "tcp", "grpc"]),
        Shape::of(
            "probe",
            "identity",
            vec![
                key("http", Kind::Text, "", "a URL whose answer identifies it"),
                key("json", Kind::Text, "", "a path into the answer's JSON, such as `$.version`"),
                key("header", Kind::Text, "", "a header of the answer"),
                key("command", Kind::command(), "", "a command whose output identifies it"),
                key("file", Kind::Text, "", "a file whose content identifies it"),
            ],
        )
        .one_of(&["http", "command", "file"]),
        Shape::of(
            "service",
            "service",
            vec![
                key("command", Kind::command(), "", "the program and its arguments").needed(),
                key("build", Kind::command(), "", "a command before the start, only where load is needed"),
                key("folder", Kind::Text, "\".\"", "the folder that it runs in"),
                key("env", Kind::map(variable()), "{}", "variables on top of Howitzer's own environment"),
                key(
                    "inputs",
                    Kind::texts(),
                    "[]",
                    "patterns of files that make another target when they change",
                ),
                key(
                    "restart",
                    Kind::Words(vec!["never", "test", "case"]),
                    "\"never\"",
                    "before what it is started anew",
                ),
            ],
        ),
    ]
}

/// What lets us in at an address.
fn endpoint() -> Vec<Key> {
    vec![
        key("bearer", Kind::Table("from-environment"), "", "a token for `Authorization: Bearer`"),
        key(
            "headers",
            Kind::map(Kind::Either(vec![Kind::Text, Kind::Table("from-environment")])),
            "{}",
            "further headers",
        ),
        key("ca", Kind::Text, "", "a PEM file of the authorities to trust"),
        key("cert", Kind::Text, "", "a PEM file of the client's certificate"),
        key("key", Kind::Text, "", "a PEM file of the client's key"),
        key("insecure", Kind::Truth, "false", "any certificate of the server will do"),
    ]
}

fn prometheus() -> Vec<Key> {
    vec![
        key("url", Kind::Text, "", "its address, or the whole one of remote write").needed(),
        key("query", Kind::Text, "", "where queries are asked, if `url` does not say it"),
        key(
            "live",
            Kind::Truth,
            "true",
            "runs watched as `series` are sent while they go on; part of how they are watched",
        ),
        key(
            "trends",
            Kind::Words(vec!["statistics", "native"]),
            "\"statistics\"",
            "what becomes of trends while a run goes on: statistics, or native histograms",
        ),
        key(
            "statistics",
            Kind::texts(),
            "[\"count\", \"sum\", \"avg\", \"min\", \"max\", \"p50\", \"p90\", \"p95\", \"p99\"]",
            "which statistics of trends",
        ),
        key("labels", Kind::map(Kind::Text), "{}", "further labels of every series"),
    ]
}

fn otlp() -> Vec<Key> {
    vec![
        key("url", Kind::Text, "", "the address of the collector; over HTTP with a path, if it has one")
            .needed(),
        key("protocol", Kind::Words(vec!["http", "grpc"]), "\"http\"", "how it is spoken to"),
        key("prefix", Kind::Text, "\"\"", "what the names of all metrics begin with"),
        key("service", Kind::Text, "\"k6\"", "the attribute `service.name`"),
        key("labels", Kind::map(Kind::Text), "{}", "further attributes of the resource"),
    ]
}

fn exports() -> Vec<Shape> {
    let mlflow = vec![
        key("uri", Kind::Text, "", "the address of an MLflow tracking server").needed(),
        key("experiment", Kind::Text, "\"howitzer\"", "the experiment, made where there is none"),
        key(
            "tags",
            Kind::map(Kind::Either(vec![Kind::Text, Kind::Number, Kind::Truth])),
            "{}",
            "further tags of every run",
        ),
    ];
    vec![
        Shape::of(
            "export",
            "[export]",
            vec![
                key("mlflow", Kind::Table("export-mlflow"), "", "an MLflow tracking server"),
                key("prometheus", Kind::Table("export-prometheus"), "", "a Prometheus, by remote write"),
                key("otlp", Kind::Table("export-otlp"), "", "an OpenTelemetry collector"),
            ],
        ),
        Shape::of("export-prometheus", "[export.prometheus]", [prometheus(), endpoint()].concat()),
        Shape::of("export-otlp", "[export.otlp]", [otlp(), endpoint()].concat()),
        Shape::of("export-mlflow", "[export.mlflow]", [mlflow, endpoint()].concat()),
    ]
}

fn scrapes() -> Vec<Shape> {
    let shared = || {
        let own = vec![
            key("units", Kind::map(Kind::Text), "{}", "units by name"),
            key(
                "requests",
                Kind::Either(vec![Kind::Text, Kind::Table("requests")]),
                "",
                "what counts the requests that the server took",
            ),
            key("target", Kind::Text, "", "the target to whose runs it belongs; all unless given"),
            key("targets", Kind::texts(), "[]", "the targets to whose runs it belongs"),
        ];
        [endpoint(), own].concat()
    };
    let page = vec![
        key("metrics", Kind::Text, "", "the address of a metrics page, read each second of a run").needed(),
        key("names", Kind::texts(), "[]", "the metrics to keep, `*` and `?` allowed; all unless given"),
        key("prometheus", Kind::Never, "", "a page is no Prometheus"),
    ];
    let prometheus = vec![
        key("prometheus", Kind::Text, "", "the address of a Prometheus, asked after a run").needed(),
        key("queries", Kind::map(Kind::Text), "", "PromQL by name").needed(),
        key("metrics", Kind::Never, "", "a Prometheus is no page"),
    ];
    vec![
        Shape::of("scrape-page", "[scrape.NAME]", [page, shared()].concat()),
        Shape::of("scrape-prometheus", "[scrape.NAME]", [prometheus, shared()].concat()),
        Shape::of(
            "from-environment",
            "in `[scrape.NAME]` and `[export.KIND]`",
            vec![
                key("env", Kind::Text, "", "the variable that it is taken from").needed(),
                key("secret", Kind::Truth, "true", "the value is masked wherever it would be kept or shown"),
            ],
        ),
        Shape::of(
            "requests",
            "requests",
            vec![
                key("of", Kind::Text, "", "the name of a counter, or of a query").needed(),
                key("where", Kind::map(Kind::Text), "", "patterns that its labels fit"),
            ],
        ),
    ]
}
