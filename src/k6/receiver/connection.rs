//! One connection: requests one after the other, each answered before it is looked into.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use super::request::{Broken, Head, Requests};
use super::shared::Shared;
use crate::k6::remote_write::decode;

/// How long a stranger may take for a request.
const STRANGERS_TIME: Duration = Duration::from_secs(5);

/// No post is larger than this, in bytes; a larger one is read and not kept.
const POST_LIMIT: usize = 32 << 20;

/// A stranger's request is not read further than this, in bytes.
const STRANGERS_LIMIT: usize = 64 << 10;

const TAKEN: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const UNKNOWN: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Serves `stream` until its peer ends it, or is a stranger.
pub(super) fn serve(stream: TcpStream, number: u64, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let mut requests = Requests::new(stream);
    requests.allow(Some(STRANGERS_TIME));
    let mut is_ours = false;
    loop {
        let head = match requests.head() {
            Ok(Some(head)) => head,
            Ok(None) => return,
            Err(_) => {
                count(shared, is_ours);
                return;
            }
        };
        let arrived_ms = shared.now_ms();
        if !head.is_post || !shared.is_path(&head.path) {
            shared.with(|collector| collector.problems_mut().foreign += 1);
            turn_away(requests, &head);
            return;
        }
        if !is_ours {
            is_ours = true;
            shared.connections.is_ours(number);
            requests.allow(None);
        }
        if take(&mut requests, &head, arrived_ms, shared).is_err() {
            count(shared, is_ours);
            return;
        }
        if head.closes {
            return;
        }
    }
}

/// Reads a post, answers, and only then decodes it, so that k6 does not wait for that.
fn take(requests: &mut Requests, head: &Head, arrived_ms: i64, shared: &Shared) -> Result<(), Broken> {
    if head.expects_continue {
        requests.stream().write_all(GO_ON)?;
    }
    let body = requests.body(head, POST_LIMIT, usize::MAX)?;
    // Where the answer cannot be sent, the post is whole nevertheless; the next head finds the connection ended.
    let _ = requests.stream().write_all(TAKEN);
    let decoded = match body {
        Some(body) => decode(&body).map_err(|error| error.to_string()),
        None => Err(format!("it is longer than {} MiB", POST_LIMIT >> 20)),
    };
    if let (Ok(samples), Some(intake)) = (&decoded, &shared.intake) {
        intake.take(samples.clone());
    }
    shared.with(|collector| match decoded {
        Ok(samples) => collector.post(arrived_ms, samples),
        Err(error) => {
            let problems = collector.problems_mut();
            problems.undecodable += 1;
            problems.first_undecodable.get_or_insert(error);
        }
    });
    Ok(())
}

fn turn_away(mut requests: Requests, head: &Head) {
    // Read before answering, so that the answer is not lost to a reset.
    let _ = requests.body(head, 0, STRANGERS_LIMIT);
    let _ = requests.stream().write_all(UNKNOWN);
}

fn count(shared: &Shared, is_ours: bool) {
    shared.with(|collector| {
        let problems = collector.problems_mut();
        if is_ours {
            problems.cut += 1;
        } else {
            problems.foreign += 1;
        }
    });
}
