//! gRPC health checking (`grpc.health.v1`), asked by k6 itself: it is there, and it speaks gRPC.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Surroundings;
use crate::base::capture::capture;
use crate::base::causes::with_causes;
use crate::base::files::{self, Durability};
use crate::base::process::Command;

const LIMIT: Duration = Duration::from_secs(5);

/// From the gRPC health checking protocol: one unary call, SERVING = 1.
const PROTO: &str = r#"syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
"#;

const SCRIPT: &str = r"
import grpc from 'k6/net/grpc';
import exec from 'k6/execution';
const client = new grpc.Client();
client.load([], 'health.proto');
export const options = { vus: 1, iterations: 1 };
export default function () {
  try {
    client.connect(__ENV.ADDRESS, { plaintext: true, timeout: '1s' });
    const answer = client.invoke('grpc.health.v1.Health/Check', { service: '' });
    if (answer.status === grpc.StatusOK && answer.message.status === 'SERVING') return;
  } catch (error) { }
  exec.test.abort('not serving');
}
";

/// One check of `host:port` in plaintext.
pub(super) fn check(address: &str, surroundings: &Surroundings) -> Result<(), String> {
    let Some(k6) = &surroundings.k6 else { return Err("no k6 to ask for gRPC health".to_owned()) };
    let folder = surroundings.scratch.join("health");
    for (name, text) in [("health.proto", PROTO), ("health.js", SCRIPT)] {
        files::write_atomic(&folder.join(name), text.as_bytes(), Durability::Atomic)
            .map_err(|error| with_causes(&error))?;
    }
    let variables = [("ADDRESS", address), ("K6_NO_USAGE_REPORT", "true"), ("PATH", "")];
    let environment: BTreeMap<_, _> = variables.map(|(name, value)| (name.into(), value.into())).into();
    let arguments = ["run", "--quiet", "--no-summary", "--address", "", "health.js"].map(Into::into).to_vec();
    let command = Command { program: k6.clone(), arguments, folder, environment };
    let captured =
        capture(&command, LIMIT, &surroundings.supervision).map_err(|error| with_causes(&error))?;
    if captured.status.success() { Ok(()) } else { Err(format!("grpc {address}: not serving")) }
}
