//! The boxes of a picture: the lines in them and the outline that tells the state.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::layout::Rectangle;
use crate::report::drawing::tally::Standing;

/// From a box's edge to its words.
pub(super) const PADDING: usize = 18;

/// So many characters has a line of a box, one of its name, which is bold, fewer; and so many lines has a box.
const COLUMNS: usize = 32;
const NAME_COLUMNS: usize = 27;
const MOST_LINES: usize = 7;

/// A line of a box, and whether it belongs to the name.
pub(super) type Line = (String, bool);

/// The lines of a box: the name with its sign first, cut where they are too many. A title holds all of it.
pub(super) fn boxed(standing: Standing, lines: &[String]) -> Vec<Line> {
    let mut boxed: Vec<Line> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let line = if number == 0 { format!("{} {line}", standing.mark()) } else { line.clone() };
        let columns = if number == 0 { NAME_COLUMNS } else { COLUMNS };
        boxed.extend(wrapped(&line, columns).into_iter().map(|line| (line, number == 0)));
    }
    if boxed.len() > MOST_LINES {
        boxed.truncate(MOST_LINES);
        if let Some((last, _)) = boxed.last_mut() {
            last.push('…');
        }
    }
    boxed
}

/// A text in lines of so many columns; only a word that is longer than a line is broken.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive([' ', ',', '/']) {
        let line = lines.last_mut().map_or(0, |line| line.width());
        if line > 0 && line + piece.trim_end().width() > columns {
            lines.push(String::new());
        }
        for character in piece.chars() {
            let width = lines.last().map_or(0, |line| line.width());
            if width + character.width().unwrap_or(0) > columns && character != ' ' {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
            }
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A rounded box, a hexagon, a box with round ends, or an octagon in another.
pub(super) fn outline(standing: Standing, place: Rectangle) -> Vec<String> {
    let Rectangle { x, y, width, height } = place;
    let (right, bottom) = (x + width, y + height);
    let middle = y + height / 2;
    match standing {
        Standing::Fresh => vec![rounded(place, 5)],
        Standing::Pending => vec![rounded(place, (height / 2).min(18))],
        Standing::Stale => {
            let cut = 11.min(width / 3);
            let (left, end) = (x + cut, right - cut);
            vec![format!("M{left} {y}H{end}L{right} {middle}L{end} {bottom}H{left}L{x} {middle}z")]
        }
        Standing::Failed => {
            let inner = Rectangle { x: x + 3, y: y + 3, width: width - 6, height: height - 6 };
            vec![octagon(place), octagon(inner)]
        }
    }
}

fn rounded(Rectangle { x, y, width, height }: Rectangle, radius: usize) -> String {
    let r = radius;
    let (across, down) = (width - 2 * r, height - 2 * r);
    format!(
        "M{} {y}h{across}a{r} {r} 0 0 1 {r} {r}v{down}a{r} {r} 0 0 1 -{r} {r}h-{across}a{r} {r} 0 0 1 -{r} -{r}v-{down}a{r} {r} 0 0 1 {r} -{r}z",
        x + r
    )
}

fn octagon(Rectangle { x, y, width, height }: Rectangle) -> String {
    let cut = 8.min(height / 3);
    let (right, bottom) = (x + width, y + height);
    format!(
        "M{} {y}H{}L{right} {}V{}L{} {bottom}H{}L{x} {}V{}z",
        x + cut,
        right - cut,
        y + cut,
        bottom - cut,
        right - cut,
        x + cut,
        bottom - cut,
        y + cut
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_blanks_and_long_words_are_broken() {
        assert_eq!(wrapped("payload digits-64.json changed", 20), ["payload", "digits-64.json", "changed"]);
        assert_eq!(
            wrapped("grpc[vus=1,payload=digits-64.json]", 20),
            ["grpc[vus=1,", "payload=digits-64.js", "on]"]
        );
        assert_eq!(wrapped(&"x".repeat(45), 20).len(), 3);
    }

    #[test]
    fn each_state_has_a_shape_of_its_own() {
        let place = Rectangle { x: 0, y: 0, width: 100, height: 40 };
        let mut shapes: Vec<_> = Standing::TOLD.map(|standing| outline(standing, place)).into();
        shapes.dedup();
        assert_eq!(shapes.len(), 4);
    }
}
