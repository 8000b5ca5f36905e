//! How long what is to execute will take: as long as it last took where that is known and still means something,
//! else as long as its load is configured to last.

use std::time::Duration;

use super::graph_view::{GraphView, NodeKind, NodeView};
use crate::base::counted::counted;
use crate::base::duration::human;
use crate::key::Reason;

/// How long one run takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lasting {
    /// Its wall time in seconds.
    pub seconds: f64,
    /// From where that is known.
    pub basis: Basis,
    /// The pause before it, in seconds; there is none before the first of a build.
    pub pause_seconds: f64,
}

/// From where the length of a run is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// It took so long the last time.
    Measured,
    /// Its load is configured to last so long; what k6 and the target need around it is not in it.
    Configured,
    /// Neither is known. Its seconds are none.
    Unknown,
}

impl Basis {
    /// As files name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Configured => "configured",
            Self::Unknown => "unknown",
        }
    }
}

impl Lasting {
    /// Of a run that is stale for these reasons: its last attempt took `last`, its load is configured to last
    /// `configured`.
    pub fn of(
        reasons: &[Reason],
        last: Option<Duration>,
        configured: Option<Duration>,
        pause: Duration,
    ) -> Self {
        // One that ended before its load was over says nothing of one that does not.
        let whole = last.filter(|last| !last.is_zero() && configured.is_none_or(|load| *last >= load));
        let measured = whole.filter(|_| reasons.iter().all(keeps_length));
        let (length, basis) = match (measured, configured) {
            (Some(last), _) => (last, Basis::Measured),
            (None, Some(load)) => (load, Basis::Configured),
            (None, None) => (Duration::ZERO, Basis::Unknown),
        };
        Self { seconds: length.as_secs_f64(), basis, pause_seconds: pause.as_secs_f64() }
    }
}

/// Whether a run that is stale for this reason takes as long as it did before.
fn keeps_length(reason: &Reason) -> bool {
    !matches!(
        reason,
        Reason::NeverBuilt
            | Reason::Outdated
            | Reason::Unusable(_)
            | Reason::TooSlow
            | Reason::Template(..)
            | Reason::Option(..)
            | Reason::Field(..)
            | Reason::Script
    )
}

/// The time of all that is to execute.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    /// What is known of it, in seconds: runs, warm-ups and the pauses between them.
    pub seconds: f64,
    /// How many runs are taken to last as long as they did before,
    pub measured: usize,
    /// how many as long as they are configured to,
    pub configured: usize,
    /// and of how many no length is known.
    pub unknown: usize,
}

impl Forecast {
    /// Of these nodes, which execute in this order.
    pub fn of<'a>(sequence: impl IntoIterator<Item = &'a NodeView>) -> Self {
        let mut forecast = Self::default();
        for (turn, node) in sequence.into_iter().enumerate() {
            let Some(lasting) = node.lasting else { continue };
            forecast.seconds += lasting.seconds + if turn == 0 { 0.0 } else { lasting.pause_seconds };
            if node.kind == NodeKind::Run {
                match lasting.basis {
                    Basis::Measured => forecast.measured += 1,
                    Basis::Configured => forecast.configured += 1,
                    Basis::Unknown => forecast.unknown += 1,
                }
            }
        }
        forecast
    }

    /// All that the view says is to execute.
    pub fn whole(view: &GraphView) -> Self {
        Self::of(view.sequence.iter().map(|position| &view.nodes[*position]))
    }

    /// `about 3m20s`, `more than 3m20s` where runs of unknown length are among them; none where nothing is to run.
    pub fn short(&self) -> Option<String> {
        let known = self.measured + self.configured;
        match (known, self.unknown) {
            (0, 0) => None,
            (0, _) => Some("of unknown length".to_owned()),
            (_, 0) => Some(format!("about {}", rounded(self.seconds))),
            (_, _) => Some(format!("more than {}", rounded(self.seconds))),
        }
    }

    /// From where it is known: `480 runs as long as before, 20 as configured`.
    pub fn basis(&self) -> String {
        let told = [
            (self.measured, "as long as before"),
            (self.configured, "as configured"),
            (self.unknown, "of unknown length"),
        ];
        let told = told.into_iter().filter(|(count, _)| *count > 0).enumerate();
        let part = |(place, (count, words)): (usize, (usize, &str))| {
            let count = if place == 0 { counted(count, "run") } else { count.to_string() };
            format!("{count} {words}")
        };
        told.map(part).collect::<Vec<_>>().join(", ")
    }
}

/// Nobody needs tenths of a second of a minute.
fn rounded(seconds: f64) -> String {
    let seconds = if seconds < 10.0 { seconds } else { seconds.round() };
    human(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Change;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn of(reason: Reason, last: Option<Duration>, configured: Option<Duration>) -> (f64, Basis) {
        let lasting = Lasting::of(&[reason], last, configured, Duration::ZERO);
        (lasting.seconds, lasting.basis)
    }

    fn other_vus() -> Reason {
        Reason::Option("duration".into(), Change { old: None, new: None })
    }

    #[test]
    fn a_run_takes_as_long_as_before_unless_its_load_may_have_changed() {
        assert_eq!(of(Reason::Forced, Some(at(7)), Some(at(5))), (7.0, Basis::Measured));
        assert_eq!(of(other_vus(), Some(at(7)), Some(at(60))), (60.0, Basis::Configured));
        assert_eq!(of(Reason::Forced, Some(at(2)), Some(at(5))), (5.0, Basis::Configured), "it was cut off");
        assert_eq!(of(Reason::Forced, Some(at(2)), None), (2.0, Basis::Measured));
        assert_eq!(of(Reason::NeverBuilt, None, None), (0.0, Basis::Unknown));
    }

    #[test]
    fn it_says_from_where_it_is_known() {
        let forecast = Forecast { seconds: 3725.4, measured: 480, configured: 20, unknown: 0 };
        assert_eq!(forecast.short().as_deref(), Some("about 1h02m"));
        assert_eq!(forecast.basis(), "480 runs as long as before, 20 as configured");
        let forecast = Forecast { seconds: 5.0, measured: 0, configured: 1, unknown: 2 };
        assert_eq!(forecast.short().as_deref(), Some("more than 5s"));
        assert_eq!(forecast.basis(), "1 run as configured, 2 of unknown length");
        assert_eq!(Forecast::default().short(), None);
    }
}
