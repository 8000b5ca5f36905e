//! The types of k6's options: what k6 reads a value as, and what it refuses.
//!
//! Each rule was measured with `k6 inspect --execution-requirements` of 0.57.0 and 1.1.0. Whole numbers
//! and durations may be text; truths and tags may not. Nothing that k6 accepts and uses is refused here;
//! what it accepts and then ignores is.

use super::file_content::FileContent;
use super::scalar::{Sign, check_word, is_whole, wrong};
use super::{address, scenario, segment, statistics, threshold, time, transport};
use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::Fields;

/// What k6 reads a value as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionType {
    /// A whole number, or its digits as text; empty text leaves the option unset.
    Whole(Sign),
    /// A duration.
    Duration(Sign),
    /// A duration of load: k6 refuses less than a second.
    LoadDuration,
    /// `true` or `false`.
    Truth,
    /// Text, or a file's content.
    Text,
    /// Text that names something of the script or of k6.
    Name,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of these words.
    Words(&'static [&'static str]),
    /// A table of texts.
    TextTable,
    /// A table of texts whose names are not empty: k6 crashes on others.
    Tags,
    /// `hosts`: addresses by host.
    Hosts,
    /// A list of names of hosts such as `*.example.com`.
    HostPatterns,
    /// What a host leads to.
    Address,
    /// How long an answer of DNS is kept.
    TimeToLive,
    /// A part of a test such as `0:1/4`.
    Segment,
    /// The ends of all parts.
    SegmentSequence,
    /// A table that k6 does not look into.
    Table,
    /// Anything: k6 hands it on.
    Anything,
    /// A list of `{ duration, target }`.
    Stages,
    /// A list of networks such as `10.0.0.0/8`.
    Networks,
    /// A list of statistics such as `p(99)`.
    TrendStatistics,
    /// Lists of thresholds by metric.
    Thresholds,
    /// The thresholds of one metric.
    ThresholdList,
    /// Scenarios by name.
    Scenarios,
    /// One scenario.
    Scenario,
    /// A scenario's `options`.
    ScenarioOptions,
    /// `dns`.
    Dns,
    /// `tlsVersion`: a word, or `{ min, max }`.
    TlsVersion,
    /// `tlsAuth`: a list of client certificates.
    Certificates,
    /// One client certificate with its key.
    Certificate,
}

impl OptionType {
    /// What is wrong with `item` as a value of this type. JSON's `null` leaves every option unset.
    pub fn check(self, item: &Item) -> Mistakes {
        if item.tree == Tree::Null {
            return Mistakes::default();
        }
        let fits = match self {
            Self::Whole(sign) => is_whole(item, sign),
            Self::Duration(sign) => time::seconds(item).is_some_and(|seconds| sign.allows(seconds)),
            Self::LoadDuration => time::seconds(item).is_some_and(|seconds| seconds >= 1.0),
            Self::Truth => matches!(item.tree, Tree::Bool(_)),
            Self::Text if FileContent::is_written(item) => {
                return FileContent::read(item).err().unwrap_or_default();
            }
            Self::Text | Self::Name => item.as_text().is_some(),
            Self::TimeToLive => time::is_time_to_live(item),
            Self::Segment => return segment::check(item),
            Self::SegmentSequence => return segment::check_sequence(item),
            Self::Address => return address::check_address(item),
            Self::Hosts => return address::check_hosts(item),
            Self::HostPatterns => return each(item, "a list of names of hosts", address::check_pattern),
            Self::Tags => return check_tags(item),
            Self::Words(words) => return each(item, "a list of strings", |item| check_word(item, words)),
            Self::Word(words) => return check_word(item, words),
            Self::Texts => return each(item, "a list of strings", |item| Self::Text.check(item)),
            Self::TextTable => return members(item, |item| Self::Text.check(item)),
            Self::Table => item.as_table().is_some(),
            Self::Anything => true,
            Self::Stages => return each(item, "a list of { duration, target }", scenario::check_stage),
            Self::Networks => return each(item, "a list of networks", address::check_network),
            Self::TrendStatistics => return each(item, "a list of statistics", statistics::check_asked),
            Self::Thresholds => return threshold::check_table(item),
            Self::ThresholdList => return threshold::check_list(None, item),
            Self::Scenarios => return scenario::check_all(item),
            Self::Scenario => return scenario::check_fields(item),
            Self::ScenarioOptions => {
                return transport::check_members(item, &["browser"], |name| self.member(name));
            }
            Self::Dns => return transport::check_dns(item),
            Self::TlsVersion => return transport::check_tls_version(item),
            Self::Certificate => return transport::check_certificate(item),
            Self::Certificates => {
                return each(item, "a list of client certificates", transport::check_certificate);
            }
        };
        if fits { Mistakes::default() } else { wrong(&self.words(), item).into() }
    }

    /// The type of the entry `name` of a table of this type; none where there is no such entry.
    pub fn member(self, name: &str) -> Option<Self> {
        match self {
            Self::TextTable | Self::Tags => Some(Self::Text),
            Self::Hosts => Some(Self::Address),
            Self::Table | Self::Anything => Some(Self::Anything),
            Self::Thresholds => Some(Self::ThresholdList),
            Self::Scenarios => Some(Self::Scenario),
            Self::Scenario => scenario::field_type(None, name),
            Self::ScenarioOptions => (name == "browser").then_some(Self::Table),
            Self::Dns => transport::dns_member(name),
            Self::TlsVersion => transport::tls_version_member(name),
            Self::Certificate => transport::certificate_member(name),
            _ => None,
        }
    }

    /// The type of the elements of a list of this type, where that is one of these types.
    pub(super) fn element(self) -> Option<Self> {
        match self {
            Self::Texts => Some(Self::Text),
            Self::Certificates => Some(Self::Certificate),
            _ => None,
        }
    }

    /// What it expects, in words.
    pub fn words(self) -> String {
        match self {
            Self::Whole(sign) => format!("a whole number{}", sign.words()),
            Self::Duration(sign) => {
                format!("a duration{} such as \"1m30s\", or milliseconds", sign.words())
            }
            Self::LoadDuration => "a duration of at least 1s".into(),
            Self::Truth => "`true` or `false`".into(),
            Self::Text => "a string, or { file = \"…\" }".into(),
            Self::Name => "a string".into(),
            Self::TimeToLive => "a duration such as \"5m\", \"0\" or \"inf\"".into(),
            Self::Word(words) => format!("one of {}", listed(words)),
            Self::Words(words) if words.len() < 20 => format!("a list of {}", listed(words)),
            Self::Words(_) => "a list of names".into(),
            Self::Texts => "a list of strings".into(),
            Self::HostPatterns => "a list of names of hosts".into(),
            Self::Networks => "a list of networks such as \"10.0.0.0/8\"".into(),
            Self::TrendStatistics => "a list of avg, min, med, max, count, p(0) to p(100)".into(),
            Self::Stages => "a list of { duration, target }".into(),
            Self::Certificates => "a list of { cert, key, password, domains }".into(),
            Self::TlsVersion => "a version such as \"tls1.3\", or { min, max }".into(),
            Self::Dns => "a table of ttl, select and policy".into(),
            Self::Segment => "a part such as \"0:1/4\"".into(),
            Self::SegmentSequence => "rising shares such as \"0,1/4,1/2,1\"".into(),
            Self::Hosts => "a table of addresses by host".into(),
            Self::TextTable | Self::Tags => "a table of strings".into(),
            Self::Thresholds => "a table of lists such as [\"p(95)<200\"]".into(),
            Self::Scenarios => "a table of scenarios".into(),
            Self::Anything => "anything".into(),
            _ => "a table".into(),
        }
    }
}

pub(super) fn each(item: &Item, what: &str, check: impl Fn(&Item) -> Mistakes) -> Mistakes {
    let Some(items) = item.as_list() else { return wrong(what, item).into() };
    let mut mistakes = Mistakes::default();
    for item in items {
        mistakes.extend(check(item));
    }
    mistakes
}

fn members(item: &Item, check: impl Fn(&Item) -> Mistakes) -> Mistakes {
    let Some(table) = item.as_table() else { return wrong("a table", item).into() };
    let mut mistakes = Mistakes::default();
    for entry in table.values() {
        mistakes.extend(check(&entry.item));
    }
    mistakes
}

fn listed(words: &[&str]) -> String {
    words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(", ")
}

fn check_tags(item: &Item) -> Mistakes {
    let mut mistakes = OptionType::TextTable.check(item);
    if let Some(entry) = item.as_table().and_then(|table| table.get("")) {
        mistakes.push(Mistake::at(&entry.key, "a tag needs a name: k6 crashes on one without"));
    }
    mistakes
}

/// Checks of types on tables that are read key by key.
pub(super) trait Checked {
    /// Checks the value under `key`, if there is one.
    fn checked(&mut self, key: &'static str, expected: OptionType);
}

impl Checked for Fields<'_> {
    fn checked(&mut self, key: &'static str, expected: OptionType) {
        if let Some(item) = self.item(key) {
            self.mistakes.extend(expected.check(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::base::document::read_json;
    use crate::base::source::Source;
    use crate::spec::options::check_table;

    fn check(options: &str) -> String {
        let source = Arc::new(Source { path: "x.json".into(), text: format!("{{{options}}}") });
        let document = read_json(&source).expect("JSON");
        check_table(document.as_table().expect("an object")).to_string()
    }

    /// Each was given to `k6 inspect --execution-requirements` of 0.57.0 and 1.1.0, with exit 0.
    #[test]
    fn what_k6_accepts_is_not_refused() {
        for options in [
            r#""vus": "10", "duration": "1s""#,
            r#""vus": 10.0, "duration": 1000"#,
            r#""vus": 1, "duration": "1000", "iterations": """#,
            r#""setupTimeout": "1d2h", "teardownTimeout": 0, "minIterationDuration": "-1s""#,
            r#""rps": -1, "batch": "5", "throw": null"#,
            r#""stages": [], "hosts": {"a.com:443": "1.2.3.4:8443", "*.b": "::1"}"#,
            r#""stages": [{"duration": "0s", "target": "5"}, {"duration": 500, "target": 0}]"#,
            r#""tags": {"a": "b"}, "ext": {"x": 1}, "cloud": "x", "systemTags": ["none"]"#,
            r#""dns": {"ttl": "5", "select": "roundRobin", "policy": "any"}, "tlsVersion": "tls1.2""#,
            r#""tlsVersion": {"min": "tls1.2"}, "summaryTrendStats": ["count", "p(99.99)", "p(0)"]"#,
            r#""blacklistIPs": ["10.0.0.0/8", "::/0"], "executionSegment": "0:1/4", "httpDebug": "full""#,
            r#""thresholds": {"http_req_duration{a:b}": [" p(95) <= 200 ", {"threshold": "avg===.5", "abortOnFail": true, "delayAbortEval": 10}]}"#,
            r#""thresholds": {"own": ["rate>1e3", "value!=-3", "p(99.9)<5"], "checks": [], "vus": null}"#,
            r#""scenarios": {"a-b_1": {"executor": "constant-vus", "vus": "5", "duration": 2000, "gracefulStop": 0, "exec": "other", "env": {"A": "x"}, "options": {"browser": {"type": "chromium"}}}}"#,
            r#""scenarios": {"a": {"executor": "ramping-vus", "startVUs": 0, "gracefulRampDown": "-1s", "stages": [{"duration": "500ms", "target": 3}]}}"#,
            r#""scenarios": {"a": {"executor": "externally-controlled", "vus": 0, "maxVUs": 0, "duration": 0}}"#,
            r#""scenarios": {"a": {"executor": "constant-arrival-rate", "rate": "5", "timeUnit": "1", "duration": "1d", "preAllocatedVUs": 0}}"#,
        ] {
            assert_eq!(check(options), "", "{options}");
        }
    }

    /// Each was refused by both with exit 104, or accepted and then ignored.
    #[test]
    fn what_k6_refuses_or_ignores_is_shown() {
        for (options, fragment) in [
            (r#""vus": "abc""#, "expected a whole number of at least 0, found \"abc\""),
            (r#""vus": 1.5"#, "found 1.5"),
            (r#""vus": -1"#, "found -1"),
            (r#""vus": true"#, "found true"),
            (r#""iterations": 0"#, "a whole number above 0"),
            (r#""duration": "500ms""#, "a duration of at least 1s"),
            (r#""duration": "10""#, "a duration of at least 1s"),
            (r#""setupTimeout": "0s""#, "a duration above 0"),
            (r#""setupTimeout": "1 s""#, "a duration above 0"),
            (r#""throw": "true""#, "expected `true` or `false`"),
            (r#""userAgent": 1"#, "expected a string"),
            (r#""tags": {"a": 1}"#, "found 1"),
            (r#""hosts": []"#, "expected a table"),
            (r#""systemTags": "status,url""#, "expected a list of strings"),
            (r#""stages": [{"duration": "1s"}]"#, "the stage has no `target`"),
            (r#""stages": [{"duration": "1s", "target": -1}]"#, "of at least 0, found -1"),
            (r#""stages": [{"duration": "1s", "target": 1, "targt": 1}]"#, "did you mean `target`?"),
            (r#""stages": "1s:5""#, "expected a list of { duration, target }"),
            (r#""blacklistIPs": ["10.0.0.1"]"#, "a network such as"),
            (r#""summaryTrendStats": ["p99"]"#, "k6 writes it `p(99)`"),
            (r#""summaryTrendStats": ["p(101)"]"#, "p(0) to p(100)"),
            (r#""dns": {"select": "frist"}"#, "did you mean `first`?"),
            (r#""dns": {"tll": "1m"}"#, "did you mean `ttl`?"),
            (r#""tlsVersion": {"min": "TLS1.2"}"#, "one of tls1.0"),
            (r#""thresholds": {"checks": "rate>0.5"}"#, "expected a list of thresholds"),
            (r#""thresholds": {"checks": ["value>0.5"]}"#, "a rate has no `value` in thresholds"),
            (r#""thresholds": {"http_req_duration": ["p95<200"]}"#, "k6 writes it `p(95)`"),
            (r#""thresholds": {"http_req_duration": ["p(95)<200ms"]}"#, "`200ms` is no number"),
            (r#""thresholds": {"http_req_duration": ["p(95)=5"]}"#, "a threshold such as"),
            (r#""thresholds": {"http_req_duration": ["count>0"]}"#, "a trend has no `count`"),
            (r#""thresholds": {"checks": [{"abortOnFail": true}]}"#, "`threshold` is missing"),
            (
                r#""thresholds": {"checks": [{"threshold": "rate>1", "abortOnFai": true}]}"#,
                "did you mean `abortOnFail`?",
            ),
            (r#""thresholds": {"checks{a:b": ["rate>1"]}"#, "unmatched braces"),
            (r#""scenarios": {"a b": {"executor": "constant-vus"}}"#, "cannot be a scenario's name"),
            (r#""scenarios": {"a": {"executor": "constant-vu"}}"#, "did you mean `constant-vus`?"),
            (
                r#""scenarios": {"a": {"executor": "constant-vus", "durations": "5s"}}"#,
                "did you mean `duration`?",
            ),
            (r#""scenarios": {"a": {"executor": "constant-vus", "duration": "500ms"}}"#, "at least 1s"),
            (r#""scenarios": {"a": {"executor": "constant-vus", "vus": 0}}"#, "above 0, found 0"),
            (r#""scenarios": {"a": {"rate": 1.5}}"#, "found 1.5"),
            (r#""scenarios": {"a": {"exec": ""}}"#, "the name of an exported function"),
            (r#""scenarios": {"a": {"env": {"A": 1}}}"#, "found 1"),
            (r#""scenarios": {"a": {"options": {"brower": {}}}}"#, "did you mean `browser`?"),
            (r#""scenarios": []"#, "a table of scenarios"),
            (r#""vuss": 1"#, "did you mean `vus`?"),
        ] {
            let message = check(options);
            assert!(message.contains(fragment) && message.contains("x.json:1:"), "{options}: {message}");
        }
    }
}
