//! The shapes of scripts: what was found for one script holds for all that open the same literals.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::built::Built;
use super::facets::{CaseFacets, Origin, Rest};
use super::inputs::Inputs;
use super::search::Search;
use super::shape::Shape;
use super::syntax::{self, How, Seen};
use super::templates::Templates;
use super::{RenderError, options};
use crate::manifest::{EnvironmentValue, Workspace};

/// The search for the inputs of scripts. What was found for one script holds for all that open the same
/// literals from the same place.
pub(super) struct Discovery {
    pub(super) workspace: Arc<Workspace>,
    inputs: Inputs,
    files: RwLock<HashMap<String, bool>>,
    shapes: RwLock<HashMap<Question, Arc<Shape>>>,
}

/// Everything that the answer depends on, files aside, which are read once.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    /// The template's name, or the script's path, and whether it is a script.
    origin: (String, bool),
    payload: Option<String>,
    target: Option<String>,
    environment: BTreeMap<String, EnvironmentValue>,
    globs: Vec<String>,
    secrets: BTreeMap<String, bool>,
    /// What `file()` declared.
    declared: BTreeSet<String>,
    /// The literals, without their places.
    opened: Vec<(How, String)>,
    is_computed: bool,
    environment_reads: BTreeSet<String>,
}

impl Discovery {
    pub(super) fn new(workspace: Arc<Workspace>, built: Built) -> Self {
        Self { workspace, inputs: Inputs::new(built), files: RwLock::default(), shapes: RwLock::default() }
    }

    /// All files read so far.
    pub(super) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Whether a file stands at a path of the workspace; each is looked at once a build.
    pub(super) fn is_file(&self, path: &str) -> bool {
        if let Some(known) = self.files.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return *known;
        }
        let is_file = self.inputs.built().bytes(path).is_some() || self.workspace.root.join(path).is_file();
        self.files.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), is_file);
        is_file
    }

    /// The shape of a script: what it opens, and where it stands.
    pub(super) fn shape(
        &self,
        script: &str,
        declared: BTreeSet<String>,
        facets: &CaseFacets,
        case: &str,
        templates: &Templates,
    ) -> Result<Arc<Shape>, RenderError> {
        let rest: &Rest = &facets.rest;
        let search = Search { discovery: self, templates, rest, case };
        let (name, is_script) = match &rest.origin {
            Origin::Template(name) => (name, false),
            Origin::Script(script) => (&script.path, true),
        };
        let mut seen = syntax::parse(&rest.place.name, script).map_err(|error| {
            let message = format!("syntax error: {}", error.message);
            let mistake = search.at(&search.text(script), error.range, message);
            match hint_of(&error.message).filter(|_| !is_script) {
                Some(hint) => mistake.hint(hint),
                None => mistake,
            }
        })?;
        if is_script {
            // A wrapper opens its script, which is added as such, and the files among the suite's options.
            seen.opened.retain(|opened| opened.how == How::Open);
            seen = Seen { opened: seen.opened, ..Seen::default() };
        } else {
            let begin = || templates.first_line(name);
            options::check_functions(&self.workspace, &facets.options, script, &rest.place, case, begin)?;
        }
        let question = Question {
            origin: (name.clone(), is_script),
            payload: rest.payload.clone(),
            target: rest.target.clone(),
            environment: rest.environment.clone(),
            globs: rest.globs.clone(),
            secrets: facets.options.secrets.clone(),
            declared,
            opened: seen.opened.iter().map(|opened| (opened.how.clone(), opened.path.clone())).collect(),
            is_computed: seen.is_computed,
            environment_reads: seen.environment_reads.clone(),
        };
        if let Some(known) = self.shapes.read().unwrap_or_else(PoisonError::into_inner).get(&question) {
            return Ok(Arc::clone(known));
        }
        let found = search.run(script, &seen, &question.declared)?;
        let built = found.inputs.keys();
        let built =
            built.filter_map(|path| Some((path.clone(), Arc::clone(self.inputs.built().bytes(path)?))));
        let mut secrets = question.secrets.clone();
        secrets.retain(|path, _| found.inputs.contains_key(path));
        let shape = Shape {
            built: built.collect(),
            secrets,
            place: rest.place.clone(),
            inputs: found.inputs,
            absent: found.absent,
            environment_reads: found.environment_reads,
            is_computed: found.is_computed,
            templates: if is_script { Arc::default() } else { templates.sources_of(name) },
            target: rest.target.clone(),
            environment: rest.environment.clone(),
            globs: rest.globs.clone(),
        };
        let mut all = self.shapes.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(question).or_insert_with(|| Arc::new(shape))))
    }
}

/// What most probably led to a syntax error of a rendered script.
fn hint_of(message: &str) -> Option<&'static str> {
    if message.starts_with("Invalid Unicode escape") {
        return Some(
            "what is printed is escaped for a string in quotes; outside of one print `{{ … | json }}`",
        );
    }
    message.contains("export 'options'").then_some(
        "`{{ k6_opts }}` exports the options already: the template cannot export its own beside them",
    )
}
