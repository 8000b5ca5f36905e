//! A distribution as few bytes, without loss.
//!
//! A byte of version, one of shape, count, mean, number of points or runs, these, four bytes of checksum. Whole
//! numbers are LEB128 as in Protocol Buffers. Floats rise along the list, and so do their bits once those of
//! negative ones are turned over: kept is how far. The shares of howitzer's own grid are not kept.

use std::sync::LazyLock;

use super::grid::Grid;
use super::runs::{Run, Runs};
use super::{Distribution, DistributionError, Shape};
use crate::base::digest::Digest;

const VERSION: u8 = 1;
const CHECKSUM: usize = 4;

const SAMPLES: u8 = 0;
const GRID: u8 = 1;
const OWN_GRID: u8 = 2;
const HISTOGRAM: u8 = 3;
const MIXTURE: u8 = 4;

/// The shares that howitzer asks k6 for: 0 to 90 % by 1, to 99 % by 0.1, to 99.9 % by 0.01, to 100 % by 0.001.
static OWN_SHARES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let steps = [(0..90_000, 1000), (90_000..99_000, 100), (99_000..99_900, 10), (99_900..100_001, 1)];
    let all = steps.into_iter().flat_map(|(range, step)| range.step_by(step));
    all.map(|thousandths: u32| f64::from(thousandths) / 1e5).collect()
});

impl Distribution {
    /// Its bytes: about 2.6 KB for howitzer's own grid.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer { bytes: vec![VERSION], last: [0; 2] };
        match &self.shape {
            Shape::Samples(runs) => writer.runs(SAMPLES, self, runs),
            Shape::Histogram(runs) => writer.runs(HISTOGRAM, self, runs),
            Shape::Mixture(runs) => writer.runs(MIXTURE, self, runs),
            Shape::Grid(grid) => writer.grid(self, grid),
        }
        let checksum = Digest::of(&writer.bytes);
        writer.bytes.extend_from_slice(&checksum.as_bytes()[..CHECKSUM]);
        writer.bytes
    }

    /// Reads them back. Whatever the bytes are, it is an error or a sound distribution.
    pub fn decode(bytes: &[u8]) -> Result<Self, DistributionError> {
        match bytes.first() {
            None => return Err(DistributionError::Cut),
            Some(&VERSION) => {}
            Some(&other) => return Err(DistributionError::Version(other)),
        }
        let body = bytes.len().checked_sub(CHECKSUM).ok_or(DistributionError::Cut)?;
        let (body, checksum) = bytes.split_at(body);
        if Digest::of(body).as_bytes()[..CHECKSUM] != *checksum {
            return Err(DistributionError::Damaged);
        }
        let mut reader = Reader { bytes: body.get(1..).ok_or(DistributionError::Cut)?, last: [0; 2] };
        let read = reader.distribution()?;
        if reader.bytes.is_empty() { Ok(read) } else { Err(DistributionError::Damaged) }
    }
}

struct Writer {
    bytes: Vec<u8>,
    /// The bits of the last float of each column.
    last: [u64; 2],
}

impl Writer {
    fn head(&mut self, shape: u8, whole: &Distribution, length: usize) {
        self.bytes.push(shape);
        self.number(whole.count);
        self.bytes.extend_from_slice(&whole.mean.to_le_bytes());
        self.number(length as u64);
    }

    fn runs(&mut self, shape: u8, whole: &Distribution, runs: &Runs) {
        self.head(shape, whole, runs.list().len());
        for run in runs.list() {
            self.float(0, run.lower);
            if shape != SAMPLES {
                self.number(risen(run.upper) - risen(run.lower));
            }
            self.number(run.count);
        }
    }

    fn grid(&mut self, whole: &Distribution, grid: &Grid) {
        let is_own = grid.points.iter().map(|(share, _)| share).eq(OWN_SHARES.iter());
        self.head(if is_own { OWN_GRID } else { GRID }, whole, grid.points.len());
        for &(share, value) in &grid.points {
            self.float(0, value);
            if !is_own {
                self.float(1, share);
            }
        }
    }

    fn float(&mut self, column: usize, value: f64) {
        let bits = risen(value);
        self.number(bits - self.last[column]);
        self.last[column] = bits;
    }

    #[allow(clippy::cast_possible_truncation, reason = "seven bits are taken")]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    last: [u64; 2],
}

impl Reader<'_> {
    fn distribution(&mut self) -> Result<Distribution, DistributionError> {
        let shape = self.byte()?;
        let count = self.number()?;
        let mean = self.mean()?;
        let length = usize::try_from(self.number()?).map_err(|_| DistributionError::Damaged)?;
        // Each point and run takes a byte at least, so a damaged length asks for no more memory than there are bytes.
        if length > self.bytes.len() {
            return Err(DistributionError::Cut);
        }
        let shape = match shape {
            SAMPLES => Shape::Samples(self.runs(length, count, true)?),
            HISTOGRAM => Shape::Histogram(self.runs(length, count, false)?),
            MIXTURE => Shape::Mixture(self.runs(length, count, false)?),
            GRID => Shape::Grid(self.grid(length, count, false)?),
            OWN_GRID if length == OWN_SHARES.len() => Shape::Grid(self.grid(length, count, true)?),
            _ => return Err(DistributionError::Damaged),
        };
        if count == 0 {
            return Err(DistributionError::Damaged);
        }
        Distribution::checked(count, mean, shape).map_err(|_| DistributionError::Damaged)
    }

    fn runs(&mut self, length: usize, count: u64, is_samples: bool) -> Result<Runs, DistributionError> {
        let mut list = Vec::with_capacity(length);
        for _ in 0..length {
            let lower = self.float(0)?;
            let upper = if is_samples { lower } else { fallen(sum(risen(lower), self.number()?)?) };
            list.push(Run { lower, upper, count: self.number()? });
        }
        let runs = Runs::new(list).map_err(|_| DistributionError::Damaged)?;
        if runs.count() == count { Ok(runs) } else { Err(DistributionError::Damaged) }
    }

    fn grid(&mut self, length: usize, count: u64, is_own: bool) -> Result<Grid, DistributionError> {
        let mut points = Vec::with_capacity(length);
        for index in 0..length {
            let value = self.float(0)?;
            points.push((if is_own { OWN_SHARES[index] } else { self.float(1)? }, value));
        }
        let (Some(&(first, min)), Some(&(last, max))) = (points.first(), points.last()) else {
            return Err(DistributionError::Damaged);
        };
        if first != 0.0 || last < 1.0 {
            return Err(DistributionError::Damaged);
        }
        Grid::new(count, min, max, &points).map_err(|_| DistributionError::Damaged)
    }

    fn mean(&mut self) -> Result<f64, DistributionError> {
        let (head, rest) = self.bytes.split_first_chunk::<8>().ok_or(DistributionError::Cut)?;
        self.bytes = rest;
        Ok(f64::from_le_bytes(*head))
    }

    fn float(&mut self, column: usize) -> Result<f64, DistributionError> {
        self.last[column] = sum(self.last[column], self.number()?)?;
        Ok(fallen(self.last[column]))
    }

    fn number(&mut self) -> Result<u64, DistributionError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(DistributionError::Damaged);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DistributionError::Damaged)
    }

    fn byte(&mut self) -> Result<u8, DistributionError> {
        let (first, rest) = self.bytes.split_first().ok_or(DistributionError::Cut)?;
        self.bytes = rest;
        Ok(*first)
    }
}

/// The bits of a float in the order of the floats' values.
fn risen(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The other way round.
fn fallen(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 0 { !bits } else { bits & !(1 << 63) })
}

fn sum(a: u64, b: u64) -> Result<u64, DistributionError> {
    a.checked_add(b).ok_or(DistributionError::Damaged)
}
