//! The listeners: each protocol has one, and each connection a task.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// Pause after a failed accept: it fails again at once while files are short.
const PAUSE: Duration = Duration::from_millis(50);

/// # Errors
/// If the address is taken or not one of this machine, with the address.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}

/// The next connection, whatever goes wrong with others before.
pub(crate) async fn accept(listener: &TcpListener) -> TokioIo<TcpStream> {
    loop {
        match listener.accept().await.and_then(send_at_once) {
            Ok(stream) => return TokioIo::new(stream),
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Small answers must not wait to be sent together: that wait would be measured.
fn send_at_once((stream, _): (TcpStream, SocketAddr)) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}
