//! An address over HTTP with what it takes to be let in: shared by `[scrape.NAME]` and exporters. No secret
//! stands in the manifest's model as text that could be printed.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::values::EnvironmentValue;
use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, text};

/// Headers whose literal value would be a secret in a file that is committed.
const SECRET_HEADERS: [&str; 5] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"];

/// An HTTP address and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://` or `https://`, without user info.
    pub url: String,
    /// `user:password` as the URL had it.
    pub user_info: Option<Secret>,
    /// A token for `Authorization: Bearer`, always from the environment.
    pub bearer: Option<EnvironmentValue>,
    /// Further headers by name.
    pub headers: BTreeMap<String, EnvironmentValue>,
    /// A PEM file of the authorities to trust instead of the system's, relative to the workspace.
    pub ca: Option<String>,
    /// PEM files of the client's certificate chain and its key, relative to the workspace.
    pub certificate: Option<(String, String)>,
    /// Whether any certificate of the server will do.
    pub insecure: bool,
}

/// Text that stands in a file and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the one request that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Endpoint {
    /// One that is asked without anything beside its address; none where that is none.
    pub(super) fn of_address(written: &str) -> Option<Self> {
        let (url, user_info) = split(written).ok()?;
        let headers = BTreeMap::new();
        Some(Self { url, user_info, bearer: None, headers, ca: None, certificate: None, insecure: false })
    }

    /// Reads the address under `key` and the options beside it; none where the key is missing or wrong.
    pub(super) fn read(fields: &mut Fields<'_>, key: &'static str) -> Option<Self> {
        let place = fields.item(key).map(|item| item.place.clone());
        let address = fields.read(key, address);
        let bearer = fields.read("bearer", bearer);
        let headers = fields.read("headers", headers).unwrap_or_default();
        let ca = fields.text("ca").map(str::to_owned);
        let cert = fields.text("cert").map(str::to_owned);
        let client_key = fields.text("key").map(str::to_owned);
        let insecure = fields.truth("insecure").unwrap_or(false);
        let place = place?;
        let mut refuse = |message: &str| fields.mistakes.push(Mistake::at(&place, message));
        if cert.is_some() != client_key.is_some() {
            refuse("`cert` and `key` belong together: a certificate chain and its key, in PEM");
        }
        let (url, user_info) = address?;
        if url.starts_with("http://") && (ca.is_some() || cert.is_some() || insecure) {
            refuse("`ca`, `cert`, `key` and `insecure` are for `https://`");
        }
        if bearer.is_some() && user_info.is_some() {
            refuse("`bearer` and a user in the URL exclude each other");
        }
        Some(Self { url, user_info, bearer, headers, ca, certificate: cert.zip(client_key), insecure })
    }
}

/// The address without its user info, and that.
fn address(item: &Item) -> Result<(String, Option<Secret>), Mistakes> {
    split(text(item)?).map_err(|message| {
        let label = "expected an address such as \"http://127.0.0.1:9090\"";
        Mistake::at(&item.place, message).label(label).into()
    })
}

fn split(written: &str) -> Result<(String, Option<Secret>), &'static str> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| written.starts_with(scheme));
    let scheme = scheme.ok_or("the address begins with neither `http://` nor `https://`")?;
    let rest = &written[scheme.len()..];
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user_info, host) = match authority.rsplit_once('@') {
        Some((user_info, host)) => (Some(Secret(user_info.to_owned())), host),
        None => (None, authority),
    };
    let url = format!("{scheme}{host}{path}");
    let is_uri = |url: &str| url.parse::<ureq::http::Uri>().is_ok_and(|uri| uri.host().is_some());
    if host.is_empty() || path.contains('#') || !is_uri(&url) || !is_uri(written) {
        return Err("this is no address");
    }
    Ok((url, user_info))
}

fn bearer(item: &Item) -> Result<EnvironmentValue, Mistakes> {
    if item.as_text().is_some() {
        return Err(literal_secret(item, "a token").into());
    }
    from_environment(item)
}

fn headers(item: &Item) -> Result<BTreeMap<String, EnvironmentValue>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of headers", item))?;
    let mut mistakes = Mistakes::default();
    let mut headers = BTreeMap::new();
    for (name, entry) in table {
        let value = &entry.item;
        let read = match &value.tree {
            _ if name.parse::<ureq::http::HeaderName>().is_err() => {
                Err(Mistake::at(&entry.key, format!("`{name}` cannot be the name of a header")).into())
            }
            Tree::Text(_) if is_secret_header(name) => {
                Err(literal_secret(value, &format!("the header `{name}`")).into())
            }
            Tree::Text(text) if ureq::http::HeaderValue::from_str(text).is_err() => {
                Err(Mistake::at(&value.place, "this cannot be the value of a header").into())
            }
            Tree::Text(text) => Ok(EnvironmentValue::Plain(text.clone())),
            Tree::Table(_) => from_environment(value),
            _ => Err(expected("a string or { env = \"NAME\" }", value).into()),
        };
        if let Some(read) = mistakes.collect(read) {
            headers.insert(name.clone(), read);
        }
    }
    mistakes.or(headers)
}

/// Reads `{ env = "NAME" }`: secret unless it says otherwise.
fn from_environment(item: &Item) -> Result<EnvironmentValue, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("{ env = \"NAME\" }", item))?;
    let mut fields = Fields::of(table);
    let name = fields.text("env").map(str::to_owned);
    let secret = fields.truth("secret").unwrap_or(true);
    let mut mistakes = fields.finish();
    if !table.contains_key("env") {
        mistakes.push(Mistake::at(&item.place, "`env` is missing").label("expected { env = \"NAME\" }"));
    }
    mistakes.or(EnvironmentValue::From { name: name.unwrap_or_default(), secret, in_key: false })
}

fn literal_secret(item: &Item, what: &str) -> Mistake {
    Mistake::at(&item.place, format!("{what} is a secret, and this file is read by many"))
        .label("expected { env = \"NAME\" }")
        .hint("put it into the environment and write { env = \"NAME\" }")
}

/// Where secrets stand that should not: tokens, users in addresses and headers, in the table of an endpoint.
pub(super) fn literal_secrets(item: &Item) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for (name, entry) in item.as_table().into_iter().flatten() {
        let is_secret = match (&entry.item.tree, name.as_str()) {
            (Tree::Table(_), "headers") => {
                all.extend(literal_secrets(&entry.item));
                false
            }
            (Tree::Text(text), "prometheus" | "metrics" | "url" | "uri" | "query") => text.contains('@'),
            (Tree::Text(_), name) => name == "bearer" || is_secret_header(name),
            _ => false,
        };
        if is_secret {
            all.push(entry.item.place.range.clone());
        }
    }
    all
}

fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.contains(&name.to_lowercase().as_str())
}
