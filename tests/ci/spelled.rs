//! The ways in which a secret may be told, and where it is.

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// How a secret may be told: whole, in JSON, percent-encoded, and the groups of base64 that hold nothing else, at each of
/// the three alignments and in both alphabets.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), secret.replace('"', "\\\"")];
    let percent = |kept: &str| -> String {
        let encode = |character: char| match character {
            _ if character.is_ascii_alphanumeric() || kept.contains(character) => character.to_string(),
            _ => format!("%{:02X}", u32::from(character)),
        };
        secret.chars().map(encode).collect()
    };
    forms.extend([percent("-_.!~*'()"), percent("-_.~"), percent("-_.~").replace("%20", "+")]);
    for skipped in 0..3 {
        let own = &secret.as_bytes()[skipped..];
        let digits = BASE64_STANDARD.encode(&own[..own.len() / 3 * 3]);
        forms.extend([
            digits.replace('+', "-").replace('/', "_"),
            digits.replace('+', "%2B").replace('/', "%2F"),
            digits,
        ]);
    }
    forms
}

/// Where any form of any of these secrets stands in a text that is called `name`.
pub(crate) fn leaks(secrets: &[&str], name: &str, text: &str) -> Vec<String> {
    let mut leaks = Vec::new();
    for form in secrets.iter().flat_map(|secret| forms(secret)) {
        if let Some(at) = text.find(&form) {
            let around: String = text[..at + form.len()].chars().rev().take(160).collect();
            leaks.push(format!("{form} in {name}: …{}", around.chars().rev().collect::<String>()));
        }
    }
    leaks
}
