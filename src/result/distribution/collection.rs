//! The distributions of a run, by metric, in one blob: a version, then a map from names to encoded
//! distributions as postcard writes it (<https://postcard.jamesmunns.com/wire-format>).

use std::collections::BTreeMap;

use super::{Distribution, DistributionError};

const VERSION: u8 = 1;

/// The distributions of a run by metric.
pub type Distributions = BTreeMap<String, Distribution>;

/// Their bytes.
pub fn encode_distributions(all: &Distributions) -> Vec<u8> {
    let encoded: BTreeMap<&str, Vec<u8>> =
        all.iter().map(|(name, distribution)| (name.as_str(), distribution.encode())).collect();
    // Writing a map of bytes into memory cannot fail.
    postcard::to_extend(&encoded, vec![VERSION]).unwrap_or_default()
}

/// Reads them back.
pub fn decode_distributions(bytes: &[u8]) -> Result<Distributions, DistributionError> {
    let (version, body) = bytes.split_first().ok_or(DistributionError::Cut)?;
    if *version != VERSION {
        return Err(DistributionError::Version(*version));
    }
    let (encoded, rest): (BTreeMap<String, Vec<u8>>, &[u8]) =
        postcard::take_from_bytes(body).map_err(|_| DistributionError::Damaged)?;
    if !rest.is_empty() {
        return Err(DistributionError::Damaged);
    }
    let decode = |(name, bytes): (String, Vec<u8>)| Ok((name, Distribution::decode(&bytes)?));
    encoded.into_iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::statistics::GRID;

    #[test]
    fn all_of_them_come_back_and_a_cut_is_told() {
        let one = Distribution::of_samples(vec![1.0, 2.0, 3.0]).expect("samples");
        let all = Distributions::from([("a".to_owned(), one.clone()), ("b{x:\u{e9}}".to_owned(), one)]);
        let bytes = encode_distributions(&all);
        assert_eq!(decode_distributions(&bytes), Ok(all));
        for at in 0..bytes.len() {
            assert!(decode_distributions(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(decode_distributions(&[&bytes[..], b"x"].concat()), Err(DistributionError::Damaged));
    }

    #[test]
    fn the_grid_that_k6_is_asked_for_is_the_one_whose_shares_need_no_bytes() {
        let points: Vec<(f64, f64)> = GRID.values().map(|share| (*share, 5.0)).collect();
        let grid = Distribution::of_grid(9, 5.0, 5.0, 5.0, &points).expect("a grid");
        assert!(grid.encode().len() < 450, "{} bytes", grid.encode().len());
    }
}
