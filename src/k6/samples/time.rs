//! Times as Go writes them in JSON (RFC 3339 with up to nine digits of a second), read in place. The second and the
//! zone are mostly those of the line before.

/// `2026-11-24T15:23:05`.
const TO_THE_SECOND: usize = 19;

/// Remembers the second that it read last.
#[derive(Debug, Default)]
pub struct Clock {
    /// As written, and in seconds since the Unix epoch as if it were in UTC.
    last: Option<([u8; TO_THE_SECOND], i64)>,
}

impl Clock {
    /// The nanoseconds since the Unix epoch of the time at the beginning of `bytes`, and how many bytes it has.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<(i64, usize)> {
        let written: &[u8; TO_THE_SECOND] = bytes.first_chunk()?;
        let seconds = match &self.last {
            Some((last, seconds)) if last == written => *seconds,
            _ => {
                let seconds = seconds(written)?;
                self.last = Some((*written, seconds));
                seconds
            }
        };
        let mut at = TO_THE_SECOND;
        let mut nanoseconds = 0_i64;
        if bytes.get(at) == Some(&b'.') {
            let first = at + 1;
            at = first;
            while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
                nanoseconds = nanoseconds * 10 + i64::from(digit - b'0');
                at += 1;
                if at - first > 9 {
                    return None;
                }
            }
            let missing = 9 - u32::try_from(at - first).ok().filter(|digits| *digits > 0)?;
            nanoseconds *= 10_i64.pow(missing);
        }
        let (east, zone) = zone(&bytes[at..])?;
        let nanoseconds = (seconds - east).checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
        Some((nanoseconds, at + zone))
    }
}

/// How many seconds a zone is before UTC, and how many bytes it has.
fn zone(bytes: &[u8]) -> Option<(i64, usize)> {
    let sign = match bytes.first()? {
        b'Z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (two(bytes, 1)?, two(bytes, 4)?);
    (bytes[3] == b':' && hours < 24 && minutes < 60).then_some((sign * (hours * 3600 + minutes * 60), 6))
}

/// The date's days are counted as in H. Hinnant, *chrono-compatible low-level date algorithms*, 2013.
fn seconds(written: &[u8; TO_THE_SECOND]) -> Option<i64> {
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| written[*at] != *mark) {
        return None;
    }
    let year = two(written, 0)? * 100 + two(written, 2)?;
    let [month, day, hour, minute, second] = [5, 8, 11, 14, 17].map(|at| two(written, at).unwrap_or(99));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// The number that two digits make.
fn two(bytes: &[u8], at: usize) -> Option<i64> {
    match bytes.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(i64::from((tens - b'0') * 10 + ones - b'0')),
        _ => None,
    }
}
