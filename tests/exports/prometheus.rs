//! What answers like a Prometheus, as far as a sending asks.

use std::collections::BTreeSet;
use std::sync::Mutex;

use howitzer::k6::decode_remote_write;
use serde_json::{Value, json};

use crate::front::Front;

pub(crate) fn prometheus() -> Front {
    let results: Mutex<BTreeSet<String>> = Mutex::default();
    Front::start(move |request| {
        let mut results = results.lock().expect("whole");
        if request.path.starts_with("/api/v1/write") {
            let samples = decode_remote_write(&request.body).expect("remote write");
            let labels = samples.iter().flat_map(|sample| &sample.labels);
            results.extend(labels.filter(|(name, _)| name == "result").map(|(_, value)| value.clone()));
            return (200, Vec::new());
        }
        let metrics = results.iter().map(|result| json!({ "result": result })).chain([json!({})]);
        let series: Vec<Value> =
            metrics.map(|metric| json!({ "metric": metric, "values": [[1, "1"]] })).collect();
        let data = json!({ "resultType": "matrix", "result": series });
        (200, json!({ "status": "success", "data": data }).to_string().into_bytes())
    })
}
