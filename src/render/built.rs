//! Payloads that a suite builds: by repeating the rows of a file, or from a template. Building is pure and cheap like
//! rendering, so it is done while planning, in memory, and what was built counts as an input by its bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tera::{Context, Kwargs, State, Tera, Value};

use super::{RenderError, gathered, outside, paths, rows};
use crate::base::document::table_to_json;
use crate::base::engine_words::EngineWords;
use crate::base::excerpt::Excerpt;
use crate::base::files;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::Source;
use crate::manifest::Workspace;
use crate::suite::{BuiltPayload, Suite};

/// The built payloads of a suite.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// Their bytes, by path relative to the workspace.
    files: BTreeMap<String, Arc<[u8]>>,
    /// Their paths, by the names that suites call them.
    paths: BTreeMap<String, String>,
    /// The files that they are made of, relative to the workspace.
    sources: BTreeSet<String>,
}

impl Built {
    /// Builds all of them. They stand among the suite's outputs, so that a script can also be run by hand. Where the
    /// outputs are told to stand elsewhere, a script still names this place: else it were another script.
    pub(super) fn new(workspace: &Workspace, suite: &Suite) -> Result<Self, RenderError> {
        let (mut built, mut mistakes) = (Self::default(), Mistakes::default());
        for payload in &suite.payloads {
            gathered(built.add(workspace, suite, payload), &mut mistakes)?;
        }
        Ok(mistakes.or(built)?)
    }

    /// The path of the payload that suites call `name`.
    pub(super) fn path(&self, name: &str) -> Option<&str> {
        self.paths.get(name).map(String::as_str)
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// All of them, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.paths.iter().filter_map(|(name, path)| Some((name.as_str(), &**self.files.get(path)?)))
    }

    /// The bytes at a path.
    pub(super) fn bytes(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }

    /// The files that they are made of, relative to the workspace.
    pub(super) fn sources(&self) -> &BTreeSet<String> {
        &self.sources
    }

    fn add(
        &mut self,
        workspace: &Workspace,
        suite: &Suite,
        payload: &BuiltPayload,
    ) -> Result<(), RenderError> {
        let source = source(workspace, payload)?;
        for (name, rows) in payload.files() {
            let is_file = paths::join(&workspace.payloads, &name)
                .is_some_and(|path| workspace.root.join(path).is_file());
            if is_file || self.paths.contains_key(&name) {
                let what = if is_file {
                    format!("a file of `{}/`", workspace.payloads)
                } else {
                    "built above".into()
                };
                return Err(
                    Mistake::at(&payload.place, format!("the payload `{name}` is {what} already")).into()
                );
            }
            let bytes = if payload.is_template {
                from_template(payload, &source, &name, rows)?
            } else {
                rows::repeat(&payload.source, source.text.as_bytes(), rows.unwrap_or(1)).map_err(|why| {
                    let message = format!("the rows of `{}` cannot be repeated: {why}", payload.source);
                    RenderError::from(Mistake::at(&payload.source_place, message))
                })?
            };
            let path = format!("{}/{}/payloads/{name}", workspace.out, suite.name);
            self.files.insert(path.clone(), bytes.into());
            self.paths.insert(name, path);
        }
        self.sources.insert(format!("{}/{}", workspace.payloads, payload.source));
        Ok(())
    }
}

/// The file that a payload is made of.
fn source(workspace: &Workspace, payload: &BuiltPayload) -> Result<Arc<Source>, RenderError> {
    let folder = &workspace.payloads;
    let path = paths::join(folder, &payload.source).filter(|path| workspace.root.join(path).is_file());
    let Some(path) = path else {
        let names = super::facets::payload_names(workspace);
        let message = format!("no payload `{}` in `{folder}/`", payload.source);
        return Err(Mistake::at(&payload.source_place, message)
            .label("expected a file of the payloads folder")
            .nearest(&payload.source, names.iter().map(String::as_str))
            .into());
    };
    outside::check(workspace, &path)?;
    let text = files::read_text(&workspace.root.join(&path))?;
    Ok(Arc::new(Source { path, text }))
}

/// A template of a payload sees `rows`, `vars` and `name`; what it prints is printed as it is.
fn from_template(
    payload: &BuiltPayload,
    source: &Arc<Source>,
    name: &str,
    rows: Option<u32>,
) -> Result<Vec<u8>, RenderError> {
    let words = EngineWords {
        label: Some(format!("while building `{name}`")),
        names: ["name", "vars"].into_iter().chain(rows.map(|_| "rows")).collect(),
        words: &["json"],
        ..EngineWords::default()
    };
    let mistakes = |error: &tera::Error| words.mistakes(error, |_| Some(Excerpt::of_file(source)));
    let mut tera = Tera::new();
    tera.register_filter("json", |value: &Value, _: Kwargs, _: &State| -> tera::TeraResult<Value> {
        let json = serde_json::to_string(value).map_err(|error| tera::Error::message(error.to_string()))?;
        Ok(Value::safe_string(&json))
    });
    tera.add_raw_template("payload", &source.text).map_err(|error| mistakes(&error))?;
    let mut context = Context::new();
    context.insert_value("vars", Value::from_serializable(&table_to_json(&payload.vars)));
    context.insert_value("name", Value::normal_string(name));
    if let Some(rows) = rows {
        context.insert_value("rows", Value::from(rows));
    }
    let text = tera.render("payload", &context).map_err(|error| mistakes(&error))?;
    if rows::ending(name) == "json"
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text)
    {
        let message = format!("`{name}`, built from `{}`, is no JSON: {error}", payload.source);
        return Err(Mistake::at(&payload.source_place, message)
            .hint("`{{ value | json }}` prints a JSON value")
            .into());
    }
    Ok(text.into_bytes())
}
