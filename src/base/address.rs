//! An HTTP address as somebody typed it: what may be shown of it, and which server it means.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// An `http://` or `https://` address.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    shown: String,
    password: Option<String>,
    server: (String, u16),
}

impl Address {
    /// Reads an address; the error says what is wrong with it, and never repeats it: it may hold a password.
    pub fn read(url: &str) -> Result<Self, &'static str> {
        let scheme = ["http://", "https://"].into_iter().find(|scheme| url.starts_with(scheme));
        let scheme = scheme.ok_or("it begins with neither `http://` nor `https://`")?;
        let rest = &url[scheme.len()..];
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        let is_uri = url.parse::<ureq::http::Uri>().is_ok_and(|uri| uri.host().is_some());
        let server = server(authority, scheme).ok_or("it names no host")?;
        if !is_uri {
            return Err("it is no address");
        }
        let user = if user_info.is_some() { "***@" } else { "" };
        // A user without a password is a token.
        let password = user_info.map(|info| info.split_once(':').map_or(info, |(_, password)| password));
        Ok(Self {
            url: url.to_owned(),
            shown: format!("{scheme}{user}{host}{path}"),
            password: password.filter(|password| !password.is_empty()).map(str::to_owned),
            server,
        })
    }

    /// All of it, for the one that sends the requests.
    pub fn reveal(&self) -> &str {
        &self.url
    }

    /// What may be shown: the user is left out.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What must never be shown.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Whether `other`, an address with or without a scheme, means the same server.
    pub fn is_server_of(&self, other: &str) -> bool {
        let (scheme, rest) = match other.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), other),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        server(authority, &scheme) == Some(self.server.clone())
            // Without a scheme and a port it may be any port of that host.
            || server(authority, "any").is_some_and(|(host, port)| {
                scheme.is_empty() && port == 0 && host == self.server.0
            })
    }
}

/// What may be shown of an address, whatever its scheme or lack of one: the user is left out.
pub fn without_user(url: &str) -> Cow<'_, str> {
    match split_user(url) {
        Some((scheme, _, rest)) => Cow::Owned(format!("{scheme}***@{rest}")),
        None => Cow::Borrowed(url),
    }
}

/// What must never be shown of an address: the password of its user, or a user without one, as it is written there and
/// as it is meant.
pub fn passwords(url: &str) -> Vec<String> {
    let Some((_, user, _)) = split_user(url) else { return Vec::new() };
    let written = user.split_once(':').map_or(user, |(_, password)| password);
    let meant = percent_decode_str(written).decode_utf8_lossy().into_owned();
    [written.to_owned(), meant].into_iter().filter(|password| !password.is_empty()).collect()
}

/// Scheme, user and the rest, where there is a user.
fn split_user(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, _) = authority.rsplit_once('@')?;
    Some((scheme, user, &rest[user.len() + 1..]))
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Host and port of an authority; loopback is one host under all its names. Without a port it is that of the
/// scheme, 0 for one that has none.
fn server(authority: &str, scheme: &str) -> Option<(String, u16)> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        // The last colon of a bare IPv6 address is none before a port.
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
        _ => (authority, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let is_loopback =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let default = match scheme {
        "http://" => 80,
        "https://" => 443,
        _ => 0,
    };
    let host = if is_loopback { "localhost".to_owned() } else { host };
    (!host.is_empty()).then(|| (host, port.unwrap_or(default)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let address = Address::read("https://me:hunter2@example.com/a?b=c").expect("an address");
        assert_eq!(format!("{address:?}"), "https://***@example.com/a?b=c");
        assert_eq!((address.shown(), address.password()), ("https://***@example.com/a?b=c", Some("hunter2")));
        assert_eq!(address.reveal(), "https://me:hunter2@example.com/a?b=c");
        let token = Address::read("http://token@example.com").expect("an address");
        assert_eq!((token.shown(), token.password()), ("http://***@example.com", Some("token")));
    }

    #[test]
    fn of_any_address_the_user_can_be_left_out() {
        for (url, shown, hidden) in [
            ("http://me:a%40b@host:1/x@y", "http://***@host:1/x@y", &["a%40b", "a@b"][..]),
            ("me:pass@host:1", "***@host:1", &["pass", "pass"]),
            ("host:1/a@b", "host:1/a@b", &[]),
            ("grpc://token@host", "grpc://***@host", &["token", "token"]),
        ] {
            assert_eq!(
                (&*without_user(url), passwords(url)),
                (shown, hidden.iter().map(|text| (*text).to_owned()).collect())
            );
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        let wrong = |text: &str| Address::read(text).expect_err("refused");
        assert_eq!(wrong("127.0.0.1:80"), "it begins with neither `http://` nor `https://`");
        assert_eq!(wrong("http://"), "it names no host");
        assert_eq!(wrong("http://a b/"), "it is no address");
        assert_eq!(wrong("http://a:port/"), "it names no host");
    }

    #[test]
    fn one_server_has_several_spellings() {
        let means = |url: &str, other: &str| Address::read(url).expect("an address").is_server_of(other);
        for (url, other) in [
            ("http://127.0.0.1:8008/v2", "localhost:8008"),
            ("http://[::1]:8008", "http://127.0.0.1:8008/x"),
            ("https://Example.com/a", "https://example.com:443"),
            ("http://u:p@example.com", "http://example.com/"),
            ("https://example.com:8443", "example.com"),
        ] {
            assert!(means(url, other), "{url} {other}");
        }
        for (url, other) in [
            ("http://127.0.0.1:8008", "127.0.0.1:8033"),
            ("http://example.com", "https://example.com"),
            ("http://example.com", "http://example.org"),
            ("http://example.com", ""),
        ] {
            assert!(!means(url, other), "{url} {other}");
        }
    }
}
