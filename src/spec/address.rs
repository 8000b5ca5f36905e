//! Names of hosts and addresses in k6's options: `hosts`, `blockHostnames`, `blacklistIPs`.
//! Measured with 0.57.0 and 1.1.0.

use std::net::{IpAddr, SocketAddr};

use super::scalar::wrong;
use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};

/// `example.com`, `*.example.com`, `*`: labels of letters, digits and inner hyphens, with `*` only in front.
fn is_pattern(text: &str) -> bool {
    let rest = match text.strip_prefix('*') {
        Some(rest) => rest.strip_prefix('.').unwrap_or(rest),
        None => text,
    };
    rest.is_empty() || rest.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    label.starts_with(ends) && label.ends_with(ends) && label.chars().all(|c| ends(c) || c == '-')
}

/// Checks one entry of `blockHostnames`.
pub(super) fn check_pattern(item: &Item) -> Mistakes {
    match item.as_text() {
        Some(text) if is_pattern(text) => Mistakes::default(),
        _ => wrong("a host's name such as \"example.com\" or \"*.example.com\"", item).into(),
    }
}

/// Checks `hosts`: names, with or without a port, to addresses.
pub(super) fn check_hosts(item: &Item) -> Mistakes {
    let Some(table) = item.as_table() else { return wrong("a table of addresses by host", item).into() };
    let mut mistakes = Mistakes::default();
    for (name, entry) in table {
        let (host, port) =
            name.split_once(':').map_or((name.as_str(), None), |(host, port)| (host, Some(port)));
        let is_port =
            |port: &str| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_pattern(host) || !port.is_none_or(is_port) {
            let message = format!("`{}` is no name of a host", name.escape_debug());
            mistakes.push(
                Mistake::at(&entry.key, message)
                    .label("expected \"example.com\", \"*.example.com\" or \"example.com:443\""),
            );
        }
        mistakes.extend(check_address(&entry.item));
    }
    mistakes
}

/// Checks what a host leads to. k6 takes what is no address for an empty one, and so loads this machine.
pub(super) fn check_address(item: &Item) -> Mistakes {
    let is_address = |text: &str| {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok_and(|address| address.port() > 0)
    };
    match &item.tree {
        Tree::Null => Mistakes::default(),
        Tree::Text(text) if is_address(text) => Mistakes::default(),
        _ => wrong("an address such as \"10.0.0.1\" or \"10.0.0.1:8080\"", item).into(),
    }
}

/// Checks one entry of `blacklistIPs`: an address and a length behind a slash; k6 wants both.
pub(super) fn check_network(item: &Item) -> Mistakes {
    let parts = item.as_text().and_then(|text| text.split_once('/'));
    let fits = parts.is_some_and(|(address, length)| {
        let most = address.parse::<IpAddr>().map(|address| if address.is_ipv4() { 32 } else { 128 });
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        digits && most.is_ok_and(|most| length.parse::<u32>().is_ok_and(|length| length <= most))
    });
    if fits { Mistakes::default() } else { wrong("a network such as \"10.0.0.0/8\"", item).into() }
}
