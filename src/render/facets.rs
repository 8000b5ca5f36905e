//! What a template sees, in facets that few axes decide over: the k6 options, `vars`, and the rest
//! (template, payload, address, target). In a sweep of a million cases each facet has a few hundred
//! forms; every form is made once, and a case puts three of them together.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use tera::Value;

use super::built::Built;
use super::inputs::{Input, InputKind, Inputs};
use super::options::Options;
use super::script::{Script, Scripts};
use super::{RenderError, ScriptPlace, paths};
use crate::base::document::{Item, Table, table_to_json};
use crate::base::mistake::Mistake;
use crate::base::source::Place;
use crate::expand::Case;
use crate::manifest::{EnvironmentValue, Workspace, environment};
use crate::suite::{Destination, Rendering, Suite, Test};

/// More forms of a facet than this are not kept: then nearly every case has its own.
const MOST_KEPT: usize = 10_000;

/// Where a case's script comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// The template of this name is rendered.
    Template(String),
    /// This script is run as it is, by a wrapper.
    Script(Arc<Script>),
}

/// The variables of a case.
pub(super) struct Vars {
    /// `vars`.
    pub(super) value: Value,
    /// The same under their own names, for the ancestor's templates.
    pub(super) top: Vec<(String, Value)>,
}

/// Everything else that a case's fields say.
pub(super) struct Rest {
    /// Where the script comes from.
    pub(super) origin: Origin,
    /// Where the script stands.
    pub(super) place: ScriptPlace,
    /// `payload`, `payload_path`, `payload_bytes`, `payload_rows`, `base_url` and `model_name`, those that there are.
    pub(super) values: Vec<(&'static str, Value)>,
    /// The payload's path relative to the workspace.
    pub(super) payload: Option<String>,
    /// The target.
    pub(super) target: Option<String>,
    /// The declared environment variables.
    pub(super) environment: BTreeMap<String, EnvironmentValue>,
    /// Globs of further declared inputs, relative to the workspace.
    pub(super) globs: Vec<String>,
    /// Where each of them stands.
    pub(super) glob_places: Vec<Place>,
}

/// The facets of one case.
pub(super) struct CaseFacets {
    pub(super) options: Arc<Options>,
    pub(super) vars: Arc<Vars>,
    pub(super) rest: Arc<Rest>,
}

/// The facets of all cases of a suite.
pub(super) struct Facets {
    tests: Vec<TestFacets>,
    scripts: Scripts,
}

struct TestFacets {
    options: Forms<Options>,
    vars: Forms<Vars>,
    rest: Forms<Rest>,
}

impl Facets {
    pub(super) fn new(suite: &Suite, scripts: Scripts) -> Self {
        let of_test = |test: &Test| TestFacets {
            // The template or the script decides where the wrapper stands, and so how a path leads from it.
            options: Forms::decided_by(test, |field| ["k6", "template", "script"].contains(&field)),
            vars: Forms::decided_by(test, |field| field == "vars"),
            rest: Forms::decided_by(test, |field| field != "k6" && field != "vars"),
        };
        Self { tests: suite.tests.iter().map(of_test).collect(), scripts }
    }

    /// The cases of `cases` by the values of the axes that decide over the options of one of them: each once, with how many
    /// there are of it.
    pub(super) fn distinct_options<'c>(&self, suite: &Suite, cases: &'c [Case]) -> Vec<(&'c Case, usize)> {
        let mut seen = IndexMap::new();
        for case in cases {
            let choices = self.tests[case.test].options.decisive(&suite.tests[case.test], case);
            seen.entry((case.test, choices)).or_insert((case, 0_usize)).1 += 1;
        }
        seen.into_values().collect()
    }

    /// The facets of `case`.
    pub(super) fn of(
        &self,
        workspace: &Workspace,
        suite: &Suite,
        inputs: &Inputs,
        case: &Case,
    ) -> Result<CaseFacets, RenderError> {
        let test = &suite.tests[case.test];
        let forms = &self.tests[case.test];
        Ok(CaseFacets {
            options: forms.options.get(test, case, || {
                let fields = case.fields(test);
                let (_, place) = self.origin(workspace, suite, test, &fields)?;
                Options::of(workspace, suite, test, &fields, &place.folder)
            })?,
            vars: forms.vars.get(test, case, || Ok(Vars::of(suite, &case.fields(test))))?,
            rest: forms.rest.get(test, case, || {
                let fields = case.fields(test);
                let origin = self.origin(workspace, suite, test, &fields)?;
                Rest::of(workspace, suite, inputs, &fields, origin)
            })?,
        })
    }
}

impl Facets {
    /// Where a case's script comes from, and where it stands.
    fn origin(
        &self,
        workspace: &Workspace,
        suite: &Suite,
        test: &Test,
        fields: &Table,
    ) -> Result<(Origin, ScriptPlace), RenderError> {
        if let Some(script) = self.scripts.of(fields) {
            return Ok((Origin::Script(Arc::clone(script)), script.place()));
        }
        let template = super::template_names::template_of(test, fields)?.to_owned();
        let place = super::script_place(workspace, suite, &template);
        Ok((Origin::Template(template), place))
    }
}

/// The forms of one facet by the values of the axes that decide over it, and what changes it further.
struct Forms<T> {
    axes: Vec<usize>,
    /// Places among the changes of the test's rules, ascending.
    changes: Vec<u32>,
    known: RwLock<HashMap<Box<[u32]>, Arc<T>>>,
}

impl<T> Forms<T> {
    fn decided_by(test: &Test, is_part: impl Fn(&str) -> bool) -> Self {
        let decides = |assignments: &[(Destination, Item)]| {
            assignments.iter().filter_map(|(path, _)| path.first()).any(|field| is_part(field))
        };
        let axes = test.axes.iter().enumerate();
        let axes = axes.filter(|(_, axis)| axis.values.iter().any(|value| decides(&value.assignments)));
        let changes = (0..).zip(&test.rules.changes).filter(|(_, change)| decides(&change.assignments));
        Self {
            axes: axes.map(|(axis, _)| axis).collect(),
            changes: changes.map(|(change, _)| change).collect(),
            known: RwLock::default(),
        }
    }

    fn decisive(&self, test: &Test, case: &Case) -> Box<[u32]> {
        let choices = case.choices(test);
        let changes = case.changes(test).iter().filter(|change| self.changes.binary_search(change).is_ok());
        self.axes.iter().map(|axis| choices[*axis]).chain(changes.copied()).collect()
    }

    fn get(
        &self,
        test: &Test,
        case: &Case,
        make: impl FnOnce() -> Result<T, RenderError>,
    ) -> Result<Arc<T>, RenderError> {
        remembered(&self.known, self.decisive(test, case), make)
    }
}

/// What `known` has under `key`, else what `make` gives, which is then kept while there is room.
pub(super) fn remembered<K: Eq + Hash, T>(
    known: &RwLock<HashMap<K, Arc<T>>>,
    key: K,
    make: impl FnOnce() -> Result<T, RenderError>,
) -> Result<Arc<T>, RenderError> {
    if let Some(value) = known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(value));
    }
    let value = Arc::new(make()?);
    let mut all = known.write().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= MOST_KEPT {
        return Ok(value);
    }
    Ok(Arc::clone(all.entry(key).or_insert(value)))
}

pub(super) fn table_of(fields: &Table, key: &str) -> Map<String, Json> {
    fields.get(key).and_then(|entry| entry.item.as_table()).map(table_to_json).unwrap_or_default()
}

impl Vars {
    fn of(suite: &Suite, fields: &Table) -> Self {
        let vars = table_of(fields, "vars");
        let top = match suite.rendering {
            Rendering::Own => Vec::new(),
            Rendering::Ancestor => {
                vars.iter().map(|(name, value)| (name.clone(), Value::from_serializable(value))).collect()
            }
        };
        Self { value: Value::from_serializable(&vars), top }
    }
}

impl Rest {
    fn of(
        workspace: &Workspace,
        suite: &Suite,
        inputs: &Inputs,
        fields: &Table,
        (origin, place): (Origin, ScriptPlace),
    ) -> Result<Self, RenderError> {
        let payload = payload(workspace, suite, inputs.built(), fields)?;
        let is_ancestors = suite.rendering == Rendering::Ancestor;
        let mut values = Vec::new();
        if let (true, Origin::Template(template)) = (is_ancestors, &origin) {
            values.push(("template", Value::normal_string(template)));
        }
        for name in ["payload", "model_name"] {
            let own = fields.get(name).map(|entry| entry.item.to_json());
            // What is missing is empty in the ancestor's templates.
            let value = own.or_else(|| is_ancestors.then(|| "".into()));
            values.extend(value.map(|value| (name, Value::from_serializable(&value))));
        }
        let url = base_url(workspace, fields).or_else(|| is_ancestors.then(|| "".into()));
        values.extend(url.map(|url| ("base_url", Value::from_serializable(&url))));
        if let Some(path) = &payload {
            let Input { size, rows, .. } = inputs.load(workspace, path, InputKind::Payload)?.input;
            values.push(("payload_bytes", Value::from(size)));
            values.extend(rows.map(|rows| ("payload_rows", Value::from(rows))));
            let path = paths::relative(&place.folder, path);
            values.push(("payload_path", Value::normal_string(&path)));
        }
        let inputs = fields.get("inputs").and_then(|entry| entry.item.as_list()).into_iter().flatten();
        let globs = inputs.filter_map(|item| Some((item.as_text()?.to_owned(), item.place.clone())));
        let (globs, glob_places) = globs.unzip();
        Ok(Self {
            origin,
            place,
            values,
            payload,
            target: fields.get("target").and_then(|entry| entry.item.as_text()).map(str::to_owned),
            environment: declared_environment(fields)?,
            globs,
            glob_places,
        })
    }
}

/// `case`: id, test and parameters.
pub(super) fn case_value(suite: &Suite, case: &Case) -> Value {
    let test = &suite.tests[case.test];
    Value::from_serializable(&json!({
        "id": case.id, "test": test.name, "parameters": case.parameters(test)
    }))
}

/// The environment variables that a case declares, those of its axes included.
fn declared_environment(fields: &Table) -> Result<BTreeMap<String, EnvironmentValue>, RenderError> {
    Ok(fields.get("env").map(|entry| environment(&entry.item)).transpose()?.unwrap_or_default())
}

/// The case's own `base_url`, else its target's.
pub(super) fn base_url(workspace: &Workspace, fields: &Table) -> Option<Json> {
    let own = fields.get("base_url").map(|entry| entry.item.to_json());
    own.or_else(|| {
        let target = fields.get("target")?.item.as_text()?;
        workspace.targets.get(target)?.base_url.clone().map(Json::from)
    })
}

/// The payload's path; it must be a file of the payloads folder, or of the workspace for the ancestor's suites.
pub(super) fn payload(
    workspace: &Workspace,
    suite: &Suite,
    built: &Built,
    fields: &Table,
) -> Result<Option<String>, RenderError> {
    let Some(entry) = fields.get("payload") else { return Ok(None) };
    let Some(name) = entry.item.as_text() else {
        return Err(crate::base::table::expected("the name of a payload file", &entry.item).into());
    };
    if let Some(path) = built.path(name) {
        return Ok(Some(path.to_owned()));
    }
    if suite.rendering == Rendering::Ancestor {
        // There it is mere text; where it names a file, its content counts.
        let path =
            [paths::join("render", name), paths::join(&workspace.payloads, name), paths::join("", name)];
        let present =
            path.into_iter().flatten().find(|path| !path.is_empty() && workspace.root.join(path).is_file());
        return Ok(present);
    }
    let folder = &workspace.payloads;
    let path = paths::join(folder, name).filter(|path| workspace.root.join(path).is_file());
    path.map(Some).ok_or_else(|| {
        let names = payload_names(workspace);
        Mistake::at(&entry.item.place, format!("no payload `{name}` in `{folder}/`"))
            .label("expected a file of the payloads folder")
            .nearest(name, names.iter().map(String::as_str).chain(built.names()))
            .into()
    })
}

/// The files directly in the payloads folder.
pub(super) fn payload_names(workspace: &Workspace) -> Vec<String> {
    let entries = std::fs::read_dir(workspace.root.join(&workspace.payloads)).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let mut names: Vec<_> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}
