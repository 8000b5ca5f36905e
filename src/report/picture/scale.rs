//! From values to places on an axis, with the ticks that are written there.

/// An axis: from values to 0 … 1.
#[derive(Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    pub(super) is_logarithmic: bool,
    /// Values with their words.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Scale {
    /// Words at whole places from 0.
    pub(super) fn of_words(labels: &[String]) -> Self {
        let pad = if labels.len() > 1 { 0.3 } else { 0.5 };
        let ticks = labels.iter().enumerate().map(|(place, label)| (place as f64, label.clone())).collect();
        Self { low: -pad, high: labels.len().saturating_sub(1) as f64 + pad, is_logarithmic: false, ticks }
    }

    /// Of these values; from 0 where `from_zero` says so.
    pub(super) fn linear(values: &[f64], from_zero: bool, told: impl Fn(f64) -> String) -> Self {
        let (least, most) = ends(values);
        let low = if from_zero { least.min(0.0) } else { least };
        let span = if most > low { most - low } else { 1.0 };
        let (begin, high) =
            if from_zero { (low, low + span * 1.06) } else { (low - span * 0.05, low + span * 1.05) };
        let ticks = nice(low, high).into_iter().map(|value| (value, told(value))).collect();
        Self { low: begin, high, is_logarithmic: false, ticks }
    }

    /// Of values above 0, by their logarithm.
    pub(super) fn logarithmic(values: &[f64], told: impl Fn(f64) -> String) -> Self {
        let (mut least, mut most) = ends(values);
        if most / least < 1.2 {
            (least, most) = (least / 1.2, most * 1.2);
        }
        let edge = (most / least).log10() * 0.05;
        let (low, high) = (least.log10() - edge, most.log10() + edge);
        let ticks = decades(low, high).into_iter().map(|value| (value, told(value))).collect();
        Self { low, high, is_logarithmic: true, ticks }
    }

    /// The same with ticks at these values alone.
    pub(super) fn ticked(self, ticks: Vec<(f64, String)>) -> Self {
        Self { ticks, ..self }
    }

    /// The share of the axis at which a value stands.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = if self.is_logarithmic { value.log10() } else { value };
        (value - self.low) / (self.high - self.low)
    }
}

fn ends(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if least.is_finite() && most.is_finite() { (least, most) } else { (1.0, 1.0) }
}

/// About five round values.
fn nice(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    (0..12).map(|count| (first + f64::from(count)) * step).take_while(|value| *value <= high).collect()
}

/// Powers of ten, and values between them where there are few.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let between = |factors: &[f64]| {
        let mut found = Vec::new();
        let mut power = low.floor();
        while power <= high.ceil() {
            found.extend(factors.iter().map(|factor| factor * 10_f64.powf(power)));
            power += 1.0;
        }
        found.retain(|value| (low..=high).contains(&value.log10()));
        found
    };
    let all: [&[f64]; 3] = [&[1.0], &[1.0, 3.0], &[1.0, 2.0, 5.0]];
    let enough = all.into_iter().map(between).find(|ticks| ticks.len() > 2);
    enough.unwrap_or_else(|| between(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, words)| words.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_values_stay_within() {
        let told = |value: f64| value.to_string();
        let linear = Scale::linear(&[3.0, 97.0], true, told);
        assert_eq!(words(&linear), ["0", "50", "100"]);
        assert!((0.0..1.0).contains(&linear.at(97.0)));
        let logarithmic = Scale::logarithmic(&[2.0, 3_000.0], told);
        assert_eq!(words(&logarithmic), ["10", "100", "1000"]);
        assert!((logarithmic.at(2.0) + logarithmic.at(3_000.0) - 1.0).abs() < 1e-9);
        let worded = Scale::of_words(&["a".to_owned(), "b".to_owned()]);
        assert!(worded.at(0.0) < worded.at(1.0) && worded.at(1.0) < 1.0);
    }

    #[test]
    fn one_value_and_none_have_an_axis_too() {
        let told = |value: f64| value.to_string();
        for values in [&[][..], &[0.0], &[7.0], &[-3.0]] {
            let scale = Scale::linear(values, true, told);
            assert!(scale.at(values.first().copied().unwrap_or_default()).is_finite(), "{values:?}");
        }
        assert!(Scale::logarithmic(&[5.0], told).at(5.0) > 0.4);
    }
}
