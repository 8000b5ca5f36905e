//! Secrets masked in bytes that are kept or shown: as they are, as JSON, Go and URLs write them, and in base64.
//!
//! Not recognised: a hash of a secret, a compressed one, base64 that is broken into lines, and a secret that a program
//! takes apart. Numbers of a JSON document are never touched: only its strings are.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use serde_json::Value;

use super::spelling::{Spelling, spellings};

/// What stands where a secret was.
const MASK: &[u8] = b"***";

/// Shorter secrets would be found in results by chance.
pub const SHORTEST: usize = 4;

/// Shorter lines of a longer secret are no secret by themselves.
const SHORTEST_LINE: usize = 8;

/// The values that must never be written, in every spelling. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// None where there is no secret.
    finder: Option<Arc<Finder>>,
}

/// Finds all spellings at once: a text is read once, however many there are.
#[derive(Debug)]
struct Finder {
    automaton: AhoCorasick,
    spellings: Vec<Spelling>,
    longest: usize,
}

impl Mask {
    /// A mask of these secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let all = secrets.into_iter().flat_map(|secret| [vec![secret.to_vec()], pieces(secret)].concat());
        let mut spellings: Vec<Spelling> = all.flat_map(|secret| spellings(&secret)).collect();
        spellings.retain(|spelling| !spelling.bytes.is_empty());
        spellings.sort_unstable();
        spellings.dedup_by(|later, earlier| later.bytes == earlier.bytes);
        let longest = spellings.iter().map(|spelling| spelling.bytes.len()).max().unwrap_or(0);
        let patterns = spellings.iter().map(|spelling| &spelling.bytes);
        // The deterministic automaton is hardly faster, and takes a hundred times as long to build for a long secret.
        let mut builder = AhoCorasick::builder();
        builder.kind(Some(AhoCorasickKind::ContiguousNFA)).match_kind(MatchKind::LeftmostLongest);
        let built = builder.build(patterns);
        let automaton = built.expect("an automaton holds 2^31 states, more than an environment has bytes");
        Self { finder: (longest > 0).then(|| Arc::new(Finder { automaton, spellings, longest })) }
    }

    /// The length of the longest spelling: a cut text may begin or end with less than that of a secret.
    pub fn longest(&self) -> usize {
        self.finder.as_ref().map_or(0, |finder| finder.longest)
    }

    /// `bytes` with every secret replaced.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.replaced(&bytes).unwrap_or(bytes)
    }

    /// `text` with every secret replaced.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.replaced(text.as_bytes()) {
            Some(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// Whether a secret is in `bytes`.
    pub fn occurs(&self, bytes: &[u8]) -> bool {
        self.finder.as_ref().is_some_and(|finder| finder.automaton.is_match(bytes))
    }

    /// None where there is nothing to replace.
    fn replaced(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let finder = self.finder.as_ref()?;
        let mut found = finder.stretch(bytes, 0)?;
        let mut masked = Vec::with_capacity(bytes.len());
        let mut copied = 0;
        loop {
            masked.extend_from_slice(&bytes[copied..found.start]);
            masked.extend_from_slice(MASK);
            copied = found.end;
            match finder.stretch(bytes, copied) {
                Some(next) => found = next,
                None => break,
            }
        }
        masked.extend_from_slice(&bytes[copied..]);
        Some(masked)
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

impl Finder {
    /// The first stretch from `at` on that secrets cover: they may overlap, and then one mask stands for all of them.
    fn stretch(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let mut next = self.first(bytes, at..bytes.len())?;
        let mut whole = self.widened(bytes, at, &next);
        loop {
            // Only what begins inside matters, and no spelling reaches further than the longest.
            let inside = next.start + 1..bytes.len().min(whole.end + self.longest);
            next = match self.first(bytes, inside) {
                Some(found) if found.start < whole.end => found,
                _ => return Some(whole),
            };
            whole.end = whole.end.max(self.widened(bytes, at, &next).end);
        }
    }

    fn first(&self, bytes: &[u8], within: Range<usize>) -> Option<Found> {
        let found = self.automaton.find(Input::new(bytes).range(within))?;
        Some(Found { start: found.start(), end: found.end(), spelling: found.pattern().as_usize() })
    }

    /// With the characters of base64 beside it that hold some bits of the secret.
    fn widened(&self, bytes: &[u8], at: usize, found: &Found) -> Range<usize> {
        let spelling = &self.spellings[found.spelling];
        let is_digit = |at: usize| bytes.get(at).is_some_and(|byte| is_base64(*byte));
        let before = spelling.shares_before && found.start > at && is_digit(found.start - 1);
        let after = spelling.shares_after && is_digit(found.end);
        found.start - usize::from(before)..found.end + usize::from(after)
    }
}

/// Where a spelling is.
struct Found {
    start: usize,
    end: usize,
    spelling: usize,
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
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
    fn base64_of_a_secret_is_masked_wherever_in_a_text_it_stands() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
        for secret in ["hunter2", "p\u{f6}?>~~?>", "abcd", "0123456789abcdef"] {
            let mask = Mask::of([secret.as_bytes()]);
            for before in ["", "a", "ab", "abc", "user:", "\u{0}\u{1}"] {
                for after in ["", "z", "zz", "zzz", "@host"] {
                    let text = format!("{before}{secret}{after}");
                    for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)] {
                        let shown = mask.text(&format!("Basic {encoded}.")).into_owned();
                        let left: usize = shown.split("***").map(str::len).sum();
                        // What is left holds nothing but the text around, and the padding.
                        let around = (before.len() + after.len()) * 4 / 3 + "Basic ==.".len() + 1;
                        assert!(shown.contains("***") && left <= around, "{text}: {encoded} -> {shown}");
                    }
                }
            }
        }
        let mask = Mask::of([b"hunter2".as_slice()]);
        let encoded = BASE64_STANDARD.encode("hunter2");
        assert_eq!(mask.text(&encoded), "***==");
        assert_eq!(mask.text("hunter aHVudGVy"), "hunter aHVudGVy");
        let query = Mask::of([b"~?>~?>".as_slice()]);
        let encoded = BASE64_STANDARD.encode("~?>~?>").replace('/', "%2F").replace('+', "%2B");
        assert_eq!(query.text(&encoded), "***", "{encoded}");
    }

    #[test]
    fn secrets_that_overlap_are_one_mask() {
        let mask = Mask::of([b"abcd".as_slice(), b"cdefgh", b"ghij"]);
        assert_eq!(mask.text("xabcdefghijy abcd"), "x***y ***");
        assert_eq!(Mask::of([b"aaaa".as_slice()]).text("baaaaaac"), "b***c");
        assert_eq!(Mask::default().text("as it is"), "as it is");
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
