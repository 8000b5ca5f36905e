//! The gRPC side: the Open Inference Protocol and the health check.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, UnaryService};
use tonic_prost::ProstCodec;

use crate::connections::accept;
use crate::grpc_methods::Method;
use crate::messages::{
    HealthCheckRequest, ModelInferRequest, ModelMetadataRequest, ModelReadyRequest, ServerLiveRequest,
    ServerMetadataRequest, ServerReadyRequest,
};
use crate::metrics::Protocol;
use crate::service::{Refusal, Service};

/// Serves connections until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) {
    loop {
        let stream = accept(&listener).await;
        let service = Arc::clone(&service);
        let answer = service_fn(move |request| answer(Arc::clone(&service), request));
        // A connection that breaks is the client's affair, and seen there.
        tokio::spawn(http2::Builder::new(TokioExecutor::new()).serve_connection(stream, answer));
    }
}

async fn answer(service: Arc<Service>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    Ok(match request.uri().path() {
        "/inference.GRPCInferenceService/ServerLive" => unary::<ServerLiveRequest>(service, request).await,
        "/inference.GRPCInferenceService/ServerReady" => unary::<ServerReadyRequest>(service, request).await,
        "/inference.GRPCInferenceService/ModelReady" => unary::<ModelReadyRequest>(service, request).await,
        "/inference.GRPCInferenceService/ServerMetadata" => {
            unary::<ServerMetadataRequest>(service, request).await
        }
        "/inference.GRPCInferenceService/ModelMetadata" => {
            unary::<ModelMetadataRequest>(service, request).await
        }
        "/inference.GRPCInferenceService/ModelInfer" => unary::<ModelInferRequest>(service, request).await,
        "/grpc.health.v1.Health/Check" => unary::<HealthCheckRequest>(service, request).await,
        path => Status::unimplemented(format!("no method `{path}`")).into_http(),
    })
}

async fn unary<M: Method>(service: Arc<Service>, request: Request<Incoming>) -> Response<Body> {
    let call = Call::<M> { service, method: PhantomData };
    Grpc::new(ProstCodec::<M::Response, M>::default()).unary(call, request).await
}

/// A method as tonic calls it, which also counts how the call ended.
struct Call<M> {
    service: Arc<Service>,
    method: PhantomData<M>,
}

impl<M: Method> UnaryService<M> for Call<M> {
    type Response = M::Response;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<M::Response>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<M>) -> Self::Future {
        let service = Arc::clone(&self.service);
        Box::pin(async move {
            let answered = request.into_inner().answer(&service).await;
            let outcome = answered.as_ref().map_or_else(Refusal::outcome, |_| "ok");
            service.metrics.record_request(Protocol::Grpc, M::NAME, outcome);
            answered.map(tonic::Response::new).map_err(|refusal| status(&refusal))
        })
    }
}

fn status(refusal: &Refusal) -> Status {
    let message = refusal.message();
    match refusal {
        Refusal::NotFound(_) => Status::not_found(message),
        Refusal::InvalidArgument(_) => Status::invalid_argument(message),
        Refusal::Unimplemented(_) => Status::unimplemented(message),
        Refusal::Unavailable(_) => Status::unavailable(message),
    }
}
