//! Text with its checksum in front, so that a torn or edited file is never taken for a whole one.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::digest::Digest;

/// `<64 hexadecimal digits of the digest of the rest>\n<JSON>\n`.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // The types that are stored serialise without fail: string keys, finite numbers.
    let mut body = serde_json::to_vec(value).unwrap_or_default();
    body.push(b'\n');
    let mut bytes = Digest::of(&body).to_string().into_bytes();
    bytes.push(b'\n');
    bytes.extend(body);
    bytes
}

/// The value, or none where the checksum or the form does not hold.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(body(bytes)?).ok()
}

/// What follows the checksum, or none where that does not hold.
pub(super) fn body(bytes: &[u8]) -> Option<&[u8]> {
    let (checksum, body) = (bytes.get(..64)?, bytes.get(65..)?);
    let matches = bytes[64] == b'\n' && Digest::of(body).to_string().as_bytes() == checksum;
    matches.then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_and_every_flipped_bit_is_noticed() {
        let bytes = encode(&vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(decode::<Vec<String>>(&bytes), Some(vec!["a".into(), "b".into()]));
        for end in 0..bytes.len() {
            assert_eq!(decode::<Vec<String>>(&bytes[..end]), None, "cut at {end}");
        }
        for (index, bit) in (0..bytes.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1 << bit;
            assert_eq!(decode::<Vec<String>>(&flipped), None, "bit {bit} of byte {index}");
        }
    }
}
