//! A distribution in few bytes: what neighbours have in common is left out.
//!
//! Version 1, kind (0 ranks, 1 buckets, 2 mixture, 3 samples), width of buckets, count, mean, number of points; then of each
//! point the share, unless all are those of k6's grid, the value and, of a mixture, the error. Numbers are
//! LEB128; a float is the difference to the one before it of its bits in the order of its value.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "bits are moved, not numbers"
)]

use super::{Distribution, Point, Source};
use crate::spec::statistics::GRID;

const VERSION: u8 = 1;
const ON_GRID: u8 = 0x80;

/// Bytes that are no distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// They end too early.
    #[error("the distribution is cut")]
    Cut,
    /// They are of another version.
    #[error("the distribution has the unknown version {0}")]
    Version(u8),
    /// They say what cannot be.
    #[error("the distribution is damaged")]
    Damaged,
}

impl Distribution {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let on_grid = self.points.len() == GRID.len()
            && self
                .points
                .iter()
                .zip(GRID.values())
                .all(|(point, share)| point.share.to_bits() == share.to_bits());
        let (kind, width) = match self.source {
            Source::Ranks => (0, 0.0),
            Source::Buckets(width) => (1, width),
            Source::Mixture => (2, 0.0),
            Source::Samples => (3, 0.0),
        };
        let mut writer = Writer { bytes: vec![VERSION, kind | if on_grid { ON_GRID } else { 0 }] };
        writer.float(0, width);
        writer.number(self.count);
        writer.float(0, self.mean);
        writer.number(self.points.len() as u64);
        let mut last = [0; 3];
        for point in &self.points {
            if !on_grid {
                last[0] = writer.float(last[0], point.share);
            }
            last[1] = writer.float(last[1], point.value);
            if self.source == Source::Mixture {
                last[2] = writer.float(last[2], point.error);
            }
        }
        writer.bytes
    }

    /// Reads them back.
    pub fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        let mut reader = Reader { bytes };
        match reader.byte()? {
            VERSION => {}
            other => return Err(EncodingError::Version(other)),
        }
        let kind = reader.byte()?;
        let on_grid = kind & ON_GRID != 0;
        let width = reader.float(&mut 0)?;
        let source = match kind & !ON_GRID {
            0 => Source::Ranks,
            1 => Source::Buckets(width),
            2 => Source::Mixture,
            3 => Source::Samples,
            _ => return Err(EncodingError::Damaged),
        };
        let count = reader.number()?;
        let mean = reader.float(&mut 0)?;
        let length = usize::try_from(reader.number()?).map_err(|_| EncodingError::Damaged)?;
        // A point has a byte at least.
        if length > reader.bytes.len() || (on_grid && length != GRID.len()) {
            return Err(EncodingError::Damaged);
        }
        let mut last = [0; 3];
        let mut points = Vec::with_capacity(length);
        for index in 0..length {
            let share = if on_grid { GRID[index] } else { reader.float(&mut last[0])? };
            let value = reader.float(&mut last[1])?;
            let error = if source == Source::Mixture { reader.float(&mut last[2])? } else { 0.0 };
            points.push(Point { share, value, error });
        }
        if !reader.bytes.is_empty() {
            return Err(EncodingError::Damaged);
        }
        Self::checked(count, mean, points, source).ok_or(EncodingError::Damaged)
    }
}

pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Bytes with their length before them.
    pub(super) fn piece(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns what the next float is a difference to.
    fn float(&mut self, last: u64, value: f64) -> u64 {
        let now = ordered(value);
        let difference = now.wrapping_sub(last) as i64;
        self.number(((difference << 1) ^ (difference >> 63)) as u64);
        now
    }
}

pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn piece(&mut self) -> Result<&'a [u8], EncodingError> {
        let length = usize::try_from(self.number()?).map_err(|_| EncodingError::Damaged)?;
        let (piece, rest) = self.bytes.split_at_checked(length).ok_or(EncodingError::Cut)?;
        self.bytes = rest;
        Ok(piece)
    }

    pub(super) fn byte(&mut self) -> Result<u8, EncodingError> {
        let (first, rest) = self.bytes.split_first().ok_or(EncodingError::Cut)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, EncodingError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(EncodingError::Damaged)
    }

    fn float(&mut self, last: &mut u64) -> Result<f64, EncodingError> {
        let coded = self.number()?;
        let difference = (coded >> 1) as i64 ^ -((coded & 1) as i64);
        *last = last.wrapping_add(difference as u64);
        Ok(unordered(*last))
    }
}

/// The bits of a float such that they rise with its value.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn unordered(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits })
}
