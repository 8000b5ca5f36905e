//! A page of metrics in Prometheus' text form or in OpenMetrics', taken apart strictly: a page that breaks the
//! rules yields nothing, as in Prometheus itself.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>,
//! <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>

mod line;
mod reading;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use line::Line;

/// A page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exposition {
    /// What is said of families, by name.
    pub families: IndexMap<String, Family>,
    /// The values, in the order of the page.
    pub samples: Vec<Sample>,
}

/// What a page says of metrics of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// The type.
    pub kind: FamilyKind,
    /// `# UNIT`, which only OpenMetrics has.
    pub unit: Option<String>,
}

/// The types of both forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FamilyKind {
    /// It only grows.
    Counter,
    /// It goes up and down; what has the values of one (information, state sets) counts as such.
    Gauge,
    /// Observations in cumulative buckets.
    Histogram,
    /// Observations with quantiles.
    Summary,
    /// Nothing was said, or `untyped`, or `unknown`.
    #[default]
    Unknown,
}

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name, with `_bucket`, `_sum`, `_count` or `_total`.
    pub name: String,
    /// Its labels, unescaped.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
    /// When it was taken, in milliseconds since the epoch, where the page says so.
    pub timestamp_ms: Option<f64>,
}

/// A page that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line} of the page is no metric: {problem}")]
pub struct ExpositionError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: &'static str,
}

/// Takes a page apart. That it is OpenMetrics shows at its end, `# EOF`; times are in seconds there.
pub fn parse(text: &str) -> Result<Exposition, ExpositionError> {
    let is_open_metrics = text.lines().next_back().is_some_and(|last| last.trim_end() == "# EOF");
    let mut page = Exposition::default();
    for (index, line) in text.lines().enumerate() {
        let parsed = line::parse(line.trim_matches([' ', '\t', '\r']));
        match parsed.map_err(|problem| ExpositionError { line: index + 1, problem })? {
            Line::Nothing => {}
            Line::Type(name, kind) => page.families.entry(name).or_default().kind = kind,
            Line::Unit(name, unit) => page.families.entry(name).or_default().unit = Some(unit),
            Line::Sample(mut sample) => {
                let scale = if is_open_metrics { 1000.0 } else { 1.0 };
                sample.timestamp_ms = sample.timestamp_ms.map(|timestamp| timestamp * scale);
                page.samples.push(sample);
            }
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The example of the format's documentation, shortened.
    const DOCUMENTED: &str = r#"# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} NaN
rpc_duration_seconds_sum 1.7560473e+07
"#;

    #[test]
    fn the_documented_example_is_read_as_documented() {
        let page = parse(DOCUMENTED).expect("a page");
        assert_eq!(page.families["http_requests_total"].kind, FamilyKind::Counter);
        let first = &page.samples[0];
        assert_eq!(first.labels, labels(&[("method", "post"), ("code", "200")]));
        assert_eq!((first.value, first.timestamp_ms), (1027.0, Some(1_395_066_363_000.0)));
        let escaped = [("path", "C:\\DIR\\FILE.TXT"), ("error", "Cannot find file:\n\"FILE.TXT\"")];
        assert_eq!(page.samples[2].labels, labels(&escaped));
        assert_eq!(page.samples[3].name, "metric_without_timestamp_and_labels");
        assert_eq!(
            (page.samples[4].value, page.samples[4].timestamp_ms),
            (f64::INFINITY, Some(-3_982_045.0))
        );
        assert!(page.samples[5].value.is_nan());
        assert_eq!(page.samples.len(), 7);
    }

    #[test]
    fn open_metrics_has_units_exemplars_and_times_in_seconds() {
        let text = "# TYPE foo histogram\n# UNIT foo seconds\n\
                    foo_bucket{le=\"0.1\"} 8 # {trace_id=\"a # b\"} 0.054\n\
                    foo_bucket{le=\"+Inf\"} 17 1520879607.789 # {} 9.8 1520879607.789\nfoo_created 1.5\n# EOF\n";
        let page = parse(text).expect("a page");
        let family = Family { kind: FamilyKind::Histogram, unit: Some("seconds".to_owned()) };
        assert_eq!(page.families["foo"], family);
        let values: Vec<_> = page.samples.iter().map(|sample| (sample.value, sample.timestamp_ms)).collect();
        assert_eq!(values, [(8.0, None), (17.0, Some(1_520_879_607_789.0)), (1.5, None)]);
    }

    #[test]
    fn labels_may_hold_what_separates_them_elsewhere() {
        let page = parse("a{b=\"x,y} 5\", c = \"=\",} 1\r\n\ta{} 2\n{\"my.metric\",\"d.e\"=\"f\"} 3")
            .expect("a page");
        assert_eq!(page.samples[0].labels, labels(&[("b", "x,y} 5"), ("c", "=")]));
        assert_eq!((page.samples[1].value, page.samples[1].labels.len()), (2.0, 0));
        assert_eq!(
            (page.samples[2].name.as_str(), page.samples[2].labels["d.e"].as_str()),
            ("my.metric", "f")
        );
    }

    #[test]
    fn a_page_that_breaks_the_rules_is_none_and_says_where() {
        for (text, line, problem) in [
            ("a 1\n<html>", 2, "it does not begin with a name"),
            ("a", 1, "the value is missing"),
            ("a{b=\"c\" 1", 1, "a comma or a brace is missing behind a label"),
            ("a{b=\"c", 1, "a label's value does not end"),
            ("a{b=c} 1", 1, "a label has no value in quotes"),
            ("a one", 1, "the value is no number"),
            ("a 1 soon", 1, "the time is no number"),
            ("a 1 2 3", 1, "something stands behind the time"),
            ("# TYPE a pie", 1, "the type is unknown"),
            ("{a=\"b\"} 1", 1, "it has no name"),
        ] {
            assert_eq!(parse(text), Err(ExpositionError { line, problem }), "{text}");
        }
        assert_eq!(parse(""), Ok(Exposition::default()));
        assert_eq!(parse("# anything\n#\n# HELP\n"), Ok(Exposition::default()));
    }
}
