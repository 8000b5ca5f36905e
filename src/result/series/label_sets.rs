//! The label sets of a series in the making: so many are kept apart, later ones are folded.

use std::collections::HashMap;

use super::labels::{Labels, folded, outside_scenarios};

/// Label sets by their place among those of the series.
#[derive(Debug)]
pub(super) struct LabelSets {
    places: HashMap<Labels, usize>,
    most: usize,
}

impl LabelSets {
    /// None yet, and `most` that are kept apart; as many again of folded ones.
    pub(super) fn new(most: usize) -> Self {
        Self { places: HashMap::new(), most }
    }

    /// The place of `labels` in `sets`, to which a new set is added, and whether they were folded.
    pub(super) fn place(&mut self, mut labels: Labels, sets: &mut Vec<Labels>) -> (usize, bool) {
        let is_folded = self.is_beyond(&labels, self.most);
        if is_folded {
            labels = folded(&labels);
            if self.is_beyond(&labels, self.most * 2) {
                let phase = outside_scenarios(&labels);
                labels.retain(|name, _| name == "name" || phase);
            }
        }
        let next = self.places.len();
        let place = *self.places.entry(labels).or_insert_with_key(|labels| {
            sets.push(labels.clone());
            next
        });
        (place, is_folded)
    }

    fn is_beyond(&self, labels: &Labels, most: usize) -> bool {
        self.places.len() >= most && !self.places.contains_key(labels)
    }
}
