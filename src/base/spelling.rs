//! The ways in which programs write a secret: as JSON, Go, URLs and base64 have it.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use serde_json::Value;

/// One way to write a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling {
    /// The bytes as they stand.
    pub(super) bytes: Vec<u8>,
    /// Whether a digit of base64 right before them holds some of the secret's bits.
    pub(super) shares_before: bool,
    /// Whether one right after them does.
    pub(super) shares_after: bool,
}

impl From<Vec<u8>> for Spelling {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, shares_before: false, shares_after: false }
    }
}

/// A secret as it is, in JSON (also in JSON within JSON), as Go's encoder writes JSON, percent-encoded as
/// `encodeURIComponent`, RFC 3986 and HTML forms do it, and in base64 at any place of a longer text.
pub(super) fn spellings(secret: &[u8]) -> Vec<Spelling> {
    let mut all = vec![secret.to_vec()];
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = json_escaped(text);
        let go = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        all.extend([json_escaped(&json), json_escaped(&go), go, json].map(String::into_bytes));
    }
    for unreserved in ["-_.!~*'()", "-_.~", "-_.~$&+=:@", "-_.*"] {
        let encoded = percent_encoded(secret, unreserved);
        all.push(encoded.replace("%20", "+").into_bytes());
        all.push(encoded.to_lowercase().into_bytes());
        all.push(encoded.into_bytes());
    }
    all.into_iter().map(Spelling::from).chain((0..3).flat_map(|before| in_base64(secret, before))).collect()
}

fn json_escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent_encoded(bytes: &[u8], unreserved: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || unreserved.as_bytes().contains(&byte);
    let encode =
        |byte: &u8| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    bytes.iter().map(encode).collect()
}

/// The digits of base64 that hold bits of the secret alone, where `before` bytes (0, 1 or 2) of a group of three come
/// before it; in the standard alphabet, that of URLs, and percent-encoded.
fn in_base64(secret: &[u8], before: usize) -> Vec<Spelling> {
    let whole = BASE64_STANDARD_NO_PAD.encode([vec![0; before], secret.to_vec()].concat());
    let bits = (before + secret.len()) * 8;
    let own = (before * 8).div_ceil(6)..bits / 6;
    let Some(digits) = whole.get(own) else { return Vec::new() };
    let of_urls = digits.replace('+', "-").replace('/', "_");
    let percent = percent_encoded(digits.as_bytes(), "");
    let spelled = [digits.to_owned(), of_urls, percent.replace("%2F", "%2f").replace("%2B", "%2b"), percent];
    let (shares_before, shares_after) = (before > 0, !bits.is_multiple_of(6));
    spelled.map(|text| Spelling { bytes: text.into_bytes(), shares_before, shares_after }).into()
}
