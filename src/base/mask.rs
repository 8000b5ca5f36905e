//! Secrets masked in bytes that are kept or shown: as they are, and as JSON, Go and URLs write them.
//!
//! Not recognised: other encodings of a secret, such as base64 or a hash, and a secret that a program
//! takes apart. Numbers of a JSON document are never touched: only its strings are.

use std::borrow::Cow;

use serde_json::Value;

/// What stands where a secret was.
const MASK: &[u8] = b"***";

/// Shorter secrets would be found in results by chance.
pub const SHORTEST: usize = 4;

/// Shorter lines of a longer secret are no secret by themselves.
const SHORTEST_LINE: usize = 8;

/// The values that must never be written, in every spelling.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// The longest first: one may hold another.
    spellings: Vec<Vec<u8>>,
}

impl Mask {
    /// A mask of these secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let all = secrets.into_iter().flat_map(|secret| [vec![secret.to_vec()], pieces(secret)].concat());
        let mut spellings: Vec<Vec<u8>> = all.flat_map(|secret| spellings(&secret)).collect();
        spellings.retain(|spelling| !spelling.is_empty());
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Self { spellings }
    }

    /// The length of the longest spelling: a cut text may begin or end with less than that of a secret.
    pub fn longest(&self) -> usize {
        self.spellings.first().map_or(0, Vec::len)
    }

    /// `bytes` with every secret replaced.
    pub fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for secret in &self.spellings {
            if memchr::memmem::find(&bytes, secret).is_some() {
                bytes = replace(&bytes, secret);
            }
        }
        bytes
    }

    /// `text` with every secret replaced.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.spellings.iter().all(|secret| memchr::memmem::find(text.as_bytes(), secret).is_none()) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(String::from_utf8_lossy(&self.bytes(text.as_bytes().to_vec())).into_owned())
    }

    /// Whether a secret is in `bytes`.
    pub fn occurs(&self, bytes: &[u8]) -> bool {
        self.spellings.iter().any(|secret| memchr::memmem::find(bytes, secret).is_some())
    }

    /// Lines of JSON, each with its end, with every secret in their strings replaced; what is no JSON is masked as
    /// text.
    pub fn json_lines(&self, lines: Vec<u8>) -> Vec<u8> {
        if !self.occurs(&lines) {
            return lines;
        }
        let mut masked = Vec::with_capacity(lines.len());
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if !self.occurs(line) {
                masked.extend_from_slice(line);
                continue;
            }
            let Ok(mut document) = serde_json::from_slice::<Value>(line) else {
                masked.extend(self.bytes(line.to_vec()));
                continue;
            };
            if self.value(&mut document) {
                // A value that was read serialises without fail.
                masked.extend(serde_json::to_vec(&document).unwrap_or_default());
                masked.push(b'\n');
            } else {
                masked.extend_from_slice(line);
            }
        }
        masked
    }

    /// A JSON document with every secret in its strings replaced; the same bytes where there is none.
    /// What is no JSON is masked as text.
    pub fn json(&self, bytes: Vec<u8>) -> Vec<u8> {
        let Ok(mut document) = serde_json::from_slice::<Value>(&bytes) else { return self.bytes(bytes) };
        if !self.value(&mut document) {
            return bytes;
        }
        // A value that was read serialises without fail.
        serde_json::to_vec_pretty(&document).unwrap_or_default()
    }

    /// Masks the strings of a value, keys included; says whether there was any to mask.
    fn value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.text(text) {
                Cow::Owned(masked) => {
                    *text = masked;
                    true
                }
                Cow::Borrowed(_) => false,
            },
            Value::Array(items) => items.iter_mut().fold(false, |any, item| self.value(item) | any),
            Value::Object(fields) => {
                let mut any = false;
                let entries = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                    any |= self.value(&mut value);
                    match self.text(&name) {
                        Cow::Owned(masked) => {
                            any = true;
                            (masked, value)
                        }
                        Cow::Borrowed(_) => (name, value),
                    }
                });
                *fields = entries.collect();
                any
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

fn replace(bytes: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(bytes, secret) {
        masked.extend_from_slice(&bytes[from..at]);
        masked.extend_from_slice(MASK);
        from = at + secret.len();
    }
    masked.extend_from_slice(&bytes[from..]);
    masked
}

/// What becomes of a secret of several lines where texts are taken line by line, or lines are joined: a key in
/// PEM is such a one. A line that is as short as a word stays, and so does what says that a key begins.
fn pieces(secret: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(secret) else { return Vec::new() };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() < 2 {
        return Vec::new();
    }
    let long = lines.iter().filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
    long.map(|line| (*line).to_owned()).chain([lines.join(" ")]).map(String::into_bytes).collect()
}

/// A secret as it is, in JSON (also in JSON within JSON), as Go's encoder writes JSON, and
/// percent-encoded as `encodeURIComponent`, RFC 3986 and HTML forms do it.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
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
    all
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_secret_is_masked() {
        let secret = "pa\"ss\\wörd<& x";
        let mask = Mask::of([secret.as_bytes()]);
        for spelled in [
            secret,
            r#"pa\"ss\\wörd<& x"#,
            r#"pa\"ss\\wörd\u003c\u0026 x"#,
            r#"pa\\\"ss\\\\wörd<& x"#,
            "pa%22ss%5Cw%C3%B6rd%3C%26%20x",
            "pa%22ss%5Cw%C3%B6rd%3C%26+x",
        ] {
            assert_eq!(mask.text(&format!("a {spelled} b")), "a *** b", "{spelled}");
        }
        assert_eq!(mask.text("pass"), "pass");
    }

    #[test]
    fn a_secret_that_looks_like_a_number_leaves_the_numbers_of_a_result_alone() {
        let mask = Mask::of([b"2026".as_slice()]);
        let kept = mask.json(br#"{"avg":12.2026,"name":"2026"}"#.to_vec());
        let kept: Value = serde_json::from_slice(&kept).expect("JSON");
        assert_eq!(kept, serde_json::json!({ "avg": 12.2026, "name": "***" }));
        let untouched = br#"{ "avg" : 1.50 }"#.to_vec();
        assert_eq!(mask.json(untouched.clone()), untouched);
        assert_eq!(mask.json(b"2026 {".to_vec()), b"*** {");
    }

    #[test]
    fn lines_of_json_are_masked_one_by_one() {
        let mask = Mask::of([b"2026".as_slice()]);
        let lines = b"{\"v\":2026,\"u\":\"/2026\"}\n{\"v\":2026}\n2026 {\n{ \"x\": 1 }\n".to_vec();
        let expected = "{\"v\":2026,\"u\":\"/***\"}\n{\"v\":2026}\n*** {\n{ \"x\": 1 }\n";
        assert_eq!(String::from_utf8_lossy(&mask.json_lines(lines)), expected);
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line_too() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n  kqhkiG9w0BAQEF\nok\n-----END KEY-----\n";
        let mask = Mask::of([key.as_bytes()]);
        let told = format!("k6 said MIIEvQIBADANBg, {}and kqhkiG9w0BAQEF", key.replace('\n', "\\n"));
        assert_eq!(mask.text(&told), "k6 said ***, ***and ***");
        let flat = key.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        assert_eq!(mask.text(&flat), "***");
        assert_eq!(mask.text("it is ok, -----BEGIN KEY-----"), "it is ok, -----BEGIN KEY-----");
    }
}
