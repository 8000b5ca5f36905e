//! `[export.otlp]`: an OpenTelemetry collector to which k6 itself sends (`watch = "otlp"`).

use std::collections::BTreeMap;

use super::endpoint::Endpoint;
use super::export_labels::labels;
use crate::base::document::Item;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, text};

/// A collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otlp {
    /// Where it listens; the path counts over HTTP only.
    pub endpoint: Endpoint,
    /// How it is spoken to.
    pub protocol: OtlpProtocol,
    /// What all names of metrics begin with.
    pub prefix: String,
    /// The name of the service whose metrics these are.
    pub service: String,
    /// Attributes of the resource beside howitzer's own.
    pub labels: BTreeMap<String, String>,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP.
    #[default]
    Http,
    /// gRPC.
    Grpc,
}

impl OtlpProtocol {
    /// The word in the manifest, which is also k6's.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

impl Otlp {
    /// Reads the table.
    pub(super) fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let endpoint = Endpoint::read(&mut fields, "url");
        if fields.item("url").is_none() {
            fields.mistakes.push(expected("`url`, the address of a collector", item));
        }
        let protocol = fields.read("protocol", protocol).unwrap_or_default();
        let prefix = fields.text("prefix").unwrap_or_default().to_owned();
        let service = fields.text("service").unwrap_or("k6").to_owned();
        let labels = fields.read("labels", labels).unwrap_or_default();
        let place = fields.item("url").map(|item| item.place.clone());
        let path = endpoint.as_ref().map(|endpoint| path(&endpoint.url)).unwrap_or_default();
        if let Some(place) = place {
            if protocol == OtlpProtocol::Grpc && !matches!(path, "" | "/") {
                fields.mistakes.push(Mistake::at(&place, "over gRPC an address has no path"));
            }
            if path.contains('?') {
                fields.mistakes.push(Mistake::at(&place, "k6 takes no `?` in the address of a collector"));
            }
        }
        let mistakes = fields.finish();
        let Some(endpoint) = endpoint else { return Err(mistakes) };
        mistakes.or(Self { endpoint, protocol, prefix, service, labels })
    }

    /// The one at this address over HTTP, with every default; none where that is no address.
    pub fn of_address(address: &str) -> Option<Self> {
        let of = |endpoint| Self {
            endpoint,
            protocol: OtlpProtocol::Http,
            prefix: String::new(),
            service: "k6".to_owned(),
            labels: BTreeMap::new(),
        };
        Endpoint::of_address(address).map(of)
    }

    /// `HOST:PORT`, with the port that OTLP has where none is given.
    pub fn authority(&self) -> String {
        let rest = self.endpoint.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        match self.protocol {
            _ if has_port => authority.to_owned(),
            OtlpProtocol::Http => format!("{authority}:4318"),
            OtlpProtocol::Grpc => format!("{authority}:4317"),
        }
    }

    /// The path over HTTP; `/v1/metrics` unless the address has one.
    pub fn path(&self) -> &str {
        match path(&self.endpoint.url) {
            "" | "/" => "/v1/metrics",
            path => path,
        }
    }

    /// Whether it is spoken to without TLS.
    pub fn is_plain(&self) -> bool {
        self.endpoint.url.starts_with("http://")
    }
}

fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.find(['/', '?']).map_or("", |at| &rest[at..])
}

fn protocol(item: &Item) -> Result<OtlpProtocol, Mistakes> {
    let known = [OtlpProtocol::Http, OtlpProtocol::Grpc];
    let written = text(item)?;
    known.into_iter().find(|protocol| protocol.word() == written).ok_or_else(|| {
        Mistake::at(&item.place, format!("unknown protocol `{written}`"))
            .label("expected \"http\" or \"grpc\"")
            .nearest(written, known.map(OtlpProtocol::word))
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::sample;

    fn read(text: &str) -> Result<Otlp, String> {
        let workspace = sample::read(&format!("[export.otlp]\n{text}\n"));
        let workspace = workspace.map_err(|said| said.to_string())?;
        Ok(workspace.otlp().cloned().expect("the table is there"))
    }

    #[test]
    fn an_address_becomes_what_k6_takes() {
        let http = read("url = \"http://c\"").expect("valid");
        assert_eq!(
            (http.authority().as_str(), http.path(), http.is_plain()),
            ("c:4318", "/v1/metrics", true)
        );
        let grpc = read("url = \"https://[::1]\"\nprotocol = \"grpc\"").expect("valid");
        assert_eq!((grpc.authority().as_str(), grpc.is_plain()), ("[::1]:4317", false));
        let path = read("url = \"https://c:1/otlp/v1/metrics\"").expect("valid");
        assert_eq!((path.authority().as_str(), path.path()), ("c:1", "/otlp/v1/metrics"));
    }

    #[test]
    fn what_k6_cannot_do_is_a_mistake() {
        for (wrong, part) in [
            ("url = \"http://c/x\"\nprotocol = \"grpc\"", "over gRPC an address has no path"),
            ("url = \"http://c/x?y=1\"", "no `?`"),
            ("url = \"http://c\"\nprotocol = \"htp\"", "did you mean `http`?"),
            ("protocol = \"http\"", "`url`"),
        ] {
            let said = read(wrong).expect_err(wrong);
            assert!(said.contains(part), "{wrong}: {said}");
        }
    }
}
