//! A line of k6's JSON output, read as a JSON document. k6 writes infinite values and NaN as Go does, which is no
//! JSON.

use serde::Deserialize;

use crate::result::Labels;
use crate::spec::MetricKind;

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Document {
    /// A metric is described.
    Metric {
        name: String,
        kind: MetricKind,
        /// `time`, `data` or `default`.
        contains: String,
    },
    /// A sample.
    Sample { metric: String, at_ns: i64, value: f64, tags: Labels },
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    form: String,
    metric: Option<String>,
    data: Data,
}

/// Of a metric: `name`, `type`, `contains`. Of a sample: `time`, `value`, `tags`.
#[derive(Deserialize)]
struct Data {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<MetricKind>,
    contains: Option<String>,
    time: Option<String>,
    value: Option<f64>,
    tags: Option<Labels>,
}

/// Reads a line, or says why it is none of k6's.
pub(super) fn document(line: &[u8]) -> Result<Document, String> {
    let text = String::from_utf8_lossy(line);
    match strict(&text) {
        Err(why) => match without_words(&text) {
            Some((text, value)) => with_value(strict(&text)?, value),
            None => Err(why),
        },
        read => read,
    }
}

/// The tags of a sample as they stand in a line.
pub(super) fn tags(raw: &[u8]) -> Option<Labels> {
    serde_json::from_slice(raw).ok()
}

fn strict(text: &str) -> Result<Document, String> {
    let Envelope { form, metric, data } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match (form.as_str(), data) {
        ("Metric", Data { name: Some(name), kind: Some(kind), contains, .. }) => {
            Ok(Document::Metric { name, kind, contains: contains.unwrap_or_default() })
        }
        ("Point", Data { time: Some(time), value: Some(value), tags, .. }) => {
            let time: jiff::Timestamp = time.parse().map_err(|error: jiff::Error| error.to_string())?;
            let at_ns = i64::try_from(time.as_nanosecond()).map_err(|error| error.to_string())?;
            let metric = metric.ok_or("a sample without a metric")?;
            Ok(Document::Sample { metric, at_ns, value, tags: tags.unwrap_or_default() })
        }
        ("Metric" | "Point", _) => Err("a part of it is missing".to_owned()),
        _ => Err("its type is unknown".to_owned()),
    }
}

/// The line with a zero for the word that k6 wrote in place of a number, and what the word means.
fn without_words(text: &str) -> Option<(String, f64)> {
    let words = [("+Inf", f64::INFINITY), ("-Inf", f64::NEG_INFINITY), ("NaN", f64::NAN)];
    words.into_iter().find_map(|(word, value)| {
        let written = format!("\"value\":{word},");
        text.contains(&written).then(|| (text.replacen(&written, "\"value\":0,", 1), value))
    })
}

fn with_value(document: Document, number: f64) -> Result<Document, String> {
    match document {
        Document::Sample { metric, at_ns, tags, .. } => {
            Ok(Document::Sample { metric, at_ns, value: number, tags })
        }
        Document::Metric { .. } => Err("a metric with a value".to_owned()),
    }
}
