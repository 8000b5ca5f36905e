//! Which releases of k6 know what: not every option or executor is in all of 0.57 to 2.x.
//!
//! 0.57.0 and 1.1.0 were measured: both know the same options and executors. What later ones took away stands in k6's
//! guide to 2.0 (<https://grafana.com/docs/k6/latest/get-started/migrating-to-v2/>) and in its release notes
//! (<https://grafana.com/docs/k6/latest/release-notes/>).

use semver::{Version, VersionReq};

/// The releases of k6 that a requirement may choose among, the first of each minor version.
const RELEASES: [(u64, u64); 18] = [
    (0, 57),
    (0, 58),
    (0, 59),
    (1, 0),
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 4),
    (1, 5),
    (1, 6),
    (1, 7),
    (1, 8),
    (1, 9),
    (2, 0),
    (2, 1),
    (2, 2),
    (2, 3),
    (2, 4),
];

/// From which release on something is known, and from which one no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The first minor release that has it.
    pub since: (u64, u64),
    /// The first one that has it no more; none as long as it is there.
    pub until: Option<(u64, u64)>,
}

impl Known {
    /// In every release that howitzer is for.
    pub const ALWAYS: Self = Self { since: (0, 57), until: None };

    /// Until before this release.
    pub const fn before(major: u64, minor: u64) -> Self {
        Self { since: Self::ALWAYS.since, until: Some((major, minor)) }
    }

    /// In which releases it is, in words.
    pub fn words(self) -> String {
        match self.until {
            Some((major, minor)) => format!("until before {major}.{minor}"),
            None if self == Self::ALWAYS => "all".to_owned(),
            None => format!("since {}.{}", self.since.0, self.since.1),
        }
    }

    /// Whether the release has it.
    pub fn holds(self, release: (u64, u64)) -> bool {
        self.since <= release && self.until.is_none_or(|until| release < until)
    }

    /// What is wrong with it where `requirement` is the k6 that is asked for: no release that fits has it.
    pub fn problem(self, requirement: &VersionReq) -> Option<String> {
        let fits = |(major, minor): &(u64, u64)| {
            (0..10).any(|patch| requirement.matches(&Version::new(*major, *minor, patch)))
        };
        let mut fitting = RELEASES.into_iter().filter(fits).peekable();
        fitting.peek()?;
        if fitting.any(|release| self.holds(release)) {
            return None;
        }
        Some(match self.until {
            Some((major, minor)) if self.since == Self::ALWAYS.since => {
                format!("k6 has it no more since {major}.{minor}")
            }
            _ => format!("k6 has it since {}.{}", self.since.0, self.since.1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_requirement_that_no_release_can_meet_is_a_problem() {
        let problem = |known: Known, text: &str| known.problem(&VersionReq::parse(text).expect(text));
        let gone = Known::before(2, 0);
        for fine in [">=0.57, <3", "1", "=1.1.0", "0.57", ">=1.9"] {
            assert_eq!(problem(gone, fine), None, "{fine}");
        }
        assert_eq!(problem(gone, "2").as_deref(), Some("k6 has it no more since 2.0"));
        assert_eq!(problem(gone, ">=2.1").as_deref(), Some("k6 has it no more since 2.0"));
        let new = Known { since: (1, 5), until: None };
        assert_eq!(problem(new, "1.1.0"), None, "a caret allows 1.5");
        assert_eq!(problem(new, "~1.1").as_deref(), Some("k6 has it since 1.5"));
        assert_eq!(problem(Known::ALWAYS, "0.57"), None);
        assert_eq!(problem(gone, "7"), None, "nothing is known of it");
    }
}
