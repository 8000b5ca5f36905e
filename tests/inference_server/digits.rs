//! The digits that the model was not trained on, and requests made of them.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::messages::{InferTensor, InferTensorContents, ModelInferRequest};

#[derive(Deserialize)]
struct HeldOut {
    samples: Vec<Sample>,
}

#[derive(Deserialize)]
pub(crate) struct Sample {
    pub(crate) label: i64,
    pub(crate) pixels: Vec<f32>,
}

pub(crate) fn held_out() -> Vec<Sample> {
    let text = read("examples/inference_server/heldout.json");
    let held_out: HeldOut = serde_json::from_str(&text).expect("the samples are complete");
    held_out.samples
}

/// The samples as the inputs of a request over HTTP.
pub(crate) fn http_inputs(samples: &[Sample]) -> Value {
    json!([{
        "name": "predict",
        "shape": [samples.len(), 64],
        "datatype": "FP32",
        "data": samples.iter().flat_map(|sample| sample.pixels.clone()).collect::<Vec<_>>(),
    }])
}

/// The payload file of so many rows as a request over gRPC.
pub(crate) fn payload(rows: usize) -> ModelInferRequest {
    let text = read(&format!("payloads/digits-{rows}.json"));
    let payload: Value = serde_json::from_str(&text).expect("the payload is JSON");
    let input = &payload["inputs"][0];
    let values = &input["contents"]["fp32_contents"];
    let tensor = InferTensor {
        name: serde_json::from_value(input["name"].clone()).expect("a name"),
        datatype: serde_json::from_value(input["datatype"].clone()).expect("a datatype"),
        shape: serde_json::from_value(input["shape"].clone()).expect("a shape"),
        contents: Some(InferTensorContents {
            fp32_contents: serde_json::from_value(values.clone()).expect("numbers"),
            ..InferTensorContents::default()
        }),
        ..InferTensor::default()
    };
    ModelInferRequest {
        model_name: "digits-svm".to_owned(),
        inputs: vec![tensor],
        ..ModelInferRequest::default()
    }
}

/// The part of the samples whose digit was recognised.
pub(crate) fn accuracy(samples: &[Sample], digits: &[i64]) -> f64 {
    assert_eq!(samples.len(), digits.len(), "each sample gets a digit");
    let right = samples.iter().zip(digits).filter(|(sample, digit)| sample.label == **digit);
    right.count() as f64 / samples.len() as f64
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("the file is part of the repository")
}
