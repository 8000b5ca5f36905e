//! The options of a k6 script, k6 0.57 to 1.x: which exist, of which type, which are gone or misspelt.
//!
//! Measured with `k6 inspect` of 0.57.0 and 1.1.0; described at
//! <https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/>. k6 itself only warns about an
//! unknown top-level option, and only about the first, so howitzer checks the names.

use semver::VersionReq;
use thiserror::Error;

use super::metrics;
use super::option_type::OptionType::{
    self, Anything, Certificates, Dns, Duration, HostPatterns, Hosts, LoadDuration, Networks, Scenarios,
    Segment, SegmentSequence, Stages, Table as AnyTable, Tags, Text, Thresholds, TlsVersion, TrendStatistics,
    Truth, Whole, Word, Words,
};
use super::release::Known;
use super::scalar::Sign::{Any, NotNegative, Positive};
use super::scenario;
use super::transport::CIPHER_SUITES;
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
    /// The unit of its numbers; empty where it has none.
    pub unit: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// The releases of k6 that have it.
    pub known: Known,
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

const fn current(
    name: &'static str,
    kind: OptionType,
    unit: &'static str,
    about: &'static str,
) -> OptionSpec {
    OptionSpec { name, kind, unit, about, known: Known::ALWAYS, status: OptionStatus::Current }
}

const fn not_current(name: &'static str, kind: OptionType, status: OptionStatus) -> OptionSpec {
    OptionSpec { name, kind, unit: "", about: "", known: Known::ALWAYS, status }
}

const fn gone(name: &'static str, kind: OptionType, why: &'static str) -> OptionSpec {
    not_current(name, kind, OptionStatus::Gone(why))
}

const fn misspelt(name: &'static str, kind: OptionType, right: &'static str) -> OptionSpec {
    not_current(name, kind, OptionStatus::Misspelt(right))
}

/// The tags that k6 itself gives to samples; `none` asks for no such tag.
const SYSTEM_TAGS: [&str; 19] = [
    "proto",
    "subproto",
    "status",
    "method",
    "url",
    "name",
    "group",
    "check",
    "error",
    "error_code",
    "tls_version",
    "scenario",
    "service",
    "expected_response",
    "iter",
    "vu",
    "ocsp_status",
    "ip",
    "none",
];

/// All options, current ones first, sorted by name within their status.
pub const OPTIONS: [OptionSpec; 46] = [
    current("batch", Whole(Any), "requests", "how many requests of one `http.batch()` are under way at once"),
    current("batchPerHost", Whole(Any), "requests", "the same, for each host"),
    current("blacklistIPs", Networks, "", "networks that no request may reach"),
    current(
        "blockHostnames",
        HostPatterns,
        "",
        "hosts that no request may reach; `*` stands for what is in front",
    ),
    current("cloud", Anything, "", "settings of Grafana's cloud; nothing here reads them"),
    current(
        "discardResponseBodies",
        Truth,
        "",
        "bodies of answers are thrown away, unless a request says otherwise",
    ),
    current(
        "dns",
        Dns,
        "",
        "how long names are remembered (`ttl`), which address is taken (`select`), and of which kind (`policy`)",
    ),
    current("duration", LoadDuration, "time", "how long the load takes"),
    current("executionSegment", Segment, "", "the part of the test that this instance of k6 does"),
    current(
        "executionSegmentSequence",
        SegmentSequence,
        "",
        "the ends of all parts, the same for every instance",
    ),
    current(
        "ext",
        AnyTable,
        "",
        "settings of extensions; k6 2.0 no longer reads `loadimpact` here, but `cloud`",
    ),
    current("hosts", Hosts, "", "addresses to take instead of what DNS says"),
    current("httpDebug", Text, "", "requests and answers are logged; `full` logs bodies too"),
    current("insecureSkipTLSVerify", Truth, "", "certificates of servers are not verified"),
    current("iterations", Whole(Positive), "iterations", "how many iterations all virtual users share"),
    current("maxRedirects", Whole(Any), "redirects", "how many redirects a request follows"),
    current(
        "metricSamplesBufferSize",
        Whole(Any),
        "samples",
        "how many groups of samples wait for a slow output",
    ),
    current("minIterationDuration", Duration(Any), "time", "a shorter iteration is followed by a pause"),
    current("noConnectionReuse", Truth, "", "every request makes a connection of its own"),
    current("noCookiesReset", Truth, "", "cookies outlive an iteration"),
    current("noSetup", Truth, "", "`setup()` is left out"),
    current("noTeardown", Truth, "", "`teardown()` is left out"),
    current("noVUConnectionReuse", Truth, "", "connections do not outlive an iteration"),
    current(
        "paused",
        Truth,
        "",
        "the test waits for somebody to start it, which nobody can here: only `false` is taken",
    ),
    current("rps", Whole(Any), "requests/s", "the most requests a second of all virtual users"),
    current("scenarios", Scenarios, "", "loads by name, each with its executor"),
    current("setupTimeout", Duration(Positive), "time", "how long `setup()` may take"),
    current(
        "stages",
        Stages,
        "time, virtual users",
        "the number of virtual users goes to each `target` within its `duration`",
    ),
    current("summaryTimeUnit", Word(&["s", "ms", "us", ""]), "", "the unit of times in k6's own summary"),
    current("summaryTrendStats", TrendStatistics, "", "the statistics of trends in k6's summary"),
    current("systemTags", Words(&SYSTEM_TAGS), "", "the tags that k6 itself gives to samples"),
    current("tags", Tags, "", "tags of all samples"),
    current("teardownTimeout", Duration(Any), "time", "how long `teardown()` may take"),
    current(
        "thresholds",
        Thresholds,
        "of the metric",
        "limits by metric; one that is crossed makes the run fail",
    ),
    current("throw", Truth, "", "a failed request throws an exception"),
    current("tlsAuth", Certificates, "", "certificates and keys that this client shows, by domain"),
    current("tlsCipherSuites", Words(&CIPHER_SUITES), "", "the cipher suites that are offered up to TLS 1.2"),
    current("tlsVersion", TlsVersion, "", "the versions of TLS that are offered"),
    current("userAgent", Text, "", "the header `User-Agent`"),
    current("vus", Whole(NotNegative), "virtual users", "how many virtual users there are"),
    gone("linger", Truth, "howitzer ends each run itself; leave it out"),
    gone("noUsageReport", Truth, "howitzer never lets k6 report usage; leave it out"),
    gone("vusMax", Whole(Any), "k6 allocates what `vus`, `stages` or `scenarios` need; leave it out"),
    misspelt("tisAuth", Certificates, "tlsAuth"),
    misspelt("tisCipherSuites", Words(&CIPHER_SUITES), "tlsCipherSuites"),
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

/// What of these options no k6 has that fits `requirement`.
pub fn check_releases(options: &Table, requirement: &VersionReq) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for (name, entry) in options {
        let option = check_name(name).ok();
        if let Some(why) = option.and_then(|option| option.known.problem(requirement)) {
            mistakes.push(
                Mistake::at(&entry.key, format!("the k6 that the workspace asks for has no option `{name}`"))
                    .label(why),
            );
        }
    }
    let scenarios = options.get("scenarios").and_then(|entry| entry.item.as_table());
    for entry in scenarios.into_iter().flat_map(Table::values) {
        mistakes.extend(scenario::check_release(&entry.item, requirement));
    }
    let thresholds = options.get("thresholds").and_then(|entry| entry.item.as_table());
    for (name, entry) in thresholds.into_iter().flatten() {
        let known = metrics::builtin(name).map(|metric| metric.known);
        if let Some(why) = known.and_then(|known| known.problem(requirement)) {
            let message =
                format!("the k6 that the workspace asks for has no metric `{}`", metrics::base_name(name));
            mistakes.push(Mistake::at(&entry.key, message).label(why));
        }
    }
    let loadimpact = options.get("ext").and_then(|entry| entry.item.as_table()?.get("loadimpact"));
    if let Some((entry, why)) =
        loadimpact.and_then(|entry| Some((entry, Known::before(2, 0).problem(requirement)?)))
    {
        let mistake =
            Mistake::at(&entry.key, "the k6 that the workspace asks for does not read `ext.loadimpact`");
        mistakes.push(mistake.label(why).hint("its place is `cloud`"));
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
