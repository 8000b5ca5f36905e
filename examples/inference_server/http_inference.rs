//! An inference over HTTP: JSON to a tensor, and digits back to JSON.

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::metrics::Protocol;
use crate::service::{OUTPUT_DATATYPE, Refusal, Service, TENSOR, Tensor};

/// The same limit as tonic has for a gRPC message.
const MAX_BODY_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
struct InferenceRequest {
    id: Option<String>,
    inputs: Vec<RequestInput>,
}

#[derive(Deserialize)]
struct RequestInput {
    name: String,
    shape: Vec<i64>,
    datatype: String,
    data: Vec<f32>,
}

pub(crate) async fn infer(service: &Service, model: &str, body: Incoming) -> Result<Value, Refusal> {
    service.find_model(model, "")?;
    let request = read(body).await?;
    let inputs = request.inputs.into_iter().map(tensor).collect();
    let digits = service.infer(Protocol::Http, inputs).await?;
    let mut answer = json!({
        "model_name": model,
        "model_version": service.version(),
        "outputs": [{
            "name": TENSOR,
            "shape": [digits.len()],
            "datatype": OUTPUT_DATATYPE,
            "data": digits,
        }],
    });
    if let Some(id) = request.id {
        answer["id"] = id.into();
    }
    Ok(answer)
}

async fn read(body: Incoming) -> Result<InferenceRequest, Refusal> {
    let body = Limited::new(body, MAX_BODY_BYTES)
        .collect()
        .await
        .map_err(|error| Refusal::InvalidArgument(format!("cannot read the body: {error}")))?;
    serde_json::from_slice(&body.to_bytes())
        .map_err(|error| Refusal::InvalidArgument(format!("not an inference request: {error}")))
}

fn tensor(sent: RequestInput) -> Tensor {
    Tensor { name: sent.name, datatype: sent.datatype, shape: sent.shape, values: sent.data }
}
