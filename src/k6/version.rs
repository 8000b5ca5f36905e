//! k6's versions and requirements on them.

use std::fmt;

use semver::{Version, VersionReq};

use super::K6Error;

/// A version requirement as in Cargo: `1.1`, `=0.57.0`, `>=0.57, <2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement(VersionReq);

impl Requirement {
    /// Reads a requirement; none written means any k6 that howitzer was tried with or newer.
    pub fn read(text: Option<&str>) -> Result<Self, K6Error> {
        let text = text.unwrap_or(">=0.57, <3");
        VersionReq::parse(text)
            .map(Self)
            .map_err(|error| K6Error::Requirement { text: text.to_owned(), problem: error.to_string() })
    }

    /// Whether `version` fits.
    pub fn fits(&self, version: &Version) -> bool {
        self.0.matches(version)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The version in `k6 v1.1.0 (commit/…, go1.24.4, linux/amd64)`.
pub(super) fn of_line(line: &str) -> Option<Version> {
    let word = line.strip_prefix("k6")?.split_whitespace().next()?;
    Version::parse(word.trim_start_matches('v')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_cargos() {
        let version = of_line("k6 v1.1.0 (commit/0e3fb953be, go1.24.4, linux/amd64)").expect("a version");
        let fits = |text| Requirement::read(Some(text)).expect(text).fits(&version);
        assert!(fits("1") && fits("1.1") && fits("=1.1.0") && fits(">=0.57, <2"));
        assert!(!fits("0.57") && !fits("1.2"));
        assert!(Requirement::read(Some("one")).is_err());
        assert_eq!(of_line("pyenv: k6: command not found"), None);
    }
}
