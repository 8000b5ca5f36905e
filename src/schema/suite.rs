//! The tables of a suite.

use serde_json::json;

use super::key::{Key, Kind, Shape, key};
use super::test_keys::{fields, matrix, set, settings};
use crate::suite::Order;

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = vec![
        Shape::of(
            "suite-file",
            "suites/NAME.toml",
            vec![
                key(
                    "$schema",
                    Kind::Text,
                    "",
                    "the schema by which an editor checks the file; nothing here reads it",
                ),
                key("suite", Kind::Table("suite"), "{}", "what the suite says of itself"),
                key("defaults", Kind::Table("defaults"), "{}", "what lies under every test of the suite"),
                key(
                    "test",
                    Kind::List(1, Box::new(Kind::Table("test"))),
                    "",
                    "the tests, in the order in which they execute",
                )
                .needed(),
                key(
                    "metric",
                    Kind::map(Kind::Table("metric")),
                    "{}",
                    "metrics of your own, computed from what runs left",
                ),
                key("payload", Kind::map(Kind::Table("payload")), "{}", "payloads that are built"),
            ],
        ),
        Shape::of(
            "suite",
            "[suite]",
            vec![
                key("title", Kind::Text, "", "the heading of reports; the suite's name unless given"),
                key("description", Kind::Text, "\"\"", "free text for reports"),
                key(
                    "max_age",
                    Kind::DurationOr("never"),
                    "",
                    "how old a kept result may be and still be used",
                ),
                key(
                    "rendering",
                    Kind::Words(vec!["own", "ancestor"]),
                    "\"own\"",
                    "with `ancestor` templates print what they did under the scripts before Howitzer",
                ),
            ],
        ),
        Shape::of("defaults", "[defaults]", [fields(), settings()].concat()),
        Shape::of("test", "[[test]]", [test(), fields(), settings()].concat()),
    ];
    all.extend(of_tests());
    all.extend(of_metrics_and_payloads());
    all
}

fn list(table: &'static str) -> Kind {
    Kind::List(0, Box::new(Kind::Table(table)))
}

fn test() -> Vec<Key> {
    vec![
        key(
            "name",
            Kind::Text,
            "",
            "its name, which ids of cases begin with: no white space, none of `[ ] * ? , = @ / \\`",
        )
        .needed(),
        key("description", Kind::Text, "\"\"", "free text for reports"),
        key(
            "role",
            Kind::Words(vec!["load", "warmup"]),
            "\"load\"",
            "a warm-up precedes measurements and is never counted",
        ),
        key(
            "after",
            Kind::texts(),
            "[]",
            "the tests that come before it; a warm-up precedes those that name it",
        ),
        key(
            "matrix",
            matrix(),
            "{}",
            "the axes: every combination of their values is a case; the last varies fastest",
        ),
        key(
            "sweep",
            Kind::Table("sweep"),
            "{}",
            "which axes vary together, how many cases there may be, and their order",
        ),
        key("exclude", list("exclude"), "[]", "combinations that are left out"),
        key("patch", list("patch"), "[]", "changes of the cases that match"),
        key("include", list("include"), "[]", "single cases beside the combinations"),
        key("id", Kind::Text, "", "a template of the cases' ids over the names of axes"),
        key(
            "setup",
            list("setup"),
            "[]",
            "commands that bring the target into the state that a value of an axis means",
        ),
    ]
}

fn of_tests() -> Vec<Shape> {
    let orders = Order::ALL.map(Order::word).to_vec();
    let pairs = Kind::List(0, Box::new(Kind::List(2, Box::new(Kind::Text))));
    let plain = json!({ "type": ["string", "number", "boolean", "array", "null"] });
    let plain = Kind::Own("a value or a list of values".into(), plain);
    let values = Kind::Either(vec![plain, Kind::Table("comparison")]);
    let comparison = |name, about| key(name, Kind::Anything, "", about);
    vec![
        Shape::of(
            "sweep",
            "[test.sweep]",
            vec![
                key("zip", pairs, "[]", "lists of axes that vary together, value by value"),
                key("order", Kind::Words(orders), "\"declared\"", "in which order the runs execute"),
                key("max_cases", Kind::Count(1, u32::MAX), "500", "more cases than these are a mistake"),
            ],
        ),
        Shape::of(
            "exclude",
            "[[test.exclude]]",
            vec![key("when", Kind::Text, "", "an expression over the names of axes")],
        )
        .others(values.clone()),
        Shape::of(
            "patch",
            "[[test.patch]]",
            vec![
                key("match", Kind::map(values), "{}", "values of axes, or comparisons: all must hold"),
                key("when", Kind::Text, "", "an expression over the names of axes"),
                key("set", set(), "", "the fields that get other values").needed(),
            ],
        ),
        Shape::of(
            "include",
            "[[test.include]]",
            vec![key("set", set(), "{}", "fields of this case beyond its axes")],
        )
        .others(Kind::Anything),
        Shape::of(
            "comparison",
            "in `exclude` and `match`",
            vec![
                comparison("ge", "at least this number or time"),
                comparison("gt", "more than this number or time"),
                comparison("le", "at most this number or time"),
                comparison("lt", "less than this number or time"),
                comparison("ne", "not this value, nor any of this list"),
            ],
        ),
        Shape::of(
            "setup",
            "[[test.setup]]",
            vec![
                key("axis", Kind::Text, "", "the axis whose values it applies").needed(),
                key(
                    "apply",
                    Kind::command(),
                    "",
                    "the command that applies a value, seen as `{{ value }}` and `{{ label }}`",
                )
                .needed(),
                key("undo", Kind::command(), "", "the command that takes it back, also after a failure"),
                key("env", Kind::map(super::test_keys::variable()), "{}", "variables of both commands"),
                key("timeout", Kind::Duration, "\"5m\"", "the longest that either command may take"),
            ],
        ),
        Shape::of(
            "labelled",
            "in a list of `[test.matrix]`",
            vec![
                key("label", Kind::Text, "", "what ids and tables show; the value unless given"),
                key("value", Kind::Anything, "", "the value of the field that the axis names"),
                key("set", set(), "", "further fields that it sets"),
            ],
        ),
        Shape::of(
            "glob",
            "`payload` or `template` of `[test.matrix]`",
            vec![
                key("glob", Kind::Text, "", "a pattern; every file that matches is a value, in name order")
                    .needed(),
            ],
        ),
        Shape::of(
            "built",
            "`payload` of `[test.matrix]`",
            vec![
                key(
                    "built",
                    Kind::Text,
                    "",
                    "the name of a `[payload.NAME]`; every number of its rows is a value",
                )
                .needed(),
            ],
        ),
    ]
}

fn of_metrics_and_payloads() -> Vec<Shape> {
    let rows = Kind::Count(1, 10_000_000);
    vec![
        Shape::of(
            "metric",
            "[metric.NAME]",
            vec![
                key("of", Kind::Text, "", "the metric that it is computed from").needed(),
                key("percentile", Kind::Number, "", "this percentile of a trend, from 0 to 100"),
                key(
                    "below",
                    Kind::Either(vec![Kind::Number, Kind::Duration]),
                    "",
                    "the share of a trend's samples below this bound",
                ),
                key("per", Kind::Text, "", "a counter over this other counter"),
                key("where", Kind::map(Kind::Text), "", "only samples whose tags fit these patterns"),
            ],
        ),
        Shape::of(
            "payload",
            "[payload.NAME]",
            vec![
                key("repeat", Kind::Text, "", "a file of the payloads folder whose rows are repeated"),
                key("template", Kind::Text, "", "a template of the payloads folder"),
                key(
                    "rows",
                    Kind::Either(vec![rows.clone(), Kind::List(1, Box::new(rows)), Kind::Table("range")]),
                    "",
                    "how many rows; a payload for each number",
                ),
                key("vars", Kind::map(Kind::Anything), "{}", "what the template sees as `vars`"),
            ],
        )
        .one_of(&["repeat", "template"]),
    ]
}
