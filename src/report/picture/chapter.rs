//! One suite: how it stands, and each of its tests by its axes.

use indexmap::IndexMap;

use super::axis::{across, position};
use super::block::Block;
use super::heat::{Field, Heat, MOST_COLUMNS, MOST_ROWS, share};
use super::ink::told;
use super::plot::{Line, MOST_LINES, Plot, Point};
use super::scale::Scale;
use super::verdict::{counts, sign};
use crate::report::glance::figures::{self, Cell, Figure};
use crate::report::glance::{
    Axis, Placed, Sequence, Standing, axes, is_doubted, label, load, load_axis, sequences,
};
use crate::report::view::{CaseView, SuiteView};
use crate::report::words;
use crate::result::Knee;

/// More tests than this are not drawn.
const MOST_TESTS: usize = 6;

/// The places of the figures that every suite has.
const P50: usize = 0;
const P95: usize = 1;
const P99: usize = 2;
const THROUGHPUT: usize = 3;
const FAILED: usize = 4;

/// A test with the figures of its cases, by their places in the suite.
struct Test<'a> {
    name: &'a str,
    cases: Vec<Placed<'a>>,
    axes: Vec<Axis<'a>>,
    cells: &'a [Vec<Cell>],
    figures: &'a [Figure],
}

/// All that is drawn of a suite.
pub(super) fn of(suite: &SuiteView) -> Vec<Block> {
    let figures = figures::all(suite.cases.iter());
    let cells: Vec<Vec<Cell>> = suite.cases.iter().map(|case| figures::of(case, &figures)).collect();
    let mut tests: IndexMap<&str, Vec<Placed<'_>>> = IndexMap::new();
    for (place, case) in suite.cases.iter().enumerate() {
        let load = load(case, &cells[place], &figures);
        tests.entry(&case.test).or_default().push(Placed { place, case, load });
    }
    let mut blocks = vec![Block::Title(suite.title.clone()), Block::Words(counts(suite))];
    let left_out = tests.len().saturating_sub(MOST_TESTS);
    for (name, cases) in tests.into_iter().take(MOST_TESTS) {
        let views: Vec<&CaseView> = cases.iter().map(|placed| placed.case).collect();
        let axes = axes(&views);
        blocks.extend(Test { name, cases, axes, cells: &cells, figures: &figures }.blocks());
    }
    if left_out > 0 {
        blocks.push(Block::Words(format!("{left_out} more tests are not drawn: report.html has them.")));
    }
    blocks.push(Block::Words(
        "Bars are 95 % intervals: over trials, or of one run within this run.".to_owned(),
    ));
    blocks.push(Block::Words(String::new()));
    blocks
}

impl<'a> Test<'a> {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(self.name.to_owned())];
        match self.axes.len() {
            0 => blocks.extend(self.cases.first().map(|placed| Block::Words(self.in_words(placed)))),
            1 => blocks.push(Block::Plots(self.lines())),
            _ => self.map(&mut blocks),
        }
        if let Some(along) = load_axis(&self.axes) {
            self.throughput(along, &mut blocks);
        }
        blocks
    }

    fn cell(&self, placed: &Placed<'_>, figure: usize) -> Option<(f64, Option<(f64, f64)>)> {
        let (value, lower, upper, _) = self.cells[placed.place].get(figure)?.as_ref()?;
        let ends = lower.as_ref().zip(upper.as_ref());
        Some((value.as_f64()?, ends.and_then(|(lower, upper)| Some((lower.as_f64()?, upper.as_f64()?)))))
    }

    fn shown(&self, placed: &Placed<'_>, figure: usize) -> String {
        let value = self.cell(placed, figure);
        value.map_or_else(|| "–".to_owned(), |(value, _)| told(value, &self.figures[figure].unit))
    }

    /// The only case of a test without axes.
    fn in_words(&self, placed: &Placed<'_>) -> String {
        let parts = [P50, P95, P99, THROUGHPUT, FAILED]
            .map(|figure| format!("{} {}", self.figures[figure].name, self.shown(placed, figure)));
        format!("{} {}", sign(placed.case), parts.join(", "))
    }

    /// Percentiles, and throughput beside them, against the only axis.
    fn lines(&self) -> Vec<Plot> {
        let axis = &self.axes[0];
        let plot = |title: String, figures: &[usize]| Plot {
            title,
            across: across(axis),
            across_title: axis.name.to_owned(),
            unit: self.figures[figures[0]].unit.clone(),
            lines: figures.iter().map(|figure| self.line(axis, *figure)).collect(),
            has_legend: figures.len() > 1,
        };
        vec![
            plot(format!("Latency by {}", axis.name), &[P50, P95, P99]),
            plot(format!("Throughput by {}", axis.name), &[THROUGHPUT]),
        ]
    }

    fn line(&self, axis: &Axis<'a>, figure: usize) -> Line {
        let point = |placed: &Placed<'a>| {
            let standing = Standing::of(placed.case);
            let (y, ends) = self.cell(placed, figure).filter(|_| standing != Standing::Failed)?;
            let is_plain = standing == Standing::Holds && !is_doubted(placed.case);
            let is_marked = !is_plain && ![P50, P99].contains(&figure);
            let (name, shown) = (&self.figures[figure].name, self.shown(placed, figure));
            Some(Point {
                x: position(axis, placed.case),
                y,
                ends,
                label: if is_marked { sign(placed.case) } else { String::new() },
                is_ringed: false,
                told: format!("{}: {name} {shown}, {}", placed.case.id, standing.word()),
            })
        };
        let mut points: Vec<Point> = self.cases.iter().filter_map(point).collect();
        points.sort_by(|one, other| one.x.total_cmp(&other.x));
        Line { name: self.figures[figure].name.clone(), points }
    }

    /// p95 over the two axes with the most values.
    fn map(&self, blocks: &mut Vec<Block>) {
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        order.sort_by_key(|place| std::cmp::Reverse(self.axes[*place].values.len()));
        let (mut chosen, mut held) = (order[..2].to_vec(), order[2..].to_vec());
        chosen.sort_unstable();
        held.sort_unstable();
        let load = load_axis(&self.axes);
        // The load is across, where it is one of them.
        let (x, y) = if load == Some(chosen[1]) { (chosen[1], chosen[0]) } else { (chosen[0], chosen[1]) };
        let (x, y) = (&self.axes[x], &self.axes[y]);
        let is_drawn =
            |placed: &&Placed<'_>| held.iter().all(|axis| self.axes[*axis].place(placed.case) == 0);
        let drawn: Vec<&Placed<'_>> = self.cases.iter().filter(is_drawn).collect();
        blocks.push(Block::Heat(self.heat(x, y, &drawn)));
        let left_out = x.values.len().saturating_sub(MOST_COLUMNS) + y.values.len().saturating_sub(MOST_ROWS);
        if left_out > 0 {
            blocks.push(Block::Words(format!(
                "{left_out} more columns and rows are not drawn: report.html has them."
            )));
        }
        if !held.is_empty() {
            let named = held.iter().map(|axis| (self.axes[*axis].name, label(self.axes[*axis].values[0])));
            let named: Vec<String> = named.map(|(name, value)| format!("{name}={value}")).collect();
            let rest = self.cases.len() - drawn.len();
            let words = format!("Held: {}; {rest} more cases are not in this map.", named.join(", "));
            blocks.push(Block::Words(words));
        }
        blocks.push(Block::Words(
            "Stronger colour is more. ✓ holds, ✗ misses a limit, ! failed, ~ stale, · missing, ? suspect."
                .into(),
        ));
    }

    fn heat(&self, x: &Axis<'a>, y: &Axis<'a>, drawn: &[&Placed<'a>]) -> Heat {
        let value = |placed: &Placed<'_>| self.cell(placed, P95).map(|(value, _)| value);
        let values: Vec<f64> = drawn.iter().filter_map(|placed| value(placed)).collect();
        let (columns, rows) = (x.values.len().min(MOST_COLUMNS), y.values.len().min(MOST_ROWS));
        let field = |column: usize, row: usize| {
            let is_it = |placed: &&&Placed<'_>| x.place(placed.case) == column && y.place(placed.case) == row;
            let placed = drawn.iter().find(is_it)?;
            let standing = Standing::of(placed.case);
            Some(Field {
                words: format!("{} {}", sign(placed.case), self.shown(placed, P95)),
                told: format!("{}: p95 {}, {}", placed.case.id, self.shown(placed, P95), standing.word()),
                share: value(placed).map(|value| share(&values, value)),
            })
        };
        Heat {
            title: format!("p95 by {} and {}", x.name, y.name),
            corner: format!("{} ↓  {} →", y.name, x.name),
            columns: x.values.iter().take(columns).map(|value| label(*value).into_owned()).collect(),
            rows: (0..rows)
                .map(|row| {
                    (
                        label(y.values[row]).into_owned(),
                        (0..columns).map(|column| field(column, row)).collect(),
                    )
                })
                .collect(),
        }
    }

    /// p95 against throughput, with the knees.
    fn throughput(&self, along: usize, blocks: &mut Vec<Block>) {
        let axis = &self.axes[along];
        let all = sequences(&self.cases, &self.axes, along);
        let lines: Vec<Line> = all.iter().take(MOST_LINES).map(|sequence| self.sequence(sequence)).collect();
        if lines.iter().all(|line| line.points.len() < 2) {
            return;
        }
        let throughputs: Vec<f64> = lines.iter().flat_map(|line| &line.points).map(|point| point.x).collect();
        blocks.push(Block::Plots(vec![Plot {
            title: format!("p95 against throughput, along {}", axis.name),
            across: Scale::linear(&throughputs, true, |value| told(value, "1/s")),
            across_title: "throughput".to_owned(),
            unit: "ms".to_owned(),
            lines,
            has_legend: false,
        }]));
        let keys = all.iter().take(MOST_LINES).enumerate();
        blocks.extend(keys.map(|(place, sequence)| Block::Key(place, self.knee(sequence, axis))));
        if all.len() > MOST_LINES {
            blocks.push(Block::Words(format!(
                "{MOST_LINES} of {} lines are drawn: report.html has all.",
                all.len()
            )));
        }
    }

    fn sequence(&self, sequence: &Sequence<'a>) -> Line {
        let point = |(at, placed): (usize, &Placed<'a>)| {
            let (rate, _) = self.cell(placed, THROUGHPUT).filter(|_| placed.load.is_some())?;
            let (y, ends) = self.cell(placed, P95)?;
            let is_ringed = sequence.knee == Knee::At(at);
            Some(Point {
                x: rate,
                y,
                ends,
                label: if is_ringed { "knee".to_owned() } else { String::new() },
                is_ringed,
                told: format!("{}: {} at p95 {}", placed.case.id, told(rate, "1/s"), self.shown(placed, P95)),
            })
        };
        let points = sequence.cases.iter().enumerate().filter_map(point).collect();
        let name = if sequence.name.is_empty() { self.name.to_owned() } else { sequence.name.clone() };
        Line { name, points }
    }

    /// Where the knee is, in words.
    fn knee(&self, sequence: &Sequence<'a>, axis: &Axis<'a>) -> String {
        let at = |place: usize| {
            let placed = &sequence.cases[place];
            let value = label(placed.case.parameters.get(axis.name));
            let (rate, p95) = (self.shown(placed, THROUGHPUT), self.shown(placed, P95));
            format!("{}={value} ({rate} at p95 {p95})", axis.name)
        };
        let told = match sequence.knee {
            Knee::At(place) => format!("knee at {}", at(place)),
            Knee::Below(place) => format!("the lowest load is at the knee or past it: {}", at(place)),
            Knee::Beyond(place) => format!("no knee up to the highest load: {}", at(place)),
            Knee::Unknown => "no knee: it takes three measured loads of a number".to_owned(),
        };
        let name = if sequence.name.is_empty() { self.name } else { &sequence.name };
        words::one_line(&format!("{name}: {told}")).into_owned()
    }
}
