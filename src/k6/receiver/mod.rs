//! Takes k6's remote-write posts on loopback while a run lasts. It answers at once and goes on answering
//! whatever it thinks of a post: k6 must never wait for it, nor notice that something is wrong with it.

mod connection;
mod request;
mod shared;
mod sink;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use connection::serve;
use shared::Shared;
pub use sink::TakesAll;

use crate::k6::Relay;
use crate::result::{Latest, Limits, Series};

/// From how many connections on strangers are sent away; k6 uses one.
const CONNECTIONS: usize = 16;

/// How long posts that are on their way are waited for after the end, in all.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long strangers are.
const PATIENCE_WITH_STRANGERS: Duration = Duration::from_millis(200);

/// A receiver that cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// No port, or no thread.
    #[error("k6's live series cannot be received: {0}")]
    Listen(#[from] std::io::Error),
    /// The system gives no random bytes.
    #[error("k6's live series cannot be received: no random token ({0})")]
    Random(getrandom::Error),
}

/// A listener on 127.0.0.1 with a port and a path of its own. Dropped, it stops without a result.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    /// Hangs up when the listening thread ends.
    ended: mpsc::Receiver<()>,
}

impl Receiver {
    /// Listens; to be called before k6 is started.
    pub fn start(limits: Limits) -> Result<Self, ReceiverError> {
        Self::start_with(limits, None)
    }

    /// The same; each post is also given to `relay`.
    pub fn start_with(limits: Limits, relay: Option<&Relay>) -> Result<Self, ReceiverError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(ReceiverError::Random)?;
        let path = format!("/{:032x}/api/v1/write", u128::from_be_bytes(random));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(&path, limits, relay.map(Relay::intake)));
        let (alive, ended) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("receiver".to_owned()).spawn(move || {
            listen(&listener, &theirs);
            drop(listener);
            drop(alive);
        })?;
        Ok(Self { address, url: format!("http://{address}{path}"), shared, ended })
    }

    /// What k6 gets as `K6_PROMETHEUS_RW_SERVER_URL`. It holds the token, so it is not for a log.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The last post in brief, for a display.
    pub fn latest(&self) -> Option<Latest> {
        self.shared.latest()
    }

    /// The series, to be called when k6 has ended: posts on their way are taken in, for two seconds at most.
    pub fn finish(self) -> Series {
        let deadline = Instant::now() + PATIENCE;
        self.stop_listening();
        let connections = &self.shared.connections;
        if !connections.wait_until_none(PATIENCE_WITH_STRANGERS) {
            connections.hang_up(|is_ours| !is_ours);
            connections.wait_until_none(deadline.saturating_duration_since(Instant::now()));
            connections.hang_up(|_| true);
            // What was received whole is still decoded; a reader that was hung up on ends at once.
            connections.wait_until_none(PATIENCE);
        }
        self.shared.finish()
    }

    /// Ends the listening thread, once it has taken all connections that were made until now.
    fn stop_listening(&self) {
        self.shared.end();
        // A connection wakes it; it is the last one that it takes.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE_WITH_STRANGERS);
        match self.ended.recv_timeout(PATIENCE) {
            Ok(()) | Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {}
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if !self.shared.is_ending() {
            self.stop_listening();
        }
        self.shared.connections.hang_up(|_| true);
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if shared.is_ending() && listener.set_nonblocking(true).is_err() {
            return;
        }
        match accepted {
            Ok((stream, _)) => take(stream, shared),
            Err(_) if shared.is_ending() => return,
            // Out of descriptors, or the peer is gone already: neither may spin.
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn take(stream: TcpStream, shared: &Arc<Shared>) {
    // Accepted from a listener that no longer blocks, it would not block either on some systems.
    let is_ready = stream.set_nonblocking(false).is_ok();
    let Some(number) = shared.connections.enter(&stream, CONNECTIONS).filter(|_| is_ready) else {
        shared.with(|collector| collector.problems_mut().foreign += 1);
        return;
    };
    let theirs = Arc::clone(shared);
    let served = thread::Builder::new().name("receiver connection".to_owned()).spawn(move || {
        serve(stream, number, &theirs);
        theirs.connections.leave(number);
    });
    if served.is_err() {
        shared.connections.leave(number);
    }
}
