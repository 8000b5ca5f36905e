//! What every destination can do.

use serde_json::Value;

use super::book::Book;
use super::error::ExportError;
use super::shipment::{CaseResult, Shipment};

/// A place to which results are sent. All that it tells of itself is without secrets.
pub trait Destination {
    /// Asks whether it answers and lets us in, and makes there what all cases of the shipment share.
    fn prepare(&mut self, shipment: &Shipment<'_>, book: &mut Book<'_>) -> Result<(), ExportError>;

    /// Whether what the cases of the shipment share was begun and not finished, so that it is asked although every
    /// case is there.
    fn is_unfinished(&self, _shipment: &Shipment<'_>, _book: &Book<'_>) -> bool {
        false
    }

    /// Sends one case, goes on with a half-finished sending of it, and notes both in the book: what is begun before
    /// anything is written, what is sent once all of it is there. Where that is not known before it was asked for,
    /// [`Destination::verify`] notes it.
    fn send(
        &mut self,
        shipment: &Shipment<'_>,
        case: &CaseResult<'_>,
        book: &mut Book<'_>,
    ) -> Result<(), ExportError>;

    /// Finishes what all cases of the shipment share, and asks whether what was sent is there.
    fn verify(
        &mut self,
        shipment: &Shipment<'_>,
        sent: &[&CaseResult<'_>],
        book: &mut Book<'_>,
    ) -> Result<(), ExportError>;

    /// Shows what would be written of a shipment, one document a request, without asking anybody.
    fn payload(
        &self,
        shipment: &Shipment<'_>,
        book: &Book<'_>,
        show: &mut dyn FnMut(&Value),
    ) -> Result<(), ExportError>;

    /// Whether what was refused with this error will be refused whenever it is sent.
    fn refuses_for_good(&self, _: &ExportError) -> bool {
        false
    }

    /// Where a person finds what was sent; empty where there is no such place.
    fn place(&self) -> String;

    /// What a person should know of the sending, and is no failure.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
