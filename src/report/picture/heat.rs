//! A map of two axes: the number and the standing in each field; a stronger colour is more.

use super::ink::{INK, MARGIN, PAPER, QUIET, WIDTH, cut, number, text};
use crate::report::xml::Xml;

/// More columns or rows than this are not drawn.
pub(super) const MOST_COLUMNS: usize = 10;
pub(super) const MOST_ROWS: usize = 24;

const ROW: f64 = 28.0;
const NAMES: f64 = 150.0;

/// Least and most colour, red, green and blue.
const LEAST: [f64; 3] = [245.0, 246.0, 248.0];
const MOST: [f64; 3] = [232.0, 163.0, 61.0];

/// One map.
#[derive(Debug)]
pub(super) struct Heat {
    pub(super) title: String,
    /// The axes' names: up, across.
    pub(super) corner: String,
    pub(super) columns: Vec<String>,
    /// With their names.
    pub(super) rows: Vec<(String, Vec<Option<Field>>)>,
}

/// One case.
#[derive(Debug)]
pub(super) struct Field {
    /// The mark of its standing and the number with its unit.
    pub(super) words: String,
    pub(super) told: String,
    /// From 0 to 1; none where it has no number.
    pub(super) share: Option<f64>,
}

impl Heat {
    pub(super) fn height(&self) -> f64 {
        24.0 + ROW * (self.rows.len() as f64 + 1.0)
    }

    pub(super) fn draw(&self, xml: &mut Xml, top: f64) {
        let bold = [("font-weight", "600"), ("fill", INK)];
        text(xml, (MARGIN, top + 12.0), "start", &bold, &cut(&self.title, 120));
        let width = ((WIDTH - 2.0 * MARGIN - NAMES) / self.columns.len().max(1) as f64).min(130.0);
        let left = |column: usize| MARGIN + NAMES + width * column as f64;
        let base = |row: usize| top + 24.0 + ROW * row as f64;
        text(xml, (MARGIN, base(0) + 18.0), "start", &[("fill", QUIET)], &cut(&self.corner, 22));
        for (column, words) in self.columns.iter().enumerate() {
            let at = (left(column) + width - 10.0, base(0) + 18.0);
            text(xml, at, "end", &[("fill", QUIET)], &cut(words, room(width)));
        }
        for (row, (name, fields)) in self.rows.iter().enumerate() {
            text(xml, (MARGIN, base(row + 1) + 18.0), "start", &[("fill", QUIET)], &cut(name, 21));
            for (column, field) in fields.iter().enumerate() {
                draw_field(xml, (left(column), base(row + 1)), width, field.as_ref());
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a dozen characters")]
fn room(width: f64) -> usize {
    ((width - 12.0) / 6.8).max(3.0) as usize
}

fn draw_field(xml: &mut Xml, corner: (f64, f64), width: f64, field: Option<&Field>) {
    let right = (corner.0 + width - 10.0, corner.1 + 18.0);
    let Some(field) = field else {
        text(xml, right, "end", &[("fill", QUIET)], "no case");
        return;
    };
    xml.begin("g", &[]);
    xml.holding("title", &[], &crate::report::words::one_line(&field.told));
    let [x, y, wide, high] = [corner.0, corner.1, width, ROW].map(number);
    let fill = field.share.map_or_else(|| colour(0.0), colour);
    let place = [("x", x.as_str()), ("y", &y), ("width", &wide), ("height", &high)];
    let look = [("fill", fill.as_str()), ("stroke", PAPER), ("stroke-width", "2")];
    xml.empty("rect", &place.into_iter().chain(look).collect::<Vec<_>>());
    text(xml, right, "end", &[("fill", INK)], &field.words);
    xml.end();
}

/// Between least and most.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 and 255")]
fn colour(share: f64) -> String {
    let mixed = [0, 1, 2]
        .map(|part| (LEAST[part] + (MOST[part] - LEAST[part]) * share.clamp(0.0, 1.0)).round() as u8);
    format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])
}

/// How strong the colour of a value is, by logarithm where values span much.
pub(super) fn share(values: &[f64], value: f64) -> f64 {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match () {
        () if high <= low => 0.0,
        () if low > 0.0 && high / low > 10.0 => (value / low).ln() / (high / low).ln(),
        () => (value - low) / (high - low),
    }
}
