//! What an attempt is worth, by the words of DESIGN.md.

use crate::world::Mode;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Passed,
    Suspect,
    Threshold,
    Invalid,
    Failed,
    Interrupted,
}

impl Verdict {
    pub(crate) fn of(mode: Mode) -> Self {
        match mode {
            Mode::Ok => Self::Passed,
            Mode::Drop => Self::Suspect,
            Mode::Cross => Self::Threshold,
            Mode::Empty => Self::Invalid,
            Mode::Fail => Self::Failed,
        }
    }

    /// By the word in events and in `results.json`.
    pub(crate) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "passed" => Self::Passed,
            "suspect" => Self::Suspect,
            "threshold" | "threshold crossed" => Self::Threshold,
            "invalid" => Self::Invalid,
            "failed" => Self::Failed,
            "interrupted" => Self::Interrupted,
            _ => return None,
        })
    }

    pub(crate) fn is_reusable(self, allows_invalid: bool) -> bool {
        matches!(self, Self::Passed | Self::Suspect | Self::Threshold)
            || self == Self::Invalid && allows_invalid
    }

    pub(crate) fn exit(self, strict: bool) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Suspect => {
                if strict {
                    100
                } else {
                    0
                }
            }
            Self::Threshold => 99,
            Self::Invalid | Self::Failed | Self::Interrupted => 100,
        }
    }

    pub(crate) fn is_measured(self) -> bool {
        matches!(self, Self::Passed | Self::Suspect | Self::Threshold)
    }
}
