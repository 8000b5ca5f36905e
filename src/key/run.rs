//! The preimage of a run.

use std::collections::BTreeMap;

use super::SCHEMA;
use crate::base::digest::Digest;
use crate::base::document::Table;
use crate::base::preimage::{FieldWriter, Preimage, PreimageDigester};
use crate::render::{Input, SetUpCommands, Shape};

/// Everything that can change what a run measures.
#[derive(Debug, Clone)]
pub struct RunInputs<'a> {
    /// What it shares with other runs.
    pub shared: SharedInputs<'a>,
    /// What is its own.
    pub own: OwnInputs<'a>,
}

/// What the runs of many cases have in common.
#[derive(Debug, Clone)]
pub struct SharedInputs<'a> {
    /// Every file that the script opens or imports, by path in the workspace.
    pub inputs: &'a BTreeMap<String, Input>,
    /// k6's version line, its extensions, and the binary's digest for a custom build.
    pub k6: &'a [String],
    /// Declared environment variables; a secret stands as where it comes from, never as its value.
    pub environment: &'a BTreeMap<String, String>,
    /// The target, if the case has one.
    pub target: Option<&'a TargetInputs>,
    /// The warm-ups that precede the run.
    pub warm_ups: &'a [WarmUpInputs],
    /// The load generator's class.
    pub class: &'a str,
    /// How the run is watched: the observer changes the measurement.
    pub watch: &'a str,
    /// The pages that are looked at while it runs, by name, as they are described.
    pub pages: &'a BTreeMap<String, String>,
}

/// What is a run's own.
#[derive(Debug, Clone, Copy)]
pub struct OwnInputs<'a> {
    /// The digest of the script's bytes.
    pub script: Digest,
    /// What is done to the system under test before the run, the outermost first.
    pub set_ups: &'a [SetUpInputs<'a>],
    /// From 1.
    pub trial: u32,
}

/// A target as keys see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetInputs {
    /// Its name.
    pub name: String,
    /// What identifies the build that answers, by source (`executable`, `input src/a.rs`, `http …`).
    pub identity: BTreeMap<String, String>,
    /// Its restart policy.
    pub restart: &'static str,
}

/// A set-up as keys see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUpInputs<'a> {
    /// Its commands for the run's case.
    pub commands: &'a SetUpCommands,
    /// Their declared environment variables, secrets as those of the run.
    pub environment: BTreeMap<String, String>,
}

impl SetUpInputs<'_> {
    /// All of it as one value that can be read in one way only.
    fn value(&self) -> String {
        let SetUpCommands { apply, undo, .. } = self.commands;
        serde_json::json!({ "apply": apply, "undo": undo, "env": self.environment }).to_string()
    }
}

/// A warm-up as keys see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarmUpInputs {
    /// The test's name.
    pub name: String,
    /// The digest of its script.
    pub script: Digest,
    /// Its inputs.
    pub inputs: BTreeMap<String, Input>,
    /// Its declared environment, as that of the run.
    pub environment: BTreeMap<String, String>,
}

/// The preimage whose digest is the run's key.
pub fn run_preimage(run: &RunInputs<'_>) -> Preimage {
    let mut preimage = Preimage::default();
    run.shared.write(&mut preimage);
    preimage.close_shared();
    run.own.write(&mut preimage);
    preimage
}

/// The run's key, the digest of its preimage, from the digest of what it shares.
pub fn run_key(shared: &Digest, own: &OwnInputs<'_>) -> Digest {
    let mut digester = PreimageDigester::after(shared);
    own.write(&mut digester);
    digester.finish()
}

impl SharedInputs<'_> {
    /// Its digest: the same for all runs that share it.
    pub fn digest(&self) -> Digest {
        let mut digester = PreimageDigester::default();
        self.write(&mut digester);
        digester.finish()
    }

    fn write(&self, writer: &mut impl FieldWriter) {
        writer.field(&["schema"], SCHEMA);
        write_inputs(writer, &[], self.inputs);
        for part in self.k6 {
            writer.field(&["k6"], part);
        }
        for (name, value) in self.environment {
            writer.field(&["environment ", name], value);
        }
        if let Some(target) = self.target {
            writer.field(&["target"], &target.name);
            writer.field(&["target restart"], target.restart);
            for (part, value) in &target.identity {
                writer.field(&["identity ", part], value);
            }
        }
        for warm_up in self.warm_ups {
            let name = &warm_up.name;
            writer.field(&["warm-up ", name], &warm_up.script.hex());
            write_inputs(writer, &["warm-up ", name, " "], &warm_up.inputs);
            for (variable, value) in &warm_up.environment {
                writer.field(&["warm-up ", name, " environment ", variable], value);
            }
        }
        writer.field(&["class"], self.class);
        writer.field(&["watch"], self.watch);
        for (name, description) in self.pages {
            writer.field(&["page ", name], description);
        }
    }
}

impl OwnInputs<'_> {
    fn write(&self, writer: &mut impl FieldWriter) {
        writer.field(&["script"], &self.script.hex());
        for set_up in self.set_ups {
            writer.field(&["set-up ", &set_up.commands.axis], &set_up.value());
        }
        writer.field(&["trial"], &self.trial.to_string());
    }
}

fn write_inputs(writer: &mut impl FieldWriter, prefix: &[&str], inputs: &BTreeMap<String, Input>) {
    for (path, input) in inputs {
        let tag = [prefix, &["input ", path]].concat();
        writer.field(&tag, &input.digest.hex());
    }
}

/// What led to the script's bytes, kept beside the key so that a change can be named: template
/// digests, option values, other fields. It is not hashed; the script's digest is.
pub fn provenance(shape: &Shape, fields: &Table) -> BTreeMap<String, String> {
    let mut provenance = BTreeMap::new();
    for (name, digest) in shape.templates.iter() {
        provenance.insert(format!("template {name}"), digest.to_string());
    }
    for (path, input) in &shape.inputs {
        provenance.insert(format!("kind {path}"), input.kind.word().to_owned());
    }
    let table = |name: &str| fields.get(name).and_then(|entry| entry.item.as_table()).into_iter().flatten();
    for (name, entry) in table("k6") {
        insert_options(&mut provenance, name, &entry.item.to_json());
    }
    for name in ["script", "payload", "base_url", "model_name"] {
        if let Some(entry) = fields.get(name) {
            provenance.insert(format!("field {name}"), entry.item.to_json().to_string());
        }
    }
    for (name, entry) in table("vars") {
        provenance.insert(format!("field vars.{name}"), entry.item.to_json().to_string());
    }
    provenance
}

/// Each option by its dotted name, so that a change says which one it is.
fn insert_options(provenance: &mut BTreeMap<String, String>, name: &str, value: &serde_json::Value) {
    match value.as_object().filter(|table| !table.is_empty()) {
        Some(table) => {
            for (key, value) in table {
                insert_options(provenance, &format!("{name}.{key}"), value);
            }
        }
        None => {
            provenance.insert(format!("option {name}"), value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::render::InputKind;

    /// One base and one variation a field: each must be another key, and all of them different.
    #[test]
    fn every_field_makes_another_key() {
        let input = |kind, bytes: &[u8]| Input { kind, digest: Digest::of(bytes), size: 0, rows: None };
        let inputs = |path: &str, kind, bytes: &[u8]| BTreeMap::from([(path.to_owned(), input(kind, bytes))]);
        let base_inputs = inputs("payloads/a.json", InputKind::Payload, b"1");
        let (other_bytes, other_path) = (
            inputs("payloads/a.json", InputKind::Payload, b"2"),
            inputs("payloads/b.json", InputKind::Payload, b"1"),
        );
        let k6 = ["k6 v1.1.0".to_owned()];
        let extended = ["k6 v1.1.0".to_owned(), "k6/x/sql".to_owned()];
        let (empty, declared) = (BTreeMap::new(), BTreeMap::from([("TOKEN".to_owned(), "t".to_owned())]));
        let target = TargetInputs {
            name: "digits".into(),
            identity: BTreeMap::from([("executable".to_owned(), "1".to_owned())]),
            restart: "never",
        };
        let renamed = TargetInputs { name: "other".into(), ..target.clone() };
        let rebuilt = TargetInputs {
            identity: BTreeMap::from([("executable".to_owned(), "2".to_owned())]),
            ..target.clone()
        };
        let restarted = TargetInputs { restart: "case", ..target.clone() };
        let warm_up = [WarmUpInputs {
            name: "w".into(),
            script: Digest::of(b"w"),
            inputs: BTreeMap::new(),
            environment: BTreeMap::new(),
        }];
        let other_warm_up = [WarmUpInputs { inputs: base_inputs.clone(), ..warm_up[0].clone() }];
        let commands = |apply: &[&str], undo: &[&str]| SetUpCommands {
            axis: "replicas".into(),
            value: "1".into(),
            apply: apply.iter().map(|word| (*word).to_owned()).collect(),
            undo: undo.iter().map(|word| (*word).to_owned()).collect(),
            environment: BTreeMap::new(),
            timeout: std::time::Duration::ZERO,
        };
        let commands = [commands(&["a", "b"], &[]), commands(&["a b"], &[]), commands(&["a"], &["b"])];
        let set_ups =
            commands.each_ref().map(|commands| SetUpInputs { commands, environment: BTreeMap::new() });
        let declaring_warm_up = [WarmUpInputs { environment: declared.clone(), ..warm_up[0].clone() }];
        let shared = SharedInputs {
            inputs: &base_inputs,
            k6: &k6,
            environment: &empty,
            target: Some(&target),
            warm_ups: &[],
            class: "a",
            watch: "summary/1",
            pages: &empty,
        };
        let own = OwnInputs { script: Digest::of(b"script"), set_ups: &[], trial: 1 };
        let others = [
            SharedInputs { inputs: &other_bytes, ..shared.clone() },
            SharedInputs { inputs: &other_path, ..shared.clone() },
            SharedInputs { k6: &extended, ..shared.clone() },
            SharedInputs { environment: &declared, ..shared.clone() },
            SharedInputs { target: None, ..shared.clone() },
            SharedInputs { target: Some(&renamed), ..shared.clone() },
            SharedInputs { target: Some(&rebuilt), ..shared.clone() },
            SharedInputs { target: Some(&restarted), ..shared.clone() },
            SharedInputs { warm_ups: &warm_up, ..shared.clone() },
            SharedInputs { warm_ups: &other_warm_up, ..shared.clone() },
            SharedInputs { warm_ups: &declaring_warm_up, ..shared.clone() },
            SharedInputs { class: "b", ..shared.clone() },
            SharedInputs { watch: "series/1", ..shared.clone() },
            SharedInputs { pages: &declared, ..shared.clone() },
        ];
        let own_others = [
            own,
            OwnInputs { script: Digest::of(b"other"), ..own },
            OwnInputs { set_ups: &set_ups[..1], ..own },
            OwnInputs { set_ups: &set_ups[1..2], ..own },
            OwnInputs { set_ups: &set_ups[2..3], ..own },
            OwnInputs { set_ups: &set_ups[..2], ..own },
            OwnInputs { trial: 2, ..own },
        ];
        let with_shared = others.into_iter().map(|shared| RunInputs { shared, own });
        let with_own = own_others.into_iter().map(|own| RunInputs { shared: shared.clone(), own });
        let variations: Vec<RunInputs<'_>> = with_shared.chain(with_own).collect();
        let keys: BTreeSet<Digest> = variations.iter().map(|run| run_preimage(run).digest()).collect();
        assert_eq!(keys.len(), variations.len());
        for run in &variations {
            assert_eq!(run_preimage(run).digest(), run_key(&run.shared.digest(), &run.own));
        }
    }
}
