//! What becomes of a distribution as bytes, sound and damaged.

use super::{Oracle, some};
use crate::result::distribution::Distribution;
use crate::result::random::Random;

#[test]
fn what_was_written_is_read() {
    let mut sizes = Vec::new();
    for seed in 0..200 {
        let mut random = Random(seed);
        let oracle = some(&mut random);
        let mixed = Distribution::mix([&oracle.grid(), &oracle.histogram()]).expect("two");
        let odd = Distribution::of_grid(9, 1.0, 0.0, 3.0, &[(0.123_456_789, 1.0)]).expect("a grid");
        for kept in [oracle.samples(), oracle.grid(), oracle.histogram(), mixed, odd] {
            assert_eq!(Distribution::decode(&kept.encode()), Ok(kept), "seed {seed}");
        }
        sizes.push(oracle.grid().encode().len());
    }
    assert!(sizes.iter().all(|size| *size < 3000), "{:?}", sizes.iter().max());
}

/// Each byte cut off and each bit of each byte flipped.
#[test]
fn damaged_bytes_are_never_read() {
    let oracle = Oracle::of((0..200).map(|index| f64::from(index) * 1.37 - 40.0).collect());
    let mixed = Distribution::mix([&oracle.samples(), &oracle.histogram()]).expect("two");
    for kept in [oracle.grid(), mixed] {
        let bytes = kept.encode();
        for cut in 0..bytes.len() {
            assert!(Distribution::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(Distribution::decode(&[bytes.as_slice(), &[0]].concat()).is_err());
        for index in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[index / 8] ^= 1 << (index % 8);
            assert!(Distribution::decode(&flipped).is_err(), "bit {index}");
        }
    }
}

/// With a checksum that fits: what is read is sound, or nothing is.
#[test]
fn no_bytes_whatever_make_it_panic() {
    let seal = |mut bytes: Vec<u8>| {
        let checksum = crate::base::digest::Digest::of(&bytes);
        bytes.extend_from_slice(&checksum.as_bytes()[..4]);
        bytes
    };
    let (mut read, mut refused) = (0, 0);
    let mut look = |bytes: Vec<u8>| match Distribution::decode(&seal(bytes)) {
        Ok(kept) => {
            let told = kept.percentile(95.0).expect("a percentile").value;
            assert!(told.is_finite() && kept.mean().is_finite() && kept.count() > 0);
            assert!(kept.share_below(told).is_some() && kept.min() <= kept.max());
            read += 1;
        }
        Err(_) => refused += 1,
    };
    for seed in 0..3000 {
        let mut random = Random(seed);
        let oracle = Oracle::of((0..=random.below(30)).map(|_| random.normal()).collect());
        let whole = [oracle.samples(), oracle.grid(), oracle.histogram()][random.below(3)].encode();
        let mut bytes = whole[..whole.len() - 4].to_vec();
        for _ in 0..=random.below(3) {
            let index = random.below(bytes.len());
            bytes[index] = u8::try_from(random.below(256)).expect("a byte");
        }
        look(bytes);
        let mut byte = |limit| u8::try_from(random.below(limit)).expect("a byte");
        let head = vec![1, byte(5)];
        look((0..byte(60)).map(|_| byte(256)).fold(head, |all, next| [all, vec![next]].concat()));
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}
