//! A run's content in batches within MLflow's limits.

use serde_json::{Value, json};

use super::content::Content;

/// The most of each in one request, and of all together
/// (<https://mlflow.org/docs/latest/api_reference/rest-api.html>, "Request Limits").
const METRICS: usize = 1000;
const PARAMS: usize = 100;
pub(super) const TAGS: usize = 100;
const ALL: usize = 1000;

/// As few batches as the limits allow; the tags that a run is made with are not in them.
pub(super) fn of(run: &str, content: &Content) -> Vec<Value> {
    let mut params = content.params.as_slice();
    let mut tags = content.more_tags.as_slice();
    let mut metrics = content.metrics.as_slice();
    let mut batches = Vec::new();
    while !(params.is_empty() && tags.is_empty() && metrics.is_empty()) {
        let now_params = take(&mut params, PARAMS);
        let now_tags = take(&mut tags, TAGS);
        let now_metrics = take(&mut metrics, METRICS.min(ALL - now_params.len() - now_tags.len()));
        let mut batch = json!({ "run_id": run });
        let pairs = |pairs: &[(String, String)]| -> Value {
            pairs.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
        };
        if !now_metrics.is_empty() {
            batch["metrics"] = json!(now_metrics);
        }
        if !now_params.is_empty() {
            batch["params"] = pairs(now_params);
        }
        if !now_tags.is_empty() {
            batch["tags"] = pairs(now_tags);
        }
        batches.push(batch);
    }
    batches
}

fn take<'a, T>(from: &mut &'a [T], most: usize) -> &'a [T] {
    let (now, later) = from.split_at(most.min(from.len()));
    *from = later;
    now
}

#[cfg(test)]
mod tests {
    use super::super::series::Point;
    use super::*;

    #[test]
    fn no_batch_is_over_a_limit_and_nothing_is_lost_or_doubled() {
        let pairs = |count: usize| (0..count).map(|n| (format!("k{n}"), "v".to_owned())).collect::<Vec<_>>();
        for (metrics, params, tags) in [(0, 0, 0), (60, 3, 20), (1000, 1, 0), (2500, 250, 350), (0, 101, 0)] {
            let point = |n: i64| Point { key: "m".into(), value: 1.0, timestamp: 0, step: n };
            let content = Content {
                metrics: (0..metrics).map(point).collect(),
                params: pairs(params),
                more_tags: pairs(tags),
                ..Content::default()
            };
            let batches = of("run", &content);
            let count = |batch: &Value, key: &str| batch[key].as_array().map_or(0, Vec::len);
            for batch in &batches {
                let [m, p, t] = ["metrics", "params", "tags"].map(|key| count(batch, key));
                assert!(m <= METRICS && p <= PARAMS && t <= TAGS && m + p + t <= ALL, "{m} {p} {t}");
                assert!(m + p + t > 0);
            }
            let sum = |key: &str| batches.iter().map(|batch| count(batch, key)).sum::<usize>();
            let of_tags = tags;
            assert_eq!(
                (sum("metrics"), sum("params"), sum("tags")),
                (usize::try_from(metrics).expect("small"), params, of_tags)
            );
            let least =
                usize::try_from(metrics).expect("small").div_ceil(METRICS).max(params.div_ceil(PARAMS));
            assert!(batches.len() <= least.max(of_tags.div_ceil(TAGS)) + 1, "{}", batches.len());
        }
    }
}
