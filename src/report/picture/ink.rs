//! Sizes, colours, marks and words of the picture. Lines differ by colour, dash and marker, so that none of these is
//! needed alone.

use crate::report::value;
use crate::report::words;
use crate::report::xml::Xml;

/// Of the whole picture, and its edge on every side.
pub(super) const WIDTH: f64 = 960.0;
pub(super) const MARGIN: f64 = 24.0;

pub(super) const PAPER: &str = "#ffffff";
pub(super) const INK: &str = "#1a1d21";
pub(super) const QUIET: &str = "#5a626b";
pub(super) const GRID: &str = "#dfe3e8";

/// Of lines, apart also to the colour-blind.
pub(super) const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#00795a", "#b0568a", "#a06c00", "#2f8fbf", "#444444", "#6a4fb0"];
pub(super) const DASHES: [&str; 8] = ["none", "7 3", "2 3", "9 3 2 3", "none", "7 3", "2 3", "9 3 2 3"];
pub(super) const MARKERS: [&str; 8] = [
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
    "M-3.5,-3.5h7v7h-7z",
    "M0,-4.5L4.3,3.5H-4.3Z",
    "M0,-5L5,0L0,5L-5,0Z",
    "M-4.3,-3.5H4.3L0,4.5Z",
    "M-4,-1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6z",
    "M-5,-2.5h10v5h-10z",
    "M-2.5,-5h5v10h-5z",
];

/// A coordinate: a tenth of a pixel is finer than anybody sees.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A figure with its unit.
pub(super) fn told(value: f64, unit: &str) -> String {
    match unit {
        "share" => value::share(value),
        "1/s" => value::per_second(value, "1"),
        "bytes/s" => value::per_second(value, "bytes"),
        _ => value::amount(value, unit),
    }
}

/// One line of at most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    let line = words::one_line(text);
    if line.chars().count() <= most {
        return line.into_owned();
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// About so wide is a text of 12 pixels.
pub(super) fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * 6.8
}

/// Words at a place; `anchor` is `start`, `middle` or `end`.
pub(super) fn text(xml: &mut Xml, at: (f64, f64), anchor: &str, more: &[(&str, &str)], words: &str) {
    let (x, y) = (number(at.0), number(at.1));
    let mut attributes = vec![("x", x.as_str()), ("y", &y), ("text-anchor", anchor)];
    attributes.extend(more);
    xml.holding("text", &attributes, &words::one_line(words));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_and_long_words_are_short() {
        assert_eq!([1.0, 2.25, -0.01, 3.06].map(number), ["1", "2.2", "0", "3.1"]);
        assert_eq!((cut("abc", 3).as_str(), cut("abcd\n", 3).as_str()), ("abc", "ab…"));
    }
}
