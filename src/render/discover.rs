//! From the literals in a script to the files behind them, through modules and protos.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::context::Variables;
use super::inputs::{Input, InputKind, Inputs};
use super::syntax::{self, How, Opened, Seen};
use super::{RenderError, ScriptPlace, paths};
use crate::base::mistake::Mistake;
use crate::base::source::{Place, Source};
use crate::manifest::Workspace;

/// The search for one script's inputs.
pub(super) struct Discovery<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) inputs: &'a Inputs,
    pub(super) place: &'a ScriptPlace,
    pub(super) case: &'a str,
    pub(super) template: &'a str,
}

/// What it found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) inputs: BTreeMap<String, Input>,
    pub(super) environment_reads: BTreeSet<String>,
    /// Where a file would count if it came.
    pub(super) absent: BTreeSet<String>,
}

/// The text in which a literal stands, for messages.
struct Origin {
    path: String,
    text: Option<String>,
    /// The folder of the module that holds the literal.
    folder: String,
    main: bool,
}

impl Discovery<'_> {
    pub(super) fn run(
        &self,
        script: &str,
        declared: &BTreeSet<String>,
        variables: &Variables,
    ) -> Result<Found, RenderError> {
        let mut found = Found::default();
        if let Some(payload) = &variables.payload {
            self.add(&mut found, payload, InputKind::Payload)?;
        }
        for path in declared.iter().chain(&self.globbed(variables)?) {
            if !self.workspace.root.join(path).is_file() {
                return Err(Mistake::new(format!("`{path}`, declared by `{}`, is no file", self.case)).into());
            }
            self.add(&mut found, path, InputKind::File)?;
        }
        let origin = Origin {
            path: format!("{} (rendered for {})", self.template, self.case),
            text: Some(script.to_owned()),
            folder: self.place.folder.clone(),
            main: true,
        };
        let seen = syntax::parse(&self.place.name, script)
            .map_err(|error| at(&origin, error.range, format!("syntax error: {}", error.message)))?;
        self.follow(&mut found, &seen, &origin)?;
        Ok(found)
    }

    fn globbed(&self, variables: &Variables) -> Result<BTreeSet<String>, RenderError> {
        let mut paths = BTreeSet::new();
        for pattern in &variables.globs {
            let matched = super::glob::files(&self.workspace.root, pattern);
            if matched.is_empty() {
                return Err(Mistake::new(format!("`inputs`: no file matches `{pattern}`")).into());
            }
            paths.extend(matched);
        }
        Ok(paths)
    }

    fn follow(&self, found: &mut Found, seen: &Seen, origin: &Origin) -> Result<(), RenderError> {
        found.environment_reads.extend(seen.environment_reads.iter().cloned());
        for opened in &seen.opened {
            match &opened.how {
                How::Import => self.import(found, opened, origin)?,
                How::Open => self.open(found, opened, origin, InputKind::File)?,
                How::Protoset => self.open(found, opened, origin, InputKind::Proto)?,
                How::Proto(folders) => self.proto(found, opened, folders, origin)?,
            }
        }
        Ok(())
    }

    fn import(&self, found: &mut Found, opened: &Opened, origin: &Origin) -> Result<(), RenderError> {
        let path = opened.path.as_str();
        if path == "k6" || path.starts_with("k6/") {
            return Ok(());
        }
        if path.contains("://") && !path.starts_with("file://") {
            let mistake = at(
                origin,
                opened.range.clone(),
                format!("`{path}` is fetched from elsewhere: its content would not be in the key"),
            );
            return Err(mistake.hint("put a copy beside the template and import that").into());
        }
        let inside = Self::inside(&origin.folder, opened, origin)?;
        let path = self.require(found, &[inside], opened, origin)?;
        self.add(found, &path, InputKind::Module)
    }

    /// A top-level `open()` resolves from its module, one inside a function that another module calls
    /// from the main script; which it is cannot be told here, so both places count where both exist.
    fn open(
        &self,
        found: &mut Found,
        opened: &Opened,
        origin: &Origin,
        kind: InputKind,
    ) -> Result<(), RenderError> {
        let mut candidates = vec![Self::inside(&origin.folder, opened, origin)?];
        if !origin.main {
            candidates.extend(paths::join(&self.place.folder, &opened.path));
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
        origin: &Origin,
    ) -> Result<(), RenderError> {
        let own = [self.place.folder.clone()];
        let listed: Vec<String> =
            folders.iter().filter_map(|folder| paths::join(&self.place.folder, folder)).collect();
        let folders: &[String] = if listed.is_empty() { &own } else { &listed };
        let candidates: Vec<String> =
            folders.iter().filter_map(|folder| paths::join(folder, &opened.path)).collect();
        let first = self.require(found, &candidates, opened, origin)?;
        let mut waiting = vec![first];
        while let Some(path) = waiting.pop() {
            if found.inputs.contains_key(&path) {
                continue;
            }
            let loaded = self.inputs.load(&self.workspace.root, &path, InputKind::Proto)?;
            found.inputs.insert(path, Input { kind: InputKind::Proto, digest: loaded.digest });
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
        let loaded = self.inputs.load(&self.workspace.root, path, kind)?;
        found.inputs.insert(path.to_owned(), Input { kind, digest: loaded.digest });
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        self.follow(found, &loaded.seen, &Origin { path: path.to_owned(), text: None, folder, main: false })
    }

    fn is_file(&self, path: &str) -> bool {
        self.workspace.root.join(path).is_file()
    }

    fn inside(folder: &str, opened: &Opened, origin: &Origin) -> Result<String, RenderError> {
        paths::join(folder, &opened.path).ok_or_else(|| {
            let message = format!("`{}` lies outside the workspace", opened.path);
            at(origin, opened.range.clone(), message)
                .hint("copy it into the workspace, or link to it from there")
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
        origin: &Origin,
    ) -> Result<String, RenderError> {
        self.first_file(found, candidates).ok_or_else(|| {
            let tried = candidates.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(" and ");
            at(origin, opened.range.clone(), format!("`{}` is no file of the workspace", opened.path))
                .label(format!("looked for {tried}"))
                .into()
        })
    }
}

fn at(origin: &Origin, range: Range<usize>, message: String) -> Mistake {
    match &origin.text {
        Some(text) => {
            let source = Arc::new(Source { path: origin.path.clone(), text: text.clone() });
            Mistake::at(&Place { source, range }, message)
        }
        None => Mistake::new(format!("{}: {message}", origin.path)),
    }
}
