//! TLS in front of a plain server.

use std::io::BufReader;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

use crate::authority::{Authority, Clients};
use crate::message::{message, send};
use crate::site::Site;

/// Serves as `name`, known to `authority`, what stands at the plain address `behind`.
pub(crate) fn serve(authority: &Authority, name: &str, behind: &str, clients: Clients) -> Site {
    let (config, behind) = (Arc::new(authority.config(name, clients)), behind.to_owned());
    Site::start(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
        // A client that does not trust us breaks off, which is what its test is about.
        let _ = hand_on(StreamOwned::new(connection, stream), &behind);
    })
}

/// Requests one way, answers the other, until one side ends.
fn hand_on(stream: StreamOwned<ServerConnection, TcpStream>, behind: &str) -> Option<()> {
    let mut client = BufReader::new(stream);
    let mut server: Option<BufReader<TcpStream>> = None;
    loop {
        let request = message(&mut client)?;
        let server = match &mut server {
            Some(server) => server,
            none => none.insert(BufReader::new(TcpStream::connect(behind).ok()?)),
        };
        send(server.get_mut(), &request)?;
        let answer = message(server)?;
        send(client.get_mut(), &answer)?;
    }
}
