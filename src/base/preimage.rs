//! Length-prefixed preimages: tagged fields whose bytes can be read in one way only.
//!
//! A preimage is kept whole beside what it keys, so that a later build can say which field differs.
//! Encoding: for each field in order, `u64le(len(tag)) tag u64le(len(value)) value`.

use serde::{Deserialize, Serialize};

use super::digest::{Digest, Digester};

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
        let mut digester = Digester::default();
        for part in self.fields.iter().flat_map(|(tag, value)| [tag, value]) {
            digester.update(&(part.len() as u64).to_le_bytes());
            digester.update(part.as_bytes());
        }
        digester.finish()
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
    }
}
