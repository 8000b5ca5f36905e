//! From the literals in a script to the files behind them, through modules and protos.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use super::built::Built;
use super::facets::{self, CaseFacets, Origin, Rest};
use super::inputs::{Input, InputKind, Inputs};
use super::script::Script;
use super::shape::Shape;
use super::syntax::{self, How, Opened, Seen};
use super::templates::Templates;
use super::{RenderError, gathered, options, paths, remote};
use crate::base::glob;
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};
use crate::expand::Case;
use crate::manifest::{EnvironmentValue, Workspace};
use crate::suite::Suite;

/// The search for the inputs of scripts. What was found for one script holds for all that open the same
/// literals from the same place.
pub(super) struct Discovery {
    workspace: Arc<Workspace>,
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

/// The search for one script's inputs.
struct Search<'a> {
    discovery: &'a Discovery,
    templates: &'a Templates,
    rest: &'a Rest,
    case: &'a str,
}

/// What it found.
#[derive(Default)]
struct Found {
    inputs: BTreeMap<String, Input>,
    environment_reads: BTreeSet<String>,
    is_computed: bool,
    /// Where a file would count if it came.
    absent: BTreeSet<String>,
}

/// The text in which a literal stands, for messages.
struct Within<'s> {
    /// The script, or the path of the module.
    text: Text<'s>,
    /// The folder of the module that holds the literal.
    folder: String,
}

#[derive(Clone, Copy)]
enum Text<'s> {
    Script(&'s str),
    Module(&'s str),
    /// By its address.
    Remote(&'s str),
}

impl Discovery {
    pub(super) fn new(workspace: Arc<Workspace>, built: Built) -> Self {
        Self { workspace, inputs: Inputs::new(built), files: RwLock::default(), shapes: RwLock::default() }
    }

    /// All files read so far.
    pub(super) fn inputs(&self) -> &Inputs {
        &self.inputs
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
            search.at(&search.text(script), error.range, format!("syntax error: {}", error.message))
        })?;
        if is_script {
            // A wrapper opens its script, which is added as such, and the files among the suite's options.
            seen.opened.retain(|opened| opened.how == How::Open);
            seen = Seen { opened: seen.opened, ..Seen::default() };
        } else {
            options::check_functions(&self.workspace, &facets.options, script, &rest.place, case)?;
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

/// What of the files that `fields` name is missing, for where no script can be rendered: the payload and the patterns
/// of `inputs`.
pub(super) fn check_named(
    workspace: &Workspace,
    suite: &Suite,
    built: Option<&Built>,
    cases: &[Case],
) -> Mistakes {
    let mut seen = BTreeSet::new();
    let mut mistakes = Mistakes::default();
    for case in cases {
        let fields = case.fields(&suite.tests[case.test]);
        let named = ["payload", "inputs"].map(|field| fields.get(field));
        let places = named.map(|entry| entry.map(|entry| (case.test, entry.item.place.range.start)));
        if !seen.insert(places) {
            continue;
        }
        // Which payloads are built is known where all of them could be.
        let payload = built.map(|built| facets::payload(workspace, suite, built, &fields));
        if let Some(Err(RenderError::Mistakes(found))) = payload {
            mistakes.extend_with_new(found);
        }
        for item in named[1].and_then(|entry| entry.item.as_list()).into_iter().flatten() {
            let matched = item.as_text().map(|pattern| globbed(workspace, pattern, &item.place));
            if let Some(Err(found)) = matched {
                mistakes.extend_with_new(found);
            }
        }
    }
    mistakes
}

/// The files that match a pattern of `inputs`; none is a mistake.
fn globbed(workspace: &Workspace, pattern: &str, place: &Place) -> Result<Vec<String>, Mistakes> {
    let out = &workspace.out;
    let matched: Vec<String> = glob::files(&workspace.root, out, pattern).into_iter().collect();
    if matched.is_empty() {
        let none = || format!("no file matches `{pattern}`");
        let mistake = Mistake::at(place, glob::problem(pattern).unwrap_or_else(none));
        return Err(mistake.label(format!("expected files of the workspace, not below {out}/")).into());
    }
    Ok(matched)
}

impl Search<'_> {
    fn text<'s>(&self, script: &'s str) -> Within<'s> {
        Within { text: Text::Script(script), folder: self.rest.place.folder.clone() }
    }

    /// A mistake in the script, shown at the template's line where that line reached the script as it
    /// stands there, else in the rendered script; or a mistake in a module.
    fn at(&self, origin: &Within<'_>, range: Range<usize>, message: String) -> Mistake {
        let (path, text) = match origin.text {
            Text::Script(script) => {
                let Origin::Template(template) = &self.rest.origin else { return Mistake::new(message) };
                if let Some(place) = self.templates.place_of(template, script, &range) {
                    return Mistake::at(&place, message).label(format!("in the script of `{}`", self.case));
                }
                (format!("{template} (rendered for {})", self.case), script.to_owned())
            }
            Text::Remote(url) => return Mistake::new(format!("{url}: {message}")),
            // It was read a moment ago; where it is gone, its path must do.
            Text::Module(path) => {
                (path.to_owned(), std::fs::read_to_string(self.root().join(path)).unwrap_or_default())
            }
        };
        Mistake::at(&Place { source: Arc::new(Source { path, text }), range }, message)
    }

    fn run(&self, script: &str, seen: &Seen, declared: &BTreeSet<String>) -> Result<Found, RenderError> {
        let (mut found, mut mistakes) = (Found::default(), Mistakes::default());
        if let Some(payload) = &self.rest.payload {
            gathered(self.add(&mut found, payload, InputKind::Payload), &mut mistakes)?;
        }
        for path in declared.iter().chain(&self.globbed(&mut mistakes)) {
            if self.is_file(path) {
                gathered(self.add(&mut found, path, InputKind::File), &mut mistakes)?;
            } else {
                mistakes.push(self.declared_in_vain(path));
            }
        }
        // What was told of a declaration is not told of the `open()` around it.
        let is_told = |opened: &Opened| {
            let path = paths::join(&self.rest.place.folder, &opened.path);
            path.is_some_and(|path| declared.contains(&path) && !self.is_file(&path))
        };
        if let Origin::Script(untouched) = &self.rest.origin {
            gathered(self.add_script(&mut found, untouched), &mut mistakes)?;
        }
        let opened = seen.opened.iter().filter(|opened| !is_told(opened));
        gathered(self.follow(&mut found, seen, opened, &self.text(script)), &mut mistakes)?;
        Ok(mistakes.or(found)?)
    }

    /// A path that `file()` was asked for, and that leads to no file.
    fn declared_in_vain(&self, path: &str) -> Mistake {
        let message = format!("`{path}` is no file of the workspace");
        let place = match &self.rest.origin {
            Origin::Template(template) => self.templates.place_of_file(template, path),
            Origin::Script(_) => None,
        };
        let mistake = match place {
            Some(place) => Mistake::at(&place, message),
            None => Mistake::new(message),
        };
        mistake.label(format!("`file()` declares it as an input of `{}`", self.case))
    }

    /// An untouched script with all that it opens. Nothing of the workspace may stand where its wrapper will.
    fn add_script(&self, found: &mut Found, script: &Script) -> Result<(), RenderError> {
        self.add(found, &script.path, InputKind::Script)?;
        found.absent.extend(script.rival.clone());
        let wrapper = paths::join(&self.rest.place.folder, &self.rest.place.name).unwrap_or_default();
        if found.inputs.contains_key(&wrapper) {
            let message = format!("`{wrapper}` stands where the wrapper of {} will", script.path);
            return Err(Mistake::new(message).hint("give it another name").into());
        }
        Ok(())
    }

    fn globbed(&self, mistakes: &mut Mistakes) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for (pattern, place) in self.rest.globs.iter().zip(&self.rest.glob_places) {
            let matched = globbed(&self.discovery.workspace, pattern, place);
            paths.extend(mistakes.collect(matched).unwrap_or_default());
        }
        paths
    }

    fn follow<'o>(
        &self,
        found: &mut Found,
        seen: &Seen,
        all_opened: impl IntoIterator<Item = &'o Opened>,
        origin: &Within<'_>,
    ) -> Result<(), RenderError> {
        found.environment_reads.extend(seen.environment_reads.iter().cloned());
        found.is_computed |= seen.is_computed;
        let mut mistakes = Mistakes::default();
        for opened in all_opened {
            let followed = match &opened.how {
                How::Import => self.import(found, opened, origin),
                How::Open => self.open(found, opened, origin, InputKind::File),
                How::Protoset => self.open(found, opened, origin, InputKind::Proto),
                How::Proto(folders) => self.proto(found, opened, folders, origin),
            };
            gathered(followed, &mut mistakes)?;
        }
        Ok(mistakes.or(())?)
    }

    fn import(&self, found: &mut Found, opened: &Opened, origin: &Within<'_>) -> Result<(), RenderError> {
        let path = opened.path.as_str();
        if path == "k6" || path.starts_with("k6/") {
            return Ok(());
        }
        if remote::is_remote(path) || matches!(origin.text, Text::Remote(_)) {
            return self.import_remote(found, opened, origin);
        }
        let inside = self.inside(&origin.folder, opened, origin)?;
        let path = self.require(found, &[inside], opened, origin)?;
        self.add(found, &path, InputKind::Module)
    }

    fn import_remote(
        &self,
        found: &mut Found,
        opened: &Opened,
        origin: &Within<'_>,
    ) -> Result<(), RenderError> {
        let path = opened.path.as_str();
        let base = if let Text::Remote(url) = origin.text { url } else { path };
        let url = remote::join(base, path);
        let allowed = |url: &String| remote::is_allowed(&self.discovery.workspace.allow, url);
        let Some(url) = url.filter(allowed) else {
            let message = format!("`{path}` is fetched from elsewhere, which is not allowed");
            let mistake = self.at(origin, opened.range.clone(), message);
            let hint = "put a copy into the workspace and import that, or name it in howitzer.toml: [workspace] allow";
            return Err(mistake.hint(format!("{hint} = [\"{path}\"]")).into());
        };
        if found.inputs.contains_key(&url) {
            return Ok(());
        }
        let loaded = self.discovery.inputs.load(&self.discovery.workspace, &url, InputKind::Remote)?;
        found.inputs.insert(url.clone(), loaded.input);
        let origin = Within { text: Text::Remote(&url), folder: String::new() };
        self.follow(found, &loaded.seen, &loaded.seen.opened, &origin)
    }

    /// A top-level `open()` resolves from its module, one inside a function that another module calls
    /// from the main script; which it is cannot be told here, so both places count where both exist.
    fn open(
        &self,
        found: &mut Found,
        opened: &Opened,
        origin: &Within<'_>,
        kind: InputKind,
    ) -> Result<(), RenderError> {
        if remote::is_remote(&opened.path) {
            let message = format!("`{}` is an address, and k6 opens files only", opened.path);
            let mistake = self.at(origin, opened.range.clone(), message);
            return Err(mistake.hint("put a copy into the workspace and open that").into());
        }
        let mut candidates = vec![self.inside(&origin.folder, opened, origin)?];
        if matches!(origin.text, Text::Module(_)) {
            candidates.extend(paths::join(&self.rest.place.folder, &opened.path));
        }
        self.require(found, &candidates, opened, origin)?;
        for path in candidates {
            if self.is_file(&path) {
                self.add(found, &path, kind)?;
            } else {
                found.absent.insert(path);
            }
        }
        Ok(())
    }

    /// gRPC definitions resolve from the main script's folder, in the import paths in order.
    fn proto(
        &self,
        found: &mut Found,
        opened: &Opened,
        folders: &[String],
        origin: &Within<'_>,
    ) -> Result<(), RenderError> {
        let own = [self.rest.place.folder.clone()];
        let listed: Vec<String> =
            folders.iter().filter_map(|folder| paths::join(&self.rest.place.folder, folder)).collect();
        let folders: &[String] = if listed.is_empty() { &own } else { &listed };
        let candidates: Vec<String> =
            folders.iter().filter_map(|folder| paths::join(folder, &opened.path)).collect();
        let first = self.require(found, &candidates, opened, origin)?;
        let (mut waiting, mut followed) = (vec![first], BTreeSet::new());
        while let Some(path) = waiting.pop() {
            if !followed.insert(path.clone()) {
                continue;
            }
            let loaded = self.discovery.inputs.load(&self.discovery.workspace, &path, InputKind::Proto)?;
            let input = loaded.input;
            // What was declared is a definition all the same.
            found
                .inputs
                .entry(path)
                .and_modify(|known| known.kind = known.kind.min(input.kind))
                .or_insert(input);
            // `google/protobuf/*.proto` and whatever else is nowhere here is k6's own, or k6's own error.
            for import in &loaded.imports {
                let candidates: Vec<String> =
                    folders.iter().filter_map(|folder| paths::join(folder, import)).collect();
                waiting.extend(self.first_file(found, &candidates));
            }
        }
        Ok(())
    }

    fn add(&self, found: &mut Found, path: &str, kind: InputKind) -> Result<(), RenderError> {
        if found.inputs.get(path).is_some_and(|input| input.kind <= kind) {
            return Ok(());
        }
        let loaded = self.discovery.inputs.load(&self.discovery.workspace, path, kind)?;
        found.inputs.insert(path.to_owned(), loaded.input);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        self.follow(found, &loaded.seen, &loaded.seen.opened, &Within { text: Text::Module(path), folder })
    }

    fn root(&self) -> &Path {
        &self.discovery.workspace.root
    }

    /// Whether a file stands there; each path is looked at once a build.
    fn is_file(&self, path: &str) -> bool {
        let files = &self.discovery.files;
        if let Some(known) = files.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return *known;
        }
        let is_built = self.discovery.inputs.built().bytes(path).is_some();
        let is_file = is_built || self.root().join(path).is_file();
        files.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), is_file);
        is_file
    }

    fn inside(&self, folder: &str, opened: &Opened, origin: &Within<'_>) -> Result<String, RenderError> {
        paths::join(folder, &opened.path).ok_or_else(|| {
            let message = format!("`{}` lies outside the workspace", opened.path);
            self.at(origin, opened.range.clone(), message)
                .hint(
                    "copy it into the workspace, or link to it from there and name it in `[workspace] allow`",
                )
                .into()
        })
    }

    /// The first candidate that is a file; those before it would be found first if they came.
    fn first_file(&self, found: &mut Found, candidates: &[String]) -> Option<String> {
        let at = candidates.iter().position(|path| self.is_file(path));
        found.absent.extend(candidates[..at.unwrap_or(candidates.len())].iter().cloned());
        at.map(|at| candidates[at].clone())
    }

    /// The first candidate that is a file, else a mistake that names all of them.
    fn require(
        &self,
        found: &mut Found,
        candidates: &[String],
        opened: &Opened,
        origin: &Within<'_>,
    ) -> Result<String, RenderError> {
        self.first_file(found, candidates).ok_or_else(|| {
            let tried = candidates.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(" and ");
            self.at(origin, opened.range.clone(), format!("`{}` is no file of the workspace", opened.path))
                .label(format!("looked for {tried}"))
                .into()
        })
    }
}
