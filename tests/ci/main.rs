//! What CI makes of a build: JUnit's XML, GitHub's summary and annotations, reports, the workflows of the docs.

#[path = "../prometheus/collector.rs"]
#[allow(dead_code, reason = "shared with the tests of OpenTelemetry")]
mod collector;
mod echo;
mod ends_early;
#[path = "../mlflow/front.rs"]
#[allow(dead_code, reason = "shared with the tests of MLflow")]
mod front;
mod github;
mod junit;
#[path = "../exports/prometheus.rs"]
mod prometheus;
mod report;
#[cfg(feature = "real-services")]
mod schema_of_junit;
mod secrets;
#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests")]
mod space;
mod spelled;
#[path = "../mlflow/tracking.rs"]
#[allow(dead_code, reason = "shared with the tests of MLflow")]
mod tracking;
mod workflows;

use space::{Said, Space};

/// A threshold that a load of one second with digits-64.json alone crosses.
pub(crate) fn crossing(space: &Space) {
    space.edit(
        "suites/digits.toml",
        "[test.k6]\nduration = \"1s\"",
        "[[test.patch]]\nmatch = { payload = \"digits-64.json\" }\n\
         set = { \"k6.thresholds\" = { iterations = [\"count<1\"] } }\n[test.k6]\nduration = \"1s\"",
    );
}

/// The build of `digits` with more arguments and variables.
pub(crate) fn build(space: &Space, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = space.command(&[&["build", "digits"], arguments].concat());
    Said::of(command.envs(variables.iter().copied()).output().expect("starts"))
}
