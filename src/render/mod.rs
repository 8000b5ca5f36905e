//! A case becomes the bytes of a k6 script, and every file that the script opens becomes known.
//!
//! Rendering is pure: the same suite, templates and files give the same bytes. Inputs come from three
//! sides: fields that name a file (`payload`, `inputs`), `file(path=…)` in a template, and the string
//! literals that a JavaScript parser finds in `import`, `open()` and `client.load()`. What is computed
//! at run time cannot be seen here; `k6 archive` is the judge of that, in the stage `k6`.

mod context;
mod discover;
mod glob;
mod inputs;
mod javascript;
mod legacy;
mod paths;
mod proto;
mod syntax;
mod templates;

pub use glob::files as glob_files;
pub use inputs::{Input, InputKind, Inputs};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use crate::base::digest::Digest;
use crate::base::files::FileError;
use crate::base::mistake::{Mistake, Mistakes};
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::{Form, Suite};
use templates::Templates;

/// A case that could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template or what a case gives it is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// A template or an input cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<Mistake> for RenderError {
    fn from(mistake: Mistake) -> Self {
        Self::Mistakes(mistake.into())
    }
}

/// Where a script stands: its template's folder and name, relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptPlace {
    /// The folder, `/`-separated, without a trailing slash.
    pub folder: String,
    /// The file name.
    pub name: String,
}

impl ScriptPlace {
    /// `js` or `ts`.
    pub fn ending(&self) -> &str {
        if Path::new(&self.name).extension().is_some_and(|ending| ending == "ts") { "ts" } else { "js" }
    }
}

/// A rendered case.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The script.
    pub script: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Where it stands.
    pub place: ScriptPlace,
    /// Everything it opens or imports, by path relative to the workspace.
    pub inputs: BTreeMap<String, Input>,
    /// The names `X` of every `__ENV.X` that it or its modules read.
    pub environment_reads: BTreeSet<String>,
    /// The k6 options of the case.
    pub options: Map<String, Value>,
    /// The case's fields without places: template, target, payload, base_url, model_name, vars, env, k6.
    pub fields: Map<String, Value>,
    /// The sources of the template: its name and digest, also of what it includes.
    pub templates: BTreeMap<String, Digest>,
}

/// Renders the cases of one suite.
pub struct Renderer<'a> {
    workspace: &'a Workspace,
    suite: &'a Suite,
    templates: Templates,
    inputs: &'a Inputs,
}

impl<'a> Renderer<'a> {
    /// Loads every template that the suite's cases name.
    pub fn new(
        workspace: &'a Workspace,
        suite: &'a Suite,
        cases: &[Case],
        inputs: &'a Inputs,
    ) -> Result<Self, RenderError> {
        let templates = Templates::load(workspace, suite, cases)?;
        Ok(Self { workspace, suite, templates, inputs })
    }

    /// Renders one case.
    pub fn render(&self, case: &Case) -> Result<Rendered, RenderError> {
        let test = &self.suite.tests[case.test];
        let fields = case.fields(test);
        let template = Templates::of(test, &fields)?;
        let place = self.script_place(template);
        let variables = context::Variables::of(self.workspace, self.suite, case, &fields, &place)?;
        let (script, declared) = self.templates.render(template, &variables, &case.id)?;
        let script = if self.suite.form == Form::Legacy { legacy::trimmed(script) } else { script };
        let found = discover::Discovery {
            workspace: self.workspace,
            inputs: self.inputs,
            place: &place,
            case: &case.id,
            template,
        }
        .run(&script, &declared, &variables)?;
        Ok(Rendered {
            digest: Digest::of(script.as_bytes()),
            script,
            place,
            inputs: found.inputs,
            environment_reads: found.environment_reads,
            options: variables.options,
            fields: crate::base::document::table_to_json(&fields),
            templates: self.templates.sources_of(template),
        })
    }

    /// The ancestor's scripts stood in `render/`, ours stand where their template does.
    fn script_place(&self, template: &str) -> ScriptPlace {
        let template = template.trim_end_matches(".tera").trim_end_matches(".j2");
        let (folder, name) = template.rsplit_once('/').unwrap_or(("", template));
        let name = name.to_owned();
        if self.suite.form == Form::Legacy {
            return ScriptPlace { folder: "render".into(), name };
        }
        let folder = [self.workspace.templates.as_str(), folder].join("/").trim_end_matches('/').to_owned();
        ScriptPlace { folder, name }
    }
}
