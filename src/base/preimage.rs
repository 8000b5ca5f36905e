//! Length-prefixed preimages: tagged fields whose bytes can be read in one way only.
//!
//! A preimage is kept whole beside what it keys, so that a later build can say which field differs.
//! Encoding: for each field in order, `u64le(len(tag)) tag u64le(len(value)) value`. What many preimages
//! share stands first and is closed: for the digest, one field with its digest takes its place, so that
//! it is hashed once for all of them.

use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// What takes fields in order: a preimage keeps them, a digester only hashes them. One traversal
/// serves both, so that what is explained is what is hashed.
pub trait FieldWriter {
    /// Adds one field; its tag is given in parts that are joined.
    fn field(&mut self, tag: &[&str], value: &str);

    /// Closes the part that other preimages share.
    fn close_shared(&mut self);
}

/// The tag of the field that stands for the shared part.
const SHARED: &str = "shared";

/// An ordered list of `(tag, value)` fields; equal digests mean equal lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Preimage {
    fields: Vec<(String, String)>,
}

impl Preimage {
    /// Adds one field. The order of fields is part of the digest.
    pub fn push(&mut self, tag: impl Into<String>, value: impl Into<String>) {
        self.fields.push((tag.into(), value.into()));
    }

    /// The fields in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(tag, value)| (tag.as_str(), value.as_str()))
    }

    /// The value of the first field called `tag`.
    pub fn get(&self, tag: &str) -> Option<&str> {
        self.fields().find(|(name, _)| *name == tag).map(|(_, value)| value)
    }

    /// The digest of the length-prefixed encoding.
    pub fn digest(&self) -> Digest {
        let mut digester = PreimageDigester::default();
        for (tag, value) in &self.fields {
            if tag == SHARED {
                digester.close_shared();
            } else {
                digester.field(&[tag], value);
            }
        }
        digester.finish()
    }
}

impl FieldWriter for Preimage {
    fn field(&mut self, tag: &[&str], value: &str) {
        self.push(tag.concat(), value);
    }

    fn close_shared(&mut self) {
        self.push(SHARED, "");
    }
}

/// The digest of a preimage that nobody keeps.
#[derive(Default)]
pub struct PreimageDigester {
    /// Encoded fields: hashing them at once is faster than piece by piece.
    encoded: Vec<u8>,
}

impl PreimageDigester {
    /// Goes on after a shared part whose digest is `shared`.
    pub fn after(shared: &Digest) -> Self {
        let mut digester = Self::default();
        digester.field(&[SHARED], &shared.hex());
        digester
    }

    /// The digest of the fields so far; equal to that of a [`Preimage`] of the same fields.
    pub fn finish(&self) -> Digest {
        Digest::of(&self.encoded)
    }

    fn length(&mut self, length: usize) {
        self.encoded.extend_from_slice(&(length as u64).to_le_bytes());
    }
}

impl FieldWriter for PreimageDigester {
    fn field(&mut self, tag: &[&str], value: &str) {
        self.length(tag.iter().map(|part| part.len()).sum());
        for part in tag {
            self.encoded.extend_from_slice(part.as_bytes());
        }
        self.length(value.len());
        self.encoded.extend_from_slice(value.as_bytes());
    }

    fn close_shared(&mut self) {
        *self = Self::after(&self.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preimage(fields: &[(&str, &str)]) -> Preimage {
        let mut preimage = Preimage::default();
        for (tag, value) in fields {
            preimage.push(*tag, *value);
        }
        preimage
    }

    #[test]
    fn the_border_between_tag_and_value_counts() {
        assert_ne!(preimage(&[("ab", "c")]).digest(), preimage(&[("a", "bc")]).digest());
        assert_ne!(preimage(&[("a", ""), ("b", "")]).digest(), preimage(&[("a", "b")]).digest());
        assert_eq!(preimage(&[("a", "b")]).digest(), preimage(&[("a", "b")]).digest());
        let mut digester = PreimageDigester::default();
        digester.field(&["a", "b"], "c");
        assert_eq!(digester.finish(), preimage(&[("ab", "c")]).digest());
    }

    #[test]
    fn a_shared_part_counts_through_its_digest() {
        let closed = |shared: &str| {
            let mut preimage = preimage(&[("a", shared)]);
            preimage.close_shared();
            preimage.field(&["b"], "own");
            preimage.digest()
        };
        let mut digester = PreimageDigester::after(&preimage(&[("a", "1")]).digest());
        digester.field(&["b"], "own");
        assert_eq!(digester.finish(), closed("1"));
        assert_ne!(closed("1"), closed("2"));
    }
}
