//! What Prometheus answers (<https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview>).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::NoData;
use crate::base::printable::beginning;
use crate::result::LabelledPoints;

/// So much of a foreign answer is shown.
const SHOWN: usize = 200;

#[derive(Deserialize)]
struct Reply {
    status: String,
    #[serde(default)]
    data: Value,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
}

/// The `data` of an answer, and what Prometheus warns of: a part of its sources may not have answered.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) data: Value,
    pub(super) warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Value,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// Of a matrix.
    #[serde(default)]
    values: Vec<(f64, String)>,
    /// Of a vector.
    value: Option<(f64, String)>,
    /// Of a matrix of native histograms, which may stand beside values.
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

/// An answer with this status.
pub(super) fn answer(status: u16, body: &str) -> Result<Answer, NoData> {
    let is_ok = (200..300).contains(&status);
    match serde_json::from_str::<Reply>(body) {
        Ok(Reply { status, data, warnings, .. }) if status == "success" && is_ok => {
            Ok(Answer { data, warnings })
        }
        Ok(reply) if reply.status == "error" => {
            Err(NoData::Refused { kind: reply.kind, message: reply.error })
        }
        _ if !is_ok => Err(NoData::Status { status, begin: begin(body) }),
        _ => Err(NoData::Foreign(begin(body))),
    }
}

/// The series of a query's `data`, without the metric's own name among the labels.
pub(super) fn series(data: &Value) -> Result<Vec<LabelledPoints>, NoData> {
    let foreign = || NoData::Foreign(begin(&data.to_string()));
    let Data { kind, result } = Data::deserialize(data).map_err(|_| foreign())?;
    if kind == "scalar" {
        let value: (f64, String) = serde_json::from_value(result).map_err(|_| foreign())?;
        return Ok(vec![(BTreeMap::new(), vec![number(&value).ok_or_else(foreign)?])]);
    }
    if kind != "matrix" && kind != "vector" {
        return Err(NoData::OtherType(kind));
    }
    let all: Vec<Series> = serde_json::from_value(result).map_err(|_| foreign())?;
    let has_more =
        |series: &Series| !series.histograms.is_empty() || series.values.is_empty() && series.value.is_none();
    if all.iter().any(has_more) {
        return Err(NoData::OtherType("native histogram".to_owned()));
    }
    let points = |series: Series| {
        let values = series.values.iter().chain(&series.value);
        let points = values.map(number).collect::<Option<Vec<_>>>().ok_or_else(foreign)?;
        let mut labels = series.metric;
        labels.remove("__name__");
        Ok((labels, points))
    };
    all.into_iter().map(points).collect()
}

/// Values are texts, because JSON has no `NaN` and `+Inf`.
fn number((at, value): &(f64, String)) -> Option<(f64, f64)> {
    Some((*at, value.parse().ok()?))
}

/// The beginning of a text, on one line.
fn begin(text: &str) -> String {
    let line = beginning(text, SHOWN);
    if line.is_empty() { "nothing".to_owned() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<LabelledPoints>, NoData> {
        series(&answer(200, body)?.data)
    }

    fn success(kind: &str, result: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}"#)
    }

    #[test]
    fn every_type_of_result_is_read() {
        let matrix = success(
            "matrix",
            r#"[{"metric":{"__name__":"up","job":"a"},"values":[[1435781430.781,"1"],[1435781445,"NaN"]]}]"#,
        );
        let series = read(&matrix).expect("a matrix");
        assert_eq!(series[0].0, BTreeMap::from([("job".to_owned(), "a".to_owned())]));
        assert_eq!(series[0].1[0], (1_435_781_430.781, 1.0));
        assert!(series[0].1[1].1.is_nan());
        let vector = success("vector", r#"[{"metric":{},"value":[1,"+Inf"]}]"#);
        assert_eq!(read(&vector).expect("a vector")[0].1, [(1.0, f64::INFINITY)]);
        let scalar = success("scalar", r#"[1,"2.5"]"#);
        assert_eq!(read(&scalar).expect("a scalar")[0].1, [(1.0, 2.5)]);
        assert_eq!(read(&success("matrix", "[]")), Ok(Vec::new()));
        assert_eq!(read(&success("string", r#"[1,"a"]"#)), Err(NoData::OtherType("string".to_owned())));
        let native = success("matrix", r#"[{"metric":{},"histograms":[[1,{"count":"1"}]]}]"#);
        assert_eq!(read(&native), Err(NoData::OtherType("native histogram".to_owned())));
        let mixed =
            success("matrix", r#"[{"metric":{},"values":[[1,"1"]],"histograms":[[2,{"count":"1"}]]}]"#);
        assert_eq!(read(&mixed), Err(NoData::OtherType("native histogram".to_owned())));
    }

    #[test]
    fn what_prometheus_warns_of_stands_beside_the_data() {
        let body = r#"{"status":"success","data":[],"warnings":["a store did not answer"]}"#;
        assert_eq!(answer(200, body).expect("an answer").warnings, ["a store did not answer"]);
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_prometheus() {
        let body = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\""}"#;
        let told = answer(400, body).expect_err("refused").to_string();
        assert_eq!(told, "bad_data: invalid parameter \"query\"");
    }

    #[test]
    fn what_is_no_prometheus_is_told_by_how_it_begins() {
        let told = |status, body: &str| answer(status, body).expect_err("foreign").to_string();
        assert_eq!(told(502, "<html>\n Bad   Gateway"), "status 502: <html> Bad Gateway");
        assert_eq!(told(200, "hello"), "this is no answer of a Prometheus: hello");
        assert_eq!(told(302, ""), "status 302: nothing");
        assert_eq!(told(200, "[]"), "this is no answer of a Prometheus: []");
        assert!(told(500, &"ü".repeat(500)).ends_with("ü…"));
        let odd = read(&success("matrix", r#"[{"metric":{},"values":[[1,"one"]]}]"#));
        assert!(matches!(odd, Err(NoData::Foreign(_))), "{odd:?}");
    }
}
