//! What stands at an address: it takes HTTP requests one after the other on each connection, counts them, hands
//! them to whoever answers, and does wrong where a test wants it to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// This answer instead, and nothing is done.
    Answer(u16, String),
    /// The same without a body, with this header.
    Head(u16, &'static str),
    /// Nothing is done, and there is no answer until the test goes on.
    Freeze,
    /// All is done, and there is no answer until the test goes on.
    FreezeAfter,
}

/// At which request something goes wrong: the nth of those whose path has this in it, from 1; each with 0.
#[derive(Debug, Clone)]
pub(crate) struct At(pub(crate) &'static str, pub(crate) usize, pub(crate) Fault);

type Answering = dyn Fn(&Request) -> (u16, Vec<u8>) + Send + Sync;

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    faults: Mutex<Vec<(At, usize)>>,
    frozen: Mutex<bool>,
    changed: Condvar,
    ended: AtomicBool,
}

pub(crate) struct Front {
    pub(crate) address: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    pub(crate) fn start(answering: impl Fn(&Request) -> (u16, Vec<u8>) + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", answering)
    }

    /// The same at an address where another one stood before.
    pub(crate) fn start_at(
        address: &str,
        answering: impl Fn(&Request) -> (u16, Vec<u8>) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let shared = Arc::new(Shared::default());
        let answering: Arc<Answering> = Arc::new(answering);
        let own = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if own.ended.load(Ordering::SeqCst) {
                    return;
                }
                let (shared, answering) = (Arc::clone(&own), Arc::clone(&answering));
                thread::spawn(move || serve(stream, &shared, &*answering));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    pub(crate) fn fail(&self, at: At) {
        self.shared.faults.lock().expect("whole").push((at, 0));
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("whole").clone()
    }

    /// How many requests there were with this in their path.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.requests().iter().filter(|request| request.path.contains(part)).count()
    }

    /// Waits until a request is frozen; false where none is within the time.
    pub(crate) fn await_frozen(&self, limit: Duration) -> bool {
        let frozen = self.shared.frozen.lock().expect("whole");
        let (frozen, _) =
            self.shared.changed.wait_timeout_while(frozen, limit, |frozen| !*frozen).expect("whole");
        *frozen
    }

    /// Breaks off what is frozen, and freezes nothing more.
    pub(crate) fn thaw(&self) {
        self.shared.faults.lock().expect("whole").clear();
        *self.shared.frozen.lock().expect("whole") = false;
        self.shared.changed.notify_all();
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thaw();
        // Whoever connects wakes it.
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A client that breaks off is its own affair.
fn serve(mut stream: TcpStream, shared: &Shared, answering: &Answering) {
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    while let Some(request) = read(&mut reader) {
        shared.requests.lock().expect("whole").push(request.clone());
        let mut header = String::new();
        let (status, body) = match shared.fault(&request) {
            None => answering(&request),
            Some(Fault::Answer(status, body)) => (status, body.into_bytes()),
            Some(Fault::Head(status, line)) => {
                header = format!("{line}\r\n");
                (status, Vec::new())
            }
            Some(Fault::Freeze) => return shared.freeze(),
            Some(Fault::FreezeAfter) => {
                answering(&request);
                return shared.freeze();
            }
        };
        let head = format!("HTTP/1.1 {status} Said\r\n{header}content-length: {}\r\n\r\n", body.len());
        if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

impl Shared {
    fn fault(&self, request: &Request) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("whole");
        for (At(part, number, fault), seen) in faults.iter_mut() {
            if request.path.contains(*part) {
                *seen += 1;
                if *number == 0 || *number == *seen {
                    return Some(fault.clone());
                }
            }
        }
        None
    }

    fn freeze(&self) {
        let mut frozen = self.frozen.lock().expect("whole");
        *frozen = true;
        self.changed.notify_all();
        drop(self.changed.wait_while(frozen, |frozen| *frozen));
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        match header.split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
