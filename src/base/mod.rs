//! What every stage stands on and what knows nothing of load tests.

pub mod address;
pub mod bytes;
pub mod capture;
pub mod causes;
pub mod clock;
pub mod counted;
pub mod digest;
pub mod document;
pub mod duration;
pub mod environment;
pub mod files;
pub mod guard;
pub mod http;
pub mod interrupt;
pub mod lock;
pub mod mask;
pub mod mistake;
pub mod nearest;
pub mod preimage;
pub mod printable;
pub mod process;
pub mod proxy;
pub mod source;
pub mod standing;
mod stop;
pub mod table;
pub mod tls;
