//! TLS in front of a plain server, with certificates of an authority of the test's own.

use std::io::BufReader;
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::message::{message, send};
use crate::site::Site;

pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Whether a client has to show a certificate.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Clients {
    Any,
    OursOnly,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signs itself").pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Certificate and key of `name` in PEM.
    pub(crate) fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        (params.signed_by(&key, &self.issuer).expect("signs").pem(), key.serialize_pem())
    }

    /// Serves as `name` what stands at the plain address `behind`.
    pub(crate) fn serve(&self, name: &str, behind: &str, clients: Clients) -> Site {
        let (config, behind) = (Arc::new(self.config(name, clients)), behind.to_owned());
        Site::start(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            // A client that does not trust us breaks off, which is what its test is about.
            let _ = hand_on(StreamOwned::new(connection, stream), &behind);
        })
    }

    fn config(&self, name: &str, clients: Clients) -> ServerConfig {
        let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let (own, key) = self.sign(name);
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = if clients == Clients::OursOnly {
            let mut store = RootCertStore::empty();
            store.add(certificate(&self.pem)).expect("an authority");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider);
            config.with_client_cert_verifier(verifier.build().expect("a verifier"))
        } else {
            config.with_no_client_auth()
        };
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        config.with_single_cert(vec![certificate(&own)], key).expect("a pair")
    }
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
