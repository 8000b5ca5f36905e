//! The names of series in a query, as far as it takes to say which of them nobody knows.

/// Words of PromQL that stand where a metric could (<https://prometheus.io/docs/prometheus/latest/querying/>).
const KEYWORDS: [&str; 8] = ["and", "or", "unless", "offset", "bool", "atan2", "inf", "nan"];

/// Words behind which labels stand in parentheses.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The metric names of `query`, in order: words that are no function, keyword, label, duration or number.
pub(super) fn metric_names(query: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '"' | '\'' | '`' => behind_text(rest, first),
            '{' => behind(rest, '}'),
            '[' => behind(rest, ']'),
            '#' => rest.split_once('\n').map_or("", |(_, rest)| rest),
            _ if is_word(first) => {
                let (word, after) = rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
                let next = after.trim_start();
                let lower = word.to_lowercase();
                if BEFORE_LABELS.contains(&lower.as_str()) {
                    if next.starts_with('(') { behind(next, ')') } else { after }
                } else {
                    let is_aggregation = BEFORE_LABELS[..2].iter().any(|by| next.starts_with(by));
                    let is_metric = !first.is_ascii_digit() && !next.starts_with('(') && !is_aggregation;
                    if is_metric && !KEYWORDS.contains(&lower.as_str()) && !names.contains(&word) {
                        names.push(word);
                    }
                    after
                }
            }
            _ => &rest[first.len_utf8()..],
        };
    }
    names
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | ':')
}

/// What follows a text in quotes.
fn behind_text(text: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return &text[at + 1..];
        }
        escaped = character == '\\' && !escaped && quote != '`';
    }
    ""
}

/// What follows the next `end` that stands in no quotes.
fn behind(text: &str, end: char) -> &str {
    let mut rest = &text[1..];
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '"' | '\'' | '`' => behind_text(rest, first),
            _ => &rest[first.len_utf8()..],
        };
        if first == end {
            return rest;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::metric_names;

    #[test]
    fn the_names_of_a_query_are_its_series() {
        for (query, names) in [
            ("rate(process_cpu_seconds_total[10s])", vec!["process_cpu_seconds_total"]),
            (
                "sum by (job, le) (rate(a_bucket{x=\"}b(\"}[1m])) / on(job) b:c offset 5m",
                vec!["a_bucket", "b:c"],
            ),
            ("sum(a) without (b) > bool 0.5e3 or a", vec!["a"]),
            ("histogram_quantile(0.9, sum by(le) (x))", vec!["x"]),
            ("{__name__=\"a\"} # comment b", vec![]),
            ("up{a='it\\'s'} * on (i) group_left (n) info", vec!["up", "info"]),
            ("{", vec![]),
        ] {
            assert_eq!(metric_names(query), names, "{query}");
        }
    }
}
