//! The options of a k6 script, k6 0.57 to 1.x: which exist, of which type, which are gone or misspelt.
//!
//! Measured with `k6 inspect` of 0.57.0 and 1.1.0; described at
//! <https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/>. k6 itself only warns about an
//! unknown top-level option, and only about the first, so howitzer checks the names.

use thiserror::Error;

use self::OptionKind::{Any, Duration, List, Table, Text, Truth, Whole};

/// One option of k6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// As the script writes it.
    pub name: &'static str,
    /// What k6 reads it as.
    pub kind: OptionKind,
    /// Whether today's k6 knows it.
    pub status: OptionStatus,
}

/// What k6 reads an option's value as. A whole number and a truth may be written as text, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// A whole number, not negative.
    Whole,
    /// A duration: `1m30s`, or a number of milliseconds.
    Duration,
    /// `true` or `false`.
    Truth,
    /// Text.
    Text,
    /// A list.
    List,
    /// A table.
    Table,
    /// More than one of these.
    Any,
}

/// Whether today's k6 knows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionStatus {
    /// It does.
    Current,
    /// It did once, or never did in a script; what to do instead.
    Gone(&'static str),
    /// It never did: this is the name that was meant.
    Misspelt(&'static str),
}

/// Why a name is not an option of k6.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptionProblem {
    /// Nobody knows it.
    #[error("unknown k6 option `{0}`")]
    Unknown(String),
    /// k6 ignores it today.
    #[error("k6 has no option `{name}` any more ({why})")]
    Gone {
        /// As written.
        name: &'static str,
        /// What to do instead.
        why: &'static str,
    },
    /// A misspelling with a known meaning.
    #[error("k6 option `{name}` is misspelt; it is `{right}`")]
    Misspelt {
        /// As written.
        name: &'static str,
        /// The name that k6 knows.
        right: &'static str,
    },
}

const fn current(name: &'static str, kind: OptionKind) -> OptionSpec {
    OptionSpec { name, kind, status: OptionStatus::Current }
}

const fn gone(name: &'static str, kind: OptionKind, why: &'static str) -> OptionSpec {
    OptionSpec { name, kind, status: OptionStatus::Gone(why) }
}

const fn misspelt(name: &'static str, kind: OptionKind, right: &'static str) -> OptionSpec {
    OptionSpec { name, kind, status: OptionStatus::Misspelt(right) }
}

/// All options, current ones first, sorted by name within their status.
pub const OPTIONS: [OptionSpec; 46] = [
    current("batch", Whole),
    current("batchPerHost", Whole),
    current("blacklistIPs", List),
    current("blockHostnames", List),
    current("cloud", Table),
    current("discardResponseBodies", Truth),
    current("dns", Table),
    current("duration", Duration),
    current("executionSegment", Text),
    current("executionSegmentSequence", Text),
    current("ext", Table),
    current("hosts", Table),
    current("httpDebug", Text),
    current("insecureSkipTLSVerify", Truth),
    current("iterations", Whole),
    current("maxRedirects", Whole),
    current("metricSamplesBufferSize", Whole),
    current("minIterationDuration", Duration),
    current("noConnectionReuse", Truth),
    current("noCookiesReset", Truth),
    current("noSetup", Truth),
    current("noTeardown", Truth),
    current("noVUConnectionReuse", Truth),
    current("paused", Truth),
    current("rps", Whole),
    current("scenarios", Table),
    current("setupTimeout", Duration),
    current("stages", List),
    current("summaryTimeUnit", Text),
    current("summaryTrendStats", List),
    current("systemTags", List),
    current("tags", Table),
    current("teardownTimeout", Duration),
    current("thresholds", Table),
    current("throw", Truth),
    current("tlsAuth", List),
    current("tlsCipherSuites", List),
    current("tlsVersion", Any),
    current("userAgent", Text),
    current("vus", Whole),
    gone("linger", Truth, "howitzer ends each run itself; leave it out"),
    gone("noUsageReport", Truth, "howitzer never lets k6 report usage; leave it out"),
    gone("vusMax", Whole, "k6 allocates what `vus`, `stages` or `scenarios` need; leave it out"),
    misspelt("tisAuth", List, "tlsAuth"),
    misspelt("tisCipherSuites", List, "tlsCipherSuites"),
    misspelt("tisVersion", Any, "tlsVersion"),
];

/// The option of that name, if today's k6 knows it.
pub fn check_name(name: &str) -> Result<&'static OptionSpec, OptionProblem> {
    let known = OPTIONS.iter().find(|option| option.name == name);
    let option = known.ok_or_else(|| OptionProblem::Unknown(name.to_owned()))?;
    match option.status {
        OptionStatus::Current => Ok(option),
        OptionStatus::Gone(why) => Err(OptionProblem::Gone { name: option.name, why }),
        OptionStatus::Misspelt(right) => Err(OptionProblem::Misspelt { name: option.name, right }),
    }
}

/// The names of the options that today's k6 knows, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter(|option| option.status == OptionStatus::Current).map(|option| option.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_answers_in_its_own_words() {
        let said =
            |name: &str| check_name(name).map(|option| option.kind).map_err(|problem| problem.to_string());
        assert_eq!(said("vus"), Ok(Whole));
        assert_eq!(said("scenarios"), Ok(Table));
        assert_eq!(said("foo"), Err("unknown k6 option `foo`".into()));
        assert_eq!(said("VUS"), Err("unknown k6 option `VUS`".into()));
        assert_eq!(said("tisVersion"), Err("k6 option `tisVersion` is misspelt; it is `tlsVersion`".into()));
        let gone = said("vusMax").expect_err("it is gone");
        assert!(gone.starts_with("k6 has no option `vusMax` any more (k6 allocates"), "{gone}");
    }

    #[test]
    fn the_table_is_sorted_without_doubles_and_misspellings_lead_to_current_names() {
        let current: Vec<_> = names().collect();
        assert!(current.is_sorted() && current.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(current.len(), 40);
        for option in OPTIONS {
            if let OptionStatus::Misspelt(right) = option.status {
                assert!(current.contains(&right), "{right}");
            }
        }
    }

    #[test]
    fn the_ancestors_thirty_options_are_all_known_in_some_way() {
        let ancestor = "duration rps iterations vus ext hosts insecureSkipTLSVerify maxRedirects batch \
            batchPerHost noConnectionReuse noVUConnectionReuse paused stages tags thresholds throw blacklistIPs \
            summaryTrendStats userAgent httpDebug systemTags setupTimeout teardownTimeout vusMax linger \
            noUsageReport tisAuth tisCipherSuites tisVersion";
        let names: Vec<_> = ancestor.split_whitespace().collect();
        assert_eq!(names.len(), 30);
        assert_eq!(names.iter().filter(|name| check_name(name).is_ok()).count(), 24);
        let unknown = |name: &&&str| matches!(check_name(name), Err(OptionProblem::Unknown(_)));
        assert_eq!(names.iter().find(unknown), None);
    }
}
