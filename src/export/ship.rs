//! A shipment, sent: one case after the other, until all of it is there or the destination is away.

use std::thread;
use std::time::{Duration, Instant};

use super::book::Book;
use super::destination::Destination;
use super::error::ExportError;
use super::shipment::{CaseResult, Shipment};

/// How often a pause looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// What became of a shipment.
#[derive(Debug, Default)]
pub struct Shipped {
    /// How many cases were sent now.
    pub sent: usize,
    /// How many had been sent before.
    pub before: usize,
    /// How many are still to be sent.
    pub left: usize,
    /// The cases that the destination refused, with its reasons.
    pub refused: Vec<(String, ExportError)>,
    /// Why it ended early, or why what was sent is not known to be there.
    pub error: Option<ExportError>,
}

impl Shipped {
    /// Whether everything is there.
    pub fn is_whole(&self) -> bool {
        self.left == 0 && self.error.is_none()
    }

    /// Why it is not, in one line.
    pub fn why(&self) -> Option<String> {
        let refused = self.refused.first().map(|(case, error)| format!("{case}: {error}"));
        self.error.as_ref().map(ToString::to_string).or(refused)
    }
}

/// Sends what is not sent yet. Where nothing is left to send, nobody is asked. A case that is refused is told and
/// left; a destination that is away or lets nobody in ends it: what is left is caught up with later.
/// `progress` is told before each case how many were looked at, and how many there are.
pub fn ship(
    destination: &mut dyn Destination,
    shipment: &Shipment<'_>,
    book: &mut Book<'_>,
    is_stopped: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize, usize),
) -> Shipped {
    let mut shipped =
        Shipped { before: shipment.sent.len(), left: shipment.unsent.len(), ..Shipped::default() };
    if shipment.unsent.is_empty() && !destination.is_unfinished(shipment, book) {
        return shipped;
    }
    let told = |error: ExportError| error.unless_stopped(is_stopped());
    if let Err(error) = destination.prepare(shipment, book) {
        shipped.error = Some(told(error));
        return shipped;
    }
    let mut sent: Vec<&CaseResult<'_>> = Vec::new();
    for (place, case) in shipment.unsent.iter().enumerate() {
        progress(place, shipment.unsent.len());
        if is_stopped() {
            shipped.error = Some(ExportError::Interrupted);
            break;
        }
        // Whatever `prepare` has found there by its digest.
        if book.ledger().sent(&case.digest).is_some() {
            shipped.before += 1;
            shipped.left -= 1;
            continue;
        }
        match send(destination, shipment, case, book, is_stopped) {
            Ok(()) => sent.push(case),
            Err(error) if error.is_of_one_case() => {
                if destination.refuses_for_good(&error)
                    && let Err(error) = book.refused(case.digest, &case.case.id)
                {
                    shipped.error = Some(error);
                    break;
                }
                shipped.refused.push((case.case.id.clone(), error));
            }
            Err(error) => {
                shipped.error = Some(told(error));
                break;
            }
        }
    }
    // A destination that is away is not waited for once more.
    if shipped.error.is_none()
        && let Err(error) = destination.verify(shipment, &sent, book)
    {
        shipped.error = Some(told(error));
    }
    // What was taken, and is not known to be there, is left.
    sent.retain(|case| book.ledger().sent(&case.digest).is_some());
    shipped.sent = sent.len();
    shipped.left -= sent.len();
    shipped
}

/// Once more where that may help: what was written of the case by then is found by its digest.
fn send(
    destination: &mut dyn Destination,
    shipment: &Shipment<'_>,
    case: &CaseResult<'_>,
    book: &mut Book<'_>,
    is_stopped: &dyn Fn() -> bool,
) -> Result<(), ExportError> {
    let error = match destination.send(shipment, case, book) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let Some(pause) = error.passes_after() else { return Err(error) };
    let begun = Instant::now();
    while !is_stopped() && begun.elapsed() < pause {
        thread::sleep(LOOK);
    }
    if is_stopped() { Err(error) } else { destination.send(shipment, case, book) }
}
