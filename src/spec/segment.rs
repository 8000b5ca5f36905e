//! `executionSegment` and `executionSegmentSequence`: parts of a test for several instances
//! (<https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/>; measured with 0.57.0 and 1.1.0).
//! Shares are compared exactly: 2/4 is 1/2, and 0.1 is 1/10.

use super::scalar::wrong;
use crate::base::document::{Item, Table};
use crate::base::mistake::{Mistake, Mistakes};

/// A share of a whole: numerator, and a denominator above 0, without a common factor.
type Share = (i128, i128);

/// From where to where a segment goes.
type Segment = (Share, Share);

const WHOLE: Segment = ((0, 1), (1, 1));

/// `0:1/4`, `25%`, `0.25:0.5`; a single share begins at 0. None where k6 would not read it.
fn segment(text: &str) -> Option<Segment> {
    let (from, to) = match text.split_once(':') {
        Some((from, to)) => (share(from)?, share(to)?),
        None => ((0, 1), share(text)?),
    };
    is_part(from, to).then_some((from, to))
}

fn is_part(from: Share, to: Share) -> bool {
    from.0 >= 0 && from.0 * to.1 < to.0 * from.1 && to.0 <= to.1
}

/// The points of a sequence such as `0,1/4,1/2,1`, each above the one before it.
fn sequence(text: &str) -> Option<Vec<Share>> {
    let points = text.split(',').map(share).collect::<Option<Vec<Share>>>()?;
    let rises = points.windows(2).all(|pair| is_part(pair[0], pair[1]));
    (points.len() > 1 && rises).then_some(points)
}

/// A whole percentage, a decimal number, or a fraction of whole numbers.
fn share(text: &str) -> Option<Share> {
    if let Some(percent) = text.strip_suffix('%') {
        return reduced(percent.parse().ok()?, 100);
    }
    if let Some((part, whole)) = text.split_once('/') {
        let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
        return reduced(part.parse().ok()?, digits.then(|| whole.parse().ok())??);
    }
    decimal(text)
}

/// `-0.25`, `.5`, `1e-1`.
fn decimal(text: &str) -> Option<Share> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole.trim_start_matches(['+', '-'])) || !all_digits(fraction) {
        return None;
    }
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let power = 10_i128.checked_pow(places.unsigned_abs()).filter(|_| places.unsigned_abs() < 18)?;
    if places < 0 { reduced(number.checked_mul(power)?, 1) } else { reduced(number, power) }
}

fn reduced(part: i128, whole: i128) -> Option<Share> {
    const MOST: i128 = 1 << 60;
    let common = common_factor(part.checked_abs()?, whole);
    (whole > 0 && part.abs() < MOST && whole < MOST).then(|| (part / common, whole / common))
}

fn common_factor(a: i128, b: i128) -> i128 {
    if b == 0 { a.max(1) } else { common_factor(b, a % b) }
}

/// Checks `executionSegment`; empty text is the whole test.
pub(super) fn check(item: &Item) -> Mistakes {
    match item.as_text() {
        Some(text) if text.is_empty() || segment(text).is_some() => Mistakes::default(),
        _ => wrong("a segment such as \"0:1/4\" or \"25%:50%\"", item).into(),
    }
}

/// Checks `executionSegmentSequence`.
pub(super) fn check_sequence(item: &Item) -> Mistakes {
    match item.as_text().and_then(sequence) {
        Some(_) => Mistakes::default(),
        None => wrong("rising shares such as \"0,1/4,1/2,1\"", item).into(),
    }
}

/// The segment must be one of its sequence.
pub(super) fn check_found(options: &Table) -> Mistakes {
    let text = |name: &str| options.get(name).and_then(|entry| entry.item.as_text());
    let own = text("executionSegment").filter(|text| !text.is_empty());
    let (Some(points), Some(own)) =
        (text("executionSegmentSequence").and_then(sequence), own.map_or(Some(WHOLE), segment))
    else {
        return Mistakes::default();
    };
    if points.windows(2).any(|pair| (pair[0], pair[1]) == own) {
        return Mistakes::default();
    }
    let place = &options["executionSegmentSequence"].item.place;
    Mistake::at(place, "the `executionSegment` is none of this sequence")
        .label("expected two neighbours that are its ends")
        .into()
}
