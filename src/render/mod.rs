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
mod shape;
mod syntax;
mod templates;

pub use glob::files as glob_files;
pub use inputs::{Input, InputKind};
pub use shape::Shape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::base::digest::Digest;
use crate::base::document::Table;
use crate::base::files::FileError;
use crate::base::mistake::{Mistake, Mistakes};
use crate::expand::Case;
use crate::manifest::{EnvironmentValue, Workspace, environment};
use crate::spec::wall;
use crate::suite::{Form, Suite};
use inputs::Inputs;
use shape::Shapes;
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
    templates: Templates,
    inputs: Inputs,
    shapes: Shapes,
}

impl Renderer {
    /// Loads every template that the suite's cases name.
    pub fn new(workspace: Arc<Workspace>, suite: Arc<Suite>, cases: &[Case]) -> Result<Self, RenderError> {
        let templates = Templates::load(&workspace, &suite, cases)?;
        Ok(Self { workspace, suite, templates, inputs: Inputs::default(), shapes: Shapes::default() })
    }

    /// Renders one case and finds what its script opens.
    pub fn render(&self, case: &Case) -> Result<Rendered, RenderError> {
        let fields = case.fields(&self.suite.tests[case.test]);
        let printed = self.print(case, &fields)?;
        let Printed { template, place, script, declared, variables } = printed;
        let discovery = discover::Discovery {
            workspace: &self.workspace,
            inputs: &self.inputs,
            place: &place,
            case: &case.id,
            template,
        };
        let found = discovery.run(&script, &declared, &variables)?;
        let shape = Shape {
            inputs: found.inputs,
            absent: found.absent,
            environment_reads: found.environment_reads,
            templates: self.templates.sources_of(template),
            target: fields.get("target").and_then(|entry| entry.item.as_text()).map(str::to_owned),
            environment: declared_environment(&fields),
            globs: variables.globs,
            place,
        };
        Ok(Rendered {
            digest: Digest::of(script.as_bytes()),
            expected: wall::expected(&variables.options),
            longest: wall::longest(&variables.options),
            shape: self.shapes.intern(shape),
        })
    }

    /// The script of a case that was rendered before: the same bytes.
    pub fn script(&self, case: &Case) -> Result<String, RenderError> {
        let fields = case.fields(&self.suite.tests[case.test]);
        Ok(self.print(case, &fields)?.script)
    }

    fn print<'f>(&self, case: &Case, fields: &'f Table) -> Result<Printed<'f>, RenderError> {
        let template = Templates::of(&self.suite.tests[case.test], fields)?;
        let place = self.script_place(template);
        let variables = context::Variables::of(&self.workspace, &self.suite, case, fields, &place)?;
        let (script, declared) = self.templates.render(template, &variables, &case.id)?;
        let script = if self.suite.form == Form::Legacy { legacy::trimmed(script) } else { script };
        Ok(Printed { template, place, script, declared, variables })
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

/// A script with what led to it.
struct Printed<'f> {
    template: &'f str,
    place: ScriptPlace,
    script: String,
    /// What `file()` declared.
    declared: BTreeSet<String>,
    variables: context::Variables,
}

/// The environment variables that a case declares; their form was checked when the suite was read.
fn declared_environment(fields: &Table) -> BTreeMap<String, EnvironmentValue> {
    fields.get("env").and_then(|entry| environment(&entry.item).ok()).unwrap_or_default()
}
