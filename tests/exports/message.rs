//! HTTP messages as they come, for what stands between a client and a server.

use std::io::{BufRead, Write};

/// One message: its head, and a body of the length that this says. None where the other side has ended.
pub(crate) fn message(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let begin = message.len();
        if from.read_until(b'\n', &mut message).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&message[begin..]).to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let head = message.len();
    message.resize(head + length, 0);
    from.read_exact(&mut message[head..]).ok()?;
    Some(message)
}

/// Sends a message in one piece; none where the other side has ended.
pub(crate) fn send(to: &mut impl Write, message: &[u8]) -> Option<()> {
    to.write_all(message).and_then(|()| to.flush()).ok()
}
