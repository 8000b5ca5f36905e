//! Ranges of axis values: `{ from, to }` with a step, a factor or a number of points.
//!
//! Whole numbers, decimals and durations are counted exactly, in units of their last digit; only what
//! has no exact value there is a rounded number. No value leaves the range.

use super::unit::Unit;
use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected};

/// The most points a range may have: beyond it the range is surely a mistake.
const MOST_POINTS: usize = 1_000_000;

/// What of a number without an exact value is no noise.
const DIGITS: u32 = 12;

/// One value of a range, in units.
enum Point {
    Exact(i128),
    Rounded(f64),
}

struct Range<'a> {
    from: i128,
    to: i128,
    unit: Unit,
    /// The significant digits that are asked for.
    round: Option<u32>,
    item: &'a Item,
}

/// The values of the range that `item` is.
pub(super) fn range(item: &Item) -> Result<Vec<Item>, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let ends = [fields.item("from"), fields.item("to")];
    let steps = [fields.item("step"), fields.item("factor"), fields.item("points")];
    let scale = fields.item("scale");
    let round = fields.count("round", 1);
    fields.finish().or(())?;
    let [Some(from), Some(to)] = ends else {
        return Err(Mistake::at(&item.place, "a range needs `from` and `to`").into());
    };
    let unit = Unit::of(&[Some(from), Some(to), steps[0]]);
    let range = Range { from: unit.count(from)?, to: unit.count(to)?, unit, round, item };
    let points = match steps {
        [Some(step), None, None] => range.arithmetic(step)?,
        [None, Some(factor), None] => range.geometric(factor)?,
        [None, None, Some(points)] => range.spaced(points, scale)?,
        _ => {
            let message = "a range needs exactly one of `step`, `factor` and `points`";
            return Err(Mistake::at(&item.place, message).into());
        }
    };
    if let (Some(scale), None) = (scale, steps[2]) {
        return Err(Mistake::at(&scale.place, "`scale` belongs to `points`").into());
    }
    let mut items: Vec<Item> = points.iter().map(|point| range.value(point)).collect();
    items.dedup_by(|a, b| a.tree == b.tree);
    Ok(items)
}

impl Range<'_> {
    fn falls(&self) -> bool {
        self.from > self.to
    }

    fn low(&self) -> i128 {
        self.from.min(self.to)
    }

    fn high(&self) -> i128 {
        self.from.max(self.to)
    }

    fn holds(&self, value: i128) -> bool {
        (self.low()..=self.high()).contains(&value)
    }

    fn arithmetic(&self, step: &Item) -> Result<Vec<Point>, Mistakes> {
        let size = self.step(step)?;
        if self.from != self.to && size.signum() != (self.to - self.from).signum() {
            let (which, way) = if self.falls() { ("negative", "falls") } else { ("positive", "rises") };
            let mistake = Mistake::at(&step.place, format!("expected a {which} step"));
            return Err(mistake.label(format!("the range {way} from `from` to `to`")).into());
        }
        if size == 0 || (self.to - self.from) / size >= MOST_POINTS as i128 {
            let message = "expected a step that gives at most a million points";
            return Err(Mistake::at(&step.place, message).into());
        }
        let next = |value: &i128| Some(value + size).filter(|value| self.holds(*value));
        Ok(std::iter::successors(Some(self.from), next).map(Point::Exact).collect())
    }

    /// Durations have no sign of their own; a step may.
    fn step(&self, step: &Item) -> Result<i128, Mistakes> {
        let Some(size) = step.as_text().and_then(|text| text.strip_prefix('-')) else {
            return self.unit.count(step);
        };
        let size = Item { tree: Tree::Text(size.to_owned()), place: step.place.clone() };
        Ok(-self.unit.count(&size)?)
    }

    fn geometric(&self, factor: &Item) -> Result<Vec<Point>, Mistakes> {
        let (size, whole) = match factor.tree {
            Tree::Integer(number) => (number as f64, Some(i128::from(number))),
            Tree::Float(number) => (number, None),
            _ => return Err(expected("a number", factor).into()),
        };
        let leads_there = if self.falls() { size > 0.0 && size < 1.0 } else { size > 1.0 };
        if !leads_there || self.from.min(self.to) <= 0 {
            let which = if self.falls() { "between 0 and 1" } else { "above 1" };
            let message = format!("expected a factor {which} and a range above 0");
            return Err(Mistake::at(&factor.place, message).into());
        }
        if let Some(whole) = whole {
            let next = |value: &i128| value.checked_mul(whole).filter(|value| *value <= self.to);
            return Ok(std::iter::successors(Some(self.from), next).map(Point::Exact).collect());
        }
        let next = |value: &f64| Some(value * size);
        let values = std::iter::successors(Some(self.from as f64), next);
        // What floats miss by a hair is the end itself.
        let (low, high) = (self.low() as f64 * (1.0 - 1e-9), self.high() as f64 * (1.0 + 1e-9));
        let inside = values.take_while(|value| (low..=high).contains(value));
        Ok(inside.take(MOST_POINTS).map(Point::Rounded).collect())
    }

    fn spaced(&self, points: &Item, scale: Option<&Item>) -> Result<Vec<Point>, Mistakes> {
        let Tree::Integer(number @ 2..=1_000_000) = points.tree else {
            return Err(expected("a whole number of at least 2", points).into());
        };
        let last = i128::from(number - 1);
        let (from, width) = (self.from as f64, self.to - self.from);
        match scale.map_or(Some("lin"), Item::as_text) {
            Some("lin") => Ok((0..=last).map(|index| self.between(width * index, last)).collect()),
            Some("log") if self.low() > 0 => {
                let ratio = self.to as f64 / from;
                let point = |index: i128| Point::Rounded(from * ratio.powf(index as f64 / last as f64));
                Ok((0..=last)
                    .map(|index| if index == last { Point::Exact(self.to) } else { point(index) })
                    .collect())
            }
            Some("log") => {
                let place = &scale.unwrap_or(points).place;
                let mistake = Mistake::at(place, "a logarithmic range lies above 0");
                Err(mistake.label("expected `from` and `to` above 0").into())
            }
            _ => Err(expected("\"lin\" or \"log\"", scale.unwrap_or(points)).into()),
        }
    }

    /// `from` + `part` / `whole`.
    fn between(&self, part: i128, whole: i128) -> Point {
        if part % whole == 0 {
            return Point::Exact(self.from + part / whole);
        }
        Point::Rounded(self.from as f64 + part as f64 / whole as f64)
    }

    fn value(&self, point: &Point) -> Item {
        let point = match (point, self.round) {
            (Point::Exact(value), None) => Point::Exact(*value),
            (Point::Exact(value), Some(digits)) => self.rounded(*value as f64, digits),
            (Point::Rounded(value), digits) => self.rounded(*value, digits.unwrap_or(DIGITS)),
        };
        let tree = match point {
            Point::Exact(value) => self.unit.exact(value),
            Point::Rounded(value) => self.unit.rounded(value),
        };
        Item { tree, place: self.item.place.clone() }
    }

    /// The value with so many significant digits, and inside the range.
    fn rounded(&self, value: f64, digits: u32) -> Point {
        let digits = digits.saturating_sub(1).min(16) as usize;
        let value: f64 = format!("{value:.digits$e}").parse().unwrap_or(value);
        if value >= self.high() as f64 {
            Point::Exact(self.high())
        } else if value <= self.low() as f64 {
            Point::Exact(self.low())
        } else if value.fract() == 0.0 {
            #[allow(clippy::cast_possible_truncation, reason = "whole, and between two of them")]
            Point::Exact(value as i128)
        } else {
            Point::Rounded(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::document::read_toml;
    use crate::base::source::Source;

    fn values(text: &str) -> Result<String, String> {
        let source = Arc::new(Source { path: "x.toml".into(), text: format!("x = {{ {text} }}") });
        let document = read_toml(&source).expect("TOML");
        let item = &document.as_table().expect("a table")["x"].item;
        let items = range(item).map_err(|mistakes| mistakes.to_string())?;
        Ok(items.iter().map(Item::label).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn ranges_hold_both_ends_and_never_leave_them() {
        let cases = [
            ("from = 1, to = 9, step = 4", "1 5 9"),
            ("from = 1, to = 10, factor = 2", "1 2 4 8"),
            ("from = 1, to = 5, factor = 1.5", "1 1.5 2.25 3.375"),
            ("from = 100, to = 10000, points = 5, scale = \"log\", round = 2", "100 320 1000 3200 10000"),
            ("from = 123, to = 987, points = 3, scale = \"log\", round = 1", "123 300 987"),
            ("from = \"1s\", to = \"2s\", step = \"500ms\"", "1s 1500ms 2s"),
            ("from = \"1us\", to = \"3us\", step = \"1us\"", "1us 2us 3us"),
            ("from = 0, to = 1, points = 3", "0 0.5 1"),
            ("from = 0.1, to = 0.5, step = 0.1", "0.1 0.2 0.3 0.4 0.5"),
            ("from = -0.3, to = 0.3, step = 0.3", "-0.3 0 0.3"),
            ("from = 5, to = 5, step = 1", "5"),
            ("from = 10, to = 1, step = -4", "10 6 2"),
            ("from = 1, to = -1, step = -1", "1 0 -1"),
            ("from = 8, to = 1, factor = 0.5", "8 4 2 1"),
            ("from = 1, to = 0.001, factor = 0.1", "1 0.1 0.01 0.001"),
            ("from = 4, to = 0, points = 3", "4 2 0"),
            ("from = 1000, to = 10, points = 3, scale = \"log\"", "1000 100 10"),
            ("from = 987, to = 123, points = 3, scale = \"log\", round = 1", "987 300 123"),
            ("from = \"2s\", to = \"1s\", points = 3", "2s 1500ms 1s"),
            ("from = \"2s\", to = \"1s\", step = \"-400ms\"", "2s 1600ms 1200ms"),
        ];
        for (text, expected) in cases {
            assert_eq!(values(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_exact_however_long() {
        let cases = [
            (
                "from = 1234567890121, to = 1234567890124, step = 1",
                "1234567890121 1234567890122 1234567890123 1234567890124",
            ),
            (
                "from = 9223372036854775805, to = 9223372036854775807, points = 3",
                "9223372036854775805 9223372036854775806 9223372036854775807",
            ),
            (
                "from = 3000000000000000001, to = 9223372036854775807, factor = 3",
                "3000000000000000001 9000000000000000003",
            ),
            (
                "from = -9223372036854775808, to = 9223372036854775807, points = 2",
                "-9223372036854775808 9223372036854775807",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(values(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn wrong_ranges_are_refused_at_the_value() {
        let cases = [
            ("from = 1, to = 2", "exactly one of"),
            ("from = 2, to = 1, step = 1", "expected a negative step"),
            ("from = 1, to = 2, step = 0", "expected a positive step"),
            ("from = 1, to = 2, step = -1", "the range rises"),
            ("from = 1, to = 1, step = 0", "expected a step"),
            ("from = \"2s\", to = \"1s\", step = \"1s\"", "expected a negative step"),
            ("from = 8, to = 1, factor = 2", "a factor between 0 and 1"),
            ("from = 8, to = 0, points = 3, scale = \"log\"", "lies above 0"),
            ("from = 1, to = 8, points = 1", "at least 2"),
            ("from = 1, to = 8, points = 3, round = 0", "at least 1"),
            ("from = 1, points = 3", "needs `from` and `to`"),
            ("from = 1, to = 8, points = 3, factor = 2", "exactly one of"),
            ("from = 1, to = 8, stepp = 3", "did you mean `step`?"),
            ("from = 1, to = \"2s\", step = 1", "expected a duration"),
            ("from = 0, to = 9, factor = 2", "a factor above 1 and a range above 0"),
            ("from = 1, to = 9, points = 3, scale = \"lg\"", "expected \"lin\" or \"log\""),
            ("from = 1, to = 9, step = 3, scale = \"log\"", "`scale` belongs to `points`"),
            ("from = 0, to = 999999999, step = 1", "at most a million points"),
        ];
        for (text, expected) in cases {
            let message = values(text).expect_err(text);
            assert!(message.contains(expected) && message.contains("x.toml:1:"), "{text}: {message}");
        }
    }
}
