//! The other direction: what remote write needs beside its body.

use std::time::Duration;

use crate::base::http::{Access, AccessError, Client};

/// No answer is longer, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// (<https://prometheus.io/docs/specs/prw/remote_write_spec/>)
const HEADERS: [(&str, &str); 2] =
    [("content-encoding", "snappy"), ("x-prometheus-remote-write-version", "0.1.0")];

/// A client whose posts are taken for remote write, with what lets it in; each takes at most `limit`.
pub fn remote_write_client(mut access: Access, limit: Duration) -> Result<Client, AccessError> {
    access.headers.extend(HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Client::new(&access, limit, MOST_BYTES)
}
