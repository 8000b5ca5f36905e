//! Short HTTP requests: a GET that anybody may send, and a client that proves who it is.

use std::fmt;
use std::io;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::percent_decode_str;

use super::address::{passwords, without_user};
use super::awaited::awaited;
use super::duration::human;
use super::interrupt::Interrupt;
use super::mask::Mask;
use super::tls::{Tls, TlsError};

/// Status, headers and body of an answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: ureq::http::HeaderMap,
    /// The whole body.
    pub body: String,
}

/// GETs `url`; any status is an answer. The error is one line for people, without a password that the address has.
pub fn get(url: &str, limit: Duration) -> Result<Answer, String> {
    let shown = without_user(url);
    let told = |error: ureq::Error| {
        let passwords = passwords(url);
        let mask = Mask::of(passwords.iter().map(String::as_bytes));
        format!("GET {shown}: {}", mask.text(&error.to_string()))
    };
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(limit)).http_status_as_error(false).build().into();
    let mut response = agent.get(url).call().map_err(told)?;
    let body = response.body_mut().read_to_string().map_err(told)?;
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

/// What goes with every request of a [`Client`].
#[derive(Clone, Default)]
pub struct Access {
    /// A token for `Authorization: Bearer`.
    pub bearer: Option<String>,
    /// `user:password` for `Authorization: Basic`, percent-encoded as in a URL.
    pub user_info: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The values of those headers that must not be shown.
    pub secrets: Vec<String>,
    /// Whom to trust, and how to be trusted.
    pub tls: Tls,
    /// The proxy's address, if there is one to use.
    pub proxy: Option<String>,
    /// The signals that end the waiting for an answer.
    pub interrupt: Option<Interrupt>,
}

impl Access {
    /// The same, for requests that nobody waits for any more once a signal came.
    #[must_use]
    pub fn stopped_by(self, interrupt: &Interrupt) -> Self {
        Self { interrupt: Some(interrupt.clone()), ..self }
    }

    /// The value of `Authorization`, if there is one.
    pub fn authorization(&self) -> Option<String> {
        let bearer = self.bearer.as_ref().map(|token| format!("Bearer {token}"));
        bearer.or_else(|| self.basic().map(|encoded| format!("Basic {encoded}")))
    }

    /// Every spelling of what lets us in that may stand in an environment or a request.
    pub fn all_secrets(&self) -> Vec<Vec<u8>> {
        let plain = self.bearer.iter().chain(&self.secrets).chain(&self.user_info).cloned();
        let (user, password) = self.user();
        let decoded = if password.is_empty() { user } else { password };
        let all: Vec<String> =
            plain.chain([decoded]).chain(self.basic()).filter(|text| !text.is_empty()).collect();
        let coded = all.iter().map(|text| BASE64_STANDARD.encode(text));
        all.iter().cloned().chain(coded).map(String::into_bytes).collect()
    }

    /// User and password, decoded.
    fn user(&self) -> (String, String) {
        let user_info = self.user_info.as_deref().unwrap_or_default();
        let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        (decoded(user), decoded(password))
    }

    /// User and password as `Authorization: Basic` has them.
    fn basic(&self) -> Option<String> {
        let (user, password) = self.user();
        self.user_info.as_ref().map(|_| BASE64_STANDARD.encode(format!("{user}:{password}")))
    }
}

/// An [`Access`] that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A header that HTTP does not allow, mostly for a line break in its value.
    #[error("the value for the header `{0}` cannot be sent")]
    Header(String),
    /// The proxy's address is none.
    #[error("the address of the proxy in the environment cannot be used")]
    Proxy,
    /// Certificates or keys.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Sends requests with one [`Access`]. It follows no redirection: what lets us in here is not for others.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    headers: ureq::http::HeaderMap,
    mask: Mask,
    limit: Duration,
    most_bytes: u64,
    interrupt: Option<Interrupt>,
    /// The address of the proxy that is asked, without its user.
    proxy: Option<String>,
}

impl Client {
    /// A client whose requests take at most `limit` and whose answers have at most `most_bytes`.
    pub fn new(access: &Access, limit: Duration, most_bytes: u64) -> Result<Self, AccessError> {
        let proxy = access.proxy.as_deref().map(ureq::Proxy::new).transpose();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy.map_err(|_| AccessError::Proxy)?)
            .tls_config(access.tls.config()?);
        let secrets = access.bearer.iter().chain(&access.secrets).chain(&access.user_info);
        let (user, password) = access.user();
        let proxy_user = access.proxy.as_deref().and_then(|proxy| proxy.rsplit_once('@'));
        // A user without a password is a token.
        let own = if password.is_empty() { user } else { password };
        let more = proxy_user.map(|(user, _)| user).into_iter().chain([own.as_str()]);
        // A server may answer with the header that it refused.
        let encoded = access.basic();
        let secrets = secrets.map(String::as_str).chain(more).chain(encoded.as_deref());
        Ok(Self {
            agent: config.build().into(),
            headers: headers(access)?,
            mask: Mask::of(secrets.map(str::as_bytes)),
            limit,
            most_bytes,
            interrupt: access.interrupt.clone(),
            proxy: access.proxy.as_deref().map(|proxy| {
                let address = proxy.split_once("://").map_or(proxy, |(_, address)| address);
                address.rsplit_once('@').map_or(address, |(_, address)| address).to_owned()
            }),
        })
    }

    /// GETs `url`; any status is an answer. The error is why there is none, in a few words without secrets.
    pub fn get(&self, url: &str) -> Result<Answer, String> {
        let mut request = self.agent.get(url);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        self.awaited(move |client| client.read(request.call().map_err(|error| client.told(&error))?))
    }

    /// POSTs `body` to `url`; as [`Client::get`] otherwise.
    pub fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Answer, String> {
        self.send(self.agent.post(url), content_type, body)
    }

    /// PUTs `body` to `url`; as [`Client::get`] otherwise.
    pub fn put(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Answer, String> {
        self.send(self.agent.put(url), content_type, body)
    }

    fn send(
        &self,
        mut request: ureq::RequestBuilder<ureq::typestate::WithBody>,
        content_type: &str,
        body: &[u8],
    ) -> Result<Answer, String> {
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        let request = request.header("content-type", content_type);
        let body = body.to_vec();
        self.awaited(move |client| client.read(request.send(body).map_err(|error| client.told(&error))?))
    }

    /// Where a signal ends the waiting, the request may be under way still.
    fn awaited(
        &self,
        request: impl FnOnce(&Self) -> Result<Answer, String> + Send + 'static,
    ) -> Result<Answer, String> {
        let Some(interrupt) = &self.interrupt else { return request(self) };
        let client = self.clone();
        awaited(interrupt, move || request(&client))?
    }

    fn read(&self, mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, String> {
        let body = response.body_mut().with_config().limit(self.most_bytes).lossy_utf8(true);
        let body = body.read_to_string().map_err(|error| self.told(&error))?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    /// `text` without the secrets that this client sends: a server may answer with them.
    pub fn masked(&self, text: &str) -> String {
        self.mask.text(text).into_owned()
    }

    fn told(&self, error: &ureq::Error) -> String {
        match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.proxy.as_ref().map_or_else(
                    || "connection refused".to_owned(),
                    |proxy| format!("the proxy {proxy} refused the connection"),
                )
            }
            ureq::Error::Io(error) => self.masked(&error.to_string()),
            ureq::Error::Timeout(_) => format!("no answer within {}", human(self.limit)),
            ureq::Error::HostNotFound => "no such host".to_owned(),
            ureq::Error::BodyExceedsLimit(most) => format!("the answer is larger than {most} bytes"),
            ureq::Error::Rustls(error) => self.masked(&format!("TLS: {error}")),
            error => self.masked(&error.to_string()),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("limit", &self.limit).finish_non_exhaustive()
    }
}

fn headers(access: &Access) -> Result<ureq::http::HeaderMap, AccessError> {
    let authorization = access.authorization().map(|value| ("authorization".to_owned(), value));
    let mut headers = ureq::http::HeaderMap::new();
    for (name, value) in authorization.into_iter().chain(access.headers.iter().cloned()) {
        let wrong = || AccessError::Header(name.clone());
        let key: ureq::http::HeaderName = name.parse().map_err(|_| wrong())?;
        let mut value = ureq::http::HeaderValue::from_str(&value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    /// Answers one request with `answer`; gives its own address and what was asked.
    fn server(answer: &'static str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = Vec::new();
            let mut part = [0; 1024];
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                let count = stream.read(&mut part).expect("a request");
                request.extend_from_slice(&part[..count]);
            }
            stream.write_all(answer.as_bytes()).expect("it reads");
            String::from_utf8(request).expect("text")
        });
        (address, asked)
    }

    fn client(access: &Access) -> Client {
        Client::new(access, LIMIT, 100).expect("a client")
    }

    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    #[test]
    fn a_token_and_headers_go_with_the_request() {
        let headers = vec![("x-scope".to_owned(), "me".to_owned())];
        let access = Access { bearer: Some("hunter2".to_owned()), headers, ..Access::default() };
        let (address, asked) = server(OK);
        let answer = client(&access).get(&format!("http://{address}/a")).expect("an answer");
        let asked = asked.join().expect("served").to_lowercase();
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
        assert!(asked.contains("authorization: bearer hunter2\r\n"), "{asked}");
        assert!(asked.contains("x-scope: me\r\n") && asked.starts_with("get /a http/1.1"), "{asked}");
    }

    #[test]
    fn a_user_is_sent_as_basic_and_decoded() {
        let access = Access { user_info: Some("me:a%40b".to_owned()), ..Access::default() };
        let (address, asked) = server(OK);
        client(&access).get(&format!("http://{address}/")).expect("an answer");
        let asked = asked.join().expect("served");
        assert!(asked.contains("Basic bWU6YUBi\r\n"), "{asked}");
    }

    #[test]
    fn what_lets_us_in_is_masked_also_as_it_is_sent() {
        let access = Access { user_info: Some("me:a%40bcd".to_owned()), ..Access::default() };
        let told = client(&access).masked("me:a%40bcd, a@bcd, Basic bWU6YUBiY2Q=");
        assert_eq!(told, "***, ***, Basic ***");
    }

    #[test]
    fn a_body_is_sent_with_its_type_and_length() {
        let (address, asked) = server(OK);
        let access = Access { bearer: Some("hunter2".to_owned()), ..Access::default() };
        let answer = client(&access).post(&format!("http://{address}/a"), "application/json", b"{}");
        assert_eq!(answer.expect("an answer").status, 200);
        let asked = asked.join().expect("served").to_lowercase();
        assert!(asked.starts_with("post /a http/1.1") && asked.contains("content-length: 2\r\n"), "{asked}");
        assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
        assert!(asked.contains("authorization: bearer hunter2\r\n"), "{asked}");
    }

    #[test]
    fn a_redirection_is_an_answer_and_not_followed() {
        let (address, asked) =
            server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
        let answer = client(&Access::default()).get(&format!("http://{address}/")).expect("an answer");
        assert_eq!(answer.status, 302);
        asked.join().expect("served");
    }

    #[test]
    fn why_there_is_no_answer_is_said_in_a_few_words() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let hasty = Client::new(&Access::default(), Duration::from_millis(100), 100).expect("a client");
        assert_eq!(hasty.get(&url).expect_err("silence"), "no answer within 100ms");
        drop(listener);
        assert_eq!(hasty.get(&url).expect_err("nobody"), "connection refused");
        let (address, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n0123456789a");
        let small = Client::new(&Access::default(), LIMIT, 10).expect("a client");
        let long = small.get(&format!("http://{address}/")).expect_err("too long");
        assert_eq!(long, "the answer is larger than 10 bytes");
        asked.join().expect("served");
    }

    #[test]
    fn a_header_with_a_line_break_is_refused_by_its_name_only() {
        let access = Access { bearer: Some("hun\nter2".to_owned()), ..Access::default() };
        let said = Client::new(&access, LIMIT, 1).expect_err("refused").to_string();
        assert_eq!(said, "the value for the header `authorization` cannot be sent");
    }
}
