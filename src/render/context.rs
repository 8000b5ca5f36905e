//! What a template sees: `k6_opts`, `options`, `payload`, `payload_path`, `base_url`, `model_name`,
//! `vars`, `suite`, `case`.

use serde_json::{Map, Value, json};

use super::{RenderError, ScriptPlace, legacy, paths};
use crate::base::document::{Table, table_to_json};
use crate::base::mistake::Mistake;
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::{Form, Suite};

/// The variables of one case, with the facts that inputs need.
pub(super) struct Variables {
    /// Everything but `k6_opts`, by name.
    pub values: Map<String, Value>,
    /// The text behind `k6_opts`: JavaScript already, printed as it is.
    pub k6_opts: String,
    /// The k6 options themselves.
    pub options: Map<String, Value>,
    /// The payload's path relative to the workspace.
    pub payload: Option<String>,
    /// The folder in which the script stands.
    pub folder: String,
    /// Globs of further declared inputs, relative to the workspace.
    pub globs: Vec<String>,
}

impl Variables {
    /// The variables of `case`, whose fields are `fields` and whose script stands at `place`.
    pub(super) fn of(
        workspace: &Workspace,
        suite: &Suite,
        case: &Case,
        fields: &Table,
        place: &ScriptPlace,
    ) -> Result<Self, RenderError> {
        let test = &suite.tests[case.test];
        let table = |key: &str| {
            fields.get(key).and_then(|entry| entry.item.as_table()).map(table_to_json).unwrap_or_default()
        };
        let options = table("k6");
        let vars = table("vars");
        let payload = payload(workspace, suite, fields)?;
        let mut values = Map::new();
        if suite.form == Form::Legacy {
            // The ancestor's templates name their own keys directly; what is missing is empty there.
            for name in ["payload", "base_url", "model_name"] {
                values.insert(name.into(), "".into());
            }
            values.extend(vars.clone());
            values.insert("name".into(), test.name.clone().into());
            values.insert("description".into(), test.description.clone().into());
        }
        for name in ["payload", "model_name"] {
            if let Some(entry) = fields.get(name) {
                values.insert(name.into(), entry.item.to_json());
            }
        }
        if let Some(path) = &payload {
            values.insert("payload_path".into(), paths::relative(&place.folder, path).into());
        }
        if let Some(url) = base_url(workspace, fields) {
            values.insert("base_url".into(), url);
        }
        let k6_opts = k6_opts(suite, case, &options);
        values.insert("options".into(), options.clone().into());
        values.insert("vars".into(), vars.into());
        values.insert("suite".into(), json!({ "name": suite.name, "title": suite.title }));
        values.insert(
            "case".into(),
            json!({ "id": case.id, "test": test.name, "parameters": case.parameters(test) }),
        );
        let globs = fields.get("inputs").and_then(|entry| entry.item.as_list()).into_iter().flatten();
        let globs = globs.filter_map(|item| item.as_text()).map(str::to_owned).collect();
        Ok(Self { values, k6_opts, options, payload, folder: place.folder.clone(), globs })
    }
}

fn k6_opts(suite: &Suite, case: &Case, options: &Map<String, Value>) -> String {
    match suite.form {
        Form::Toml => format!("export const options = {};", super::javascript::literal_pretty(options)),
        Form::Legacy => {
            let axes = &suite.tests[case.test].axes;
            let exploded: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
            legacy::options_text(options, &exploded)
        }
    }
}

/// The case's own `base_url`, else its target's.
fn base_url(workspace: &Workspace, fields: &Table) -> Option<Value> {
    let own = fields.get("base_url").map(|entry| entry.item.to_json());
    own.or_else(|| {
        let target = fields.get("target")?.item.as_text()?;
        workspace.targets.get(target)?.base_url.clone().map(Value::from)
    })
}

/// The payload's path; it must be a file of the payloads folder, or of the workspace for the ancestor's suites.
fn payload(workspace: &Workspace, suite: &Suite, fields: &Table) -> Result<Option<String>, RenderError> {
    let Some(entry) = fields.get("payload") else { return Ok(None) };
    let Some(name) = entry.item.as_text() else {
        return Err(crate::base::table::expected("the name of a payload file", &entry.item).into());
    };
    if suite.form == Form::Legacy {
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
            .nearest(name, names.iter().map(String::as_str))
            .into()
    })
}

fn payload_names(workspace: &Workspace) -> Vec<String> {
    let entries = std::fs::read_dir(workspace.root.join(&workspace.payloads)).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}
