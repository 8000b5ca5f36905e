//! Each rule by which a run is invalid, aborted or suspect: made to fire on real k6 through the binary, and silent
//! on a run that only that rule could spoil. Where real k6 cannot be made to show it, a fake one plays it.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

#[path = "../faults/fake.rs"]
#[allow(dead_code, reason = "shared with the tests of faults, which use all of it")]
mod fake;

#[path = "../server_metrics/page_server.rs"]
mod page_server;

mod bad_input;
mod generator;
mod measurement;
mod notes;
mod older_k6;
mod percentiles;
mod rates;
mod requests;
mod scene;
