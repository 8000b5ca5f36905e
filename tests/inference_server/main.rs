//! The example target does what its protocol and its options say, and knows
//! digits it has not seen.

mod digits;
mod grpc_client;
mod running_server;

#[allow(dead_code, reason = "the server's, not all needed here")]
#[path = "../../examples/inference_server/messages.rs"]
mod messages;
#[allow(dead_code, reason = "the server's, not all needed here")]
#[path = "../../examples/inference_server/model.rs"]
mod model;

use std::hint::black_box;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use tonic::Code;

use digits::{accuracy, held_out, http_inputs, payload};
use messages::{
    HealthCheckRequest, HealthCheckResponse, ModelInferRequest, ModelInferResponse, ModelMetadataRequest,
    ModelMetadataResponse,
};
use model::DigitClassifier;
use running_server::{RunningServer, command};

fn infer_by_grpc(server: &RunningServer, request: &ModelInferRequest) -> Result<ModelInferResponse, Code> {
    let path = "/inference.GRPCInferenceService/ModelInfer";
    grpc_client::call(server.grpc_address(), path, request)
}

fn check_health(server: &RunningServer, service: &str) -> Result<HealthCheckResponse, Code> {
    let request = HealthCheckRequest { service: service.to_owned() };
    grpc_client::call(server.grpc_address(), "/grpc.health.v1.Health/Check", &request)
}

fn digits_in(answer: &ModelInferResponse) -> &[i64] {
    let contents = answer.outputs[0].contents.as_ref();
    &contents.expect("an output has contents").int64_contents
}

#[test]
fn recognises_held_out_digits_over_http() {
    let server = RunningServer::start(&[]);
    let samples = held_out();
    let mut digits: Vec<i64> = Vec::new();
    for batch in samples.chunks(100) {
        let answer = server.infer(&http_inputs(batch));
        assert_eq!(answer.status, 200, "{}", answer.text);
        let output = answer.json()["outputs"][0].take();
        assert_eq!(output["datatype"], "INT64");
        assert_eq!(output["shape"], json!([batch.len()]));
        digits.extend(output["data"].as_array().into_iter().flatten().filter_map(Value::as_i64));
    }
    assert!(samples.len() >= 300);
    assert!(accuracy(&samples, &digits) >= 0.95);
}

#[test]
fn recognises_the_digits_of_the_payload_files_over_grpc() {
    let server = RunningServer::start(&[]);
    let samples = held_out();
    for rows in [1, 64] {
        let answer = infer_by_grpc(&server, &payload(rows)).expect("the payload fits the model");
        assert_eq!(answer.model_name, "digits-svm");
        assert_eq!(answer.outputs[0].datatype, "INT64");
        assert_eq!(answer.outputs[0].shape, [i64::try_from(rows).expect("few rows")]);
        assert!(accuracy(&samples[..rows], digits_in(&answer)) >= 0.95);
    }
}

#[test]
fn repeats_the_id_of_a_request() {
    let server = RunningServer::start(&[]);
    let request = ModelInferRequest { id: "seven".to_owned(), ..payload(1) };
    assert_eq!(infer_by_grpc(&server, &request).map(|answer| answer.id), Ok("seven".to_owned()));
    let body = json!({ "id": "seven", "inputs": http_inputs(&held_out()[..1]) });
    let answer = server.post("/v2/models/digits-svm/infer", &body);
    assert_eq!(answer.json()["id"], "seven");
}

#[test]
fn answers_raw_input_contents_with_unimplemented() {
    let server = RunningServer::start(&[]);
    let request = ModelInferRequest { raw_input_contents: vec![vec![0; 256]], ..payload(1) };
    assert_eq!(infer_by_grpc(&server, &request), Err(Code::Unimplemented));
}

#[test]
fn answers_inputs_that_do_not_fit_the_model_with_invalid_argument() {
    let server = RunningServer::start(&[]);
    let mut requests = vec![ModelInferRequest { inputs: Vec::new(), ..payload(1) }];
    for shape in [vec![1, 63], vec![64], vec![1, 1, 64], vec![2, 64], vec![0, 64], vec![-1, 64]] {
        let mut request = payload(1);
        request.inputs[0].shape = shape;
        requests.push(request);
    }
    let mut of_another_type = payload(1);
    of_another_type.inputs[0].datatype = "FP64".to_owned();
    let mut of_another_name = payload(1);
    of_another_name.inputs[0].name = "digits".to_owned();
    let mut without_contents = payload(1);
    without_contents.inputs[0].contents = None;
    let mut twice = payload(1);
    twice.inputs.extend(payload(1).inputs);
    requests.extend([of_another_type, of_another_name, without_contents, twice]);
    for request in requests {
        let answer = infer_by_grpc(&server, &request);
        assert_eq!(answer, Err(Code::InvalidArgument), "{:?}", request.inputs);
    }
}

#[test]
fn answers_requests_that_do_not_fit_the_model_with_400_and_an_error() {
    let server = RunningServer::start(&[]);
    let fitting = http_inputs(&held_out()[..1]);
    for (field, value) in [
        ("shape", json!([1, 63])),
        ("shape", json!([2, 64])),
        ("datatype", json!("INT64")),
        ("name", json!("digits")),
        ("data", json!([1.5])),
        ("data", json!("not numbers")),
    ] {
        let mut inputs = fitting.clone();
        inputs[0][field] = value;
        let answer = server.infer(&inputs);
        assert_eq!(answer.status, 400, "{field}: {}", answer.text);
        assert!(answer.json()["error"].is_string());
    }
}

#[test]
fn does_not_know_models_and_versions_that_it_does_not_serve() {
    let server = RunningServer::start(&[]);
    let other_model = ModelInferRequest { model_name: "letters".to_owned(), ..payload(1) };
    assert_eq!(infer_by_grpc(&server, &other_model), Err(Code::NotFound));
    let other_version = ModelInferRequest { model_version: "0".to_owned(), ..payload(1) };
    assert_eq!(infer_by_grpc(&server, &other_version), Err(Code::NotFound));
    assert_eq!(server.get("/v2/models/letters/ready").status, 404);
    let answer = server.post("/v2/models/letters/infer", &json!({ "inputs": [] }));
    assert_eq!(answer.status, 404);
    assert!(answer.json()["error"].is_string());
}

#[test]
fn says_that_it_is_alive_and_ready() {
    let server = RunningServer::start(&[]);
    assert_eq!(server.get("/v2/health/live").json(), json!({ "live": true }));
    assert_eq!(server.get("/v2/health/ready").json(), json!({ "ready": true }));
    let ready = server.get("/v2/models/digits-svm/ready").json();
    assert_eq!(ready, json!({ "name": "digits-svm", "ready": true }));
    for service in ["", "inference.GRPCInferenceService"] {
        assert_eq!(check_health(&server, service), Ok(HealthCheckResponse { status: 1 }));
    }
    assert_eq!(check_health(&server, "other"), Err(Code::NotFound));
}

#[test]
fn shows_the_version_it_was_given_wherever_it_is_asked() {
    let server = RunningServer::start(&["--model-version", "2-rc"]);
    assert_eq!(server.announcement["model"], "digits-svm");
    assert_eq!(server.announcement["version"], "2-rc");
    assert_eq!(server.get("/v2").json()["version"], "2-rc");
    assert_eq!(server.get("/v2/models/digits-svm").json()["versions"], json!(["2-rc"]));
    let path = "/inference.GRPCInferenceService/ModelMetadata";
    let request = ModelMetadataRequest { name: "digits-svm".to_owned(), version: "2-rc".to_owned() };
    let metadata: ModelMetadataResponse =
        grpc_client::call(server.grpc_address(), path, &request).expect("the model is served");
    assert_eq!(metadata.versions, ["2-rc"]);
    assert_eq!(metadata.inputs[0].shape, [-1, 64]);
}

#[test]
fn counts_requests_and_rows_in_its_metrics() {
    let server = RunningServer::start(&[]);
    let _ = infer_by_grpc(&server, &payload(64));
    let _ = server.infer(&http_inputs(&held_out()[..3]));
    let _ = server.infer(&json!([]));
    let text = server.get("/metrics").text;
    for line in [
        r#"inference_requests_total{protocol="grpc",method="ModelInfer",outcome="ok"} 1"#,
        r#"inference_requests_total{protocol="http",method="ModelInfer",outcome="ok"} 1"#,
        r#"inference_requests_total{protocol="http",method="ModelInfer",outcome="invalid_argument"} 1"#,
        r#"inference_rows_total{protocol="grpc"} 64"#,
        r#"inference_rows_total{protocol="http"} 3"#,
        r#"inference_duration_seconds_bucket{protocol="grpc",le="+Inf"} 1"#,
        r#"inference_duration_seconds_count{protocol="http"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "no `{line}` in\n{text}");
    }
    assert!(metric(&text, "process_cpu_seconds_total") > 0.0);
    if cfg!(target_os = "linux") {
        assert!(metric(&text, "process_resident_memory_bytes") > 1e6);
    }
}

fn metric(text: &str, name: &str) -> f64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.and_then(|value| value.parse().ok()).expect("the metric is a number")
}

#[test]
fn fails_every_nth_inference_when_told_to() {
    let server = RunningServer::start(&["--fail-every", "3"]);
    let inputs = http_inputs(&held_out()[..1]);
    let statuses: Vec<u16> = (0..5).map(|_| server.infer(&inputs).status).collect();
    assert_eq!(statuses, [200, 200, 503, 200, 200]);
    assert_eq!(infer_by_grpc(&server, &payload(1)), Err(Code::Unavailable));
}

#[test]
fn delays_each_inference_when_told_to() {
    let server = RunningServer::start(&["--delay", "300ms"]);
    let started = Instant::now();
    assert_eq!(server.infer(&http_inputs(&held_out()[..1])).status, 200);
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn ends_cleanly_by_a_signal_having_said_one_line() {
    for signal in [Signal::TERM, Signal::INT] {
        let (status, rest) = RunningServer::start(&[]).end_by(signal);
        assert_eq!(status.code(), Some(0));
        assert_eq!(rest, "");
    }
}

#[test]
fn ends_at_once_by_a_signal_while_an_inference_is_under_way() {
    let server = RunningServer::start(&["--delay", "60s"]);
    let _unanswered = server.begin_infer(&http_inputs(&held_out()[..1]));
    // Most likely taken up after the request above.
    assert_eq!(server.get("/v2/health/live").status, 200);
    let started = Instant::now();
    let (status, _) = server.end_by(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn ends_with_an_error_when_its_address_is_taken() {
    let server = RunningServer::start(&[]);
    let output = command(&["--grpc", server.grpc_address()])
        .stderr(Stdio::piped())
        .output()
        .expect("the example server starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains(server.grpc_address()));
}

#[test]
fn takes_at_least_twice_as_long_for_64_rows_as_for_one() {
    let model = DigitClassifier::included().expect("the model is complete");
    let pixels: Vec<f32> = held_out()[..64].iter().flat_map(|sample| sample.pixels.clone()).collect();
    let (mut one, mut many) = (Vec::new(), Vec::new());
    // In turns, so that whatever else the machine does falls on both.
    for _ in 0..21 {
        one.push(time_of(&model, &pixels[..64]));
        many.push(time_of(&model, &pixels));
    }
    assert!(median(many) >= 2 * median(one));
}

fn time_of(model: &DigitClassifier, pixels: &[f32]) -> Duration {
    let started = Instant::now();
    black_box(model.classify(black_box(pixels)));
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
