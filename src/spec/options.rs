//! The options of a k6 script, k6 0.57 to 1.x: which exist, of which type, which are gone or misspelt.
//!
//! Measured with `k6 inspect` of 0.57.0 and 1.1.0; described at
//! <https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/>. k6 itself only warns about an
//! unknown top-level option, and only about the first, so howitzer checks the names.

use thiserror::Error;

use super::option_type::OptionType::{
    self, Anything, Certificates, Dns, Duration, LoadDuration, Networks, Scenarios, Stages,
    Table as AnyTable, Text, TextTable, Texts, Thresholds, TlsVersion, TrendStatistics, Truth, Whole,
};
use super::scalar::Sign::{Any, NotNegative, Positive};
use crate::base::document::{Item, Table};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Place;

/// One option of k6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// As the script writes it.
    pub name: &'static str,
    /// What k6 reads it as.
    pub kind: OptionType,
    /// Whether today's k6 knows it.
    pub status: OptionStatus,
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

const fn current(name: &'static str, kind: OptionType) -> OptionSpec {
    OptionSpec { name, kind, status: OptionStatus::Current }
}

const fn gone(name: &'static str, kind: OptionType, why: &'static str) -> OptionSpec {
    OptionSpec { name, kind, status: OptionStatus::Gone(why) }
}

const fn misspelt(name: &'static str, kind: OptionType, right: &'static str) -> OptionSpec {
    OptionSpec { name, kind, status: OptionStatus::Misspelt(right) }
}

/// All options, current ones first, sorted by name within their status.
pub const OPTIONS: [OptionSpec; 46] = [
    current("batch", Whole(Any)),
    current("batchPerHost", Whole(Any)),
    current("blacklistIPs", Networks),
    current("blockHostnames", Texts),
    current("cloud", Anything),
    current("discardResponseBodies", Truth),
    current("dns", Dns),
    current("duration", LoadDuration),
    current("executionSegment", Text),
    current("executionSegmentSequence", Text),
    current("ext", AnyTable),
    current("hosts", TextTable),
    current("httpDebug", Text),
    current("insecureSkipTLSVerify", Truth),
    current("iterations", Whole(Positive)),
    current("maxRedirects", Whole(Any)),
    current("metricSamplesBufferSize", Whole(Any)),
    current("minIterationDuration", Duration(Any)),
    current("noConnectionReuse", Truth),
    current("noCookiesReset", Truth),
    current("noSetup", Truth),
    current("noTeardown", Truth),
    current("noVUConnectionReuse", Truth),
    current("paused", Truth),
    current("rps", Whole(Any)),
    current("scenarios", Scenarios),
    current("setupTimeout", Duration(Positive)),
    current("stages", Stages),
    current("summaryTimeUnit", Text),
    current("summaryTrendStats", TrendStatistics),
    current("systemTags", Texts),
    current("tags", TextTable),
    current("teardownTimeout", Duration(Any)),
    current("thresholds", Thresholds),
    current("throw", Truth),
    current("tlsAuth", Certificates),
    current("tlsCipherSuites", Texts),
    current("tlsVersion", TlsVersion),
    current("userAgent", Text),
    current("vus", Whole(NotNegative)),
    gone("linger", Truth, "howitzer ends each run itself; leave it out"),
    gone("noUsageReport", Truth, "howitzer never lets k6 report usage; leave it out"),
    gone("vusMax", Whole(Any), "k6 allocates what `vus`, `stages` or `scenarios` need; leave it out"),
    misspelt("tisAuth", Certificates, "tlsAuth"),
    misspelt("tisCipherSuites", Texts, "tlsCipherSuites"),
    misspelt("tisVersion", TlsVersion, "tlsVersion"),
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

/// The option of that name, or the mistake of a name at `place` that is none.
pub fn named(name: &str, place: &Place) -> Result<&'static OptionSpec, Mistakes> {
    check_name(name).map_err(|problem| Mistake::at(place, problem.to_string()).nearest(name, names()).into())
}

/// Checks a table of options: names, and every value on its own.
pub fn check_table(options: &Table) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for (name, entry) in options {
        if let Some(option) = mistakes.collect(named(name, &entry.key)) {
            mistakes.extend(option.kind.check(&entry.item));
        }
    }
    mistakes
}

/// The type of what `path` leads to, e.g. `["scenarios", "load", "rate"]`; none where it leads nowhere.
pub fn type_at(path: &[String]) -> Option<OptionType> {
    let (first, rest) = path.split_first()?;
    let option = check_name(first).ok()?;
    rest.iter().try_fold(option.kind, |above, name| above.member(name))
}

/// Checks `item` as the value that `path` leads to.
pub fn check_at(path: &[String], item: &Item, place: &Place) -> Mistakes {
    match type_at(path) {
        Some(expected) => expected.check(item),
        None => Mistake::at(place, format!("`{}` leads to no value of a k6 option", path.join("."))).into(),
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
        assert_eq!(said("vus"), Ok(Whole(NotNegative)));
        assert_eq!(said("scenarios"), Ok(Scenarios));
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
