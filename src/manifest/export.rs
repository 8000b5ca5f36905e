//! `[export.KIND]`: where results are sent after a build. The table's name is the kind of the destination.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::endpoint::{Endpoint, literal_secrets};
use super::export_otlp::Otlp;
use super::export_prometheus::PrometheusExport;
use crate::base::document::{Item, Tree};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::table::{Fields, expected, text};

/// A destination as the manifest describes it. A new kind is a variant here, and a name in [`KINDS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Export {
    /// `[export.mlflow]`.
    Mlflow(MlflowExport),
    /// `[export.prometheus]`.
    Prometheus(PrometheusExport),
    /// `[export.otlp]`: k6 sends to it itself.
    Otlp(Otlp),
}

impl Export {
    /// Whether results are sent to it after a build.
    pub fn takes_results(&self) -> bool {
        !matches!(self, Self::Otlp(_))
    }
}

type Reading = fn(&Item) -> Result<Export, Mistakes>;

/// The kinds of destinations with what reads their tables.
const KINDS: [(&str, Reading); 3] = [
    ("mlflow", |item| MlflowExport::read(item).map(Export::Mlflow)),
    ("prometheus", |item| PrometheusExport::read(item).map(Export::Prometheus)),
    ("otlp", |item| Otlp::read(item).map(Export::Otlp)),
];

/// An MLflow tracking server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MlflowExport {
    /// Where it is asked: `uri`.
    pub endpoint: Endpoint,
    /// The experiment's name.
    pub experiment: String,
    /// Further tags of every run.
    pub tags: BTreeMap<String, String>,
}

/// The experiment unless one is named.
const EXPERIMENT: &str = "howitzer";

impl MlflowExport {
    fn read(item: &Item) -> Result<Self, Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let endpoint = Endpoint::read(&mut fields, "uri");
        if fields.item("uri").is_none() {
            let missing = Mistake::at(&item.place, "`uri` is missing");
            fields.mistakes.push(missing.label("expected uri = \"http://HOST:PORT\", the tracking server's"));
        }
        if let Some(item) =
            fields.item("uri").filter(|item| item.as_text().is_some_and(|uri| uri.contains('?')))
        {
            let odd = Mistake::at(&item.place, "the tracking server's address has no `?`");
            fields.mistakes.push(odd.label("expected uri = \"http://HOST:PORT\", with a path if it has one"));
        }
        let experiment = fields.read("experiment", experiment).unwrap_or(EXPERIMENT).to_owned();
        let tags = fields.read("tags", tags).unwrap_or_default();
        let mistakes = fields.finish();
        match endpoint {
            Some(endpoint) => mistakes.or(Self { endpoint, experiment, tags }),
            None => Err(mistakes),
        }
    }
}

fn experiment(item: &Item) -> Result<&str, Mistakes> {
    let name = text(item)?;
    if name.trim().is_empty() {
        return Err(Mistake::at(&item.place, "an experiment needs a name").into());
    }
    Ok(name)
}

fn tags(item: &Item) -> Result<BTreeMap<String, String>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of tags", item))?;
    let mut mistakes = Mistakes::default();
    let mut tags = BTreeMap::new();
    for (name, entry) in table {
        match &entry.item.tree {
            _ if name.is_empty() => mistakes.push(Mistake::at(&entry.key, "a tag needs a name")),
            Tree::Text(text) => drop(tags.insert(name.clone(), text.clone())),
            Tree::Bool(_) | Tree::Integer(_) | Tree::Float(_) => {
                tags.insert(name.clone(), entry.item.label());
            }
            _ => mistakes.push(expected("a string", &entry.item)),
        }
    }
    mistakes.or(tags)
}

/// All `[export.KIND]` tables, by kind.
pub(super) fn read_all(item: &Item) -> Result<IndexMap<String, Export>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of destinations", item))?;
    let mut fields = Fields::of(table);
    let mut exports = IndexMap::new();
    for (kind, read) in KINDS {
        if let Some(export) = fields.read(kind, read) {
            exports.insert(kind.to_owned(), export);
        }
    }
    let secrets: Vec<_> = table.values().flat_map(|entry| literal_secrets(&entry.item)).collect();
    fields.finish().hiding(&secrets).or(exports)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::sample::{self, refused};

    fn read(text: &str) -> Result<IndexMap<String, Export>, Mistakes> {
        sample::read(text).map(|workspace| workspace.exports)
    }

    #[test]
    fn an_mlflow_has_an_address_an_experiment_and_tags() {
        let all = read(
            "[export.mlflow]\nuri = \"http://127.0.0.1:5000/\"\nexperiment = \"digits\"\n\
             tags = { team = \"serving\", quarter = 3 }\n",
        )
        .expect("valid");
        let Export::Mlflow(mlflow) = &all["mlflow"] else { panic!("an MLflow") };
        assert_eq!(
            (mlflow.endpoint.url.as_str(), mlflow.experiment.as_str()),
            ("http://127.0.0.1:5000/", "digits")
        );
        assert_eq!((mlflow.tags["team"].as_str(), mlflow.tags["quarter"].as_str()), ("serving", "3"));
        let plain = read("[export.mlflow]\nuri = \"http://127.0.0.1:5000\"\n").expect("valid");
        let Export::Mlflow(plain) = &plain["mlflow"] else { panic!("an MLflow") };
        assert_eq!(plain.experiment, "howitzer");
    }

    #[test]
    fn what_is_wrong_is_told_where_it_stands() {
        refused("[export.mlflow]\n", &["`uri` is missing", "howitzer.toml:1:1"]);
        refused("[export.mlfow]\nuri = \"http://a\"\n", &["unknown key `mlfow`", "did you mean `mlflow`?"]);
        let mlflow = "[export.mlflow]\nuri = \"http://a\"\n";
        refused(&format!("{mlflow}experimnt = \"x\"\n"), &["did you mean `experiment`?"]);
        refused(&format!("{mlflow}experiment = \" \"\n"), &["howitzer.toml:3:14", "needs a name"]);
        refused(&format!("{mlflow}tags = {{ a = [1] }}\n"), &["expected a string"]);
        refused("[export.mlflow]\nuri = \"127.0.0.1:5000\"\n", &["neither `http://` nor `https://`"]);
        let asked = "[export.mlflow]\nuri = \"http://me:hunter2@a/?x=1\"\n";
        let said = refused(asked, &["the tracking server's address has no `?`", "howitzer.toml:2:7"]);
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn no_secret_of_a_destination_is_shown() {
        let mlflow = "[export.mlflow]\nuri = \"http://me:hunter2@a\"\n";
        let said =
            refused(&format!("{mlflow}bearer = \"hunter2\"\n"), &["is a secret", "howitzer.toml:3:10"]);
        assert!(!said.contains("hunter2"), "{said}");
        let inline = "[export]\nmlflow = { uri = \"http://me:hunter2@a\", experimnt = 1 }\n";
        assert!(!refused(inline, &["unknown key"]).contains("hunter2"));
        assert!(!format!("{:?}", read(mlflow).expect("valid")).contains("hunter2"));
    }
}
