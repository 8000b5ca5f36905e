//! Lines of a known width: a terminal that wraps one has a row more than was counted.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// `text` in at most `columns` columns, with an ellipsis where it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 0;
    for char in text.chars() {
        width += char.width().unwrap_or_default();
        if width >= columns {
            break;
        }
        kept.push(char);
    }
    if columns > 0 { kept + "…" } else { kept }
}

/// A bar of `columns` columns, filled from the left.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of few columns")]
pub(super) fn bar(share: f64, columns: usize) -> String {
    let filled = (share.clamp(0.0, 1.0) * columns as f64).floor() as usize;
    "━".repeat(filled) + &"─".repeat(columns - filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_ends_in_an_ellipsis_and_is_as_wide_as_it_may_be() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("abcdef", 0), "");
        assert_eq!(cut("漢字漢字", 6), "漢字…");
        assert!(cut("漢字漢字", 4).width() <= 4);
    }

    #[test]
    fn a_bar_is_always_as_wide_as_it_shall_be() {
        for (share, filled) in [(-1.0, 0), (0.0, 0), (0.49, 4), (1.0, 10), (7.0, 10), (f64::NAN, 0)] {
            let bar = bar(share, 10);
            assert_eq!((bar.chars().count(), bar.matches('━').count()), (10, filled), "{share}");
        }
    }
}
