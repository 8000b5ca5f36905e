//! A server of a test's own that answers only clients with a certificate of its authority.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
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

    /// Serves as 127.0.0.1 as long as this process lives; the address.
    pub(crate) fn serve(&self) -> String {
        let config = Arc::new(self.config());
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

    fn config(&self) -> ServerConfig {
        let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let (own, key) = self.sign("127.0.0.1");
        let mut store = RootCertStore::empty();
        store.add(certificate(&self.pem)).expect("an authority");
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = config.with_client_cert_verifier(verifier.build().expect("a verifier"));
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        config.with_single_cert(vec![certificate(&own)], key).expect("a pair")
    }
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
