//! Takes everything that is posted to it on loopback and keeps nothing: where what is sent on goes while its price is
//! measured and nobody else is there to take it.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::ReceiverError;
use super::request::{Broken, Requests};

/// How long the end waits for the listening thread to be woken.
const PATIENCE: Duration = Duration::from_millis(200);

const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A listener on 127.0.0.1, whatever the path. Dropped, it takes no further connection; those that are open end with
/// their peers.
#[derive(Debug)]
pub struct TakesAll {
    address: SocketAddr,
    is_ending: Arc<AtomicBool>,
}

impl TakesAll {
    /// Listens.
    pub fn start() -> Result<Self, ReceiverError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let is_ending = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&is_ending);
        thread::Builder::new().name("sink".to_owned()).spawn(move || {
            for stream in listener.incoming() {
                if theirs.load(Ordering::SeqCst) {
                    return;
                }
                match stream {
                    // A peer that breaks off, or that no thread is there for, is told by its own end.
                    Ok(stream) => drop(thread::Builder::new().spawn(move || serve(stream))),
                    // Out of descriptors: that must not spin.
                    Err(_) => thread::sleep(Duration::from_millis(20)),
                }
            }
        })?;
        Ok(Self { address, is_ending })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for TakesAll {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::SeqCst);
        // A connection wakes the thread; it is the last one.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
    }
}

/// Takes requests until their peer ends.
fn serve(stream: TcpStream) -> Result<(), Broken> {
    stream.set_nodelay(true)?;
    let mut requests = Requests::new(stream);
    while let Some(head) = requests.head()? {
        if head.expects_continue {
            requests.stream().write_all(GO_ON)?;
        }
        requests.body(&head, 0, usize::MAX)?;
        requests.stream().write_all(TAKEN)?;
        if head.closes {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn one_post_after_the_other_is_taken_whatever_it_is() {
        let sink = TakesAll::start().expect("listens");
        let mut stream = TcpStream::connect(sink.address).expect("connects");
        let posts = [
            "POST /api/v1/write HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            "POST /v1/metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        ];
        stream.write_all(posts.concat().as_bytes()).expect("writes");
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("text");
        assert_eq!(answers.matches("200 OK").count(), 3, "{answers}");
    }
}
