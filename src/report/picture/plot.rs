//! Lines of few points, with intervals.

use super::ink::{COLOURS, DASHES, GRID, INK, MARKERS, PAPER, QUIET, cut, number, text, told, width_of};
use super::scale::Scale;
use crate::report::xml::Xml;

/// Of a plot with its title, and of the legend below it.
const HEIGHT: f64 = 276.0;
const LEGEND: f64 = 24.0;

/// So many lines can be told apart.
pub(super) const MOST_LINES: usize = COLOURS.len();

/// One plot.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) across: Scale,
    /// What is across, with its unit where it has one.
    pub(super) across_title: String,
    /// The unit of what is up.
    pub(super) unit: String,
    pub(super) lines: Vec<Line>,
    /// Whether its lines are named below it.
    pub(super) has_legend: bool,
}

/// One line; at most [`MOST_LINES`] are drawn.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<Point>,
}

/// One point.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// The ends of its interval.
    pub(super) ends: Option<(f64, f64)>,
    /// What stands above it.
    pub(super) label: String,
    pub(super) is_ringed: bool,
    /// What is said of it when it is pointed at.
    pub(super) told: String,
}

/// Where a plot's lines stand, and how values get there.
struct Frame<'a> {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    across: &'a Scale,
    up: Scale,
}

impl Frame<'_> {
    fn x(&self, value: f64) -> f64 {
        self.left + self.across.at(value) * self.width
    }

    fn y(&self, value: f64) -> f64 {
        self.top + (1.0 - self.up.at(value)) * self.height
    }
}

impl Plot {
    pub(super) fn height(&self) -> f64 {
        if self.has_legend { HEIGHT + LEGEND } else { HEIGHT }
    }

    /// Draws it with its upper left corner there.
    pub(super) fn draw(&self, xml: &mut Xml, corner: (f64, f64), width: f64) {
        let (left, top) = corner;
        let values: Vec<f64> = self.points().map(|point| point.y).collect();
        if values.is_empty() {
            title(xml, corner, &self.title);
            text(xml, (left, top + 40.0), "start", &[("fill", QUIET)], "no case here has these numbers");
            return;
        }
        let up = self.up(&values);
        let scale = if up.is_logarithmic { " (log scale)" } else { "" };
        title(xml, corner, &format!("{}{scale}", self.title));
        let edge = 14.0 + up.ticks.iter().map(|(_, words)| width_of(words)).fold(0.0, f64::max);
        let frame = Frame {
            left: left + edge,
            top: top + 24.0,
            width: width - edge - 16.0,
            height: HEIGHT - 24.0 - 38.0,
            across: &self.across,
            up,
        };
        self.draw_axes(xml, &frame);
        for (place, line) in self.lines.iter().enumerate().take(MOST_LINES) {
            self.draw_line(xml, &frame, place, line);
        }
        if self.has_legend {
            self.draw_legend(xml, (left, top + HEIGHT + LEGEND - 8.0), width);
        }
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.lines.iter().take(MOST_LINES).flat_map(|line| &line.points)
    }

    /// By logarithm where values span much. Intervals count as far as they do not dwarf the values: of two trials they
    /// may be a thousand times as wide, and then leave the plot.
    fn up(&self, values: &[f64]) -> Scale {
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
        let is_logarithmic = low > 0.0 && high / low > 20.0;
        let span = if high > low { high - low } else { high.abs().max(1e-9) };
        let (least, most) =
            if is_logarithmic { (low / 3.0, high * 3.0) } else { (low - span, high + span * 0.5) };
        let ends = self.points().filter_map(|point| point.ends).flat_map(|(lower, upper)| [lower, upper]);
        let all: Vec<f64> = values.iter().copied().chain(ends.map(|end| end.clamp(least, most))).collect();
        let told = |value| told(value, &self.unit);
        if is_logarithmic { Scale::logarithmic(&all, told) } else { Scale::linear(&all, true, told) }
    }

    fn draw_axes(&self, xml: &mut Xml, frame: &Frame<'_>) {
        for (value, words) in &frame.up.ticks {
            let y = frame.y(*value);
            rule(xml, (frame.left, y), (frame.left + frame.width, y));
            text(xml, (frame.left - 6.0, y + 4.0), "end", &[("fill", QUIET)], words);
        }
        let bottom = frame.top + frame.height;
        let mut free = f64::NEG_INFINITY;
        for (value, words) in &self.across.ticks {
            let (x, words) = (frame.x(*value), cut(words, 22));
            let half = width_of(&words) / 2.0;
            rule(xml, (x, bottom), (x, bottom + 4.0));
            // Words that would touch are left out.
            if x - half >= free {
                text(xml, (x, bottom + 17.0), "middle", &[("fill", QUIET)], &words);
                free = x + half + 8.0;
            }
        }
        let end = (frame.left + frame.width, bottom + 33.0);
        text(xml, end, "end", &[("fill", INK)], &format!("{} →", cut(&self.across_title, 40)));
    }

    fn draw_line(&self, xml: &mut Xml, frame: &Frame<'_>, place: usize, line: &Line) {
        let colour = COLOURS[place];
        xml.begin("g", &[("stroke", colour), ("fill", colour)]);
        let corners: Vec<String> = line
            .points
            .iter()
            .map(|point| format!("{},{}", number(frame.x(point.x)), number(frame.y(point.y))))
            .collect();
        let corners = corners.join(" ");
        let dash = DASHES[place];
        xml.empty(
            "polyline",
            &[("points", &corners), ("fill", "none"), ("stroke-width", "2"), ("stroke-dasharray", dash)],
        );
        for point in &line.points {
            // Bars of several lines at one place stand beside each other.
            let middle = (self.lines.len().min(MOST_LINES) - 1) as f64 / 2.0;
            let aside = if self.has_legend { (place as f64 - middle) * 4.0 } else { 0.0 };
            draw_interval(xml, frame, aside, point);
            draw_point(xml, frame, place, point);
        }
        xml.end();
    }

    fn draw_legend(&self, xml: &mut Xml, corner: (f64, f64), width: f64) {
        let each = width / self.lines.len().min(MOST_LINES) as f64;
        let (mut x, y) = corner;
        let room = ((width / self.lines.len().min(MOST_LINES) as f64 - 46.0) / 6.8).max(4.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen characters")]
        let room = room as usize;
        for (place, line) in self.lines.iter().enumerate().take(MOST_LINES) {
            swatch(xml, place, (x, y));
            let words = cut(&line.name, room);
            text(xml, (x + 32.0, y), "start", &[("fill", INK)], &words);
            x += each.min(width_of(&words) + 56.0);
        }
    }
}

/// What a line looks like, left of words that begin 32 pixels further on.
pub(super) fn swatch(xml: &mut Xml, place: usize, (x, y): (f64, f64)) {
    let (from, to, middle) = (number(x), number(x + 26.0), number(y - 4.0));
    xml.begin("g", &[("stroke", COLOURS[place]), ("fill", COLOURS[place])]);
    let ends = [("x1", from.as_str()), ("x2", &to), ("y1", &middle), ("y2", &middle)];
    let look = [("stroke-width", "2"), ("stroke-dasharray", DASHES[place])];
    xml.empty("line", &ends.into_iter().chain(look).collect::<Vec<_>>());
    let at = format!("translate({} {middle})", number(x + 13.0));
    xml.empty("path", &[("d", MARKERS[place]), ("transform", &at), ("stroke", PAPER)]);
    xml.end();
}

fn draw_interval(xml: &mut Xml, frame: &Frame<'_>, aside: f64, point: &Point) {
    let Some((lower, upper)) = point.ends.filter(|(lower, _)| frame.up.at(*lower).is_finite()) else {
        return;
    };
    let (bottom, top) = (frame.y(lower), frame.y(upper));
    let (high, low) = (top.max(frame.top), bottom.min(frame.top + frame.height));
    let x = frame.x(point.x) + aside;
    // An end that leaves the plot has no cap.
    let cap = |y: f64, is_inside: bool| {
        if is_inside { format!("M{},{}h8", number(x - 4.0), number(y)) } else { String::new() }
    };
    let path = format!(
        "M{},{}V{}{}{}",
        number(x),
        number(high),
        number(low),
        cap(high, top >= frame.top),
        cap(low, bottom <= frame.top + frame.height)
    );
    xml.empty("path", &[("d", &path), ("fill", "none"), ("stroke-width", "1.4"), ("opacity", "0.75")]);
}

fn draw_point(xml: &mut Xml, frame: &Frame<'_>, place: usize, point: &Point) {
    let (x, y) = (frame.x(point.x), frame.y(point.y));
    xml.begin("g", &[("transform", &format!("translate({} {})", number(x), number(y)))]);
    xml.holding("title", &[], &crate::report::words::one_line(&point.told));
    if point.is_ringed {
        xml.empty("circle", &[("r", "9"), ("fill", "none"), ("stroke", INK), ("stroke-width", "2")]);
    }
    xml.empty("path", &[("d", MARKERS[place]), ("stroke", PAPER)]);
    if !point.label.is_empty() {
        let look = [("fill", INK), ("stroke", "none"), ("font-weight", "600")];
        text(xml, (0.0, -13.0), "middle", &look, &point.label);
    }
    xml.end();
}

fn title(xml: &mut Xml, (left, top): (f64, f64), words: &str) {
    text(xml, (left, top + 12.0), "start", &[("font-weight", "600"), ("fill", INK)], &cut(words, 60));
}

fn rule(xml: &mut Xml, from: (f64, f64), to: (f64, f64)) {
    let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
    xml.empty("line", &[("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2), ("stroke", GRID)]);
}
