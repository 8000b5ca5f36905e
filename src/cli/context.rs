//! From what was typed to compiled suites: workspace, suite files, cases, scripts, graph.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::ancestor::{self, Named};
use super::arguments::{Arguments, Suites};
use super::failure::Failure;
use super::folders::store_folder;
use super::loaded::Loaded;
use super::named::{check_folders, has_suite_ending, listed, near_suite, no_such_suite};
use super::{exit, output};
use crate::base::capture::Supervision;
use crate::base::digest::Digest;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::base::mistake::Mistakes;
use crate::base::nearest::nearest;
use crate::expand::{Case, Filter, Selection, expand_as_far};
use crate::graph::Graph;
use crate::k6::{K6, K6Error, Places, Requirement, find};
use crate::manifest::{EnvironmentValue, ManifestError, Workspace, open};
use crate::plan::is_measured;
use crate::render::{RenderError, Rendered, Renderer, SetUps};
use crate::store::Store;
use crate::suite::{self, Chosen, Overrides, Suite, SuiteFile};
use crate::target::Surroundings;

/// What a command is about.
pub(super) struct Context {
    pub(super) workspace: Arc<Workspace>,
    pub(super) environment: Environment,
    pub(super) suites: Vec<SuiteFile>,
    pub(super) selection: Selection,
    /// What lies over the tests of every suite.
    pub(super) overrides: Arc<Overrides>,
    /// As it was typed: builds under other flags are other builds.
    pub(super) flags: String,
    /// The folder above the store.
    pub(super) store_folder: PathBuf,
    /// The folder of outputs that was typed, absolute, and as typed.
    pub(super) out: Option<(PathBuf, String)>,
    /// How many trials each case has, whatever the suites say.
    pub(super) repeat: Option<u32>,
    /// The guard of every process. Only a build takes signals; they end any other command, and the guards then
    /// end what it started.
    pub(super) supervision: Supervision,
}

impl Context {
    /// Opens the workspace and tells suites from case selectors. With no suite named, the default
    /// suites are meant, and without any default that is wrong usage.
    pub(super) fn open(
        arguments: &Arguments,
        typed: &Suites,
        environment: Environment,
    ) -> Result<Self, Failure> {
        let from_environment = ancestor::named(arguments, &environment);
        let mut workspace = open_workspace(arguments, typed, &from_environment)?;
        let chosen = Chosen { profiles: &typed.profile, axes: &typed.axis, sets: &typed.set };
        let overrides = Arc::new(Overrides::read(&workspace, chosen)?);
        let conditions = typed.conditions.iter().map(|text| Filter::parse(text));
        let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
        let mut suites = Vec::new();
        let mut patterns = Vec::new();
        for selector in &typed.selectors {
            let found = suite::resolve(&workspace, &arguments.directory, selector);
            if found.is_empty() && suite::is_folder(&workspace, &arguments.directory, selector) {
                return Err(Failure::usage(format!("the folder `{selector}` holds no suite")));
            }
            if !found.is_empty() {
                suites.extend(found);
            } else if (selector.contains('/') && !selector.contains('[')) || has_suite_ending(selector) {
                return Err(no_such_suite(&workspace, selector));
            } else {
                patterns.push(selector.clone());
            }
        }
        let mut not_read = None;
        match from_environment {
            Named::Suite(path) if suites.is_empty() => {
                ancestor::place_templates(arguments, &environment, &mut workspace);
                ancestor::send_to_prometheus(arguments, &environment, &mut workspace);
                ancestor::announce(arguments, &environment, &path, &workspace.templates);
                suites.push(suite::at(&workspace, &path));
            }
            Named::Other(why) if suites.is_empty() => not_read = Some(why),
            _ => {}
        }
        if suites.is_empty() {
            if let Some(why) = not_read.as_ref().filter(|_| !workspace.default_suites.is_empty()) {
                output::talk(&format!("{:>10} {why}: the default suites are meant", "note"));
            }
            for name in &workspace.default_suites {
                let found = suite::resolve(&workspace, &workspace.root, name);
                if found.is_empty() {
                    return Err(no_such_suite(&workspace, name));
                }
                suites.extend(found);
            }
        }
        if suites.is_empty() {
            let problem = match patterns.first() {
                Some(pattern) => format!("`{pattern}` is no suite, and `default-suites` is empty"),
                None => "no suite is named, and `default-suites` is empty".to_owned(),
            };
            let near = patterns.first().map(|pattern| near_suite(&workspace, pattern)).unwrap_or_default();
            let not_read = not_read.map(|why| format!("\nhint: {why}")).unwrap_or_default();
            return Err(Failure::usage(format!("{problem}\n{}{near}{not_read}", listed(&workspace))));
        }
        let suites = suite::once(suites);
        check_folders(&workspace, &suites)?;
        let supervision = supervision(Interrupt::default())?;
        let selection = Selection::of(patterns).under(conditions);
        let flags = format!("{chosen:?}");
        let store_folder = store_folder(arguments, &workspace.root);
        Ok(Self {
            workspace: Arc::new(workspace),
            environment,
            suites,
            selection,
            overrides,
            flags,
            store_folder,
            out: None,
            repeat: None,
            supervision,
        })
    }

    /// Reads, expands and renders one suite.
    pub(super) fn load(&self, file: &SuiteFile) -> Result<Loaded, Failure> {
        let (suite, mut mistakes) = suite::read_as_far(&self.workspace, file, &self.overrides)?;
        if mistakes.is_empty() {
            return self.load_suite(suite);
        }
        let (cases, of_cases) = expand_as_far(&suite);
        mistakes.extend_with_new(of_cases);
        self.with_files(&suite, &cases, mistakes)
    }

    /// The failure of a suite with `mistakes`, and with those of the files that it names: all are told in one pass.
    fn with_files<T>(&self, suite: &Suite, cases: &[Case], mut mistakes: Mistakes) -> Result<T, Failure> {
        mistakes.extend_elsewhere(Renderer::check_files(&self.workspace, suite, cases)?);
        Err(mistakes.into())
    }

    /// Expands and renders a suite that was read.
    pub(super) fn load_suite(&self, mut suite: Suite) -> Result<Loaded, Failure> {
        for test in suite.tests.iter_mut().filter(|test| is_measured(test)) {
            if let Some(repeat) = self.repeat {
                (test.repeat, test.repeat_place) = (repeat, None);
            }
        }
        let suite = Arc::new(suite);
        let (cases, mistakes) = expand_as_far(&suite);
        if !mistakes.is_empty() {
            return self.with_files(&suite, &cases, mistakes);
        }
        let graph = Graph::build(&suite, &cases)?;
        let renderer = Renderer::new(Arc::clone(&self.workspace), Arc::clone(&suite), &cases)?;
        let results: Vec<Result<Rendered, RenderError>> =
            cases.par_iter().map(|case| renderer.render(case)).collect();
        let mut mistakes = Mistakes::default();
        let mut rendered = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(one) => rendered.push(one),
                // Every case of a wrong template has the same mistake: it is told once.
                Err(RenderError::Mistakes(found)) => {
                    mistakes.extend_with_new(found);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let set_ups = mistakes.collect(SetUps::render(&suite)).unwrap_or_default();
        mistakes.or(())?;
        let scrapes = self.workspace.scrapes.clone();
        Ok(Loaded { suite, cases, graph, rendered, set_ups, scrapes, renderer })
    }

    /// Loads every named suite; a selector that selects nothing in any of them is an error.
    pub(super) fn load_all(&self) -> Result<Vec<Loaded>, Failure> {
        self.load_all_telling(&mut |_, _| {})
    }

    /// The same; the mistakes of each suite are told with it. All of them are looked at, whatever is wrong in the first.
    pub(super) fn load_all_telling(
        &self,
        unplanned: &mut dyn FnMut(&SuiteFile, &Mistakes),
    ) -> Result<Vec<Loaded>, Failure> {
        let (mut loaded, mut mistakes) = (Vec::with_capacity(self.suites.len()), Mistakes::default());
        for file in &self.suites {
            match self.load(file) {
                Ok(suite) => loaded.push(suite),
                Err(Failure::Mistakes(found)) => {
                    unplanned(file, &found);
                    // What is typed is wrong in every suite.
                    if mistakes.is_empty() { mistakes = found } else { mistakes.extend_with_new(found) }
                }
                Err(other) => return Err(other),
            }
        }
        mistakes.or(())?;
        self.check_reached(&loaded)?;
        self.check_selects(&self.selection, &loaded)?;
        self.check_conditions(&loaded)?;
        if loaded.iter().all(|one| one.measured().next().is_none()) {
            let message = "there is nothing to run: no test of role `load`".to_owned();
            return Err(Failure::Other { code: exit::NOTHING, message });
        }
        Ok(loaded)
    }

    /// What was typed must reach a test of some suite; what a profile says need not.
    fn check_reached(&self, loaded: &[Loaded]) -> Result<(), Failure> {
        let mut mistakes = Mistakes::default();
        for (number, change) in self.overrides.changes.iter().enumerate() {
            if change.is_typed() && loaded.iter().all(|one| one.suite.unreached.contains(&number)) {
                mistakes.extend(change.reaches_nothing(loaded.iter().flat_map(|one| &one.suite.tests)));
            }
        }
        Ok(mistakes.or(())?)
    }

    /// The conditions of `--where` must be about axes that there are, and hold for some case.
    fn check_conditions(&self, loaded: &[Loaded]) -> Result<(), Failure> {
        let suites: Vec<(&Suite, &[Case])> = loaded.iter().map(|one| (&*one.suite, &*one.cases)).collect();
        let mut mistakes = Mistakes::default();
        for condition in self.selection.conditions() {
            mistakes.extend(condition.check(&suites));
        }
        mistakes.or(())?;
        let selects = |one: &Loaded| one.measured().any(|(case, _)| self.selection.selects(&one.suite, case));
        if self.selection.conditions().is_empty() || loaded.iter().any(selects) {
            return Ok(());
        }
        let typed: Vec<&str> = self.selection.conditions().iter().map(Filter::text).collect();
        let message = format!("no selected case fulfils `--where {}`", typed.join(" --where "));
        Err(Failure::Other { code: exit::NOTHING, message })
    }

    /// Every pattern of `selection` must select something in some of the suites.
    pub(super) fn check_selects(&self, selection: &Selection, loaded: &[Loaded]) -> Result<(), Failure> {
        let unmatched: Vec<BTreeSet<&str>> = loaded
            .iter()
            .map(|one| selection.unmatched(&one.suite, &one.cases).into_iter().collect())
            .collect();
        let nowhere = unmatched
            .iter()
            .skip(1)
            .fold(unmatched.first().cloned().unwrap_or_default(), |all, one| &all & one);
        if let Some(pattern) = nowhere.first() {
            let ids: Vec<&str> =
                loaded.iter().flat_map(|one| &one.cases).map(|case| case.id.as_str()).collect();
            let tests = loaded.iter().flat_map(|one| &one.suite.tests).map(|test| test.name.as_str());
            let suites = suite::all(&self.workspace);
            let suites = suites.iter().map(|file| file.name.as_str());
            let near = nearest(pattern, ids.into_iter().chain(tests).chain(suites));
            let hint = near.map(|near| format!("\nhint: did you mean `{near}`?")).unwrap_or_default();
            return Err(Failure::Other {
                code: exit::NOTHING,
                message: format!("`{pattern}` selects no suite and no case{hint}"),
            });
        }
        Ok(())
    }

    pub(super) fn store(&self) -> Result<Store, Failure> {
        Ok(Store::open_in(&self.store_folder)?)
    }

    pub(super) fn requirement(&self) -> Result<Requirement, K6Error> {
        Requirement::read(self.workspace.k6.version.as_deref())
    }

    /// The k6 that fits, if there is one.
    pub(super) fn find_k6(&self) -> Result<Option<K6>, K6Error> {
        let tools = self.tools();
        let configured = self.workspace.k6.path.as_ref().map(|path| self.workspace.root.join(path));
        let cache = tools.join("versions.json");
        let places = Places {
            environment: &self.environment,
            configured: configured.as_deref(),
            tools: &tools,
            cache: Some(&cache),
            supervision: &self.supervision,
        };
        find(&places, &self.requirement()?).result()
    }

    pub(super) fn surroundings(&self, store: &Store, k6: Option<&K6>) -> Surroundings {
        Surroundings {
            root: self.workspace.root.clone(),
            out: self.workspace.out.clone(),
            environment: self.environment.clone(),
            supervision: self.supervision.clone(),
            k6: k6.map(|k6| k6.path.clone()),
            scratch: store.root().join("scratch").join("target"),
        }
    }

    /// What keys hold of a declared variable: its value, where it comes from if it is secret, and for a
    /// secret `in_key` a keyed hash, whose key never leaves the workspace's store.
    pub(super) fn shown_variable(&self, value: &EnvironmentValue, salt: &[u8]) -> String {
        match value {
            EnvironmentValue::Plain(text) => text.clone(),
            EnvironmentValue::From { name, secret: false, .. } => {
                self.environment.shown(name).unwrap_or_default()
            }
            EnvironmentValue::From { name, in_key: false, .. } => format!("secret from {name}"),
            EnvironmentValue::From { name, .. } => {
                let secret = self.environment.get(name).unwrap_or_default().as_encoded_bytes();
                format!("secret {}", Digest::of(&[salt, secret].concat()))
            }
        }
    }
}

/// What keys hold of a secret file: its content cannot be told from it, nor tried out.
pub(super) fn keyed(digest: &Digest, salt: &[u8]) -> Digest {
    Digest::of(&[salt, digest.hex().as_bytes()].concat())
}

/// This binary as the guard of all that is started, and the signals that end it.
pub(super) fn supervision(interrupt: Interrupt) -> Result<Supervision, Failure> {
    let guard = std::env::current_exe().map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    Ok(Supervision { guard, interrupt })
}

/// The lock of this host's load: what `HOWITZER_LOAD_LOCK` names, else one for the whole host, and so not in the
/// user's own temporary folder.
pub(super) fn load_lock(environment: &Environment) -> PathBuf {
    let named = environment.get("HOWITZER_LOAD_LOCK").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from("/tmp").join("howitzer-load.lock"))
}

/// The ancestor's JSON needs no manifest: there the folder itself is the workspace.
fn open_workspace(arguments: &Arguments, typed: &Suites, named: &Named) -> Result<Workspace, Failure> {
    match open(&arguments.directory) {
        Err(ManifestError::NotFound(folder)) => {
            let is_json =
                |selector: &String| Path::new(selector).extension().is_some_and(|ending| ending == "json");
            match named {
                _ if typed.selectors.iter().any(is_json) => Ok(Workspace::at(folder)),
                Named::Suite(_) => Ok(Workspace::at(folder)),
                Named::Other(why) => {
                    let error = ManifestError::NotFound(folder);
                    Err(Failure::usage(format!("{error}\nhint: {why}")))
                }
                Named::Nothing => Err(ManifestError::NotFound(folder).into()),
            }
        }
        other => Ok(other?),
    }
}
