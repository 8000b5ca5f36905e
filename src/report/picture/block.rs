//! What the picture is made of, from top to bottom.

use super::heat::Heat;
use super::ink::{INK, MARGIN, QUIET, WIDTH, cut, text};
use super::plot::{Plot, swatch};
use crate::report::xml::Xml;

/// Between two plots that stand beside each other.
const GAP: f64 = 28.0;

/// So many characters have room in a line of words.
const LINE: usize = 140;

/// One part, as wide as the picture.
#[derive(Debug)]
pub(super) enum Block {
    /// A suite begins.
    Title(String),
    /// A test begins.
    Heading(String),
    /// A line of words.
    Words(String),
    /// A line of words about the line at this place of the plot above.
    Key(usize, String),
    /// One or two plots beside each other.
    Plots(Vec<Plot>),
    /// A map.
    Heat(Heat),
}

impl Block {
    /// In pixels, with the room below.
    pub(super) fn height(&self) -> f64 {
        match self {
            Self::Title(_) => 34.0,
            Self::Heading(_) => 36.0,
            Self::Words(_) | Self::Key(..) => 18.0,
            Self::Plots(plots) => plots.iter().map(Plot::height).fold(0.0, f64::max) + 22.0,
            Self::Heat(heat) => heat.height() + 16.0,
        }
    }

    /// Draws it below `top`.
    pub(super) fn draw(&self, xml: &mut Xml, top: f64) {
        let bold = [("font-weight", "600"), ("fill", INK)];
        match self {
            Self::Title(words) => {
                let large = [("font-size", "20"), ("font-weight", "600"), ("fill", INK)];
                text(xml, (MARGIN, top + 20.0), "start", &large, &cut(words, 84));
            }
            Self::Heading(words) => text(xml, (MARGIN, top + 24.0), "start", &bold, &cut(words, LINE)),
            Self::Words(words) => {
                text(xml, (MARGIN, top + 12.0), "start", &[("fill", QUIET)], &cut(words, LINE));
            }
            Self::Key(place, words) => {
                swatch(xml, *place, (MARGIN, top + 12.0));
                text(xml, (MARGIN + 32.0, top + 12.0), "start", &[("fill", INK)], &cut(words, LINE - 5));
            }
            Self::Plots(plots) => {
                let top = top + 8.0;
                let count = plots.len().max(1) as f64;
                let width = (WIDTH - 2.0 * MARGIN - GAP * (count - 1.0)) / count;
                for (place, plot) in plots.iter().enumerate() {
                    plot.draw(xml, (MARGIN + place as f64 * (width + GAP), top), width);
                }
            }
            Self::Heat(heat) => heat.draw(xml, top),
        }
    }
}
