//! Wall-clock instants: RFC 3339 in files, ages for people.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A wall-clock instant in milliseconds since the Unix epoch; serialised as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(i64);

impl Instant {
    /// The current time.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    /// The instant this many milliseconds after the Unix epoch.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the Unix epoch.
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// The milliseconds since midnight UTC: a small number that differs from build to build.
    pub fn milliseconds_of_day(self) -> u32 {
        u32::try_from(self.0.rem_euclid(86_400_000)).unwrap_or(0)
    }

    /// How long ago this was, zero if the clock went back since.
    pub fn age(self) -> Duration {
        Self::now().since(self)
    }

    /// The time from `earlier` to this, zero if negative.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The seconds since another instant, negative where that is later.
    pub fn signed_since(self, other: Self) -> f64 {
        (self.0 - other.0) as f64 / 1000.0
    }

    /// This instant moved `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp:.3}"),
            Err(_) => write!(f, "{} ms after the epoch", self.0),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let timestamp: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(timestamp.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_text() {
        let now = Instant::now();
        let text = serde_json::to_string(&now).expect("serialises");
        assert!(text.ends_with("Z\""), "{text}");
        assert_eq!(serde_json::from_str::<Instant>(&text).expect("reads"), now);
    }
}
