//! What k6 is told so that it sends its metrics to an OpenTelemetry collector itself. Measured with 1.1.0 and
//! 0.57.0: both have the output under this name, read these variables, and send totals; headers and attributes are
//! percent-decoded.

use std::collections::BTreeMap;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::http::Access;
use crate::manifest::{Otlp, OtlpProtocol};

/// The name of the output.
pub(super) const OUTPUT: &str = "experimental-opentelemetry";

/// How often k6 takes up what came since: what came after the last time it never sends. Measured with 1.1.0 in runs of
/// 2 s at full speed: a fifth of a second costs it no more posts than a second does.
pub(super) const TAKES_UP: (&str, &str) = ("K6_OTEL_FLUSH_INTERVAL", "200ms");

/// The variables by name. `attributes` are those of the resource: they say what the metrics are of, and leave the
/// tags of the script alone. Some values are secrets.
pub fn otlp_variables(
    otlp: &Otlp,
    access: &Access,
    attributes: &BTreeMap<String, String>,
    root: &Path,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from(
        [
            ("K6_OTEL_EXPORTER_TYPE", otlp.protocol.word()),
            ("K6_OTEL_SERVICE_NAME", otlp.service.as_str()),
            ("K6_OTEL_METRIC_PREFIX", otlp.prefix.as_str()),
            TAKES_UP,
            ("K6_OTEL_EXPORT_INTERVAL", "1s"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("OTEL_RESOURCE_ATTRIBUTES", pairs(attributes.iter()));
    let plain = otlp.is_plain().to_string();
    match otlp.protocol {
        OtlpProtocol::Http => {
            set("K6_OTEL_HTTP_EXPORTER_ENDPOINT", otlp.authority());
            set("K6_OTEL_HTTP_EXPORTER_URL_PATH", otlp.path().to_owned());
            set("K6_OTEL_HTTP_EXPORTER_INSECURE", plain);
        }
        OtlpProtocol::Grpc => {
            set("K6_OTEL_GRPC_EXPORTER_ENDPOINT", otlp.authority());
            set("K6_OTEL_GRPC_EXPORTER_INSECURE", plain);
        }
    }
    let mut headers: BTreeMap<String, String> = access.headers.iter().cloned().collect();
    headers.extend(access.authorization().map(|value| ("authorization".to_owned(), value)));
    if !headers.is_empty() {
        set("K6_OTEL_HEADERS", pairs(headers.iter()));
    }
    let endpoint = &otlp.endpoint;
    let whole = |path: &String| root.join(path).display().to_string();
    if let Some(ca) = &endpoint.ca {
        set("K6_OTEL_TLS_CERTIFICATE", whole(ca));
    }
    if let Some((certificate, key)) = &endpoint.certificate {
        set("K6_OTEL_TLS_CLIENT_CERTIFICATE", whole(certificate));
        set("K6_OTEL_TLS_CLIENT_KEY", whole(key));
    }
    if endpoint.insecure {
        set("K6_OTEL_TLS_INSECURE_SKIP_VERIFY", "true".to_owned());
    }
    variables
}

/// `name=value,…`, percent-encoded (<https://www.w3.org/TR/baggage/>).
fn pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let encoded = |(name, value): (&String, &String)| {
        format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    pairs.map(encoded).collect::<Vec<_>>().join(",")
}
