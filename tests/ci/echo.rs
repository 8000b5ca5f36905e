//! A server that tells everybody what it was told.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A server that tells everybody what it was told: the request's line and headers, also as a metric's labels.
pub(crate) struct Echo {
    pub(crate) address: String,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let (heard, stop) = (Arc::<Mutex<Heard>>::default(), Arc::new(AtomicBool::new(false)));
        let (hearing, stopped) = (Arc::clone(&heard), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                answer(stream, &hearing);
            }
        });
        Self { address, heard, stop, thread: Some(thread) }
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> String {
        self.heard.lock().expect("whole").heads.clone()
    }

    /// The command lines of all k6 processes that ran while a script asked for `/fine`.
    pub(crate) fn commands(&self) -> BTreeSet<String> {
        self.heard.lock().expect("whole").commands.clone()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Whoever connects wakes it.
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[derive(Default)]
struct Heard {
    heads: String,
    commands: BTreeSet<String>,
}

/// The arguments of every process that is called k6, as anybody on this machine may read them.
fn commands() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let arguments = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    arguments.filter(|line| line.split(' ').next().is_some_and(|program| program.ends_with("/k6"))).collect()
}

/// A client that breaks off is its own affair.
fn answer(mut stream: TcpStream, heard: &Mutex<Heard>) {
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(count) if count > 0 => request.extend_from_slice(&part[..count]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let mut all = heard.lock().expect("whole");
    all.heads.push_str(&head);
    if head.contains(" /fine") {
        all.commands.extend(commands());
    }
    drop(all);
    let label = head.replace(['\\', '"', '\r', '\n'], " ");
    let (status, body) = match head.split(' ').nth(1).unwrap_or_default() {
        "/page" => ("200 OK", format!("said{{head=\"{label}\"}} 1\n")),
        "/broken" => ("200 OK", format!("{label}\n")),
        "/denied" => ("401 Unauthorized", label),
        "/identity" => ("200 OK", "{\"version\": \"1\"}".to_owned()),
        path if path.starts_with("/fail") => ("500 Internal Server Error", head),
        _ => ("200 OK", head),
    };
    let length = body.len();
    let _ =
        write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
}
