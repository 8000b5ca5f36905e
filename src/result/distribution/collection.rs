//! The distributions of a run, by metric, in one blob: version 1, how many, then of each the length of the name,
//! the name, the length of the encoded distribution, and that.

use std::collections::BTreeMap;

use super::encoding::{Reader, Writer};
use super::{Distribution, EncodingError};

const VERSION: u8 = 1;

/// The distributions of a run by metric.
pub type Distributions = BTreeMap<String, Distribution>;

/// Their bytes.
pub fn encode_distributions(all: &Distributions) -> Vec<u8> {
    let mut writer = Writer { bytes: vec![VERSION] };
    writer.number(all.len() as u64);
    for (name, distribution) in all {
        writer.piece(name.as_bytes());
        writer.piece(&distribution.encode());
    }
    writer.bytes
}

/// Reads them back.
pub fn decode_distributions(bytes: &[u8]) -> Result<Distributions, EncodingError> {
    let mut reader = Reader { bytes };
    match reader.byte()? {
        VERSION => {}
        other => return Err(EncodingError::Version(other)),
    }
    let mut all = Distributions::new();
    for _ in 0..reader.number()? {
        let name = std::str::from_utf8(reader.piece()?).map_err(|_| EncodingError::Damaged)?.to_owned();
        all.insert(name, Distribution::decode(reader.piece()?)?);
    }
    if reader.bytes.is_empty() { Ok(all) } else { Err(EncodingError::Damaged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_come_back_and_a_cut_is_told() {
        let one = Distribution::of_samples(vec![1.0, 2.0, 3.0]).expect("samples");
        let all = Distributions::from([("a".to_owned(), one.clone()), ("b{x:\u{e9}}".to_owned(), one)]);
        let bytes = encode_distributions(&all);
        assert_eq!(decode_distributions(&bytes), Ok(all));
        for at in 0..bytes.len() {
            assert!(decode_distributions(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(decode_distributions(&[&bytes[..], b"x"].concat()), Err(EncodingError::Damaged));
    }
}
