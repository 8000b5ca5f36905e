//! k6's exit codes. Measured with 0.57.0 and 1.1.0; 110 is documented for newer ones.

use std::fmt;

/// What an exit code of `k6 run` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitMeaning {
    /// 0: the test ended; that alone does not make it a measurement.
    Ended,
    /// 99: a threshold was crossed.
    ThresholdCrossed,
    /// 110: the script marked the test as failed, and it ran to its end.
    MarkedFailed,
    /// Any other code, with its meaning.
    Failed(&'static str),
}

impl ExitMeaning {
    /// The meaning of `code`.
    pub fn of(code: i32) -> Self {
        match code {
            0 => Self::Ended,
            99 => Self::ThresholdCrossed,
            110 => Self::MarkedFailed,
            100 => Self::Failed("setup() timed out"),
            101 => Self::Failed("teardown() timed out"),
            103 => Self::Failed("stopped through k6's REST interface"),
            104 => Self::Failed("invalid options"),
            105 => Self::Failed("stopped by a signal"),
            106 => Self::Failed("k6 could not listen on its address"),
            107 => Self::Failed("script error"),
            108 => Self::Failed("aborted by the script"),
            127 => Self::Failed("k6 could not be started"),
            255 => Self::Failed("k6 refused its command line"),
            _ => Self::Failed("unknown exit code"),
        }
    }
}

impl fmt::Display for ExitMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "ended",
            Self::ThresholdCrossed => "threshold crossed",
            Self::MarkedFailed => "marked as failed by the script",
            Self::Failed(meaning) => meaning,
        })
    }
}
