//! Results at MLflow: against a small server of its API that fails when it is told to, and against a real
//! MLflow from PyPI (behind `real-services`).

mod counted;
mod faults;
mod front;
mod ledger;
mod links;
mod live;
mod manifest;
mod odd_answers;
#[cfg(feature = "real-services")]
mod real;
#[cfg(feature = "real-services")]
mod real_mlflow;
mod secrets;
mod tracking;
mod workspace;
