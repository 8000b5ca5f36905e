//! Where everything stands: a column for each layer of the graph, a frame for each test.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::Line;
use crate::report::drawing::level::Folded;

/// The width of every box, the gaps beside and below it, and the one between layers, in which arrows bend.
const WIDTH: usize = 270;
const BESIDE: usize = 18;
const BELOW: usize = 14;
const BETWEEN: usize = 64;

/// Of a frame: its name, and the room round what it holds.
const FRAME_NAME: usize = 24;
const FRAME: usize = 14;

/// A column of a layer goes on beside itself after so many boxes, or where a wide picture would be high.
const LEAST_ROWS: usize = 10;

/// A place on the paper, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Rectangle {
    fn middle(self) -> usize {
        self.y + self.height / 2
    }
}

/// What frames the groups of a test.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) name: String,
    pub(super) place: Rectangle,
}

/// From the right of what is needed to the left of what needs it.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) from: (usize, usize),
    pub(super) to: (usize, usize),
}

/// A picture without its words.
#[derive(Debug)]
pub(super) struct Layout {
    /// Of each group.
    pub(super) places: Vec<Rectangle>,
    pub(super) frames: Vec<Frame>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Layout {
    pub(super) fn of(folded: &Folded<'_>, lines: &[Vec<Line>]) -> Self {
        let layers = layers(folded);
        let columns = Columns::of(folded, &layers, lines);
        let mut places = vec![Rectangle::default(); folded.groups.len()];
        let (mut frames, mut framed) = (Vec::new(), vec![None; folded.groups.len()]);
        let mut height = 0;
        for (name, positions) in folded.frames() {
            let Some(name) = name else { continue };
            let top = if height > 0 { height + FRAME } else { 0 };
            let below = columns.place(&positions, top + FRAME_NAME, &mut places);
            let (left, right) = columns.reach(&positions);
            let place = Rectangle { x: left, y: top, width: right - left, height: below + FRAME - top };
            for position in &positions {
                framed[*position] = Some(frames.len());
            }
            frames.push(Frame { name: name.to_owned(), place });
            height = place.y + place.height;
        }
        let alone: Vec<usize> = (0..places.len()).filter(|position| framed[*position].is_none()).collect();
        height = columns.place_alone(&alone, height, &mut places);
        let arrows = arrows(folded, &places, &frames, &framed);
        Self { width: columns.width(), places, frames, arrows, height }
    }
}

/// The layer of each group: one more than that of whatever it needs.
fn layers(folded: &Folded<'_>) -> Vec<usize> {
    let mut layers = vec![0_usize; folded.groups.len()];
    // What stands alone stands beside the frames, not among what they hold.
    let frames = folded.frames();
    let needs: BTreeSet<usize> = folded.edges.iter().map(|(_, to)| *to).collect();
    let begins = |alone: &Vec<usize>| alone.iter().any(|position| !needs.contains(position));
    if frames.first().is_some_and(|(_, alone)| begins(alone)) {
        let framed = frames.iter().filter(|(name, _)| name.is_some());
        for position in framed.flat_map(|(_, positions)| positions) {
            layers[*position] = 1;
        }
    }
    // A path has no more edges than there are layers, and those are few: kinds of nodes that follow each other.
    for _ in 0..folded.groups.len() {
        let mut moved = false;
        for (from, to) in &folded.edges {
            if layers[*to] <= layers[*from] {
                layers[*to] = layers[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    layers
}

/// The layers side by side.
struct Columns<'a> {
    layers: &'a [usize],
    heights: Vec<usize>,
    /// The left edge of each layer, and behind the last one the right edge of all.
    lefts: Vec<usize>,
}

impl<'a> Columns<'a> {
    fn of(folded: &Folded<'_>, layers: &'a [usize], lines: &[Vec<Line>]) -> Self {
        let heights = folded.groups.iter().zip(lines).map(|(group, lines)| {
            let bar = if group.tally.units.len() > 1 { 12 } else { 0 };
            lines.len() * super::LINE + 18 + bar
        });
        let count = layers.iter().max().map_or(0, |last| last + 1);
        let mut widths = vec![0; count];
        for (_, positions) in folded.frames() {
            for (layer, of_layer) in by_layer(layers, &positions) {
                let side_by_side = of_layer.len().div_ceil(rows(of_layer.len()));
                let width = side_by_side * (WIDTH + BESIDE) - BESIDE;
                widths[layer] = width.max(widths[layer]);
            }
        }
        let mut lefts = vec![FRAME];
        for width in widths {
            let left = lefts.last().copied().unwrap_or_default();
            lefts.push(left + width + BETWEEN);
        }
        Self { layers, heights: heights.collect(), lefts }
    }

    fn width(&self) -> usize {
        self.lefts.last().copied().unwrap_or_default().saturating_sub(BETWEEN) + FRAME
    }

    /// Puts groups below `top`, each in its layer; returns where the lowest ends.
    fn place(&self, positions: &[usize], top: usize, places: &mut [Rectangle]) -> usize {
        let mut lowest = top;
        // As far apart as the highest needs: so what belongs to one case stands in one row.
        let tallest = positions.iter().map(|position| self.heights[*position]).max().unwrap_or(0);
        let of_layers = by_layer(self.layers, positions);
        let has_rows = of_layers.len() > 1;
        for (layer, of_layer) in of_layers {
            for (column, part) in of_layer.chunks(rows(of_layer.len())).enumerate() {
                let mut y = top;
                for position in part {
                    let (x, height) =
                        (self.lefts[layer] + column * (WIDTH + BESIDE), self.heights[*position]);
                    places[*position] = Rectangle { x, y, width: WIDTH, height };
                    lowest = lowest.max(y + height);
                    y += if has_rows { tallest } else { height } + BELOW;
                }
            }
        }
        lowest
    }

    /// Puts groups without a frame into the middle of their layers; returns the height of all.
    fn place_alone(&self, positions: &[usize], height: usize, places: &mut [Rectangle]) -> usize {
        let mut whole = height;
        let of_layers = by_layer(self.layers, positions);
        let ends: BTreeMap<usize, usize> =
            of_layers.iter().map(|(layer, of_layer)| (*layer, self.place(of_layer, 0, places))).collect();
        for end in ends.values() {
            whole = whole.max(*end);
        }
        for (layer, of_layer) in &of_layers {
            let down = (whole - ends[layer]) / 2;
            for position in of_layer {
                places[*position].y += down;
            }
        }
        whole
    }

    /// From the left to the right of the frame that holds these groups.
    fn reach(&self, positions: &[usize]) -> (usize, usize) {
        let of_group = |position: &usize| self.layers[*position];
        let first = positions.iter().map(of_group).min().unwrap_or(0);
        let last = positions.iter().map(of_group).max().unwrap_or(0);
        (self.lefts[first] - FRAME, self.lefts[last + 1] - BETWEEN + FRAME)
    }
}

fn by_layer(layers: &[usize], positions: &[usize]) -> BTreeMap<usize, Vec<usize>> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for position in positions {
        found.entry(layers[*position]).or_default().push(*position);
    }
    found
}

/// How many boxes of a layer stand below each other.
fn rows(count: usize) -> usize {
    // A box is about three times as wide as it is high: so the whole becomes about as wide as high.
    LEAST_ROWS.max((count * 3).isqrt())
}

/// One arrow an edge; where something outside of a frame leads to several groups in it, or they to it, one for all.
fn arrows(
    folded: &Folded<'_>,
    places: &[Rectangle],
    frames: &[Frame],
    framed: &[Option<usize>],
) -> Vec<Arrow> {
    let mut counts: BTreeMap<(End, End), usize> = BTreeMap::new();
    let joined = |from: usize, to: usize| match (framed[from], framed[to]) {
        (None, Some(frame)) => (End::Group(from), End::Frame(frame)),
        (Some(frame), None) => (End::Frame(frame), End::Group(to)),
        _ => (End::Group(from), End::Group(to)),
    };
    for (from, to) in &folded.edges {
        *counts.entry(joined(*from, *to)).or_default() += 1;
    }
    let ends = folded.edges.iter().map(|(from, to)| match joined(*from, *to) {
        ends if counts[&ends] > 1 => ends,
        _ => (End::Group(*from), End::Group(*to)),
    });
    let place = |end: End| match end {
        End::Group(position) => places[position],
        End::Frame(frame) => frames[frame].place,
    };
    let ends: BTreeSet<(End, End)> = ends.collect();
    let arrow = |(from, to): (End, End)| {
        let (from, to) = (place(from), place(to));
        Arrow { from: (from.x + from.width, from.middle()), to: (to.x, to.middle()) }
    };
    ends.into_iter().map(arrow).collect()
}

/// Where an arrow begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Group(usize),
    Frame(usize),
}
