//! A small OpenTelemetry collector over HTTP and gRPC: it keeps what it is sent.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;

/// Messages and fields as in `opentelemetry/proto/metrics/v1/metrics.proto`
/// (<https://github.com/open-telemetry/opentelemetry-proto>), with only the fields that the tests look at.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    pub(crate) resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub(crate) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AnyValue {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ScopeMetrics {
    #[prost(message, repeated, tag = "2")]
    pub(crate) metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Metric {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "7")]
    pub(crate) sum: Option<Sum>,
    #[prost(message, optional, tag = "9")]
    pub(crate) histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Sum {
    #[prost(message, repeated, tag = "1")]
    pub(crate) points: Vec<NumberPoint>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NumberPoint {
    #[prost(double, optional, tag = "4")]
    pub(crate) double: Option<f64>,
    #[prost(sfixed64, optional, tag = "6")]
    pub(crate) integer: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Histogram {
    #[prost(message, repeated, tag = "1")]
    pub(crate) points: Vec<HistogramPoint>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct HistogramPoint {
    #[prost(fixed64, tag = "4")]
    pub(crate) count: u64,
}

#[derive(Default)]
struct Seen {
    requests: Vec<ExportRequest>,
    bodies: Vec<Bytes>,
    heads: Vec<String>,
}

/// Listens until it is dropped.
pub(crate) struct Collector {
    pub(crate) address: String,
    seen: Arc<Mutex<Seen>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Collector {
    pub(crate) fn start(is_grpc: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let theirs = Arc::clone(&seen);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = accept(listener, theirs, is_grpc) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Self { address, seen, stop: Some(stop), thread: Some(thread) }
    }

    /// Names, headers and paths of all requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panicked").heads.clone()
    }

    /// The bodies of all requests, as they came.
    #[allow(dead_code, reason = "asked for by the test of secrets only")]
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        self.seen.lock().expect("nobody panicked").bodies.clone()
    }

    /// The attributes of the resource of the last request.
    pub(crate) fn attributes(&self) -> BTreeMap<String, String> {
        let seen = self.seen.lock().expect("nobody panicked");
        let last = seen.requests.last().and_then(|request| request.resource_metrics.first());
        let attributes = last.and_then(|of| of.resource.clone()).unwrap_or_default().attributes;
        attributes.into_iter().map(|one| (one.key, one.value.unwrap_or_default().text)).collect()
    }

    /// The greatest total of a counter, all label sets together: k6 sends totals.
    pub(crate) fn total(&self, name: &str) -> f64 {
        let point = |point: &NumberPoint| point.double.or(point.integer.map(|value| value as f64));
        let totals = self.metrics(name).into_iter().filter_map(|metric| metric.sum);
        totals.map(|sum| sum.points.iter().filter_map(point).sum()).fold(0.0, f64::max)
    }

    /// How many values a trend has, all label sets together.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let histograms = self.metrics(name).into_iter().filter_map(|metric| metric.histogram);
        histograms.map(|histogram| histogram.points.iter().map(|point| point.count).sum()).max().unwrap_or(0)
    }

    /// The metric of this name in every request.
    fn metrics(&self, name: &str) -> Vec<Metric> {
        let seen = self.seen.lock().expect("nobody panicked");
        let resources = seen.requests.iter().flat_map(|request| &request.resource_metrics);
        let metrics = resources.flat_map(|of| &of.scope_metrics).flat_map(|scope| &scope.metrics);
        metrics.filter(|metric| metric.name == name).cloned().collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn accept(listener: tokio::net::TcpListener, seen: Arc<Mutex<Seen>>, is_grpc: bool) {
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Arc::clone(&seen);
        let service = service_fn(move |request| take(request, Arc::clone(&seen), is_grpc));
        tokio::spawn(async move {
            let stream = TokioIo::new(stream);
            // A peer that breaks off is its own affair.
            if is_grpc {
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(stream, service)
                    .await;
            } else {
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await;
            }
        });
    }
}

/// Keeps one request. Over gRPC a message stands behind five bytes (compressed or not, and its length), and the
/// status behind the body (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
async fn take(
    request: Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
    is_grpc: bool,
) -> Result<Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, Infallible> {
    let head = format!("{} {:?}", request.uri().path(), request.headers());
    let body =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let message = if is_grpc { body.get(5..).unwrap_or_default() } else { &body };
    let mut seen = seen.lock().expect("nobody panicked");
    seen.heads.push(head);
    seen.bodies.push(body.clone());
    seen.requests.extend(ExportRequest::decode(message));
    drop(seen);
    if !is_grpc {
        return Ok(Response::new(Full::new(Bytes::new()).boxed()));
    }
    let mut trailers = hyper::HeaderMap::new();
    trailers.insert("grpc-status", hyper::header::HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
    let answer = Response::builder().header("content-type", "application/grpc").body(body.boxed());
    Ok(answer.expect("a whole answer"))
}
