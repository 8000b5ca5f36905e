//! A server of a test's own that answers only clients with a certificate of its authority.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rustls::{ServerConnection, StreamOwned};

use crate::authority::{Authority, Clients};

/// Serves as 127.0.0.1 as long as this process lives; the address.
pub(crate) fn serve(authority: &Authority) -> String {
    let config = Arc::new(authority.config("127.0.0.1", Clients::OursOnly));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}/", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            thread::spawn(move || answer(StreamOwned::new(connection, stream)));
        }
    });
    url
}

fn answer(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>) {
    // A client without a certificate fails the handshake, and is not answered.
    while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
        let answered = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        if answered.and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}
