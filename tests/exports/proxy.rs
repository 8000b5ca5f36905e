//! A proxy over HTTP: it makes tunnels (CONNECT) and hands plain requests on. It knows names that no other resolves.

use std::io::BufReader;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::message::{message, send};
use crate::site::Site;

pub(crate) struct Proxy {
    pub(crate) site: Site,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Whoever asks for `name` (with its port) gets to `address`.
    pub(crate) fn start(name: &str, address: &str) -> Self {
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (theirs, name, address) = (Arc::clone(&heads), name.to_owned(), address.to_owned());
        let site = Site::start(move |stream| {
            let _ = serve(stream, &theirs, (&name, &address));
        });
        Self { site, heads }
    }

    /// The heads of all requests that it was sent itself.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("whole").clone()
    }
}

fn serve(stream: TcpStream, heads: &Mutex<Vec<String>>, (name, address): (&str, &str)) -> Option<()> {
    let mut client = BufReader::new(stream);
    loop {
        let request = message(&mut client)?;
        let end = request.windows(4).position(|end| end == b"\r\n\r\n")?;
        let (head, body) = (String::from_utf8_lossy(&request[..end]).into_owned(), &request[end + 4..]);
        heads.lock().expect("whole").push(head.clone());
        let asked = head.split(' ').nth(1)?.to_owned();
        let is_tunnel = head.starts_with("CONNECT ");
        let host = asked.trim_start_matches("http://").split('/').next()?.to_owned();
        if host != name {
            return send(client.get_mut(), b"HTTP/1.1 502 Unknown\r\ncontent-length: 0\r\n\r\n");
        }
        let mut server = TcpStream::connect(address).ok()?;
        if is_tunnel {
            send(client.get_mut(), b"HTTP/1.1 200 Connected\r\n\r\n")?;
            return tunnel(client, server);
        }
        let plain = head.replacen(&format!("http://{host}"), "", 1);
        // What it takes to be let in here is not for others.
        let is_own = |line: &&str| line.to_lowercase().starts_with("proxy-authorization:");
        let lines: String =
            plain.lines().filter(|line| !is_own(line)).map(|line| format!("{line}\r\n")).collect();
        send(&mut server, &[lines.as_bytes(), b"\r\n", body].concat())?;
        let answer = message(&mut BufReader::new(server))?;
        send(client.get_mut(), &answer)?;
    }
}

/// Bytes both ways, until both sides have ended.
fn tunnel(client: BufReader<TcpStream>, server: TcpStream) -> Option<()> {
    let (mut to_client, mut from_server) = (client.get_ref().try_clone().ok()?, server.try_clone().ok()?);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let (mut client, mut server) = (client, server);
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Both);
    back.join().ok()
}
