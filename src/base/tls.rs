//! Whom a TLS client trusts, and what it is trusted by.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use super::environment::Environment;

/// The files behind `https://`. The default trusts what Mozilla trusts.
#[derive(Clone, Default)]
pub struct Tls {
    /// PEM of the authorities to trust, instead of all others.
    pub trusted: Option<Vec<u8>>,
    /// PEM of the client's chain, and of its key.
    pub certificate: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether any certificate of the server will do.
    pub insecure: bool,
    /// The authorities of the system, where they are to be trusted.
    pub system: Vec<CertificateDer<'static>>,
}

/// Certificates or keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file without what it is for.
    #[error("`{0}` holds no certificate in PEM")]
    NoCertificate(&'static str),
    /// A file without a key.
    #[error("`key` holds no private key in PEM that can be used")]
    NoKey,
    /// They do not belong together.
    #[error("`key` is not the key of the certificate in `cert`")]
    OtherKey,
}

impl Tls {
    /// The same for ureq.
    pub(super) fn config(&self) -> Result<TlsConfig, TlsError> {
        let roots = match (&self.trusted, self.system.as_slice()) {
            (Some(pem), _) => RootCerts::from(certificates(pem, "ca")?.iter().map(certificate)),
            (None, []) => RootCerts::WebPki,
            (None, system) => RootCerts::from(system.iter().map(certificate)),
        };
        let client = self.certificate.as_ref().map(|(chain, key)| client(chain, key)).transpose()?;
        let config = TlsConfig::builder().root_certs(roots).client_cert(client);
        Ok(config.disable_verification(self.insecure).build())
    }
}

/// The authorities that this system trusts: those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, else the system's
/// own; none where there are none.
pub fn system_authorities(environment: &Environment) -> Vec<CertificateDer<'static>> {
    let path = |name: &str| environment.get(name).map(PathBuf::from);
    let (file, folder) = (path("SSL_CERT_FILE"), path("SSL_CERT_DIR"));
    if file.is_none() && folder.is_none() {
        return rustls_native_certs::load_native_certs().certs;
    }
    rustls_native_certs::load_certs_from_paths(file.as_deref().map(Path::new), folder.as_deref()).certs
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    read.ok().filter(|all| !all.is_empty()).ok_or(TlsError::NoCertificate(what))
}

fn certificate(der: &CertificateDer<'static>) -> Certificate<'static> {
    Certificate::from_der(der).to_owned()
}

/// Checked here, because ureq panics where key and certificate do not belong together.
fn client(chain: &[u8], key: &[u8]) -> Result<ClientCert, TlsError> {
    let chain = certificates(chain, "cert")?;
    let read = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey)?;
    let signing = default_provider().key_provider.load_private_key(read).map_err(|_| TlsError::NoKey)?;
    let together = rustls::sign::CertifiedKey::new(chain.clone(), signing);
    together.keys_match().map_err(|_| TlsError::OtherKey)?;
    let key = PrivateKey::from_pem(key).map_err(|_| TlsError::NoKey)?;
    let chain: Vec<_> = chain.iter().map(certificate).collect();
    Ok(ClientCert::new_with_certs(&chain, key))
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("insecure", &self.insecure).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::server::WebPkiClientVerifier;
    use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

    use super::*;
    use crate::base::http::{Access, Client};

    /// An authority of a test's own, and what it signs.
    struct Authority {
        pem: String,
        issuer: Issuer<'static, KeyPair>,
    }

    impl Authority {
        fn new() -> Self {
            let mut params = CertificateParams::new(Vec::new()).expect("no names");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().expect("a key");
            let pem = params.self_signed(&key).expect("signs itself").pem();
            Self { pem, issuer: Issuer::new(params, key) }
        }

        /// Chain and key of `name` in PEM.
        fn sign(&self, name: &str) -> (Vec<u8>, Vec<u8>) {
            let key = KeyPair::generate().expect("a key");
            let params = CertificateParams::new([name.to_owned()]).expect("a name");
            let chain = params.signed_by(&key, &self.issuer).expect("signs");
            (chain.pem().into_bytes(), key.serialize_pem().into_bytes())
        }

        fn store(&self) -> RootCertStore {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(certificates(self.pem.as_bytes(), "ca").expect("PEM"));
            store
        }
    }

    /// Serves one connection as 127.0.0.1; wants a certificate of the client if told to.
    fn serve(authority: &Authority, wants_certificate: bool) -> String {
        let (chain, key) = authority.sign("127.0.0.1");
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authority.store()), provider);
        let config = if wants_certificate {
            config.with_client_cert_verifier(verifier.build().expect("a verifier"))
        } else {
            config.with_no_client_auth()
        };
        let chain = certificates(&chain, "cert").expect("PEM");
        let key = PrivateKeyDer::from_pem_slice(&key).expect("a key");
        let config = Arc::new(config.with_single_cert(chain, key).expect("a pair"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("https://{}/", listener.local_addr().expect("bound"));
        thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            let connection = ServerConnection::new(config).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            // A client that trusts us not breaks off here, which is what its test is about.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                let _ = stream.flush();
            }
        });
        url
    }

    fn get(url: &str, tls: Tls) -> Result<u16, String> {
        let access = Access { tls, ..Access::default() };
        let client =
            Client::new(&access, Duration::from_secs(10), 1000).map_err(|error| error.to_string())?;
        client.get(url).map(|answer| answer.status)
    }

    #[test]
    fn a_server_is_trusted_by_its_authority_only_unless_any_will_do() {
        let authority = Authority::new();
        let trusted = Some(authority.pem.clone().into_bytes());
        assert_eq!(get(&serve(&authority, false), Tls { trusted, ..Tls::default() }), Ok(200));
        let insecure = Tls { insecure: true, ..Tls::default() };
        assert_eq!(get(&serve(&authority, false), insecure), Ok(200));
        let other = Tls { trusted: Some(Authority::new().pem.into_bytes()), ..Tls::default() };
        for stranger in [Tls::default(), other] {
            let said = get(&serve(&authority, false), stranger).expect_err("not trusted");
            assert!(said.contains("certificate"), "{said}");
        }
    }

    #[test]
    fn the_authorities_of_the_system_are_those_that_the_environment_names() {
        let authority = Authority::new();
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &authority.pem).expect("written");
        let system = system_authorities(&Environment::of([("SSL_CERT_FILE", file.path())]));
        assert_eq!(get(&serve(&authority, false), Tls { system, ..Tls::default() }), Ok(200));
    }

    #[test]
    fn a_server_that_wants_a_certificate_gets_ours() {
        let authority = Authority::new();
        let trusted = Some(authority.pem.clone().into_bytes());
        let own = Tls { trusted, certificate: Some(authority.sign("me")), ..Tls::default() };
        assert_eq!(get(&serve(&authority, true), own.clone()), Ok(200));
        let without = Tls { certificate: None, ..own };
        assert!(get(&serve(&authority, true), without).is_err());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_before_any_request() {
        let authority = Authority::new();
        let ((chain, key), (_, other)) = (authority.sign("a"), authority.sign("b"));
        let with = |chain: &[u8], key: &[u8]| {
            let certificate = Some((chain.to_vec(), key.to_vec()));
            get("https://127.0.0.1:1/", Tls { certificate, ..Tls::default() }).expect_err("refused")
        };
        assert_eq!(with(&chain, &other), "`key` is not the key of the certificate in `cert`");
        assert_eq!(with(&chain, b"no key"), "`key` holds no private key in PEM that can be used");
        assert_eq!(with(&key, &key), "`cert` holds no certificate in PEM");
        assert_eq!(with(&chain, &key), "connection refused");
    }
}
