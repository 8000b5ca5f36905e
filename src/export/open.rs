//! From the manifest's words to a destination.

use std::path::Path;

use super::destination::Destination;
use super::error::ExportError;
use super::mlflow::Mlflow;
use super::prometheus::PrometheusWriter;
use crate::base::digest::Digest;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::manifest::Export;

/// The name of the ledger of a destination: another address or place at it is another destination.
pub fn ledger_name(export: &Export) -> String {
    let (kind, identity) = match export {
        Export::Mlflow(mlflow) => ("mlflow", format!("{}\n{}", mlflow.endpoint.url, mlflow.experiment)),
        Export::Prometheus(prometheus) => ("prometheus", prometheus.endpoint.url.clone()),
        Export::Otlp(otlp) => ("otlp", otlp.endpoint.url.clone()),
    };
    format!("{kind}-{}", Digest::of(identity.as_bytes()).short())
}

/// The destination; the files that its table names are relative to `root`. Nobody is asked yet. A signal that
/// `interrupt` knows of ends the waiting for an answer.
pub fn open(
    export: &Export,
    root: &Path,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<Box<dyn Destination>, ExportError> {
    match export {
        Export::Mlflow(mlflow) => Ok(Box::new(Mlflow::open(mlflow, root, environment, interrupt)?)),
        Export::Prometheus(prometheus) => {
            Ok(Box::new(PrometheusWriter::open(prometheus, root, environment, interrupt)?))
        }
        Export::Otlp(_) => Err(ExportError::OfRunsOnly),
    }
}
