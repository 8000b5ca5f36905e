//! JSON's numbers (<https://www.rfc-editor.org/rfc/rfc8259#section-6>) at the beginning of bytes, read exactly.

/// The powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// A whole number up to this is one as a float, too.
const WHOLE: u64 = 1 << 53;

/// More digits may not fit into 64 bits.
const DIGITS: usize = 18;

/// A number and how many bytes it has; `None` where there is none, or none that a float can hold.
///
/// With few digits both the digits and the power of ten are exact floats, and one division rounds correctly (W. D.
/// Clinger, *How to read floating point numbers accurately*, 1990). All others are the standard library's.
pub(super) fn number(bytes: &[u8]) -> Option<(f64, usize)> {
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let (mut digits, whole) = digits(&bytes[at..], 0);
    // A leading zero stands alone.
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return None;
    }
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        (digits, fraction) = self::digits(&bytes[at + 1..], digits);
        at += 1 + fraction;
        if fraction == 0 {
            return None;
        }
    }
    let has_exponent = matches!(bytes.get(at), Some(b'e' | b'E'));
    if has_exponent {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let (_, exponent) = self::digits(bytes.get(at..)?, 0);
        at += exponent;
        if exponent == 0 {
            return None;
        }
    }
    if !has_exponent && whole + fraction <= DIGITS && digits <= WHOLE && fraction < POWERS.len() {
        let value = digits as f64 / POWERS[fraction];
        return Some((if bytes[0] == b'-' { -value } else { value }, at));
    }
    let text = std::str::from_utf8(&bytes[..at]).ok()?;
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(|value| (value, at))
}

/// The digits at the beginning of bytes after those before, and how many there are.
fn digits(bytes: &[u8], before: u64) -> (u64, usize) {
    let mut all = before;
    let mut count = 0;
    while let Some(digit @ b'0'..=b'9') = bytes.get(count) {
        all = all.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        count += 1;
    }
    (all, count)
}
