//! Small tables that stand in several places.

use super::key::{Kind, Shape, key};

pub(super) fn shapes() -> Vec<Shape> {
    let end = || Kind::Either(vec![Kind::Number, Kind::Duration]);
    let signed = || Kind::Either(vec![Kind::Number, Kind::Text]);
    let bound = || Kind::Either(vec![Kind::Number, Kind::Text]);
    vec![
        Shape::of(
            "bound",
            "in `expect`",
            vec![
                key(
                    "below",
                    bound(),
                    "",
                    "the value must be below: a number, a time for times, a percentage for shares",
                ),
                key(
                    "above",
                    bound(),
                    "",
                    "the value must be above: a number, a time for times, a percentage for shares",
                ),
            ],
        ),
        Shape::of(
            "window",
            "measure",
            vec![
                key("skip", Kind::Duration, "\"0s\"", "what is left out at the beginning"),
                key(
                    "until",
                    Kind::Text,
                    "",
                    "where it ends: `\"30s\"` from the beginning, `\"-5s\"` from the end",
                ),
            ],
        ),
        Shape::of(
            "range",
            "in `[test.matrix]`",
            vec![
                key("from", end(), "", "the first value").needed(),
                key("to", end(), "", "the last value, unless the steps miss it").needed(),
                key("step", signed(), "", "what is added from value to value"),
                key("factor", Kind::Number, "", "what is multiplied from value to value"),
                key(
                    "points",
                    Kind::Count(2, 1_000_000),
                    "",
                    "how many values there are, both ends among them",
                ),
                key("scale", Kind::Words(vec!["lin", "log"]), "\"lin\"", "how `points` lie between the ends"),
                key("round", Kind::Count(1, u32::MAX), "", "to so many significant digits"),
            ],
        )
        .one_of(&["step", "factor", "points"]),
        Shape::of(
            "variable",
            "in `env`",
            vec![
                key(
                    "from",
                    Kind::Text,
                    "",
                    "the variable of Howitzer's own environment that it is taken from",
                )
                .needed(),
                key("secret", Kind::Truth, "false", "the value is masked wherever it would be kept or shown"),
                key(
                    "in_key",
                    Kind::Truth,
                    "",
                    "another value makes runs stale; `false` for secrets unless given",
                ),
            ],
        ),
    ]
}
