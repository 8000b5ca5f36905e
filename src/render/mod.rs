//! A case becomes the bytes of a k6 script, and every file that the script opens becomes known.
//!
//! Rendering is pure: the same suite, templates and files give the same bytes. Inputs come from three
//! sides: fields that name a file (`payload`, `inputs`), `file(path=…)` in a template, and the string
//! literals that a JavaScript parser finds in `import`, `open()` and `client.load()`. What is computed
//! at run time cannot be seen here; `k6 archive` is the judge of that, in the stage `k6`.

mod built;
mod discover;
mod engine;
mod facets;
mod guesses;
mod inputs;
mod javascript;
mod legacy;
mod names;
mod named_files;
mod nesting;
mod options;
mod outside;
mod parsing;
mod paths;
mod proto;
mod remote;
mod rows;
mod script;
mod search;
mod set_up;
mod shape;
mod syntax;
mod template_names;
mod templates;
mod variables;

pub use inputs::{Input, InputKind};
pub use remote::remote_digest;
pub use script::{OwnLoad, Survey, survey};
pub use set_up::{SetUpCommands, SetUps};
pub use shape::Shape;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tera::Value;

use crate::base::address::passwords;
use crate::base::digest::Digest;
use crate::base::files::FileError;
use crate::base::mistake::{Mistake, Mistakes};
use crate::expand::Case;
use crate::manifest::Workspace;
use crate::suite::{Rendering, Suite};
use built::Built;
use discover::Discovery;
use facets::{CaseFacets, Facets, Origin, base_url};
use script::{Foreseen, Scripts};
use templates::Templates;
use variables::Variables;

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

/// Keeps the mistakes of a failure to tell them with others; what no user's file is guilty of is returned.
fn gathered<T>(result: Result<T, RenderError>, mistakes: &mut Mistakes) -> Result<Option<T>, RenderError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(RenderError::Mistakes(found)) => {
            mistakes.extend_with_new(found);
            Ok(None)
        }
        Err(error) => Err(error),
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
    /// The longest that k6 may take by its options; none where only k6 knows what a script's options are.
    pub longest: Option<Duration>,
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
        let mut mistakes = Mistakes::default();
        let templates = gathered(Templates::load(&workspace, &suite, cases), &mut mistakes)?;
        let scripts = gathered(Scripts::load(&workspace, &suite, cases), &mut mistakes)?;
        let facets = Facets::new(&suite, scripts.unwrap_or_default());
        mistakes.extend(options::check(&workspace, &suite, &facets, cases));
        let built = gathered(Built::new(&workspace, &suite), &mut mistakes)?;
        let (Some(templates), true) = (templates, mistakes.is_empty()) else {
            mistakes.extend_with_new(named_files::check_named(&workspace, &suite, built.as_ref(), cases));
            return Err(mistakes.into());
        };
        let discovery = Discovery::new(Arc::clone(&workspace), built.unwrap_or_default());
        let suite_value = Value::from_serializable(&json!({ "name": suite.name, "title": suite.title }));
        Ok(Self { workspace, suite, suite_value, templates, facets, discovery })
    }

    /// What is wrong with the files that the suite and `cases` name, for where something else is wrong already.
    pub fn check_files(
        workspace: &Workspace,
        suite: &Suite,
        cases: &[Case],
    ) -> Result<Mistakes, RenderError> {
        let mut mistakes = Mistakes::default();
        gathered(Templates::load(workspace, suite, cases), &mut mistakes)?;
        gathered(Scripts::load(workspace, suite, cases), &mut mistakes)?;
        let built = gathered(Built::new(workspace, suite), &mut mistakes)?;
        mistakes.extend_with_new(named_files::check_named(workspace, suite, built.as_ref(), cases));
        Ok(mistakes)
    }

    /// Renders one case and finds what its script opens.
    pub fn render(&self, case: &Case) -> Result<Rendered, RenderError> {
        let Printed { script, declared, facets } = self.print(case)?;
        let (expected, longest) = match foreseen(&facets) {
            None => (facets.options.expected, Some(facets.options.longest)),
            Some(foreseen) => {
                foreseen.mistakes(&self.suite.tests[case.test], case).or(())?;
                foreseen.times()
            }
        };
        let shape = self.discovery.shape(&script, declared, &facets, &case.id, &self.templates)?;
        Ok(Rendered { digest: Digest::of(script.as_bytes()), expected, longest, shape })
    }

    /// The tests whose templates never print the k6 options that they have. That is an error elsewhere; in the
    /// ancestor's suites it is worth a note.
    pub fn silent_tests(&self, cases: &[Case]) -> Result<BTreeSet<usize>, RenderError> {
        let mut silent = BTreeSet::new();
        for case in cases {
            let facets = self.facets.of(&self.workspace, &self.suite, self.discovery.inputs(), case)?;
            let Origin::Template(template) = &facets.rest.origin else { continue };
            if !facets.options.is_empty && !self.templates.prints_options(template) {
                silent.insert(case.test);
            }
        }
        Ok(silent)
    }

    /// The script of a case that was rendered before: the same bytes.
    pub fn script(&self, case: &Case) -> Result<String, RenderError> {
        Ok(self.print(case)?.script)
    }

    /// The address that a case loads: its own `base_url`, else its target's.
    pub fn address(&self, case: &Case) -> Option<String> {
        let address = base_url(&self.workspace, &case.fields(&self.suite.tests[case.test]))?;
        address.as_str().map(str::to_owned)
    }

    /// A note for each test whose first case loads an address with a password in it.
    fn password_notes(&self, cases: &[Case]) -> Vec<String> {
        let mut tests = BTreeSet::new();
        let first = |case: &&Case| tests.insert(case.test);
        let note = |case: &Case| {
            passwords(&self.address(case)?).first()?;
            let name = &self.suite.tests[case.test].name;
            Some(format!(
                "the `base_url` of `{name}` holds a password, which stands in its scripts; hand it over instead: \
                 env = {{ PASSWORD = {{ from = \"PASSWORD\", secret = true }} }}"
            ))
        };
        cases.iter().filter(first).filter_map(note).collect()
    }

    /// What a person should know of addresses, and of the scripts that are run as they are: a note for each test's first
    /// case.
    pub fn notes(&self, cases: &[Case]) -> Vec<String> {
        let mut tests = BTreeSet::new();
        let first = |case: &&Case| tests.insert(case.test) && self.suite.tests[case.test].is_scripted();
        let note = |case: &Case| {
            let facets = self.facets_of(case).ok()?;
            foreseen(&facets)?.note(&self.suite.tests[case.test])
        };
        cases.iter().filter(first).filter_map(note).chain(self.password_notes(cases)).collect()
    }

    /// Whether a scenario of a case's untouched script gives its function this variable, by an `env` of its own.
    pub fn gives_by_scenario(&self, case: &Case, name: &str) -> bool {
        let facets = self.facets_of(case);
        facets.is_ok_and(|facets| foreseen(&facets).is_some_and(|foreseen| foreseen.gives(name)))
    }

    /// The payloads that the suite builds, by name.
    pub fn built_payloads(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.discovery.inputs().built().all()
    }

    /// The files that they are made of, relative to the workspace.
    pub fn payload_sources(&self) -> impl Iterator<Item = &String> {
        self.discovery.inputs().built().sources().iter()
    }

    fn facets_of(&self, case: &Case) -> Result<CaseFacets, RenderError> {
        self.facets.of(&self.workspace, &self.suite, self.discovery.inputs(), case)
    }

    fn print(&self, case: &Case) -> Result<Printed, RenderError> {
        let facets = self.facets_of(case)?;
        let template = match &facets.rest.origin {
            Origin::Template(template) => template.clone(),
            Origin::Script(script) => {
                let overriding = facets.options.over.as_ref().map_or("", |(_, text)| text);
                let script = script::wrapper::text(script.name(), overriding);
                return Ok(Printed { script, declared: BTreeSet::new(), facets });
            }
        };
        let variables =
            Variables { suite: &self.suite, suite_value: &self.suite_value, case, facets: &facets };
        let (script, declared) = self.templates.render(&variables, &template)?;
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

/// What the wrapper of an untouched script makes of its options; none where a template is rendered.
fn foreseen(facets: &CaseFacets) -> Option<Foreseen<'_>> {
    match (&facets.rest.origin, &facets.options.over) {
        (Origin::Script(script), Some((overrides, _))) => Some(Foreseen::new(script, overrides)),
        _ => None,
    }
}

/// The ancestor's scripts stood in `render/`, ours stand where their template does.
fn script_place(workspace: &Workspace, suite: &Suite, template: &str) -> ScriptPlace {
    let template = template.trim_end_matches(".tera").trim_end_matches(".j2");
    let (folder, name) = template.rsplit_once('/').unwrap_or(("", template));
    let name = name.to_owned();
    if suite.rendering == Rendering::Ancestor {
        return ScriptPlace { folder: "render".into(), name };
    }
    let folder = [workspace.templates.as_str(), folder].join("/").trim_end_matches('/').to_owned();
    ScriptPlace { folder, name }
}
