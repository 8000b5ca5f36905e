//! The servers that the recipes load: two example targets, an echo over WebSocket, one that asks for a certificate.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::space::{Space, example_target};

/// A process and where it listens.
struct Server {
    process: Child,
    addresses: Vec<String>,
}

impl Server {
    /// Starts a server that writes its addresses, one a line or as JSON, to standard output.
    fn start(command: &mut Command, read: impl Fn(&str) -> Vec<String>) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        let mut said = BufReader::new(process.stdout.take().expect("a pipe"));
        said.read_line(&mut line).expect("it announces itself");
        let addresses = read(&line);
        // What it says later must not make it wait.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { process, addresses }
    }

    fn example() -> Self {
        let mut command = Command::new(example_target());
        command.args(["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        Self::start(&mut command, |line| {
            let announced: serde_json::Value = serde_json::from_str(line).expect("JSON");
            ["http", "grpc"].map(|name| announced[name].as_str().expect("an address").to_owned()).into()
        })
    }

    fn python(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("python3");
        command.args(["-u", "-c", program]).args(arguments);
        Self::start(&mut command, |line| vec![line.trim().to_owned()])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All of them, ended with the test.
pub(crate) struct Servers {
    one: Server,
    other: Server,
    echo: Server,
    strict: Server,
    client: Certificate,
    _folder: tempfile::TempDir,
}

/// A certificate and its key, as PEM.
struct Certificate {
    certificate: String,
    key: String,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (authority, server, client) = certificates();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path.display().to_string()
        };
        let paths = [
            write("authority.pem", &authority),
            write("server.pem", &server.certificate),
            write("server-key.pem", &server.key),
        ];
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        Self {
            one: Server::example(),
            other: Server::example(),
            echo: Server::python(include_str!("echo.py"), &[]),
            strict: Server::python(include_str!("strict.py"), &paths),
            client,
            _folder: folder,
        }
    }

    /// The text with the addresses of the cookbook replaced by those of these servers.
    pub(crate) fn in_place(&self, text: &str) -> String {
        let places = [
            ("127.0.0.1:8008", &self.one.addresses[0]),
            ("127.0.0.1:8033", &self.one.addresses[1]),
            ("127.0.0.1:8009", &self.other.addresses[0]),
            ("127.0.0.1:8010", &self.echo.addresses[0]),
            ("127.0.0.1:8443", &self.strict.addresses[0]),
        ];
        places.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// What a client needs to be let in.
    pub(crate) fn write_certificates(&self, space: &Space) {
        space.write("certificates/client.pem", &self.client.certificate);
        space.write("certificates/client-key.pem", &self.client.key);
    }
}

/// An authority, and what it signed for a server and for a client.
fn certificates() -> (String, Certificate, Certificate) {
    let key = KeyPair::generate().expect("a key");
    let mut parameters = CertificateParams::new(Vec::<String>::new()).expect("no names");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Under the same name what it signs would look as if it had signed itself.
    parameters.distinguished_name.push(DnType::CommonName, "authority");
    let authority = CertifiedIssuer::self_signed(parameters, key).expect("a certificate");
    let signed = |name: &str| {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = parameters.signed_by(&key, &authority).expect("signed");
        Certificate { certificate: certificate.pem(), key: key.serialize_pem() }
    };
    (authority.pem(), signed("127.0.0.1"), signed("client"))
}
