//! The graph as a picture (<https://www.w3.org/TR/SVG11/>), laid out here: what is needed stands left of what needs it.

mod layout;
mod shape;

use std::borrow::Cow;

use super::level::{Folded, Level, fold};
use super::plain::plain;
use super::tally::{Standing, Tally};
use super::text::summary;
use super::words::{self, lasting};
use crate::base::counted::counted;
use crate::report::graph_view::GraphView;
use crate::report::xml::Xml;
use layout::{Arrow, Layout, Rectangle};
use shape::{Line, wrapped};

const STYLE: &str = include_str!("style.css");

/// A suite of more cases is drawn by tests where nobody says a level, one of more tests as a whole.
const MOST_CASES: usize = 60;
const MOST_TESTS: usize = 200;

/// So many causes are told above the picture; the rest is counted.
const CAUSES_TOLD: usize = 6;

const MARGIN: usize = 24;
const LINE: usize = 18;
/// The least width, so that titles and the legend have room.
const LEAST_WIDTH: usize = 640;

/// Draws the views one below the other.
pub(super) fn draw(views: &[Cow<'_, GraphView>], level: Option<Level>) -> String {
    let drawn: Vec<Drawn<'_>> = views.iter().map(|view| Drawn::of(view, level)).collect();
    let width = drawn.iter().map(|one| one.layout.width + 2 * MARGIN).max().unwrap_or(0).max(LEAST_WIDTH);
    let heights: Vec<usize> = drawn.iter().map(|one| one.height(width)).collect();
    let height = heights.iter().sum::<usize>() + MARGIN + 2 * LINE;
    let mut xml = Xml::new();
    let names: Vec<&str> = views.iter().map(|view| view.suite.as_str()).collect();
    let label = format!("graph of {}", names.join(", "));
    let (wide, high) = (width.to_string(), height.to_string());
    let view_box = format!("0 0 {width} {height}");
    let head = [
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("width", wide.as_str()),
        ("height", &high),
        ("viewBox", &view_box),
        ("role", "img"),
        ("aria-label", &label),
    ];
    xml.begin("svg", &head);
    xml.holding("style", &[], STYLE);
    arrow_head(&mut xml);
    xml.empty("rect", &[("class", "paper"), ("width", &wide), ("height", &high)]);
    let mut top = 0;
    for ((number, one), high) in drawn.iter().enumerate().zip(heights) {
        one.write(&mut xml, top, width, number);
        top += high;
    }
    legend(&mut xml, top + LINE);
    String::from_utf8_lossy(&xml.finish()).into_owned()
}

/// One view with its groups in their places.
struct Drawn<'a> {
    view: &'a GraphView,
    folded: Folded<'a>,
    layout: Layout,
    /// The lines of each group.
    lines: Vec<Vec<Line>>,
}

impl<'a> Drawn<'a> {
    fn of(view: &'a GraphView, level: Option<Level>) -> Self {
        let folded = fold(view, level.unwrap_or_else(|| readable(view)));
        let lines: Vec<Vec<Line>> = folded
            .groups
            .iter()
            .map(|group| {
                let mut lines = words::lines(group);
                lines.extend(Some(lasting(&group.nodes)).filter(|time| !time.is_empty()));
                shape::boxed(group.tally.worst(), &lines)
            })
            .collect();
        let layout = Layout::of(&folded, &lines);
        Self { view, folded, layout, lines }
    }

    /// The lines above the picture: the suite, how it stands, and why what runs.
    fn head(&self, width: usize) -> Vec<String> {
        let room = (width - 2 * MARGIN) / 7;
        let mut head = wrapped(&plain(&summary(self.view).replace("   ", " · ")), room);
        let causes = &self.view.causes;
        for (cause, runs) in causes.iter().take(CAUSES_TOLD) {
            head.extend(wrapped(&format!("because {} → {}", plain(cause), counted(*runs, "run")), room));
        }
        let untold = causes.get(CAUSES_TOLD..).unwrap_or_default();
        if !untold.is_empty() {
            let runs = untold.iter().map(|(_, runs)| runs).sum();
            head.push(format!(
                "because of {} → {}",
                counted(untold.len(), "other reason"),
                counted(runs, "run")
            ));
        }
        head
    }

    fn height(&self, width: usize) -> usize {
        MARGIN + (self.head(width).len() + 2) * LINE + self.layout.height + MARGIN
    }

    fn write(&self, xml: &mut Xml, top: usize, width: usize, number: usize) {
        let title = format!("{} ({})", plain(&self.view.suite), plain(&self.view.path));
        let mut y = top + MARGIN + LINE / 2;
        text(xml, "title", MARGIN, y, &title);
        for line in self.head(width) {
            y += LINE;
            text(xml, "head", MARGIN, y, &line);
        }
        let place = format!("translate({MARGIN} {})", y + LINE);
        xml.begin("g", &[("transform", &place), ("class", self.folded.level.word())]);
        for frame in &self.layout.frames {
            rectangle(xml, "frame", frame.place);
            text(xml, "frame-name", frame.place.x + 10, frame.place.y + 17, &plain(&frame.name));
        }
        for arrow in &self.layout.arrows {
            draw_arrow(xml, arrow);
        }
        for position in 0..self.folded.groups.len() {
            self.group(xml, position, number);
        }
        xml.end();
    }

    fn group(&self, xml: &mut Xml, position: usize, number: usize) {
        let group = &self.folded.groups[position];
        let place = self.layout.places[position];
        let standing = group.tally.worst();
        let (id, class) = (format!("g{number}-{position}"), format!("node {}", standing.word()));
        let attributes = [
            ("id", id.as_str()),
            ("class", &class),
            ("data-id", &plain(&group.id)),
            ("data-kind", group.kind.word()),
            ("data-state", standing.word()),
        ];
        xml.begin("g", &attributes);
        xml.holding("title", &[], &words::lines(group).join("\n"));
        for path in shape::outline(standing, place) {
            xml.empty("path", &[("class", "shape"), ("d", &path)]);
        }
        for (line, (words, is_name)) in self.lines[position].iter().enumerate() {
            let class = if *is_name { "name" } else { "fact" };
            text(xml, class, place.x + shape::PADDING, place.y + 22 + line * LINE, words);
        }
        if group.tally.units.len() > 1 {
            bar(xml, place, &group.tally);
        }
        xml.end();
    }
}

fn draw_arrow(xml: &mut Xml, arrow: &Arrow) {
    let Arrow { from, to, .. } = arrow;
    let half = (to.0.saturating_sub(from.0) / 2).max(20);
    let path = format!(
        "M{} {} C{} {} {} {} {} {}",
        from.0,
        from.1,
        from.0 + half,
        from.1,
        to.0.saturating_sub(half),
        to.1,
        to.0,
        to.1
    );
    xml.empty("path", &[("class", "edge"), ("d", &path), ("marker-end", "url(#arrow)")]);
}

/// The level at which a view can be read.
fn readable(view: &GraphView) -> Level {
    if view.cases.len() <= MOST_CASES {
        return Level::Case;
    }
    if fold(view, Level::Test).groups.len() <= MOST_TESTS { Level::Test } else { Level::Suite }
}

/// The shares of the states along the lower edge; the numbers stand above it.
fn bar(xml: &mut Xml, place: Rectangle, tally: &Tally<'_>) {
    let whole = place.width - 2 * shape::PADDING;
    let mut x = place.x + shape::PADDING;
    for standing in Standing::TOLD {
        let width = whole * tally.count(standing) / tally.units.len();
        if width > 0 {
            let y = place.y + place.height - 12;
            rectangle(xml, &format!("share {}", standing.word()), Rectangle { x, y, width, height: 5 });
        }
        x += width;
    }
}

fn legend(xml: &mut Xml, y: usize) {
    let told = [
        (Standing::Fresh, "cached"),
        (Standing::Stale, "to run"),
        (Standing::Pending, "pending"),
        (Standing::Failed, "to run again"),
    ];
    xml.begin("g", &[("class", "legend")]);
    let mut x = MARGIN;
    for (standing, words) in told {
        xml.begin("g", &[("class", &format!("key {}", standing.word()))]);
        let place = Rectangle { x, y: y - 13, width: 30, height: 18 };
        for path in shape::outline(standing, place) {
            xml.empty("path", &[("class", "shape"), ("d", &path)]);
        }
        text(xml, "fact", x + 38, y, &format!("{} {words}", standing.mark()));
        xml.end();
        x += 38 + 8 * (words.len() + 4);
    }
    xml.end();
}

fn arrow_head(xml: &mut Xml) {
    xml.begin("defs", &[]);
    let marker = [("id", "arrow"), ("viewBox", "0 0 8 8"), ("refX", "7"), ("refY", "4"), ("orient", "auto")];
    xml.begin("marker", &[&marker[..], &[("markerWidth", "7"), ("markerHeight", "7")]].concat());
    xml.empty("path", &[("class", "head-of-arrow"), ("d", "M0 0L8 4L0 8z")]);
    xml.end();
    xml.end();
}

fn text(xml: &mut Xml, class: &str, x: usize, y: usize, words: &str) {
    xml.holding("text", &[("class", class), ("x", &x.to_string()), ("y", &y.to_string())], words);
}

fn rectangle(xml: &mut Xml, class: &str, place: Rectangle) {
    let [x, y, width, height] =
        [place.x, place.y, place.width, place.height].map(|length| length.to_string());
    let attributes =
        [("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height), ("rx", "4")];
    xml.empty("rect", &attributes);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::sample::{hostile, inference, small};
    use super::*;

    fn drawn(view: &GraphView, level: Option<Level>) -> String {
        draw(&[Cow::Borrowed(view)], level)
    }

    #[test]
    fn it_is_xml_with_the_groups_of_every_level_and_what_they_are_called() {
        for view in [inference(), small(), hostile()] {
            for level in [Level::Suite, Level::Test, Level::Case, Level::Node] {
                let text = drawn(&view, Some(level));
                let document = roxmltree::Document::parse(&text).expect("well-formed");
                let nodes = document.descendants().filter_map(|node| node.attribute("data-id"));
                let folded = fold(&view, level);
                let expected: Vec<String> = folded.groups.iter().map(|group| plain(&group.id)).collect();
                assert_eq!(nodes.collect::<Vec<_>>(), expected, "{level:?}");
            }
        }
    }

    #[test]
    fn boxes_do_not_cover_each_other() {
        for level in [Level::Test, Level::Case, Level::Node] {
            let view = inference();
            let one = Drawn::of(&view, Some(level));
            let places = &one.layout.places;
            for (number, a) in places.iter().enumerate() {
                for b in &places[number + 1..] {
                    let apart = a.x + a.width <= b.x
                        || b.x + b.width <= a.x
                        || a.y + a.height <= b.y
                        || b.y + b.height <= a.y;
                    assert!(apart, "{level:?}: {a:?} {b:?}");
                }
                assert!(a.x + a.width <= one.layout.width && a.y + a.height <= one.layout.height);
            }
        }
    }

    #[test]
    fn what_is_needed_stands_left_of_what_needs_it() {
        let view = inference();
        let one = Drawn::of(&view, Some(Level::Node));
        for (from, to) in &one.folded.edges {
            assert!(one.layout.places[*from].x < one.layout.places[*to].x);
        }
    }

    #[test]
    fn a_big_suite_is_drawn_by_tests() {
        assert_eq!(readable(&inference()), Level::Case);
        let cases = (0..=MOST_CASES).map(|n| (format!("t[n={n}]"), super::super::sample::cached()));
        let view = super::super::sample::view(&[("t", cases.collect())]);
        assert_eq!(readable(&view), Level::Test);
    }

    #[test]
    fn colours_are_those_of_the_pages() {
        let pages = include_str!("../../shell/base.css");
        let colours = |text: &str| {
            text.split('#')
                .skip(1)
                .map(|rest| rest.chars().take(6).collect::<String>())
                .collect::<BTreeSet<_>>()
        };
        let known = colours(pages);
        for colour in colours(STYLE) {
            assert!(known.contains(&colour), "#{colour} is not among {known:?}");
        }
    }
}
