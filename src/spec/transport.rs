//! k6's options about networks and encryption: `blacklistIPs`, `dns`, `tlsVersion`, `tlsAuth`.

use std::net::IpAddr;

use super::option_type::{Checked, OptionType};
use super::scalar::wrong;
use crate::base::document::Item;
use crate::base::mistake::Mistakes;
use crate::base::table::Fields;

const TLS_VERSION: OptionType = OptionType::Word(&["tls1.0", "tls1.1", "tls1.2", "tls1.3", ""]);

/// The type of an entry of `dns`.
pub(super) fn dns_member(name: &str) -> Option<OptionType> {
    match name {
        "ttl" => Some(OptionType::Text),
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
    check_members(item, &["min", "max"], tls_version_member)
}

pub(super) fn check_certificate(item: &Item) -> Mistakes {
    check_members(item, &["domains", "cert", "key", "password"], |name| {
        Some(if name == "domains" { OptionType::Texts } else { OptionType::Text })
    })
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

/// An address and a length behind a slash; k6 wants both.
pub(super) fn check_network(item: &Item) -> Mistakes {
    let parts = item.as_text().and_then(|text| text.split_once('/'));
    let fits = parts.is_some_and(|(address, length)| {
        let most = address.parse::<IpAddr>().map(|address| if address.is_ipv4() { 32 } else { 128 });
        most.is_ok_and(|most| length.parse::<u8>().is_ok_and(|length| length <= most))
    });
    if fits { Mistakes::default() } else { wrong("a network such as \"10.0.0.0/8\"", item).into() }
}
