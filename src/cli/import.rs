//! `howitzer import`: the ancestor's JSON becomes a suite of Howitzer's own form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{Arguments, ImportArguments};
use super::context::{Context, supervision};
use super::failure::Failure;
use super::folders::store_folder;
use super::{ancestor, exit, import_verify, output};
use crate::base::counted::counted;
use crate::base::environment::Environment;
use crate::base::files::{self, Durability};
use crate::base::interrupt::Interrupt;
use crate::base::source::Source;
use crate::expand::Selection;
use crate::manifest::{FILE_NAME, ManifestError, Workspace, open};
use crate::suite::{self, Suite, imported};

pub(super) fn run(
    arguments: &Arguments,
    typed: &ImportArguments,
    environment: &Environment,
) -> Result<u8, Failure> {
    let (workspace, is_new) = workspace(arguments, environment)?;
    let mut of_old = workspace.clone();
    ancestor::place_templates(arguments, environment, &mut of_old);
    let old = suite::read_for_import(&of_old, &arguments.directory.join(&typed.file))?;
    for note in old.notes.iter().filter(|_| !arguments.quiet) {
        output::talk(&format!("{:>10} {note}", "note"));
    }
    let text = imported(&old, &old.path)?;
    let name = output_name(typed)?;
    let mut kept = None;
    if let Some(path) = &typed.output {
        let import = Import { arguments, workspace: &workspace, path, old: &old };
        if import.check(typed)? && !typed.force {
            kept = Some(path);
        } else {
            import.write(&text, is_new)?;
        }
    } else if !typed.verify {
        output::data(&text);
    }
    if !typed.verify {
        return Ok(exit::DONE);
    }
    let new = match kept {
        Some(path) => {
            let file = suite::at(&workspace, &arguments.directory.join(path));
            suite::read(&workspace, &file, &Arc::default())?
        }
        None => read_back(&workspace, &name, typed, text)?,
    };
    // Until the templates are copied, both are rendered with those that are there.
    let of_new = if missing_templates(&workspace, &old).is_empty() { workspace } else { of_old.clone() };
    let old = context(arguments, environment, of_old)?.load_suite(old)?;
    import_verify::compare(&old, &context(arguments, environment, of_new)?.load_suite(new)?)
}

/// For a suite that is rendered and nothing else.
fn context(
    arguments: &Arguments,
    environment: &Environment,
    workspace: Workspace,
) -> Result<Context, Failure> {
    Ok(Context {
        store_folder: store_folder(arguments, &workspace.root),
        workspace: Arc::new(workspace),
        environment: environment.clone(),
        suites: Vec::new(),
        selection: Selection::default(),
        overrides: Arc::default(),
        flags: String::new(),
        out: None,
        repeat: None,
        supervision: supervision(Interrupt::default())?,
    })
}

fn read_back(
    workspace: &Workspace,
    name: &str,
    typed: &ImportArguments,
    text: String,
) -> Result<Suite, Failure> {
    let path = typed.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    let source = Arc::new(Source { path: path.display().to_string(), text });
    Ok(suite::read_text(workspace, name, &source)?)
}

/// The workspace, and whether its folder becomes one only now. Where templates lie inside, a new one says so.
fn workspace(arguments: &Arguments, environment: &Environment) -> Result<(Workspace, bool), Failure> {
    match open(&arguments.directory) {
        Ok(workspace) => Ok((workspace, false)),
        Err(ManifestError::NotFound(folder)) => {
            let mut workspace = Workspace::at(folder);
            let usual = workspace.templates.clone();
            ancestor::place_templates(arguments, environment, &mut workspace);
            workspace.allow.clear();
            if Path::new(&workspace.templates).is_absolute() {
                workspace.templates = usual;
            }
            Ok((workspace, true))
        }
        Err(error) => Err(error.into()),
    }
}

/// The name of the new suite.
fn output_name(typed: &ImportArguments) -> Result<String, Failure> {
    let path = typed.output.as_ref().unwrap_or(&typed.file);
    if typed.output.is_some() && path.extension().is_none_or(|ending| ending != "toml") {
        return Err(Failure::usage(format!("`{}` does not end with `.toml`", path.display())));
    }
    Ok(path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
}

/// The templates that the new suite will not find.
fn missing_templates<'s>(workspace: &Workspace, old: &'s Suite) -> Vec<&'s str> {
    let folder = workspace.root.join(&workspace.templates);
    let names = old.tests.iter().filter_map(|test| test.fields.get("template")?.item.as_text());
    let mut missing: Vec<&str> = names.filter(|name| !folder.join(name).is_file()).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// A suite that is written to a file.
struct Import<'a> {
    arguments: &'a Arguments,
    workspace: &'a Workspace,
    path: &'a Path,
    old: &'a Suite,
}

impl Import<'_> {
    fn whole(&self) -> PathBuf {
        self.arguments.directory.join(self.path)
    }

    /// Whether the file is there already. It is overwritten only with `--force`, and must not share its
    /// outputs with another suite.
    fn check(&self, typed: &ImportArguments) -> Result<bool, Failure> {
        let whole = self.whole();
        let is_there = whole.symlink_metadata().is_ok();
        if is_there && !typed.force && !typed.verify {
            let message = format!("`{}` is there already", self.path.display());
            let hint = "hint: `--force` overwrites it, `--verify` compares its scripts with the old ones";
            return Err(Failure::usage(format!("{message}\n{hint}")));
        }
        let file = suite::at(self.workspace, &whole);
        if let Some(rival) = suite::rivals(self.workspace, &file).first() {
            let rival = rival.path.strip_prefix(&self.workspace.root).unwrap_or(&rival.path).display();
            let message = format!("`{}` and `{rival}` would share their outputs", self.path.display());
            return Err(Failure::usage(format!("{message}\nhint: give the new suite another name")));
        }
        Ok(is_there)
    }

    fn write(&self, text: &str, is_new: bool) -> Result<(), Failure> {
        files::write_atomic(&self.whole(), text.as_bytes(), Durability::Atomic)?;
        let tests = counted(self.old.tests.len(), "test");
        self.say("wrote", &format!("{} ({tests})", self.path.display()));
        if is_new {
            let manifest = manifest(&self.workspace.templates);
            files::write_atomic(
                &self.workspace.root.join(FILE_NAME),
                manifest.as_bytes(),
                Durability::Atomic,
            )?;
            self.say("wrote", &format!("{FILE_NAME}: this folder is a workspace now"));
        }
        let missing = missing_templates(self.workspace, self.old);
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
            let folder = &self.workspace.templates;
            self.say("note", &format!("there is no {} in `{folder}/`", names.join(", ")));
            self.say(
                "note",
                &format!(
                    "copy the templates there, or say where they are in {FILE_NAME}: [workspace] templates = \"FOLDER\""
                ),
            );
        }
        Ok(())
    }

    fn say(&self, word: &str, text: &str) {
        if !self.arguments.quiet {
            output::talk(&format!("{word:>10} {text}"));
        }
    }
}

fn manifest(templates: &str) -> String {
    let usual = Workspace::at(PathBuf::new()).templates;
    let text = "# This file makes its folder a workspace; every key is optional.\n".to_owned();
    if templates == usual {
        return text;
    }
    // JSON's strings are TOML's.
    format!("{text}[workspace]\ntemplates = {}\n", serde_json::Value::from(templates))
}
