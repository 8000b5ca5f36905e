//! The classifier of handwritten digits: a support vector machine with a
//! radial basis kernel, trained by `train.py` and computed here.

use serde::Deserialize;

/// Pixels of one sample: 8 rows of 8, each from 0 (paper) to 16 (ink).
pub(crate) const PIXELS: usize = 64;
const CLASSES: usize = 10;

/// A trained model, as `train.py` writes it.
#[derive(Deserialize)]
pub(crate) struct DigitClassifier {
    pub(crate) name: String,
    pub(crate) version: String,
    gamma: f64,
    /// One a pair of classes: (0, 1), (0, 2) … (8, 9).
    intercepts: Vec<f64>,
    support_vectors: Vec<SupportVector>,
}

#[derive(Deserialize)]
struct SupportVector {
    class: usize,
    pixels: Vec<f32>,
    /// One for each of the other classes, in their order.
    coefficients: Vec<f64>,
}

impl DigitClassifier {
    /// The model that is part of this program.
    ///
    /// # Errors
    /// If the included file is not JSON or its numbers are not those of ten
    /// classes of 64 pixels.
    pub(crate) fn included() -> Result<Self, String> {
        let model: Self = serde_json::from_str(include_str!("digits-svm.json"))
            .map_err(|error| format!("digits-svm.json: {error}"))?;
        if model.is_complete() {
            Ok(model)
        } else {
            Err("digits-svm.json: not a model of ten classes of 64 pixels".to_owned())
        }
    }

    fn is_complete(&self) -> bool {
        self.intercepts.len() == CLASSES * (CLASSES - 1) / 2
            && self.support_vectors.iter().all(SupportVector::is_complete)
    }

    /// The digit of each sample; `pixels` are the samples one after the other.
    pub(crate) fn classify(&self, pixels: &[f32]) -> Vec<i64> {
        pixels.chunks_exact(PIXELS).map(|sample| self.classify_one(sample)).collect()
    }

    /// One against one, as libsvm does it: each pair of classes gives a vote,
    /// and of the classes with most votes the lowest wins.
    fn classify_one(&self, sample: &[f32]) -> i64 {
        let sums = self.sums_of_pairs(sample);
        let mut votes = [0_u32; CLASSES];
        for ((low, high), intercept) in pairs().zip(&self.intercepts) {
            let winner = if sums[low][high] + intercept > 0.0 { low } else { high };
            votes[winner] += 1;
        }
        digit_with_most(votes)
    }

    /// For each pair of classes (lower first) the weighted sum of the kernels
    /// of both classes' support vectors.
    fn sums_of_pairs(&self, sample: &[f32]) -> [[f64; CLASSES]; CLASSES] {
        let mut sums = [[0.0; CLASSES]; CLASSES];
        for vector in &self.support_vectors {
            let kernel = (-self.gamma * vector.squared_distance(sample)).exp();
            let opponents = (0..CLASSES).filter(|class| *class != vector.class);
            for (opponent, coefficient) in opponents.zip(&vector.coefficients) {
                let low = opponent.min(vector.class);
                let high = opponent.max(vector.class);
                sums[low][high] += coefficient * kernel;
            }
        }
        sums
    }
}

impl SupportVector {
    fn is_complete(&self) -> bool {
        self.class < CLASSES && self.pixels.len() == PIXELS && self.coefficients.len() == CLASSES - 1
    }

    fn squared_distance(&self, sample: &[f32]) -> f64 {
        let squares = self.pixels.iter().zip(sample);
        f64::from(squares.map(|(own, other)| (own - other) * (own - other)).sum::<f32>())
    }
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (0..CLASSES).flat_map(|low| (low + 1..CLASSES).map(move |high| (low, high)))
}

fn digit_with_most(votes: [u32; CLASSES]) -> i64 {
    let most = votes.iter().max();
    (0..).zip(&votes).find(|(_, count)| Some(*count) == most).map_or(0, |(digit, _)| digit)
}
