//! The quantile grid in a summary export: taken out of it, so that what is kept and shown is what the user
//! asked k6 for, and the distribution of every trend is kept by itself.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value};

use crate::spec::statistics::{GRID, is_grid_only};

/// What a summary says of one trend: k6's own percentiles, linear between the sorted samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// How many samples there are.
    pub count: u64,
    /// Their mean, in the metric's unit.
    pub mean: f64,
    /// The smallest one.
    pub min: f64,
    /// The largest one.
    pub max: f64,
    /// Shares from 0 to 1 with the value below which that share of the samples lies, both ascending.
    pub points: Vec<(f64, f64)>,
}

/// Splits an export into what the user asked for, in k6's own order, and the grids by metric. None where
/// it is no summary of the flat form: that stays as it is.
pub fn take_grid(export: &[u8], user: &[String]) -> Option<(Vec<u8>, BTreeMap<String, Grid>)> {
    let mut document: Value = serde_json::from_slice(export).ok()?;
    let metrics = document.get_mut("metrics")?.as_object_mut()?;
    let mut grids = BTreeMap::new();
    for (name, fields) in metrics {
        let Some(fields) = fields.as_object_mut() else { continue };
        grids.extend(grid_of(fields).map(|grid| (name.clone(), grid)));
        fields.retain(|statistic, _| !is_grid_only(statistic, user));
    }
    let mut bytes = Vec::with_capacity(export.len() / 8);
    let mut layout = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    document.serialize(&mut layout).ok()?;
    Some((bytes, grids))
}

/// The grid of a trend with samples; a metric of another type has none.
fn grid_of(fields: &Map<String, Value>) -> Option<Grid> {
    let number = |name: &str| fields.get(name)?.as_f64().filter(|number| number.is_finite());
    let count = fields.get("count")?.as_u64().filter(|count| *count > 0)?;
    let points = GRID.iter().map(|(name, share)| Some((*share, number(name)?)));
    Some(Grid {
        count,
        mean: number("avg")?,
        min: number("min")?,
        max: number("max")?,
        points: points.collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_taken_out_and_the_rest_stays_as_k6_wrote_it() {
        let whole = include_bytes!("../../tests/fixtures/k6/summary-export.legacy.json");
        let mut export: Value = serde_json::from_slice(whole).expect("JSON");
        let trend = export["metrics"]["http_req_duration"].as_object_mut().expect("a trend");
        trend.insert("count".into(), 5.into());
        for (name, share) in GRID.iter() {
            trend.insert(name.clone(), (*share).into());
        }
        let bytes = serde_json::to_vec(&export).expect("JSON");
        let (rest, grids) = take_grid(&bytes, &["p(42)".into()]).expect("a summary");
        assert_eq!(grids.keys().collect::<Vec<_>>(), ["http_req_duration"]);
        assert_eq!(grids["http_req_duration"].points.len(), GRID.len());
        let rest: Value = serde_json::from_slice(&rest).expect("JSON");
        let trend = rest["metrics"]["http_req_duration"].as_object().expect("a trend");
        assert!(trend.contains_key("p(42)") && trend.contains_key("p(99.9)") && trend.contains_key("p(95)"));
        assert!(!trend.contains_key("p(41)") && !trend.contains_key("p(99.91)"));
    }

    #[test]
    fn an_export_without_a_grid_stays_what_it_is() {
        let whole = include_bytes!("../../tests/fixtures/k6/summary-export.legacy.json");
        let (rest, grids) = take_grid(whole, &[]).expect("a summary");
        assert!(grids.is_empty());
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON").to_string();
        assert_eq!(read(&rest), read(whole));
    }
}
