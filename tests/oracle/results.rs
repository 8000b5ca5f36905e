//! What the outputs say against what the oracle knows: numbers that are those of the inputs of now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::cases::Case;
use crate::drive::{Request, Run, Said};
use crate::fake::{Numbers, of_file};
use crate::oracle::{Oracle, State, digest};
use crate::play::Play;
use crate::verdict::Verdict;
use crate::world::{Age, Probe, Suite, World};

impl Play {
    /// Learns what only the store knows of new results: their keys, when they ended, which blobs they need.
    pub(crate) fn learn(&mut self, request: &Request, said: &Said, serials: &BTreeMap<Run, u64>) {
        for suite in request.suites(&self.world).cloned().collect::<Vec<_>>() {
            let results = self.results(&suite, said);
            for ((case, trial), entry) in suite.runs().iter().zip(entries(&results)) {
                let description = self.world.description(&suite, case, *trial);
                let key = entry["key"].as_str().unwrap_or_default().to_owned();
                self.check_key(&description, &key, said);
                self.oracle.keys.insert(description.clone(), key.clone());
                self.learn_record(&description, &key, said);
                let run = (suite.name.clone(), case.id.clone(), *trial);
                let newest = self.oracle.records.get(&description).and_then(|record| record.attempts.last());
                let (Some(serial), Some(newest)) = (serials.get(&run), newest) else { continue };
                // Two suites may have tried the same in vain.
                let same = newest.serial == *serial
                    || newest.verdict == Verdict::Failed
                    || newest.verdict == Verdict::Invalid;
                self.check(same, said, || {
                    format!("{run:?} is kept with run {}, not {serial}", newest.serial)
                });
            }
        }
        self.sync(false);
    }

    /// One description has one key, and one key one description.
    fn check_key(&self, description: &str, key: &str, said: &Said) {
        let known = self.oracle.keys.get(description);
        self.check(known.is_none_or(|known| known == key), said, || {
            format!("another key than before for the same\n{description}")
        });
        if known.is_none() {
            let twin = self.oracle.keys.iter().find(|(_, other)| *other == key);
            self.check(twin.is_none(), said, || {
                format!("one key for\n{description}\nand for\n{}", twin.map_or("", |(twin, _)| twin))
            });
        }
    }

    fn learn_record(&mut self, description: &str, key: &str, said: &Said) {
        let Some(mut record) = self.oracle.records.remove(description) else { return };
        if !record.is_damaged && record.attempts.iter().any(|attempt| !attempt.is_learned) {
            let stored = self.read_record(key);
            self.check(stored.is_some(), said, || format!("no record of\n{description}"));
            let stored = stored.unwrap_or_default();
            let attempts = stored["attempts"].as_array().cloned().unwrap_or_default();
            for (known, attempt) in record.attempts.iter_mut().rev().zip(attempts.iter().rev()) {
                if known.is_learned {
                    continue;
                }
                let verdict = attempt["verdict"].as_str().and_then(Verdict::read);
                self.check(verdict == Some(known.verdict), said, || {
                    format!("stored as {verdict:?} instead of {:?}:\n{description}", known.verdict)
                });
                let outputs = attempt["outputs"].as_object().cloned().unwrap_or_default();
                let outputs: BTreeMap<&str, &str> = outputs
                    .iter()
                    .filter_map(|(name, digest)| Some((name.as_str(), digest.as_str()?)))
                    .collect();
                if let Some(summary) = outputs.get("summary") {
                    let text = self.space.read(&blob_path(summary)).unwrap_or_default();
                    let summary_json: Value = serde_json::from_str(&text).unwrap_or_default();
                    known.serial = summary_json["metrics"]["serial"]["value"].as_u64().unwrap_or_default();
                    known.outputs.insert((*summary).to_owned());
                    known.shown.insert((*summary).to_owned());
                    self.oracle.blobs.insert((*summary).to_owned(), true);
                }
                let all: BTreeSet<String> = outputs.values().map(|digest| (*digest).to_owned()).collect();
                if known.verdict == Verdict::Interrupted {
                    // How far it came is a matter of milliseconds.
                    let hidden = ["script", "stdout"];
                    let shown = outputs.iter().filter(|(name, _)| !hidden.contains(*name));
                    known.shown = shown.map(|(_, digest)| (*digest).to_owned()).collect();
                    known.outputs.clone_from(&all);
                    self.oracle.blobs.extend(all.iter().map(|digest| (digest.clone(), true)));
                }
                self.check(all == known.outputs, said, || {
                    format!("{outputs:?} is stored instead of {:?} for\n{description}", known.outputs)
                });
                known.ended = milliseconds(&attempt["ended"]);
                known.is_learned = true;
            }
        }
        self.oracle.records.insert(description.to_owned(), record);
    }

    /// A record's JSON, if it is whole.
    pub(crate) fn read_record(&self, key: &str) -> Option<Value> {
        let text = self.space.read(&record_path(key))?;
        let (sum, body) = text.split_once('\n')?;
        (digest(body.as_bytes()) == sum).then(|| serde_json::from_str(body).ok()).flatten()
    }

    /// Takes over what howitzer noticed of damage: always for what is damaged, and for `all` blobs after a
    /// build that was killed.
    pub(crate) fn sync(&mut self, all: bool) {
        let Oracle { records, blobs, keys } = &mut self.oracle;
        if all {
            let outputs = records.values().flat_map(|record| &record.attempts);
            let known: BTreeSet<String> = outputs.flat_map(|attempt| &attempt.outputs).cloned().collect();
            for digest in known {
                blobs.entry(digest).or_insert(false);
            }
        }
        blobs.retain(|digest, is_good| {
            if *is_good && !all {
                return true;
            }
            let bytes = fs::read(self.space.path(&blob_path(digest)));
            *is_good = bytes.as_ref().is_ok_and(|bytes| self::digest(bytes) == *digest);
            bytes.is_ok()
        });
        records.retain(|description, record| {
            let path = keys.get(description).map(|key| self.space.path(&record_path(key)));
            !record.is_damaged || path.is_some_and(|path| path.exists())
        });
    }

    fn results(&self, suite: &Suite, said: &Said) -> Value {
        let text = self.space.read(&format!("out/{}/results.json", suite.name)).unwrap_or_default();
        let results = serde_json::from_str(&text);
        self.check(results.is_ok(), said, || format!("no results.json of {}", suite.name));
        results.unwrap_or_default()
    }

    /// Every case and trial stands in the results, with the state and the numbers that it must have.
    pub(crate) fn look_at_results(&self, request: &Request, said: &Said) {
        for suite in request.suites(&self.world) {
            let results = self.results(suite, said);
            let listed: Vec<(String, u64)> = entries(&results)
                .map(|entry| {
                    (
                        entry["case"].as_str().unwrap_or_default().to_owned(),
                        entry["trial"].as_u64().unwrap_or_default(),
                    )
                })
                .collect();
            let runs = suite.runs();
            let expected: Vec<(String, u64)> =
                runs.iter().map(|(case, trial)| (case.id.clone(), u64::from(*trial))).collect();
            self.check(listed == expected, said, || format!("results of {listed:?} instead of {expected:?}"));
            let mut numbers = numbers(&results);
            for ((case, trial), entry) in runs.iter().zip(entries(&results)) {
                let found = numbers.remove(&(case.id.clone(), u64::from(*trial))).unwrap_or_default();
                self.look_at(suite, case, *trial, (entry, &found), said);
            }
        }
    }

    fn look_at(
        &self,
        suite: &Suite,
        case: &Case,
        trial: u32,
        (entry, numbers): (&Value, &Numbers),
        said: &Said,
    ) {
        let test = &suite.tests[case.test];
        let what = || format!("{}, {}@{trial}: {entry}", suite.name, case.id);
        let script = self.world.script(suite, case);
        let rendered = self.space.read(&format!("out/{}/render/{}.js", suite.name, case.id));
        self.check(rendered.as_ref() == Some(&script), said, || {
            format!("{}: {rendered:?} is rendered instead of\n{script}", what())
        });
        let state = entry["state"].as_str().unwrap_or_default();
        if test.max_age.or(suite.max_age) == Some(Age::Millisecond) {
            // What ran in a build is current in its outputs, and expired in whatever comes after it.
            let ran = said.begun.iter().any(|(run, _)| *run == (suite.name.clone(), case.id.clone(), trial));
            let counts = Verdict::of(case.fields.mode).is_reusable(test.allows_invalid);
            self.check(!(ran && counts) || state == "current", said, || format!("not current: {}", what()));
            return;
        }
        match self.oracle.state(&self.world, suite, case, trial) {
            State::Fresh(verdict, serial) => {
                self.check(state == "current", said, || format!("not current: {}", what()));
                let stored = entry["verdict"].as_str().and_then(Verdict::read);
                let k6 = entry["k6"] == self.world.k6_line() && entry["host"] == self.world.class_name();
                self.check(stored == Some(verdict) && k6, said, || format!("not {verdict:?}: {}", what()));
                for (name, value) in self.expected_numbers(suite, case, serial) {
                    let found = numbers.get(&name).copied();
                    let same = found.map(f64::to_bits) == Some(value.to_bits());
                    self.check(same, said, || {
                        format!("{name:?} is {found:?} instead of {value}: {}", what())
                    });
                }
                let files = numbers.keys().filter(|(name, _)| name.contains('/')).count();
                let inputs = self.world.inputs(case).len();
                self.check(files == 2 * inputs, said, || {
                    format!("{inputs} inputs, but {numbers:?}: {}", what())
                });
            }
            State::Stale(why) => {
                self.check(state != "current", said, || format!("current, but {why:?}: {}", what()));
                let description = self.world.description(suite, case, trial);
                let record = self.oracle.records.get(&description);
                let failed = record.is_some_and(|record| {
                    record.attempts.iter().any(|attempt| !attempt.verdict.is_measured())
                });
                self.check(state != "failed" || failed, said, || format!("failed, but {why:?}: {}", what()));
            }
        }
    }

    /// What the fake measures with the inputs and the surroundings of now.
    fn expected_numbers(&self, suite: &Suite, case: &Case, serial: u64) -> Numbers {
        let World { targets, .. } = &self.world;
        let mut numbers: Numbers = of_file("script", &self.world.script(suite, case)).into();
        for (path, text) in self.world.inputs(case) {
            numbers.extend(of_file(&path, &text));
        }
        let mut gauge =
            |name: &str, value: u32| numbers.insert((name.to_owned(), "value".to_owned()), f64::from(value));
        for (name, value) in self.world.environment(case) {
            gauge(name, value);
        }
        let target = case.fields.target.as_ref().filter(|name| targets[*name].probe != Probe::None);
        if let Some(name) = target {
            gauge(name, targets[name].answer);
        }
        if suite.tests[case.test].set_up.is_some() {
            gauge("replicas", case.fields.replicas);
        }
        gauge("serial", u32::try_from(serial).expect("small"));
        numbers
    }
}

fn entries(results: &Value) -> impl Iterator<Item = &Value> {
    results["cases"].as_array().into_iter().flatten()
}

/// The numbers of every case and trial.
fn numbers(results: &Value) -> BTreeMap<(String, u64), Numbers> {
    let mut all: BTreeMap<(String, u64), Numbers> = BTreeMap::new();
    for row in results["rows"].as_array().into_iter().flatten() {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let trial = row["trial"].as_u64().unwrap_or_default();
        if let Some(value) = row["value"].as_f64() {
            all.entry((text("case"), trial)).or_default().insert((text("metric"), text("statistic")), value);
        }
    }
    all
}

pub(crate) fn blob_path(digest: &str) -> String {
    format!(".howitzer/v1/blobs/{}/{digest}", &digest[..2])
}

pub(crate) fn record_path(key: &str) -> String {
    format!(".howitzer/v1/records/{}/{key}", &key[..2])
}

fn milliseconds(value: &Value) -> i64 {
    let timestamp: jiff::Timestamp = value.as_str().unwrap_or_default().parse().expect("a time");
    timestamp.as_millisecond()
}
