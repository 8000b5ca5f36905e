//! Results where people work: each destination behind one trait, at most once for a destination and a result.
//!
//! ```text
//! SuiteView → Shipment (what is not sent yet) → Destination::prepare → send, case by case → verify
//!                                                    ↕ Book: the ledger in the store
//! ```
//!
//! Before anything of a result is written at a destination, the ledger says that it was begun; when all of it is
//! there, that it was sent. What was begun and not sent, because this process was killed or the server went
//! away, is looked for at the destination by the digest that it carries there as a tag, and gone on with. What
//! was sent is never sent again: where a later build reuses it, the destination is told which one it is.

mod answer;
mod book;
mod destination;
mod error;
mod mlflow;
mod open;
mod prometheus;
mod ship;
mod shipment;

pub use book::Book;
pub use destination::Destination;
pub use error::ExportError;
pub use open::{ledger_name, open};
pub use ship::{Shipped, ship};
pub use shipment::{CaseResult, Shipment, TrialResult, Which};
