//! One comparison of a parameter with a value: `vus>4`, `duration<=10s`, `payload=one.json`.

use std::cmp::Ordering;

use crate::base::duration;

/// `NAME OPERATOR VALUE`.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    /// The name of the axis.
    pub(super) name: String,
    operator: Operator,
    /// What its value is compared with.
    pub(super) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it holds for a value with this label; none where the two have no order.
    pub(super) fn holds(&self, label: &str) -> Option<bool> {
        let order = order(label, &self.value);
        match self.operator {
            Operator::Equal => Some(order == Some(Ordering::Equal) || label == self.value),
            Operator::Unequal => Some(order != Some(Ordering::Equal) && label != self.value),
            Operator::Less => order.map(Ordering::is_lt),
            Operator::LessOrEqual => order.map(Ordering::is_le),
            Operator::Greater => order.map(Ordering::is_gt),
            Operator::GreaterOrEqual => order.map(Ordering::is_ge),
        }
    }
}

/// The order of two numbers or two durations.
fn order(one: &str, other: &str) -> Option<Ordering> {
    if let (Ok(one), Ok(other)) = (one.parse::<f64>(), other.parse::<f64>()) {
        return one.partial_cmp(&other);
    }
    Some(duration::parse(one)?.cmp(&duration::parse(other)?))
}

/// `NAME OPERATOR VALUE`, where the value is one number, duration or text; anything else is an expression.
pub(super) fn comparison(typed: &str) -> Option<Comparison> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Unequal};
    const OPERATORS: [(&str, Operator); 7] = [
        ("==", Equal),
        ("!=", Unequal),
        (">=", GreaterOrEqual),
        ("<=", LessOrEqual),
        ("=", Equal),
        (">", Greater),
        ("<", Less),
    ];
    let end = typed.find(|c: char| "=!<>".contains(c))?;
    let (name, rest) = (typed[..end].trim(), &typed[end..]);
    let (sign, operator) = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    let value = rest[sign.len()..].trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    let unquoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let is_ordered = value.parse::<f64>().is_ok() || duration::parse(value).is_some();
    let is_text =
        !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || "()|\"'=<>!".contains(c));
    let value = match operator {
        Equal | Unequal if sign == "=" && unquoted.is_none() => Some(value).filter(|value| !value.is_empty()),
        Equal | Unequal => unquoted.filter(|text| !text.contains(['"', '\''])).or(is_text.then_some(value)),
        _ => is_ordered.then_some(value),
    };
    let value = value.filter(|_| is_name)?;
    Some(Comparison { name: name.to_owned(), operator, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_comparison_is_told_from_an_expression() {
        for (typed, expected) in [
            ("vus>4", Some(("vus", "4"))),
            ("k6.duration <= 10s", Some(("k6.duration", "10s"))),
            ("payload=digits-1.json", Some(("payload", "digits-1.json"))),
            ("model == \"a b\"", Some(("model", "a b"))),
            ("base_url=http://a/?b=c", Some(("base_url", "http://a/?b=c"))),
            ("vus > rps", None),
            ("vus > 4 and rps < 3", None),
            ("vus == 4 or vus == 5", None),
            ("vus * rps > 4", None),
        ] {
            let read = comparison(typed);
            let read = read.as_ref().map(|read| (read.name.as_str(), read.value.as_str()));
            assert_eq!(read, expected, "{typed}");
        }
    }

    #[test]
    fn numbers_and_durations_have_an_order() {
        assert_eq!(order("10", "9"), Some(Ordering::Greater));
        assert_eq!(order("10s", "1m"), Some(Ordering::Less));
        assert_eq!(order("a", "b"), None);
    }
}
