//! The search for the files behind the literals of one script, through modules and protos.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::discover::Discovery;
use super::facets::{Origin, Rest};
use super::inputs::{Input, InputKind};
use super::named_files::globbed;
use super::script::Script;
use super::syntax::{How, Opened, Seen};
use super::templates::Templates;
use super::{RenderError, gathered, paths, remote};
use crate::base::mistake::{Mistake, Mistakes};
use crate::base::source::{Place, Source};

/// The search for one script's inputs.
pub(super) struct Search<'a> {
    pub(super) discovery: &'a Discovery,
    pub(super) templates: &'a Templates,
    pub(super) rest: &'a Rest,
    /// The case's id, for messages.
    pub(super) case: &'a str,
}

/// What it found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) inputs: BTreeMap<String, Input>,
    pub(super) environment_reads: BTreeSet<String>,
    pub(super) is_computed: bool,
    /// Where a file would count if it came.
    pub(super) absent: BTreeSet<String>,
}

/// The text in which a literal stands, for messages.
pub(super) struct Within<'s> {
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

impl Search<'_> {
    pub(super) fn text<'s>(&self, script: &'s str) -> Within<'s> {
        Within { text: Text::Script(script), folder: self.rest.place.folder.clone() }
    }

    /// A mistake in the script, shown at the template's line where that line reached the script as it
    /// stands there, else in the rendered script; or a mistake in a module.
    pub(super) fn at(&self, origin: &Within<'_>, range: Range<usize>, message: String) -> Mistake {
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

    /// Everything that the script opens.
    pub(super) fn run(
        &self,
        script: &str,
        seen: &Seen,
        declared: &BTreeSet<String>,
    ) -> Result<Found, RenderError> {
        let (mut found, mut mistakes) = (Found::default(), Mistakes::default());
        if let Some(payload) = &self.rest.payload {
            gathered(self.add(&mut found, payload, InputKind::Payload), &mut mistakes)?;
        }
        for path in declared.iter().chain(&self.globbed(&mut mistakes)) {
            if self.discovery.is_file(path) {
                gathered(self.add(&mut found, path, InputKind::File), &mut mistakes)?;
            } else {
                mistakes.push(self.no_file(path));
            }
        }
        // What was told of a declaration is not told of the `open()` around it.
        let is_told = |opened: &Opened| {
            let path = paths::join(&self.rest.place.folder, &opened.path);
            path.is_some_and(|path| declared.contains(&path) && !self.discovery.is_file(&path))
        };
        if let Origin::Script(untouched) = &self.rest.origin {
            gathered(self.add_script(&mut found, untouched), &mut mistakes)?;
        }
        let opened = seen.opened.iter().filter(|opened| !is_told(opened));
        gathered(self.follow(&mut found, seen, opened, &self.text(script)), &mut mistakes)?;
        Ok(mistakes.or(found)?)
    }

    /// `file()` was asked for what is none.
    fn no_file(&self, path: &str) -> Mistake {
        let message = format!("`{path}` is no file of the workspace");
        let Origin::Template(template) = &self.rest.origin else { return Mistake::new(message) };
        let mistake = match self.templates.place_of_file(template, path) {
            Some(place) => Mistake::at(&place, message),
            None => Mistake::new(message),
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let entries = std::fs::read_dir(self.root().join(folder)).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut paths: Vec<String> = names.filter_map(|name| paths::join(folder, &name)).collect();
        paths.sort();
        let mistake = mistake.label(format!("while rendering `{}`", self.case));
        mistake.nearest(path, paths.iter().map(String::as_str))
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
        let loaded = self.discovery.inputs().load(&self.discovery.workspace, &url, InputKind::Remote)?;
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
            if self.discovery.is_file(&path) {
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
            let loaded = self.discovery.inputs().load(&self.discovery.workspace, &path, InputKind::Proto)?;
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
        let loaded = self.discovery.inputs().load(&self.discovery.workspace, path, kind)?;
        found.inputs.insert(path.to_owned(), loaded.input);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        self.follow(found, &loaded.seen, &loaded.seen.opened, &Within { text: Text::Module(path), folder })
    }

    fn root(&self) -> &Path {
        &self.discovery.workspace.root
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
        let at = candidates.iter().position(|path| self.discovery.is_file(path));
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
