//! What the ancestor's users have in their environment, read where no suite is named: `CONFIG_FILE`,
//! `TEMPLATE_DIR`, `EXIT_ON_FAILURE`, `K6_PROMETHEUS_REMOTE_URL`.

use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::output;
use crate::base::environment::Environment;
use crate::manifest::{Export, PrometheusExport, Workspace};

const CONFIG: &str = "CONFIG_FILE";
const TEMPLATES: &str = "TEMPLATE_DIR";
const EXIT: &str = "EXIT_ON_FAILURE";
const REMOTE_WRITE: &str = "K6_PROMETHEUS_REMOTE_URL";

/// What the variable names.
pub(super) enum Named {
    /// It is not set.
    Nothing,
    /// The file of a suite in the ancestor's form.
    Suite(PathBuf),
    /// Something else, which is not read; why, in words.
    Other(String),
}

/// The suite that the environment names. A variable of that name may be there for another program: only a
/// file that speaks of `test_configs` is meant.
pub(super) fn named(arguments: &Arguments, environment: &Environment) -> Named {
    let Some(value) = environment.get(CONFIG) else { return Named::Nothing };
    let path: PathBuf =
        if arguments.directory == Path::new(".") { value.into() } else { arguments.directory.join(value) };
    let shown = Path::new(value).display();
    match std::fs::read(&path) {
        Ok(bytes) if speaks_of_tests(&bytes) => Named::Suite(path),
        Ok(_) => Named::Other(format!("`{CONFIG}` is set, but `{shown}` holds no `test_configs`")),
        Err(error) => Named::Other(format!("`{CONFIG}` is set, but `{shown}` cannot be read: {error}")),
    }
}

fn speaks_of_tests(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\"test_configs\"").is_some()
}

/// Has `workspace` look for templates where the environment says. They may lie outside: whoever sets the
/// variable has named the place.
pub(super) fn place_templates(arguments: &Arguments, environment: &Environment, workspace: &mut Workspace) {
    let Some(value) = environment.get(TEMPLATES) else { return };
    let folder = arguments.directory.join(value);
    let folder = folder.canonicalize().unwrap_or(folder);
    let inside = folder.strip_prefix(&workspace.root).ok().filter(|inside| !inside.as_os_str().is_empty());
    workspace.templates = inside.unwrap_or(&folder).display().to_string();
    workspace.allow.push(folder.display().to_string());
}

/// Says on one line what was read of the environment.
pub(super) fn announce(arguments: &Arguments, environment: &Environment, file: &Path, templates: &str) {
    if arguments.quiet {
        return;
    }
    let templates = match environment.get(TEMPLATES) {
        Some(typed) => format!("`{}` ({TEMPLATES})", Path::new(typed).display()),
        None => format!("`{templates}`"),
    };
    let text = format!("no suite is named: `{}` ({CONFIG}), templates in {templates}", file.display());
    output::talk(&format!("{:>10} {text}", "suite"));
}

/// Has runs sent to the Prometheus that the environment names, unless the manifest names one; what is wrong with its
/// address is told.
pub(super) fn send_to_prometheus(
    arguments: &Arguments,
    environment: &Environment,
    workspace: &mut Workspace,
) {
    let Some(value) = environment.get(REMOTE_WRITE) else { return };
    let told = if workspace.prometheus().is_some() {
        Some(format!("`{REMOTE_WRITE}` is set, and `[export.prometheus]` of the workspace is used instead"))
    } else {
        match value.to_str().and_then(PrometheusExport::of_address) {
            Some(export) => {
                workspace.exports.insert("prometheus".to_owned(), Export::Prometheus(export));
                None
            }
            None => Some(format!("`{REMOTE_WRITE}` is set, but holds no address: no metrics are sent")),
        }
    };
    if let Some(text) = told.filter(|_| !arguments.quiet) {
        output::talk(&format!("{:>10} {text}", "note"));
    }
}

/// Whether a build of the ancestor's suites ends at the first failure; else it goes on.
pub(super) fn exits_on_failure(environment: &Environment) -> bool {
    let value = environment.text(EXIT).unwrap_or_default().trim().to_lowercase();
    !matches!(value.as_str(), "" | "0" | "false" | "no" | "off")
}
