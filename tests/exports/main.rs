//! How exporters are let in where they send to: TLS, tokens, users, headers and proxies, for every kind that Howitzer
//! itself sends to, through the built binary and against servers of the tests' own.

mod access;
mod authority;
#[path = "../mlflow/front.rs"]
#[allow(dead_code, reason = "shared with the tests of MLflow")]
mod front;
mod message;
mod prometheus;
mod proxies;
mod proxy;
mod site;
mod tls;
#[path = "../mlflow/tracking.rs"]
#[allow(dead_code, reason = "shared with the tests of MLflow")]
mod tracking;
#[path = "../mlflow/workspace.rs"]
#[allow(dead_code, reason = "shared with the tests of MLflow")]
mod workspace;
