//! k6's options about names and encryption: `dns`, `tlsVersion`, `tlsCipherSuites`, `tlsAuth`.

use super::option_type::{Checked, OptionType};
use super::scalar::{is_set, wrong};
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::Fields;

const VERSIONS: [&str; 5] = ["tls1.0", "tls1.1", "tls1.2", "tls1.3", ""];
const TLS_VERSION: OptionType = OptionType::Word(&VERSIONS);

/// The cipher suites that k6 knows, in its spelling.
pub(super) const CIPHER_SUITES: [&str; 25] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
];

/// The type of an entry of `dns`.
pub(super) fn dns_member(name: &str) -> Option<OptionType> {
    match name {
        "ttl" => Some(OptionType::TimeToLive),
        "select" => Some(OptionType::Word(&["first", "random", "roundRobin"])),
        "policy" => Some(OptionType::Word(&["preferIPv4", "preferIPv6", "onlyIPv4", "onlyIPv6", "any"])),
        _ => None,
    }
}

/// The type of an entry of `tlsVersion`.
pub(super) fn tls_version_member(name: &str) -> Option<OptionType> {
    matches!(name, "min" | "max").then_some(TLS_VERSION)
}

pub(super) fn check_dns(item: &Item) -> Mistakes {
    check_members(item, &["ttl", "select", "policy"], dns_member)
}

pub(super) fn check_tls_version(item: &Item) -> Mistakes {
    if item.as_text().is_some() {
        return TLS_VERSION.check(item);
    }
    let mut mistakes = check_members(item, &["min", "max"], tls_version_member);
    let rank = |name: &str| {
        let text = item.as_table()?.get(name)?.item.as_text().filter(|text| !text.is_empty())?;
        VERSIONS.iter().position(|version| *version == text)
    };
    if rank("min").zip(rank("max")).is_some_and(|(min, max)| min > max) {
        mistakes.push(Mistake::at(&item.place, "`min` is above `max`: no version is left"));
    }
    mistakes
}

/// The type of an entry of a client certificate.
pub(super) fn certificate_member(name: &str) -> Option<OptionType> {
    match name {
        "domains" => Some(OptionType::Texts),
        "cert" | "key" | "password" => Some(OptionType::Text),
        _ => None,
    }
}

/// Checks one client certificate: it has both a certificate and its key.
pub(super) fn check_certificate(item: &Item) -> Mistakes {
    let mut mistakes = check_members(item, &["domains", "cert", "key", "password"], certificate_member);
    for name in ["cert", "key"] {
        let item = item.as_table().and_then(|table| table.get(name)).map(|entry| &entry.item);
        let literal = item.filter(|item| {
            item.as_text().is_some_and(|text| !text.is_empty() && !text.contains("-----BEGIN "))
        });
        if let Some(item) = literal {
            let mistake = wrong("PEM, or { file = \"…\" }", item);
            mistakes.push(mistake.hint(format!(
                "`{name}` is the content itself; a file is written `{{ file = \"{name}.pem\" }}`"
            )));
        }
    }
    let has = |name: &str| item.as_table().is_none_or(|table| is_set(table, name));
    for name in ["cert", "key"].into_iter().filter(|name| !has(name)) {
        let mistake = Mistake::at(&item.place, format!("the client certificate has no `{name}`"));
        mistakes.push(
            mistake.hint(format!("a file's content is written `{name} = {{ file = \"{name}.pem\" }}`")),
        );
    }
    mistakes
}

/// A table of exactly these entries, each optional.
pub(super) fn check_members(
    item: &Item,
    names: &[&'static str],
    member: impl Fn(&str) -> Option<OptionType>,
) -> Mistakes {
    let Some(table) = item.as_table() else { return wrong("a table", item).into() };
    let mut fields = Fields::of(table);
    for name in names {
        if let Some(expected) = member(name) {
            fields.checked(name, expected);
        }
    }
    fields.finish()
}
