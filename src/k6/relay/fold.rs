//! The latest value of every series that is sent on: k6's series whose labels became one are added up.

use rustc_hash::FxHashMap;
use std::hash::{Hash as _, Hasher as _};

use super::labels::{Labelling, Labels};
use crate::result::{Histogram, Sample, SampleValue};

/// Counts the requests whose share `k6_http_req_failed_rate` is of.
const REQUESTS: &str = "k6_http_reqs_total";

/// All series of a run, as they stand.
pub(super) struct Folding {
    labelling: Labelling,
    /// k6's series by the digest of metric and labels.
    sent: FxHashMap<u64, Sent>,
    groups: Vec<Group>,
    by_name: FxHashMap<(String, Labels), usize>,
}

/// What a series of k6's said last.
struct Sent {
    group: usize,
    value: SampleValue,
    /// What it counts for in a share.
    weight: f64,
}

/// A series that is sent on.
struct Group {
    metric: String,
    labels: Labels,
    members: usize,
    /// The time of the latest value, and of what was last handed out.
    at_ms: i64,
    sent_ms: Option<i64>,
    value: SampleValue,
    /// Of a share: the weights of its members.
    weight: f64,
    /// Whether it was not sent yet as it stands.
    is_new: bool,
}

impl Folding {
    pub(super) fn new(labelling: Labelling) -> Self {
        Self { labelling, sent: FxHashMap::default(), groups: Vec::new(), by_name: FxHashMap::default() }
    }

    /// Takes in one post. Shares come last: what they are shares of stands in the same post.
    pub(super) fn take(&mut self, mut samples: Vec<Sample>) {
        samples.sort_by_key(|sample| is_share(&sample.metric));
        for sample in samples {
            self.one(sample);
        }
    }

    fn one(&mut self, sample: Sample) {
        let key = digest(&sample.metric, &sample.labels);
        let weight = if is_share(&sample.metric) { self.weight(&sample.labels) } else { 0.0 };
        let group = match self.sent.get(&key) {
            Some(sent) => sent.group,
            None => self.group(&sample),
        };
        let before = self.sent.insert(key, Sent { group, value: sample.value.clone(), weight });
        let group = &mut self.groups[group];
        group.members += usize::from(before.is_none());
        group.at_ms = group.at_ms.max(sample.at_ms);
        // Of several that became one, one that comes in late changes the value and not the time. A Prometheus
        // refuses a second value of a moment, and the whole request with it: what says something new gets a later one.
        let said = group.value.clone();
        group.put(sample.value, weight, before);
        if let Some(sent) = group.sent_ms
            && group.at_ms <= sent
            && group.value != said
        {
            group.at_ms = sent + 1;
        }
        group.is_new = true;
    }

    fn group(&mut self, sample: &Sample) -> usize {
        let labels = self.labelling.of(&sample.labels);
        let next = self.groups.len();
        let index = *self.by_name.entry((sample.metric.clone(), labels.clone())).or_insert(next);
        if index == next {
            let value = match sample.value {
                SampleValue::Number(_) => SampleValue::Number(0.0),
                SampleValue::Histogram(_) => SampleValue::Histogram(Histogram::default()),
            };
            let metric = sample.metric.clone();
            let at_ms = sample.at_ms;
            self.groups.push(Group {
                metric,
                labels,
                members: 0,
                at_ms,
                sent_ms: None,
                value,
                weight: 0.0,
                is_new: true,
            });
        }
        index
    }

    /// How many requests a share is of; 1 where nothing says it.
    fn weight(&self, labels: &[(String, String)]) -> f64 {
        match self.sent.get(&digest(REQUESTS, labels)).map(|sent| &sent.value) {
            Some(SampleValue::Number(requests)) => *requests,
            _ => 1.0,
        }
    }

    /// Every series that changed since the last time.
    pub(super) fn changed(&mut self) -> Vec<Sample> {
        let changed = self.groups.iter_mut().filter(|group| group.is_new);
        changed
            .map(|group| {
                group.is_new = false;
                group.sent_ms = Some(group.at_ms);
                group.sample()
            })
            .collect()
    }

    /// Every series as it stands.
    pub(super) fn all(&self) -> Vec<Sample> {
        self.groups.iter().map(Group::sample).collect()
    }

    /// What was not taken has to be sent again.
    pub(super) fn send_again(&mut self) {
        for group in &mut self.groups {
            group.is_new = true;
        }
    }

    /// How many label sets were joined for want of room.
    pub(super) fn folded(&self) -> u64 {
        self.labelling.folded
    }
}

impl Group {
    /// A member says `now` and said `before`.
    fn put(&mut self, now: SampleValue, weight: f64, before: Option<Sent>) {
        match (&mut self.value, now) {
            (SampleValue::Number(total), SampleValue::Number(now)) => {
                if is_share(&self.metric) {
                    let sum = *total * self.weight;
                    let (before, weighed) = before.map_or((0.0, 0.0), |sent| (sent.number(), sent.weight));
                    self.weight += weight - weighed;
                    let sum = sum + now * weight - before * weighed;
                    *total = if self.members == 1 || self.weight <= 0.0 { now } else { sum / self.weight };
                } else if self.metric.ends_with("_total") && self.members > 1 {
                    *total += now - before.map_or(0.0, |sent| sent.number());
                } else {
                    *total = now;
                }
            }
            (SampleValue::Histogram(total), SampleValue::Histogram(now)) => {
                let growth = match before.map(|sent| sent.value) {
                    Some(SampleValue::Histogram(before)) if self.members > 1 => now.since(&before),
                    _ if self.members > 1 => Some(now),
                    _ => {
                        *total = now;
                        return;
                    }
                };
                if let Some(growth) = growth {
                    total.add(&growth);
                }
            }
            // A series that becomes another kind is none of k6's.
            _ => {}
        }
    }

    fn sample(&self) -> Sample {
        let (metric, labels) = (self.metric.clone(), self.labels.clone());
        Sample { metric, labels, at_ms: self.at_ms, value: self.value.clone() }
    }
}

impl Sent {
    fn number(&self) -> f64 {
        if let SampleValue::Number(number) = self.value { number } else { 0.0 }
    }
}

fn is_share(metric: &str) -> bool {
    metric.ends_with("_rate")
}

fn digest(metric: &str, labels: &[(String, String)]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    metric.hash(&mut hasher);
    labels.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::mask::Mask;

    fn sample(metric: &str, url: &str, value: f64) -> Sample {
        let labels = vec![("name".to_owned(), "one".to_owned()), ("url".to_owned(), url.to_owned())];
        Sample { metric: metric.to_owned(), labels, at_ms: 5, value: SampleValue::Number(value) }
    }

    fn values(folding: &mut Folding) -> BTreeMap<String, f64> {
        let number = |sample: Sample| match sample.value {
            SampleValue::Number(number) => (sample.metric, number),
            SampleValue::Histogram(histogram) => (sample.metric, histogram.count() as f64),
        };
        folding.changed().into_iter().map(number).collect()
    }

    #[test]
    fn totals_of_many_addresses_are_added_and_shares_are_weighed() {
        let mut folding = Folding::new(Labelling::new(BTreeMap::new(), Mask::default()));
        folding.take(vec![
            sample("k6_http_req_failed_rate", "a", 1.0),
            sample("k6_http_reqs_total", "a", 10.0),
            sample("k6_http_req_failed_rate", "b", 0.0),
            sample("k6_http_reqs_total", "b", 30.0),
            sample("k6_vus", "a", 3.0),
        ]);
        let first = values(&mut folding);
        assert_eq!((first["k6_http_reqs_total"], first["k6_vus"]), (40.0, 3.0));
        assert!((first["k6_http_req_failed_rate"] - 0.25).abs() < 1e-12, "{first:?}");
        folding
            .take(vec![sample("k6_http_reqs_total", "a", 70.0), sample("k6_http_req_failed_rate", "a", 1.0)]);
        let second = values(&mut folding);
        assert_eq!(second.len(), 2, "only what changed is sent");
        assert!((second["k6_http_reqs_total"] - 100.0).abs() < 1e-12, "{second:?}");
        assert!((second["k6_http_req_failed_rate"] - 0.7).abs() < 1e-12, "{second:?}");
        assert!(values(&mut folding).is_empty());
        folding.send_again();
        assert_eq!(values(&mut folding).len(), 3);
    }

    #[test]
    fn a_value_that_changes_within_a_moment_gets_one_of_its_own() {
        let mut folding = Folding::new(Labelling::new(BTreeMap::new(), Mask::default()));
        let mut sent = |values: &[f64]| {
            folding.take(values.iter().map(|value| sample("k6_http_reqs_total", "a", *value)).collect());
            folding.changed().pop().expect("it is sent").at_ms
        };
        assert_eq!(sent(&[1.0, 2.0]), 5);
        assert_eq!(sent(&[2.0]), 5, "the same once more is the same");
        assert_eq!(sent(&[3.0, 4.0]), 6);
        assert_eq!(sent(&[5.0]), 7);
    }

    #[test]
    fn histograms_of_many_addresses_hold_every_value_once() {
        let mut folding = Folding::new(Labelling::new(BTreeMap::new(), Mask::default()));
        let histogram = |url: &str, count| {
            let histogram = Histogram { schema: 3, positive: vec![(4, count)], ..Histogram::default() };
            Sample {
                value: SampleValue::Histogram(histogram),
                ..sample("k6_http_req_duration_seconds", url, 0.0)
            }
        };
        folding.take(vec![histogram("a", 3), histogram("b", 4)]);
        assert!((values(&mut folding)["k6_http_req_duration_seconds"] - 7.0).abs() < 1e-12);
        folding.take(vec![histogram("a", 13), histogram("c", 1)]);
        assert!((values(&mut folding)["k6_http_req_duration_seconds"] - 18.0).abs() < 1e-12);
    }
}
