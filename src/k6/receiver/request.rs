//! HTTP/1.1 requests from a stream (<https://www.rfc-editor.org/rfc/rfc9112>): heads by httparse, bodies with
//! a length or in chunks.

use std::io::Read as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// No head is larger than this, in bytes.
const HEAD_LIMIT: usize = 16 << 10;

/// No head has more fields than this.
const FIELDS: usize = 64;

/// How much is read at once, in bytes.
const READ: usize = 64 << 10;

/// A request that cannot be taken.
#[derive(Debug)]
pub(super) enum Broken {
    /// It took too long, or is none.
    Wrong,
    /// Its peer reset the connection.
    Reset,
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::ConnectionReset { Self::Reset } else { Self::Wrong }
    }
}

/// What matters of a head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) is_post: bool,
    pub(super) path: String,
    pub(super) length: Length,
    pub(super) closes: bool,
    pub(super) expects_continue: bool,
}

/// How long the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Bytes(usize),
    Chunked,
}

/// Requests of one connection; what was read too far stays for the next one.
pub(super) struct Requests {
    stream: TcpStream,
    buffer: Vec<u8>,
    allowed: Option<Duration>,
    deadline: Option<Instant>,
}

impl Requests {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new(), allowed: None, deadline: None }
    }

    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// How long each request may take, head and body and the wait for it; from now on.
    pub(super) fn allow(&mut self, allowed: Option<Duration>) {
        self.allowed = allowed;
        self.deadline = None;
    }

    /// The next head; `None` where the stream ends, or is reset, before it begins: what came before is whole.
    pub(super) fn head(&mut self) -> Result<Option<Head>, Broken> {
        self.deadline = self.allowed.map(|allowed| Instant::now() + allowed);
        loop {
            if let Some((head, length)) = parse(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(Some(head));
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(Broken::Wrong);
            }
            let before = self.buffer.len();
            match self.read() {
                Ok(0) | Err(Broken::Reset) if before == 0 => return Ok(None),
                Ok(0) => return Err(Broken::Wrong),
                Ok(_) => {}
                Err(broken) => return Err(broken),
            }
        }
    }

    /// The body, or `None` where it is longer than `limit` and was thrown away; broken where it is longer
    /// than `drain`. Both in bytes.
    pub(super) fn body(
        &mut self,
        head: &Head,
        limit: usize,
        drain: usize,
    ) -> Result<Option<Vec<u8>>, Broken> {
        let mut body = Kept { bytes: Vec::new(), limit, seen: 0, drain };
        match head.length {
            Length::Bytes(length) => self.move_to(&mut body, length)?,
            Length::Chunked => self.chunks(&mut body)?,
        }
        Ok((body.seen <= limit).then_some(body.bytes))
    }

    fn chunks(&mut self, body: &mut Kept) -> Result<(), Broken> {
        loop {
            let size = loop {
                match httparse::parse_chunk_size(&self.buffer).map_err(|_| Broken::Wrong)? {
                    httparse::Status::Complete((length, size)) => {
                        self.buffer.drain(..length);
                        break usize::try_from(size).map_err(|_| Broken::Wrong)?;
                    }
                    httparse::Status::Partial if self.buffer.len() > HEAD_LIMIT => return Err(Broken::Wrong),
                    httparse::Status::Partial => self.read_more()?,
                }
            };
            if size == 0 {
                return self.trailers();
            }
            self.move_to(body, size)?;
            self.line()?;
        }
    }

    /// The lines after the last chunk, up to an empty one.
    fn trailers(&mut self) -> Result<(), Broken> {
        for _ in 0..FIELDS {
            if self.line()? == 0 {
                return Ok(());
            }
        }
        Err(Broken::Wrong)
    }

    /// Skips a line; its length without the end.
    fn line(&mut self) -> Result<usize, Broken> {
        loop {
            if let Some(at) = memchr::memmem::find(&self.buffer, b"\r\n") {
                self.buffer.drain(..at + 2);
                return Ok(at);
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(Broken::Wrong);
            }
            self.read_more()?;
        }
    }

    fn move_to(&mut self, body: &mut Kept, mut length: usize) -> Result<(), Broken> {
        while length > 0 {
            if self.buffer.is_empty() {
                self.read_more()?;
            }
            let part = length.min(self.buffer.len());
            body.push(&self.buffer[..part])?;
            self.buffer.drain(..part);
            length -= part;
        }
        Ok(())
    }

    fn read_more(&mut self) -> Result<(), Broken> {
        if self.read()? == 0 { Err(Broken::Wrong) } else { Ok(()) }
    }

    fn read(&mut self) -> Result<usize, Broken> {
        let left = match self.deadline {
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                Some(left).filter(|left| !left.is_zero()).ok_or(Broken::Wrong)?.into()
            }
            None => None,
        };
        self.stream.set_read_timeout(left)?;
        let before = self.buffer.len();
        self.buffer.resize(before + READ, 0);
        let read = loop {
            match self.stream.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(before + read.as_ref().map_or(0, |read| *read));
        Ok(read?)
    }
}

/// A body as far as it is kept.
struct Kept {
    bytes: Vec<u8>,
    limit: usize,
    seen: usize,
    drain: usize,
}

impl Kept {
    fn push(&mut self, part: &[u8]) -> Result<(), Broken> {
        self.seen = self.seen.saturating_add(part.len());
        if self.seen > self.drain {
            return Err(Broken::Wrong);
        }
        if self.seen <= self.limit {
            self.bytes.extend_from_slice(part);
        } else {
            self.bytes = Vec::new();
        }
        Ok(())
    }
}

/// The head at the beginning of `buffer` and how many bytes it has, once it is whole.
fn parse(buffer: &[u8]) -> Result<Option<(Head, usize)>, Broken> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(length) = request.parse(buffer).map_err(|_| Broken::Wrong)? else {
        return Ok(None);
    };
    let values = |name: &'static str| {
        let named = request.headers.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
        named.filter_map(|field| std::str::from_utf8(field.value).ok()).map(str::trim)
    };
    let has = |name, word: &str| values(name).any(|value| value.to_ascii_lowercase().contains(word));
    let body = if has("transfer-encoding", "chunked") {
        Length::Chunked
    } else {
        match values("content-length").next() {
            Some(value) => Length::Bytes(value.parse().map_err(|_| Broken::Wrong)?),
            None => Length::Bytes(0),
        }
    };
    let head = Head {
        is_post: request.method == Some("POST"),
        path: request.path.unwrap_or_default().to_owned(),
        length: body,
        closes: has("connection", "close") || request.version != Some(1),
        expects_continue: has("expect", "100-continue"),
    };
    Ok(Some((head, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let text = b"POST /t/w HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        for cut in 0..text.len() - 3 {
            assert!(matches!(parse(&text[..cut]), Ok(None)), "{cut}");
        }
        let (head, length) = parse(text).expect("a head").expect("whole");
        assert_eq!((head.path.as_str(), head.length, length), ("/t/w", Length::Bytes(3), text.len() - 3));
        assert!(head.is_post && !head.closes);
    }

    #[test]
    fn what_is_no_head_is_told() {
        for wrong in
            [&b"\x16\x03\x01\x02\x00"[..], b"POST\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
