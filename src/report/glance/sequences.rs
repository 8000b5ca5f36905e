//! Sequences of loads: the cases of a test that differ in one axis only.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::Standing;
use super::axes::{Axis, label};
use super::figures::{Cell, Figure, Source};
use crate::report::view::CaseView;
use crate::result::{Knee, Load};

/// A case by its place.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Placed<'a> {
    /// Among all cases of the suite.
    pub(in crate::report) place: usize,
    pub(in crate::report) case: &'a CaseView,
    /// What it came to, unless it failed or has no result.
    pub(in crate::report) load: Option<Load>,
}

/// What a case came to, by its figures in the order of the suite's; none where it failed or has no result.
pub(in crate::report) fn load(case: &CaseView, cells: &[Cell], figures: &[Figure]) -> Option<Load> {
    if matches!(Standing::of(case), Standing::Failed | Standing::Missing) {
        return None;
    }
    let find = |source: &Source| {
        let at = figures.iter().position(|figure| figure.source == *source)?;
        cells[at].as_ref()?.0.as_f64()
    };
    let (rate, p95) = (find(&Source::Rate)?, find(&Source::Latency(95)).filter(|p95| *p95 > 0.0)?);
    Some(Load { goodput: rate * (1.0 - find(&Source::Failed).unwrap_or_default()), p95 })
}

/// Cases along one axis.
#[derive(Debug)]
pub(in crate::report) struct Sequence<'a> {
    /// What they have in common: the values of all other axes, empty where there are none.
    pub(in crate::report) name: String,
    /// In the order of the axis.
    pub(in crate::report) cases: Vec<Placed<'a>>,
    /// By its place among those cases; unknown where the axis is no number.
    pub(in crate::report) knee: Knee,
}

/// The sequences of a test's cases along the axis at this place of `axes`.
pub(in crate::report) fn sequences<'a>(
    cases: &[Placed<'a>],
    axes: &[Axis<'a>],
    along: usize,
) -> Vec<Sequence<'a>> {
    let rest: Vec<&Axis<'a>> =
        axes.iter().enumerate().filter(|(place, _)| *place != along).map(|(_, axis)| axis).collect();
    let mut groups: IndexMap<Vec<usize>, Vec<Placed<'a>>, FxBuildHasher> = IndexMap::default();
    for placed in cases {
        let values = rest.iter().map(|axis| axis.place(placed.case)).collect();
        groups.entry(values).or_default().push(*placed);
    }
    let axis = &axes[along];
    let sequence = |(values, mut cases): (Vec<usize>, Vec<Placed<'a>>)| {
        cases.sort_by_cached_key(|placed| axis.place(placed.case));
        let knee = if axis.numeric { knee(&cases) } else { Knee::Unknown };
        let named = rest.iter().zip(values);
        let named = named.map(|(axis, place)| format!("{}={}", axis.name, label(axis.values[place])));
        Sequence { name: named.collect::<Vec<_>>().join(", "), cases, knee }
    };
    groups.into_iter().map(sequence).collect()
}

/// Of the cases that were measured.
fn knee(cases: &[Placed<'_>]) -> Knee {
    let measured: Vec<(usize, Load)> =
        cases.iter().enumerate().filter_map(|(at, placed)| Some((at, placed.load?))).collect();
    let loads: Vec<Load> = measured.iter().map(|(_, load)| *load).collect();
    match Knee::of(&loads) {
        Knee::Unknown => Knee::Unknown,
        Knee::Below(at) => Knee::Below(measured[at].0),
        Knee::At(at) => Knee::At(measured[at].0),
        Knee::Beyond(at) => Knee::Beyond(measured[at].0),
    }
}
