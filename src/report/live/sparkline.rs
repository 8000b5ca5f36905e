//! The last minute as a row of bars.

use std::collections::VecDeque;

/// How many values are kept: one a second.
const KEPT: usize = 60;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values of the last minute, the newest last.
#[derive(Debug, Default)]
pub(super) struct Sparkline(VecDeque<f64>);

impl Sparkline {
    pub(super) fn push(&mut self, value: f64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The newest values in at most `columns` bars, from zero to the largest among them.
    pub(super) fn draw(&self, columns: usize) -> String {
        let shown = self.0.iter().skip(self.0.len().saturating_sub(columns));
        let most = shown.clone().copied().fold(0.0, f64::max);
        shown.map(|value| bar(*value, most)).collect()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bars there are")]
fn bar(value: f64, most: f64) -> char {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    BARS[(share * (BARS.len() - 1) as f64).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_reach_from_zero_to_the_largest_value() {
        let mut line = Sparkline::default();
        for value in [0.0, 50.0, 100.0, f64::NAN] {
            line.push(value);
        }
        assert_eq!(line.draw(60), "▁▅█▁");
    }

    #[test]
    fn the_newest_minute_is_kept_and_the_newest_columns_are_drawn() {
        let mut line = Sparkline::default();
        for value in 0..100 {
            line.push(f64::from(value));
        }
        assert_eq!(line.draw(100).chars().count(), KEPT);
        assert_eq!(line.draw(3).chars().count(), 3);
        assert_eq!(Sparkline::default().draw(9), "");
    }
}
