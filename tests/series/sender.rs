//! Something that posts like k6, or not at all like it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A connection to a receiver.
pub(crate) struct Sender {
    stream: TcpStream,
    path: String,
}

impl Sender {
    pub(crate) fn to(url: &str) -> Self {
        let rest = url.strip_prefix("http://").expect("a URL");
        let (address, path) = rest.split_once('/').expect("a path");
        let stream = TcpStream::connect(address).expect("the receiver listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
        Self { stream, path: format!("/{path}") }
    }

    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the receiver reads");
    }

    /// Posts `body` with its length and returns the status; the connection stays.
    pub(crate) fn post(&mut self, body: &[u8]) -> u16 {
        self.announce(body.len());
        self.write(body);
        self.status()
    }

    /// The head of a post of so many bytes.
    pub(crate) fn announce(&mut self, length: usize) {
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n", self.path);
        self.write(head.as_bytes());
    }

    /// Posts `body` in chunks of 700 bytes.
    pub(crate) fn post_chunked(&mut self, body: &[u8]) -> u16 {
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", self.path);
        self.write(head.as_bytes());
        for chunk in body.chunks(700) {
            self.write(format!("{:x}\r\n", chunk.len()).as_bytes());
            self.write(chunk);
            self.write(b"\r\n");
        }
        self.write(b"0\r\n\r\n");
        self.status()
    }

    /// Waits until an answer is there, and leaves it unread.
    pub(crate) fn wait_for_an_answer(&self) {
        assert_eq!(self.stream.peek(&mut [0]).expect("an answer"), 1);
    }

    /// The status of the next answer, 0 where the connection ended.
    pub(crate) fn status(&mut self) -> u16 {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return 0,
            }
        }
        let text = String::from_utf8_lossy(&head);
        text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }
}
