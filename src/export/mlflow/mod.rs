//! MLflow: a run a build, nested in it a run a case, and below that one a trial where there are several.

use std::path::Path;

use serde_json::Value;

use super::book::Book;
use super::destination::Destination;
use super::error::ExportError;
use super::shipment::{CaseResult, Shipment};
use crate::base::environment::Environment;
use crate::manifest::MlflowExport;

/// An MLflow tracking server.
pub(super) struct Mlflow;

impl Mlflow {
    pub(super) fn open(_: &MlflowExport, _: &Path, _: &Environment) -> Result<Self, ExportError> {
        Ok(Self)
    }
}

impl Destination for Mlflow {
    fn prepare(&mut self, _: &Shipment<'_>, _: &mut Book<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn send(&mut self, _: &Shipment<'_>, _: &CaseResult<'_>, _: &mut Book<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn verify(
        &mut self,
        _: &Shipment<'_>,
        _: &[&CaseResult<'_>],
        _: &mut Book<'_>,
    ) -> Result<(), ExportError> {
        Ok(())
    }

    fn payload(&self, _: &Shipment<'_>, _: &CaseResult<'_>, _: &Book<'_>) -> Result<Vec<Value>, ExportError> {
        Ok(Vec::new())
    }

    fn place(&self) -> String {
        String::new()
    }
}
