//! Prometheus: the final numbers of every result, by remote write, at the time when the run ended. What is sent
//! while a run goes on is the run's own matter.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::taken;
use super::book::Book;
use super::destination::Destination;
use super::error::ExportError;
use super::shipment::{CaseResult, Shipment, TrialResult};
use crate::base::clock::Instant;
use crate::base::environment::Environment;
use crate::base::http::{Access, Client};
use crate::base::interrupt::Interrupt;
use crate::k6::encode_remote_write;
use crate::manifest::PrometheusExport;
use crate::report::numbers;
use crate::result::{Sample, SampleValue};
use crate::target::access;
use crate::target::prometheus::{Prometheus, remote_write_client};

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Of every number of a result.
const NUMBER: &str = "howitzer_result";

/// Of every result, always 1: what else there is to know of it stands in its labels.
const INFO: &str = "howitzer_result_info";

/// Why Prometheus takes no sample that is older than what it has written away already.
const TOO_OLD: &str = "it takes no samples that old unless its `out_of_order_time_window` reaches so far back, and builds do not try again";

/// A Prometheus to which numbers are written.
pub(super) struct PrometheusWriter {
    url: String,
    client: Client,
    /// Where is asked, and with what.
    query: Option<(String, Access)>,
    labels: BTreeMap<String, String>,
}

impl PrometheusWriter {
    pub(super) fn open(
        export: &PrometheusExport,
        root: &Path,
        environment: &Environment,
        interrupt: &Interrupt,
    ) -> Result<Self, ExportError> {
        let allowed = access(&export.endpoint, root, environment)?.stopped_by(interrupt);
        let client =
            remote_write_client(allowed.clone(), LIMIT).map_err(crate::target::EndpointError::from)?;
        Ok(Self {
            url: export.endpoint.url.clone(),
            client,
            query: export.query.clone().map(|base| (base, allowed)),
            labels: export.labels.clone(),
        })
    }

    /// Every number of a result, and the one that tells of it.
    fn samples(&self, shipment: &Shipment<'_>, case: &CaseResult<'_>) -> Vec<Sample> {
        case.trials.iter().flat_map(|trial| self.of_trial(shipment, case, trial)).collect()
    }

    fn of_trial(
        &self,
        shipment: &Shipment<'_>,
        case: &CaseResult<'_>,
        trial: &TrialResult<'_>,
    ) -> Vec<Sample> {
        let attempt = &trial.result.attempt;
        let own = [
            ("suite", shipment.suite.name.as_str()),
            ("case", &case.case.id),
            ("trial", &trial.trial.number.to_string()),
            // The build that measured it, whichever one sends it: live series have the same label.
            ("build", &attempt.build),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shared: BTreeMap<String, String> = self.labels.clone().into_iter().chain(own).collect();
        let sample = |metric: &str, further: BTreeMap<String, String>, value: f64| Sample {
            metric: metric.to_owned(),
            labels: shared.clone().into_iter().chain(further).collect(),
            at_ms: attempt.ended.milliseconds(),
            value: SampleValue::Number(value),
        };
        let mut samples: Vec<Sample> = numbers(&trial.result.measured)
            .map(|number| {
                let further = [
                    ("metric", number.metric),
                    ("statistic", number.statistic),
                    ("scope", number.scope),
                    ("unit", number.unit.as_ref()),
                ]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
                sample(NUMBER, further.into(), number.value)
            })
            .collect();
        samples.push(sample(INFO, info(case, trial), 1.0));
        samples
    }

    fn prometheus(&self) -> Option<Result<(&str, Prometheus), ExportError>> {
        let (base, access) = self.query.as_ref()?;
        let made = Prometheus::new(base, access).map_err(crate::target::EndpointError::from);
        Some(made.map(|prometheus| (base.as_str(), prometheus)).map_err(ExportError::from))
    }
}

/// A refusal that says more than Prometheus itself, where that is known.
fn explained(error: ExportError) -> ExportError {
    match error {
        ExportError::Refused { what, status, said, retry_after } if said.contains("out of bounds") => {
            ExportError::Refused { what, status, said: format!("{said}; {TOO_OLD}"), retry_after }
        }
        other => other,
    }
}

/// What is known of a result beside its numbers.
fn info(case: &CaseResult<'_>, trial: &TrialResult<'_>) -> BTreeMap<String, String> {
    let attempt = &trial.result.attempt;
    let mut info: BTreeMap<String, String> = case
        .case
        .parameters
        .iter()
        .map(|(axis, value)| {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (format!("axis_{}", axis.chars().map(plain).collect::<String>()), value)
        })
        .collect();
    let own = [
        ("test", case.case.test.as_str()),
        ("verdict", attempt.verdict.word()),
        ("k6", &attempt.k6),
        ("host_class", &attempt.host.class),
        ("result", &trial.digest.short()),
    ];
    info.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    info
}

impl Destination for PrometheusWriter {
    fn prepare(&mut self, _: &Shipment<'_>, _: &mut Book<'_>) -> Result<(), ExportError> {
        let Some(asked) = self.prometheus() else { return Ok(()) };
        let (base, prometheus) = asked?;
        let now = Instant::now();
        let answer = prometheus.query_range("vector(1)", now, now);
        answer
            .map(drop)
            .map_err(|why| ExportError::NoAnswer { what: format!("asking {base}"), why: why.to_string() })
    }

    fn send(
        &mut self,
        shipment: &Shipment<'_>,
        case: &CaseResult<'_>,
        book: &mut Book<'_>,
    ) -> Result<(), ExportError> {
        book.begin(case.digest, &case.case.id)?;
        let body = encode_remote_write(&self.samples(shipment, case));
        let answer = self.client.post(&self.url, "application/x-protobuf", &body);
        // Taken is not there: what is there the book says once Prometheus was asked. To write the same once more is
        // no mistake for it.
        taken(&self.client, &format!("POST {}", self.url), answer).map(drop).map_err(explained)
    }

    fn verify(
        &mut self,
        shipment: &Shipment<'_>,
        sent: &[&CaseResult<'_>],
        book: &mut Book<'_>,
    ) -> Result<(), ExportError> {
        let mut note = |case: &CaseResult<'_>| book.sent(case.digest, &case.case.id, "", &self.place());
        // Where nobody can be asked, what was taken counts.
        let Some(asked) = self.prometheus() else {
            return sent.iter().try_for_each(|case| note(case));
        };
        let (base, prometheus) = asked?;
        let trials = || sent.iter().flat_map(|case| case.trials.iter());
        let ends = trials().map(|trial| trial.result.attempt.ended);
        let (Some(first), Some(last)) = (ends.clone().min(), ends.max()) else { return Ok(()) };
        let seconds = last.since(first).as_secs() + 60;
        let suite = json!(shipment.suite.name);
        let query = format!("count by (result) (last_over_time({INFO}{{suite={suite}}}[{seconds}s]))");
        let found = prometheus.query_range(&query, last, last).map_err(|why| ExportError::NoAnswer {
            what: format!("asking {base} for what was sent"),
            why: why.to_string(),
        })?;
        let is_there = |trial: &&TrialResult<'_>| {
            let digest = trial.digest.short();
            found.series.iter().any(|(labels, _)| labels.get("result") == Some(&digest))
        };
        let whole = sent.iter().filter(|case| case.trials.iter().all(|trial| is_there(&trial)));
        whole.into_iter().try_for_each(|case| note(case))?;
        let missing: Vec<&TrialResult<'_>> = trials().filter(|trial| !is_there(trial)).collect();
        let Some(one) = missing.first() else { return Ok(()) };
        let first = sent
            .iter()
            .find(|case| case.trials.iter().any(|trial| trial.digest == one.digest))
            .map(|case| case.case.id.clone())
            .unwrap_or_default();
        Err(ExportError::Missing { missing: missing.len(), of: trials().count(), first })
    }

    fn refuses_for_good(&self, error: &ExportError) -> bool {
        let told = ["out of bounds", "too old sample", "out of order sample"];
        matches!(error, ExportError::Refused { said, .. } if told.iter().any(|told| said.contains(told)))
    }

    fn payload(
        &self,
        shipment: &Shipment<'_>,
        _: &Book<'_>,
        show: &mut dyn FnMut(&Value),
    ) -> Result<(), ExportError> {
        let shown = |sample: &Sample| {
            let labels: BTreeMap<_, _> = sample.labels.iter().cloned().collect();
            let value = match sample.value {
                SampleValue::Number(value) => json!(value),
                SampleValue::Histogram(_) => Value::Null,
            };
            json!({ "metric": sample.metric, "labels": labels, "at_ms": sample.at_ms, "value": value })
        };
        for case in &shipment.unsent {
            let samples: Vec<Value> = self.samples(shipment, case).iter().map(shown).collect();
            show(&json!({ "POST": self.url, "samples": samples }));
        }
        Ok(())
    }

    fn place(&self) -> String {
        self.query.as_ref().map_or_else(|| self.url.clone(), |(base, _)| base.clone())
    }
}
