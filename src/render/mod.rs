//! A case becomes the bytes of a k6 script, and every file that the script opens becomes known.
//!
//! Rendering is pure: the same suite, templates and files give the same bytes. Inputs come from three
//! sides: fields that name a file (`payload`, `inputs`), `file(path=…)` in a template, and the string
//! literals that a JavaScript parser finds in `import`, `open()` and `client.load()`. What is computed
//! at run time cannot be seen here; `k6 archive` is the judge of that, in the stage `k6`.

mod built;
mod discover;
mod engine_words;
mod facets;
mod inputs;
mod javascript;
mod legacy;
mod names;
mod options;
mod outside;
mod paths;
mod proto;
mod remote;
mod rows;
mod set_up;
mod shape;
mod syntax;
mod templates;

pub use inputs::{Input, InputKind};
pub use remote::remote_digest;
pub use set_up::{SetUpCommands, SetUps};
pub use shape::Shape;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tera::Value;

use crate::base::digest::Digest;
use crate::base::files::FileError;
use crate::base::mistake::{Mistake, Mistakes};
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::{Form, Suite};
use built::Built;
use discover::Discovery;
use facets::{CaseFacets, Facets};
use templates::{Templates, Variables};

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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// A rendered case, as far as keys and plans need it. Its script is made again where it is needed:
/// rendering is pure, and a million scripts do not fit into memory.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The digest of the script's bytes.
    pub digest: Digest,
    /// How long its load is expected to take; none where nobody knows.
    pub expected: Option<Duration>,
    /// The longest that k6 may take by its options.
    pub longest: Duration,
    /// What it shares with other cases.
    pub shape: Arc<Shape>,
}

/// Renders the cases of one suite.
pub struct Renderer {
    workspace: Arc<Workspace>,
    suite: Arc<Suite>,
    suite_value: Value,
    templates: Templates,
    facets: Facets,
    discovery: Discovery,
}

impl Renderer {
    /// Loads every template that the suite's cases name.
    pub fn new(workspace: Arc<Workspace>, suite: Arc<Suite>, cases: &[Case]) -> Result<Self, RenderError> {
        let templates = Templates::load(&workspace, &suite, cases)?;
        let suite_value = Value::from_serializable(&json!({ "name": suite.name, "title": suite.title }));
        let facets = Facets::new(&suite);
        options::check(&workspace, &suite, &facets, cases).or(())?;
        let built = Built::new(&workspace, &suite)?;
        let discovery = Discovery::new(Arc::clone(&workspace), built);
        Ok(Self { workspace, suite, suite_value, templates, facets, discovery })
    }

    /// Renders one case and finds what its script opens.
    pub fn render(&self, case: &Case) -> Result<Rendered, RenderError> {
        let Printed { script, declared, facets } = self.print(case)?;
        let shape = self.discovery.shape(&script, declared, &facets, &case.id, &self.templates)?;
        Ok(Rendered {
            digest: Digest::of(script.as_bytes()),
            expected: facets.options.expected,
            longest: facets.options.longest,
            shape,
        })
    }

    /// The script of a case that was rendered before: the same bytes.
    pub fn script(&self, case: &Case) -> Result<String, RenderError> {
        Ok(self.print(case)?.script)
    }

    /// The payloads that the suite builds, by name.
    pub fn built_payloads(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.discovery.inputs().built().all()
    }

    /// The files that they are made of, relative to the workspace.
    pub fn payload_sources(&self) -> impl Iterator<Item = &String> {
        self.discovery.inputs().built().sources().iter()
    }

    fn print(&self, case: &Case) -> Result<Printed, RenderError> {
        let facets = self.facets.of(&self.workspace, &self.suite, self.discovery.inputs(), case)?;
        let variables =
            Variables { suite: &self.suite, suite_value: &self.suite_value, case, facets: &facets };
        let (script, declared) = self.templates.render(&variables)?;
        let script = if self.suite.form == Form::Legacy { legacy::trimmed(script) } else { script };
        Ok(Printed { script, declared, facets })
    }
}

/// A script with what led to it.
struct Printed {
    script: String,
    /// What `file()` declared.
    declared: BTreeSet<String>,
    facets: CaseFacets,
}

/// The ancestor's scripts stood in `render/`, ours stand where their template does.
fn script_place(workspace: &Workspace, suite: &Suite, template: &str) -> ScriptPlace {
    let template = template.trim_end_matches(".tera").trim_end_matches(".j2");
    let (folder, name) = template.rsplit_once('/').unwrap_or(("", template));
    let name = name.to_owned();
    if suite.form == Form::Legacy {
        return ScriptPlace { folder: "render".into(), name };
    }
    let folder = [workspace.templates.as_str(), folder].join("/").trim_end_matches('/').to_owned();
    ScriptPlace { folder, name }
}
