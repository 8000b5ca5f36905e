//! The combinations of a test's axes, one after the other: the last axis varies fastest, zipped axes vary
//! together at the place of the first of them.

use crate::suite::Test;

/// The product of a test's axes.
pub(super) struct Product {
    dimensions: Vec<Dimension>,
    axes: usize,
}

/// Axes that vary together, mostly one.
struct Dimension {
    axes: Vec<usize>,
    length: u32,
}

impl Product {
    pub(super) fn of(test: &Test) -> Self {
        let mut dimensions = Vec::with_capacity(test.axes.len());
        for (index, axis) in test.axes.iter().enumerate() {
            let group = test.rules.zips.iter().find(|group| group.contains(&index));
            let axes = group.cloned().unwrap_or_else(|| vec![index]);
            if axes.first() == Some(&index) {
                dimensions.push(Dimension { axes, length: u32::try_from(axis.listed).unwrap_or(u32::MAX) });
            }
        }
        Self { dimensions, axes: test.axes.len() }
    }

    /// How many values each part of the product has: `3 × 10`.
    pub(super) fn shown(&self) -> String {
        let lengths: Vec<String> = self.dimensions.iter().map(|part| part.length.to_string()).collect();
        lengths.join(" × ")
    }

    /// How many combinations there are; none where that is beyond counting.
    pub(super) fn count(&self) -> Option<usize> {
        self.dimensions.iter().try_fold(1_usize, |product, part| product.checked_mul(part.length as usize))
    }

    /// Whether `choices` is one of the combinations.
    pub(super) fn contains(&self, choices: &[u32]) -> bool {
        self.dimensions.iter().all(|part| {
            let choice = choices[part.axes[0]];
            choice < part.length && part.axes.iter().all(|axis| choices[*axis] == choice)
        })
    }

    /// Calls `visit` with every combination, until it fails.
    pub(super) fn each<E>(&self, mut visit: impl FnMut(&[u32]) -> Result<(), E>) -> Result<(), E> {
        let mut choices = vec![0_u32; self.axes];
        loop {
            visit(&choices)?;
            if !self.advance(&mut choices) {
                return Ok(());
            }
        }
    }

    /// The next combination; false after the last.
    fn advance(&self, choices: &mut [u32]) -> bool {
        for part in self.dimensions.iter().rev() {
            let next = choices[part.axes[0]] + 1;
            let is_inside = next < part.length;
            for axis in &part.axes {
                choices[*axis] = if is_inside { next } else { 0 };
            }
            if is_inside {
                return true;
            }
        }
        false
    }
}
