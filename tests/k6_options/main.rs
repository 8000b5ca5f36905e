//! k6's options as howitzer knows them against the real k6: both accept and refuse the same, and the reference says it.

mod agreement;
#[path = "../exports/authority.rs"]
#[allow(dead_code, reason = "shared with the tests of exports")]
mod authority;
mod generate;
mod cases;
#[cfg(feature = "real-services")]
mod custom;
mod files;
mod inspect;
mod reference;
mod server;
mod table;
