//! What watching costs, measured on this machine: k6 makes the same load unwatched and in every way that it
//! can be watched, in rounds in which each has its turn.
//!
//! Two loads, because one cannot show both. At saturation a closed model has every virtual user send at once
//! again, so that what watching costs k6 is taken from its throughput; latency says the same there, for it is the
//! number of users over the throughput. Below saturation, at a constant rate, throughput is given, and latency
//! shows what a run of a suite would.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::ExecuteError;
use super::load_lock::lock_load;
use super::observer_load::{Made, closed, make, open, single};
use super::observer_step::{ObserverPrices, ObserverStep, SCHEMA};
use super::observer_ways::{Sent, Way};
use crate::base::address::Address;
use crate::base::capture::Supervision;
use crate::base::digest::Digest;
use crate::base::environment::Environment;
use crate::k6::K6;
use crate::manifest::{Probe, Ready, Target, Workspace};
use crate::result::{Observed, prices, too_few_samples};

/// The share of the saturated throughput at which latencies are measured.
const BELOW_SATURATION: f64 = 0.2;

/// What a load takes beyond its duration: starting k6, and its summary.
const BESIDES: Duration = Duration::from_millis(300);

/// What is measured, and with what.
pub struct Observing<'a> {
    /// What is loaded.
    pub address: &'a Address,
    /// The load generator.
    pub k6: &'a K6,
    /// How often each way has its turn.
    pub rounds: u32,
    /// How long each load lasts.
    pub duration: Duration,
    /// How many virtual users saturate.
    pub vus: u32,
    /// Requests per second below saturation; none: a fifth of what saturation shows.
    pub rate: Option<u32>,
    /// What the order within each round is drawn by.
    pub seed: u32,
    /// For k6.
    pub environment: &'a Environment,
    /// Its guard, and the user's signals.
    pub supervision: &'a Supervision,
    /// The lock of this host's load generator.
    pub load_lock: &'a Path,
    /// Whether a load of somebody else on this host is an error and not waited for.
    pub no_wait: bool,
    /// Whether its host is shared, and where it sends what is sent on.
    pub workspace: &'a Workspace,
}

/// Refuses the address of a protected target that is not among `allow`.
pub fn check_observed(
    workspace: &Workspace,
    address: &Address,
    allow: &[String],
) -> Result<(), ExecuteError> {
    let is_refused = |target: &&Target| target.protected && !allow.contains(&target.name);
    let mut refused = workspace.targets.values().filter(is_refused);
    let found = refused.find(|target| addresses(target).any(|other| address.is_server_of(other)));
    found.map_or(Ok(()), |target| Err(ExecuteError::Protected(target.name.clone())))
}

/// All addresses by which the manifest knows a target.
fn addresses(target: &Target) -> impl Iterator<Item = &str> {
    let ready = target.ready.iter().map(|ready| match ready {
        Ready::Http(address) | Ready::Tcp(address) | Ready::Grpc(address) => address.as_str(),
    });
    let identity = target.identity.iter().filter_map(|probe| match probe {
        Probe::Http { url, .. } => Some(url.as_str()),
        Probe::Command(_) | Probe::File(_) => None,
    });
    target.base_url.as_deref().into_iter().chain(ready).chain(identity)
}

/// Measures what every way of watching costs; takes the load lock of this host for as long.
pub fn measure_observer(
    observing: &Observing<'_>,
    tell: &mut dyn FnMut(ObserverStep),
) -> Result<ObserverPrices, ExecuteError> {
    let holder = format!("process {}, doctor --observer", std::process::id());
    let interrupt = &observing.supervision.interrupt;
    let mut is_told = false;
    let _load = lock_load(observing.load_lock, &holder, observing.no_wait, interrupt, &mut |other| {
        if !std::mem::replace(&mut is_told, true) {
            let text = format!("waiting for the load of {other} on this host");
            tell(ObserverStep::Preparing { text });
        }
    })?;
    let temporary = std::env::temp_dir();
    let scratch = tempfile::Builder::new().prefix("howitzer-observer-").tempdir();
    let scratch = scratch.map_err(crate::base::files::told("create a folder in", &temporary))?;
    let sent = Sent::start(observing.workspace, observing.environment, interrupt)?;
    let mut measurement = Measurement {
        observing,
        sent: &sent,
        scratch: scratch.path(),
        ways: vec![Way::Unwatched],
        rate: 1,
        loads: Vec::new(),
        tell,
    };
    measurement.find_ways()?;
    measurement.saturate()?;
    let rounds =
        (1..=observing.rounds).map(|round| measurement.round(round)).collect::<Result<Vec<_>, _>>()?;
    Ok(measurement.finish(&rounds))
}

/// A measurement under way.
struct Measurement<'m> {
    observing: &'m Observing<'m>,
    sent: &'m Sent,
    scratch: &'m Path,
    /// Unwatched first.
    ways: Vec<Way>,
    rate: u32,
    /// The doubts of each load.
    loads: Vec<Vec<String>>,
    tell: &'m mut dyn FnMut(ObserverStep),
}

impl Measurement<'_> {
    /// Sends one request in each way: whether there is an answer, and which ways this k6 has.
    fn find_ways(&mut self) -> Result<(), ExecuteError> {
        for way in Way::ALL {
            match make(self.observing, self.sent, self.scratch, way, &single(), Duration::ZERO)? {
                Some(Made { complaint: Some(why), .. }) => {
                    return Err(ExecuteError::NoObserverLoad {
                        url: self.observing.address.shown().to_owned(),
                        why,
                    });
                }
                Some(_) if way != Way::Unwatched => self.ways.push(way),
                Some(_) => {}
                None => {
                    let text = format!("this k6 cannot be watched by `{}`: it is left out", way.word());
                    (self.tell)(ObserverStep::Note { text });
                }
            }
        }
        Ok(())
    }

    /// Warms the target up, and learns what saturates it.
    fn saturate(&mut self) -> Result<(), ExecuteError> {
        let Observing { address, k6, rounds, duration, vus, seed, .. } = *self.observing;
        let ways: Vec<&str> = self.ways.iter().map(|way| way.word()).collect();
        let turns = f64::from(rounds) * ways.len() as f64;
        // Two loads a turn, and one of a single request.
        let lasting = duration.as_secs_f64() * (1.0 + 2.0 * turns);
        (self.tell)(ObserverStep::ObserverStarted {
            schema: SCHEMA,
            url: address.shown().to_owned(),
            k6: k6.line.clone(),
            ways,
            sent_to: self.sent.told(&self.ways),
            rounds,
            vus,
            duration_seconds: duration.as_secs_f64(),
            seed,
            estimate_seconds: lasting + BESIDES.as_secs_f64() * (1.0 + 3.0 * turns),
        });
        let made = self.load(Way::Unwatched, &closed(vus, duration))?;
        let requests_per_second = made.measured.statistic("http_reqs", "rate").unwrap_or_default();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, and is positive"
        )]
        let below = (requests_per_second * BELOW_SATURATION).max(1.0) as u32;
        self.rate = self.observing.rate.unwrap_or(below);
        (self.tell)(ObserverStep::ObserverSaturated { requests_per_second, rate: self.rate });
        if f64::from(self.rate) > requests_per_second {
            let text =
                "the rate is above saturation: latencies show queues, and little of what watching costs";
            (self.tell)(ObserverStep::Note { text: text.to_owned() });
        }
        self.check_samples();
        Ok(())
    }

    fn check_samples(&mut self) {
        let samples = f64::from(self.rate) * self.observing.duration.as_secs_f64();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, and is positive"
        )]
        let is_short = |percent: f64| too_few_samples(samples as u64, percent);
        if let Some(percent) = [95.0, 99.0].into_iter().find(|percent| is_short(*percent)) {
            let text = format!(
                "{samples:.0} requests a load are too few for p{percent}; a longer `--duration` makes more"
            );
            (self.tell)(ObserverStep::Note { text });
        }
    }

    fn load(&mut self, way: Way, scenario: &Value) -> Result<Made, ExecuteError> {
        let made = make(self.observing, self.sent, self.scratch, way, scenario, self.observing.duration)?;
        made.ok_or_else(|| ExecuteError::NoObserverLoad {
            url: self.observing.address.shown().to_owned(),
            why: format!("k6 could be watched by `{}` before, and cannot any longer", way.word()),
        })
    }

    /// Each way once at saturation, then each once below it, in an order of the round's own.
    fn round(&mut self, round: u32) -> Result<Vec<Observed>, ExecuteError> {
        let Observing { duration, vus, seed, .. } = *self.observing;
        let mut seen = vec![Observed::default(); self.ways.len()];
        for saturated in [true, false] {
            for place in order(self.ways.len(), seed, round, saturated) {
                let way = self.ways[place];
                let scenario = if saturated { closed(vus, duration) } else { open(self.rate, vus, duration) };
                let made = self.load(way, &scenario)?;
                let requests = made.measured.statistic("http_reqs", "count").unwrap_or_default();
                if saturated {
                    seen[place].requests_per_second = made.measured.statistic("http_reqs", "rate");
                    seen[place].cpu_us_per_request = self.cpu_us(way, made.cpu_seconds, requests)?;
                } else {
                    seen[place].p95_ms = made.measured.statistic("http_req_duration", "p95");
                    seen[place].p99_ms = made.measured.statistic("http_req_duration", "p99");
                }
                self.loads.push(made.doubts.clone());
                let (way, doubts) = (way.word(), made.doubts);
                (self.tell)(ObserverStep::ObserverLoaded { round, way, saturated, requests, doubts });
            }
        }
        Ok(seen)
    }

    /// What a request costs beyond the first: k6's start and the end of its summary, which a short load would
    /// weigh more than a long one does, are those of a load of one request, made in the same round.
    fn cpu_us(&self, way: Way, cpu_seconds: Option<f64>, requests: f64) -> Result<Option<f64>, ExecuteError> {
        let alone = make(self.observing, self.sent, self.scratch, way, &single(), Duration::ZERO)?;
        let alone = alone.and_then(|made| made.cpu_seconds);
        let cost = cpu_seconds.zip(alone).map(|(all, alone)| (all - alone) * 1e6 / (requests - 1.0));
        Ok(cost.filter(|cost| cost.is_finite() && *cost > 0.0))
    }

    fn finish(&self, rounds: &[Vec<Observed>]) -> ObserverPrices {
        let ways: Vec<&str> = self.ways.iter().map(|way| way.word()).collect();
        ObserverPrices {
            vus: self.observing.vus,
            rate: self.rate,
            prices: prices(&ways, rounds),
            loads: self.loads.len(),
            doubted: self.loads.iter().filter(|doubts| !doubts.is_empty()).count(),
            doubts: counted_doubts(&self.loads),
        }
    }
}

/// The order of a round: drawn by the seed, so that no way always follows the same one.
fn order(ways: usize, seed: u32, round: u32, saturated: bool) -> Vec<usize> {
    let mut places: Vec<usize> = (0..ways).collect();
    places.sort_by_cached_key(|place| Digest::of(format!("{seed} {round} {saturated} {place}").as_bytes()));
    places
}

/// Doubts that differ in their figures only are one; the first load's figures stand for all.
fn counted_doubts(loads: &[Vec<String>]) -> Vec<(String, usize)> {
    let form =
        |doubt: &str| doubt.replace(|character: char| character.is_ascii_digit() || character == '.', "");
    let mut counted: Vec<(String, usize)> = Vec::new();
    for doubt in loads.iter().flatten() {
        match counted.iter_mut().find(|(known, _)| form(known) == form(doubt)) {
            Some((_, count)) => *count += 1,
            None => counted.push((doubt.clone(), 1)),
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_one_turn_a_round_and_a_seed_gives_its_order_again() {
        let mut seen = std::collections::BTreeSet::new();
        for round in 1..=30 {
            let drawn = order(3, 7, round, true);
            assert_eq!(drawn, order(3, 7, round, true));
            let mut sorted = drawn.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2]);
            seen.insert(drawn);
        }
        assert_eq!(seen.len(), 6, "thirty rounds draw every order of three");
    }

    #[test]
    fn doubts_that_differ_in_figures_only_are_counted_together() {
        let loads = [vec!["others used 60 %".to_owned()], vec![], vec!["others used 7 %".into(), "x".into()]];
        assert_eq!(counted_doubts(&loads), [("others used 60 %".to_owned(), 2), ("x".to_owned(), 1)]);
    }
}
