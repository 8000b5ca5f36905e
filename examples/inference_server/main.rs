//! The example target: a real inference server to try load tests on. It
//! classifies handwritten digits and speaks the Open Inference Protocol over
//! gRPC and HTTP.
//!
//! Once both listeners are bound it prints one line of JSON that says where
//! they are; SIGTERM and SIGINT end it with exit code 0.
//!
//! ```text
//! cargo run --release --example inference_server -- --grpc 127.0.0.1:0 --http 127.0.0.1:0
//! ```

#![allow(clippy::print_stderr, reason = "the log of a server; stdout has the announcement")]

mod connections;
mod grpc;
mod grpc_methods;
mod http;
mod http_inference;
mod messages;
mod metrics;
mod model;
mod options;
mod process;
mod service;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use model::DigitClassifier;
use options::Options;
use service::Service;

/// Threads for connections, and as many again for the model.
const THREADS: usize = 2;

fn main() -> ExitCode {
    match start(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: &Options) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    let ended = runtime.block_on(run(options));
    // At once: whoever stops a target does not wait for its last batch.
    runtime.shutdown_background();
    ended
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(THREADS).max_blocking_threads(THREADS).enable_all().build()
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let service = Arc::new(Service::new(DigitClassifier::included()?, options));
    let grpc_listener = connections::listen(options.grpc).await?;
    let http_listener = connections::listen(options.http).await?;
    announce(&service, &grpc_listener, &http_listener)?;
    tokio::select! {
        () = grpc::serve(grpc_listener, Arc::clone(&service)) => {}
        () = http::serve(http_listener, service) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The only line on stdout, for whoever started the server with port 0.
fn announce(service: &Service, grpc: &TcpListener, http: &TcpListener) -> std::io::Result<()> {
    let line = json!({
        "grpc": grpc.local_addr()?.to_string(),
        "http": http.local_addr()?.to_string(),
        "model": service.model_name(),
        "version": service.version(),
    });
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
