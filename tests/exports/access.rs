//! Certificates, tokens, users and headers.

use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::authority::{Authority, Clients};
use crate::front::{Front, Request};
use crate::prometheus::prometheus;
use crate::tls::serve;
use crate::tracking::Tracking;
use crate::workspace::{Said, Workspace};

/// A kind of destination, behind a plain server of its own.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    server: Server,
}

enum Server {
    Mlflow(Tracking),
    Prometheus(Front),
}

impl Kind {
    pub(crate) fn all() -> [Self; 2] {
        let mlflow = Self { name: "mlflow", server: Server::Mlflow(Tracking::start()) };
        [mlflow, Self { name: "prometheus", server: Server::Prometheus(prometheus()) }]
    }

    fn front(&self) -> &Front {
        match &self.server {
            Server::Mlflow(tracking) => &tracking.front,
            Server::Prometheus(front) => front,
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.front().address
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.front().requests()
    }

    /// Has a workspace send to `url`, with further lines of the destination's table.
    pub(crate) fn configure(&self, space: &Workspace, url: &str, lines: &str) {
        let own = match self.server {
            Server::Mlflow(_) => format!("uri = \"{url}\""),
            Server::Prometheus(_) => format!("url = \"{url}\"\nlive = false"),
        };
        space.write("howitzer.toml", &format!("[export.{}]\n{own}\n{lines}\n", self.name));
    }
}

/// A workspace with results of which nothing was sent.
pub(crate) fn measured() -> Workspace {
    let space = Workspace::new("http://127.0.0.1:1");
    space.run(&["build", "s", "--offline"]).expect_code(0);
    space
}

/// `howitzer export` as if nothing had been sent yet, and with nothing of this machine's environment.
pub(crate) fn export(space: &Workspace, kind: &Kind, environment: &[(&str, &str)]) -> Said {
    space.forget();
    let mut command: Command = space.command(&["export", kind.name, "s"]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    Said::of(command.envs(environment.iter().copied()).output().expect("starts"))
}

#[test]
fn a_server_behind_tls_is_trusted_by_its_authority_only_unless_any_will_do() {
    let space = measured();
    let (authority, other) = (Authority::new(), Authority::new());
    space.write("certs/ca.pem", &authority.pem);
    space.write("certs/other.pem", &other.pem);
    let system = space.path("certs/ca.pem").display().to_string();
    for kind in Kind::all() {
        let server = serve(&authority, "127.0.0.1", kind.address(), Clients::Any);
        let url = format!("https://{}", server.address);
        for lines in ["", "ca = \"certs/other.pem\""] {
            kind.configure(&space, &url, lines);
            export(&space, &kind, &[]).expect_code(5).says("certificate");
        }
        assert!(kind.requests().is_empty(), "a stranger was told something: {:?}", kind.requests());
        for (lines, environment) in [
            ("ca = \"certs/ca.pem\"", &[][..]),
            ("insecure = true", &[]),
            ("", &[("SSL_CERT_FILE", system.as_str())]),
        ] {
            kind.configure(&space, &url, lines);
            let said = export(&space, &kind, environment).expect_code(0);
            assert!(!said.stderr.contains("warning"), "{}: {}", kind.name, said.stderr);
            assert!(!kind.requests().is_empty(), "{}: nothing came with `{lines}`", kind.name);
        }
        kind.configure(&space, &url, "ca = \"certs/none.pem\"");
        export(&space, &kind, &[]).expect_code(5).says("certs/none.pem");
    }
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours() {
    let space = measured();
    let authority = Authority::new();
    space.write("certs/ca.pem", &authority.pem);
    let (certificate, key) = authority.sign("client");
    space.write("certs/client.pem", &certificate);
    space.write("certs/client.key", &key);
    space.write("certs/other.key", &authority.sign("other").1);
    for kind in Kind::all() {
        let server = serve(&authority, "127.0.0.1", kind.address(), Clients::OursOnly);
        let url = format!("https://{}", server.address);
        let with = |lines: &str| {
            kind.configure(&space, &url, &format!("ca = \"certs/ca.pem\"\n{lines}"));
            export(&space, &kind, &[])
        };
        with("").expect_code(5);
        with("cert = \"certs/client.pem\"\nkey = \"certs/other.key\"")
            .expect_code(5)
            .says("is not the key of");
        assert!(kind.requests().is_empty(), "{:?}", kind.requests());
        with("cert = \"certs/client.pem\"\nkey = \"certs/client.key\"").expect_code(0);
        assert!(!kind.requests().is_empty());
    }
}

#[test]
fn a_token_a_user_and_headers_go_with_every_request() {
    let space = measured();
    for kind in Kind::all() {
        let plain = format!("http://{}", kind.address());
        let with_user = plain.replace("http://", "http://carl:p%40ss-word@");
        let basic = format!("Basic {}", BASE64_STANDARD.encode("carl:p@ss-word"));
        for (url, lines, header, value) in [
            (&plain, "bearer = { env = \"TOKEN\" }", "authorization", "Bearer sesame-0815"),
            (&with_user, "", "authorization", basic.as_str()),
            (&plain, "headers = { x-gate = { env = \"TOKEN\" } }", "x-gate", "sesame-0815"),
            (&plain, "headers = { x-scope = \"digits\" }", "x-scope", "digits"),
        ] {
            kind.configure(&space, url, lines);
            let before = kind.requests().len();
            let said = export(&space, &kind, &[("TOKEN", "sesame-0815")]).expect_code(0);
            let requests = kind.requests().split_off(before);
            assert!(requests.len() > 3, "{}: {}", kind.name, requests.len());
            for request in requests {
                assert_eq!(request.header(header), Some(value), "{} {}", kind.name, request.path);
            }
            let told = format!("{}{}", said.stdout, said.stderr);
            assert!(!told.contains("sesame") && !told.contains("p%40ss") && !told.contains("p@ss"), "{told}");
        }
    }
}
