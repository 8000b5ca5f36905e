//! The manifest's model.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::delimiters::Delimiters;
use super::export::{self, Export};
use super::export_otlp::Otlp;
use super::export_prometheus::PrometheusExport;
use super::scrape::{self, Scrape};
use super::target::Target;
use super::values::{MaxAge, max_age};
use crate::base::document::{Item, Table, read_toml};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Source;
use crate::base::table::{Fields, expected};
use crate::spec::Watch;

/// The folder of results below the root. The store keeps it; nothing else may be written or removed there.
pub const STORE: &str = ".howitzer";

/// A workspace: its root folder and what `howitzer.toml` says.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The absolute, canonical folder of the manifest.
    pub root: PathBuf,
    /// The folder of suites, relative to the root.
    pub suites: String,
    /// The folder of templates, relative to the root.
    pub templates: String,
    /// What opens and closes the tags of templates.
    pub delimiters: Delimiters,
    /// The folder of payloads, relative to the root.
    pub payloads: String,
    /// The folder of outputs, relative to the root.
    pub out: String,
    /// Files and folders outside the root to which links may lead: absolute, `*`, `?` and `**` in names.
    pub allow: Vec<String>,
    /// What `build` without a name builds.
    pub default_suites: Vec<String>,
    /// How old records may be, if the suite says nothing.
    pub max_age: Option<MaxAge>,
    /// How runs are watched, if the suite says nothing.
    pub watch: Option<Watch>,
    /// The load generator.
    pub k6: K6Settings,
    /// The name of the load generator's class, for pools of like machines.
    pub host_class: Option<String>,
    /// Whether others may use the load generator's processors too: that is recorded, and no reason for doubt.
    pub host_is_shared: bool,
    /// The targets by name.
    pub targets: IndexMap<String, Target>,
    /// What is said of runs by the server's side, by name.
    pub scrapes: IndexMap<String, Scrape>,
    /// Where results are sent, by kind.
    pub exports: IndexMap<String, Export>,
    /// `[defaults]` as written: what lies under the defaults of every suite.
    pub defaults: Arc<Table>,
    /// `[profile.NAME]` as written; suites know what their keys mean.
    pub profiles: IndexMap<String, Table>,
}

/// `[k6]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct K6Settings {
    /// A requirement as in Cargo.
    pub version: Option<String>,
    /// A binary to use, relative to the root.
    pub path: Option<String>,
}

impl Workspace {
    /// A workspace with every default.
    pub fn at(root: PathBuf) -> Self {
        Self {
            root,
            suites: "suites".into(),
            templates: "k6_templates".into(),
            delimiters: Delimiters::default(),
            payloads: "payloads".into(),
            out: "out".into(),
            allow: Vec::new(),
            default_suites: Vec::new(),
            max_age: None,
            watch: None,
            k6: K6Settings::default(),
            host_class: None,
            host_is_shared: false,
            targets: IndexMap::new(),
            scrapes: IndexMap::new(),
            exports: IndexMap::new(),
            defaults: Arc::default(),
            profiles: IndexMap::new(),
        }
    }

    /// Reads a manifest.
    pub fn read(root: PathBuf, source: &Arc<Source>) -> Result<Self, Mistakes> {
        let document = read_toml(source)?;
        let mut workspace = Self::at(root);
        let mut fields = Fields::of_item(&document)?;
        fields.read("workspace", |item| workspace.read_workspace(item));
        if let Some(k6) = fields.read("k6", read_k6) {
            workspace.k6 = k6;
        }
        if let Some((class, is_shared)) = fields.read("host", read_host) {
            (workspace.host_class, workspace.host_is_shared) = (class, is_shared);
        }
        if let Some(targets) = fields.read("target", read_targets) {
            workspace.targets = targets;
        }
        let targets = fields.item("target").and_then(Item::as_table);
        if let Some(scrapes) = fields.read("scrape", |item| scrape::read_all(item, targets)) {
            workspace.scrapes = scrapes;
        }
        workspace.defaults = Arc::new(fields.table("defaults").cloned().unwrap_or_default());
        workspace.profiles = fields.read("profile", read_profiles).unwrap_or_default();
        workspace.exports = fields.read("export", export::read_all).unwrap_or_default();
        fields.finish().or(workspace)
    }

    /// The Prometheus to which runs are sent.
    pub fn prometheus(&self) -> Option<&PrometheusExport> {
        match self.exports.get("prometheus") {
            Some(Export::Prometheus(export)) => Some(export),
            _ => None,
        }
    }

    /// The collector to which k6 sends.
    pub fn otlp(&self) -> Option<&Otlp> {
        match self.exports.get("otlp") {
            Some(Export::Otlp(otlp)) => Some(otlp),
            _ => None,
        }
    }

    fn read_workspace(&mut self, item: &Item) -> Result<(), Mistakes> {
        let mut fields = Fields::of_item(item)?;
        let folders = [
            ("suites", &mut self.suites),
            ("templates", &mut self.templates),
            ("payloads", &mut self.payloads),
            ("out", &mut self.out),
        ];
        for (key, folder) in folders {
            if let Some(path) = fields.read(key, inside) {
                *folder = path;
            }
        }
        let out = fields.item("out").map(|item| &item.place);
        if let Some(place) = out
            && let Some(other) = [self.suites.as_str(), &self.templates, &self.payloads, STORE]
                .into_iter()
                .find(|other| overlap(&self.out, other))
        {
            let message = format!("the folder of outputs overlaps `{other}`");
            fields
                .mistakes
                .push(Mistake::at(place, message).label("files of vanished cases are removed there"));
        }
        if let Some(delimiters) = fields.read("delimiters", Delimiters::read) {
            self.delimiters = delimiters;
        }
        self.allow = fields.read("allow", allowed).unwrap_or_default();
        let default_suites = fields.texts("default-suites").unwrap_or_default();
        self.default_suites = default_suites.into_iter().map(str::to_owned).collect();
        self.max_age = fields.read("max_age", max_age);
        self.watch = fields.read("watch", Watch::read);
        fields.finish().or(())
    }
}

/// A folder that lies inside the workspace: relative and without `..`.
fn inside(item: &Item) -> Result<String, Mistakes> {
    let path = crate::base::table::text(item)?;
    let plain = std::path::Path::new(path)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
    let names = std::path::Path::new(path).components().any(|part| part != std::path::Component::CurDir);
    if !names || !plain {
        return Err(Mistake::at(&item.place, "expected a folder inside the workspace").into());
    }
    Ok(path.trim_start_matches("./").trim_end_matches('/').to_owned())
}

/// Absolute paths, or patterns of such, and addresses of modules.
fn allowed(item: &Item) -> Result<Vec<String>, Mistakes> {
    let paths = crate::base::table::texts(item)?;
    let mut mistakes = Mistakes::default();
    for (path, item) in paths.iter().zip(item.as_list().into_iter().flatten()) {
        let climbs =
            std::path::Path::new(path).components().any(|part| part == std::path::Component::ParentDir);
        if path.starts_with("https://") || path.starts_with("http://") {
            continue;
        }
        if !path.starts_with('/') || climbs || glob::Pattern::new(path).is_err() {
            let mistake =
                Mistake::at(&item.place, format!("`{path}` is no absolute path, nor a pattern of such"));
            mistakes.push(mistake.label(
                "expected a path outside the workspace, \"/srv/payloads\", or an address, \"https://…\"",
            ));
        }
    }
    mistakes.or(paths.into_iter().map(str::to_owned).collect())
}

/// Whether one folder is the other or lies in it.
fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (std::path::Path::new(one), std::path::Path::new(other));
    one.starts_with(other) || other.starts_with(one)
}

fn read_k6(item: &Item) -> Result<K6Settings, Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let version = fields.read("version", requirement).map(str::to_owned);
    let path = fields.text("path").map(str::to_owned);
    fields.finish().or(K6Settings { version, path })
}

/// A version requirement as in Cargo; it is put to use where a k6 is looked for.
fn requirement(item: &Item) -> Result<&str, Mistakes> {
    let text = crate::base::table::text(item)?;
    match semver::VersionReq::parse(text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let message = format!("`{text}` is no version requirement: {error}");
            Err(Mistake::at(&item.place, message)
                .label("expected a requirement as in Cargo: \"1.1\", \"=0.57.0\", \">=0.57, <2\"")
                .into())
        }
    }
}

fn read_host(item: &Item) -> Result<(Option<String>, bool), Mistakes> {
    let mut fields = Fields::of_item(item)?;
    let class = fields.text("class").map(str::to_owned);
    let is_shared = fields.truth("shared").unwrap_or(false);
    fields.finish().or((class, is_shared))
}

fn read_profiles(item: &Item) -> Result<IndexMap<String, Table>, Mistakes> {
    let table = item.as_table().ok_or_else(|| expected("a table of profiles", item))?;
    let mut mistakes = Mistakes::default();
    let mut profiles = IndexMap::new();
    for (name, entry) in table {
        match entry.item.as_table() {
            Some(profile) => {
                profiles.insert(name.clone(), profile.clone());
            }
            None => mistakes.push(expected("a profile: a table with `set`, `axis` or settings", &entry.item)),
        }
    }
    mistakes.or(profiles)
}

fn read_targets(item: &Item) -> Result<IndexMap<String, Target>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut targets = IndexMap::new();
    let table = item.as_table().ok_or_else(|| expected("a table of targets", item))?;
    for (name, entry) in table {
        if let Some(target) = mistakes.collect(Target::read(name, &entry.item)) {
            targets.insert(name.clone(), target);
        }
    }
    mistakes.or(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Workspace, Mistakes> {
        let source = Arc::new(Source { path: crate::manifest::FILE_NAME.into(), text: text.to_owned() });
        Workspace::read(PathBuf::from("/"), &source)
    }

    #[test]
    fn an_empty_manifest_is_a_workspace() {
        let workspace = read("").expect("valid");
        assert_eq!((workspace.suites.as_str(), workspace.out.as_str()), ("suites", "out"));
    }

    #[test]
    fn outputs_have_a_folder_of_their_own() {
        for (out, expected) in [
            (".", "expected a folder inside"),
            ("./", "expected a folder inside"),
            ("suites", "overlaps `suites`"),
            ("payloads/out", "overlaps `payloads`"),
            (".howitzer", "overlaps `.howitzer`"),
            ("./.howitzer/./v1/out/", "overlaps `.howitzer`"),
        ] {
            let text = read(&format!("[workspace]\nout = \"{out}\"\n")).expect_err(out).to_string();
            assert!(text.contains(expected), "{out}: {text}");
        }
        assert!(read("[workspace]\nout = \"build/out\"\n").is_ok());
    }

    #[test]
    fn delimiters_are_pairs_of_two_bytes_that_open_differently() {
        let own = read("[workspace.delimiters]\nvariable = [\"<<\", \">>\"]\n").expect("valid");
        assert_eq!(own.delimiters.variable, ["<<", ">>"]);
        assert_eq!(own.delimiters.block, ["{%", "%}"]);
        for (wrong, expected) in [
            ("variable = [\"<\", \">>\"]", "two delimiters of two bytes"),
            ("variable = [\"{%\", \">>\"]", "open with the same delimiter"),
            ("variabel = [\"<<\", \">>\"]", "did you mean `variable`?"),
        ] {
            let text = read(&format!("[workspace.delimiters]\n{wrong}\n")).expect_err(wrong).to_string();
            assert!(text.contains(expected), "{wrong}: {text}");
        }
    }

    #[test]
    fn a_version_requirement_is_checked_where_it_stands() {
        for right in ["1.1", "=0.57.0", ">=0.57, <2", "*"] {
            assert!(read(&format!("[k6]\nversion = \"{right}\"\n")).is_ok(), "{right}");
        }
        for wrong in ["^^1", "one", "", "1.1.1.1"] {
            let text = read(&format!("[k6]\nversion = \"{wrong}\"\n")).expect_err(wrong).to_string();
            assert!(
                text.contains("is no version requirement") && text.contains("howitzer.toml:2:11"),
                "{wrong}: {text}"
            );
        }
    }

    #[test]
    fn every_mistake_of_a_manifest_is_found_in_one_pass() {
        let mistakes = read("[workspace]\nout = \"../elsewhere\"\nsuits = 1\n[target.a]\nwait = 3\n")
            .expect_err("wrong");
        let text = mistakes.to_string();
        for part in
            ["inside the workspace", "unknown key `suits`", "did you mean `suites`?", "expected a duration"]
        {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }
}
