//! All rows of all suites in one table.

use super::super::error::ReportError;
use super::super::results_csv;
use super::Told;

pub(super) fn bytes(suites: &[Told<'_>]) -> Result<Vec<u8>, ReportError> {
    let suites: Vec<_> = suites.iter().map(|told| told.suite).collect();
    results_csv::of_several(&suites)
}
