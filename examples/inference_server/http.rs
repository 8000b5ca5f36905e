//! The HTTP side: the Open Inference Protocol in JSON, and `/metrics`.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::connections::accept;
use crate::http_inference;
use crate::metrics::Protocol;
use crate::service::{
    INPUT_DATATYPE, INPUT_SHAPE, OUTPUT_DATATYPE, OUTPUT_SHAPE, PLATFORM, Refusal, SERVER_NAME, Service,
    TENSOR,
};

/// Serves connections until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) {
    loop {
        let stream = accept(&listener).await;
        let service = Arc::clone(&service);
        let answer = service_fn(move |request| answer(Arc::clone(&service), request));
        // A connection that breaks is the client's affair, and seen there.
        tokio::spawn(http1::Builder::new().serve_connection(stream, answer));
    }
}

async fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/metrics" {
        let text = service.metrics.to_text();
        return Ok(response(StatusCode::OK, "text/plain; version=0.0.4", text));
    }
    let (method, answered) = route(&service, request).await;
    let outcome = answered.as_ref().map_or_else(Refusal::outcome, |_| "ok");
    service.metrics.record_request(Protocol::Http, method, outcome);
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => (status(&refusal), json!({ "error": refusal.message() })),
    };
    Ok(response(status, "application/json", body.to_string()))
}

/// The answer, and the name of the method as gRPC has it, for the metrics.
async fn route(service: &Service, request: Request<Incoming>) -> (&'static str, Result<Value, Refusal>) {
    let (head, body) = request.into_parts();
    let path: Vec<&str> = head.uri.path().split('/').skip(1).collect();
    match (head.method.as_str(), path.as_slice()) {
        ("GET", ["v2"]) => ("ServerMetadata", Ok(server_metadata(service))),
        ("GET", ["v2", "health", "live"]) => ("ServerLive", Ok(json!({ "live": true }))),
        ("GET", ["v2", "health", "ready"]) => ("ServerReady", Ok(json!({ "ready": true }))),
        ("GET", ["v2", "models", name]) => ("ModelMetadata", model_metadata(service, name)),
        ("GET", ["v2", "models", name, "ready"]) => ("ModelReady", model_ready(service, name)),
        ("POST", ["v2", "models", name, "infer"]) => {
            ("ModelInfer", http_inference::infer(service, name, body).await)
        }
        (method, _) => {
            let message = format!("nothing at {method} `{}`", head.uri.path());
            ("unknown", Err(Refusal::NotFound(message)))
        }
    }
}

fn server_metadata(service: &Service) -> Value {
    json!({ "name": SERVER_NAME, "version": service.version(), "extensions": [] })
}

fn model_ready(service: &Service, name: &str) -> Result<Value, Refusal> {
    service.find_model(name, "")?;
    Ok(json!({ "name": name, "ready": true }))
}

fn model_metadata(service: &Service, name: &str) -> Result<Value, Refusal> {
    service.find_model(name, "")?;
    Ok(json!({
        "name": name,
        "versions": [service.version()],
        "platform": PLATFORM,
        "inputs": [{ "name": TENSOR, "datatype": INPUT_DATATYPE, "shape": INPUT_SHAPE }],
        "outputs": [{ "name": TENSOR, "datatype": OUTPUT_DATATYPE, "shape": OUTPUT_SHAPE }],
    }))
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound(_) => StatusCode::NOT_FOUND,
        Refusal::InvalidArgument(_) => StatusCode::BAD_REQUEST,
        Refusal::Unimplemented(_) => StatusCode::NOT_IMPLEMENTED,
        Refusal::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn response(status: StatusCode, media_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
