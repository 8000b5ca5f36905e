//! A workspace for a k6 script that is there: a suite that sweeps it as it is, as far as its own load lets that.

use std::path::{Component, Path};

use super::Plan;
use crate::base::files;
use crate::cli::failure::Failure;
use crate::manifest::FILE_NAME;
use crate::render::{OwnLoad, Survey, survey};

/// What the suite says of the load.
#[derive(Default)]
struct Sweep {
    /// Lines below `[[test]]`.
    options: String,
    /// Lines of the matrix; none where nothing can be swept that surely has an effect.
    axes: String,
    /// Lines that are offered as comments.
    offered: Vec<String>,
}

/// The files of a workspace in `folder` for the script at `named`, both as they were typed in `directory`.
pub(super) fn plan(directory: &Path, named: &Path, folder: &Path) -> Result<Plan, Failure> {
    let path = path_below(directory, named, folder)?;
    let text = files::read_text(&directory.join(named))?;
    let survey = survey(&path, &text)?;
    // A name that the templates have too would be two files.
    let is_rivalled = directory.join(folder).join("k6_templates").join(&path).is_file();
    let script = if is_rivalled { format!("./{path}") } else { path };
    let suite = suite_name(&script);
    let files = vec![
        (FILE_NAME.to_owned(), include_str!("script_manifest.toml").to_owned()),
        (format!("suites/{suite}.toml"), suite_text(&suite, &script, &survey)),
    ];
    let notes = match &survey.load {
        OwnLoad::Unknown => vec!["the script computes its options: no axis was chosen".to_owned()],
        OwnLoad::Scenarios(_) => {
            vec!["the script has scenarios: what can be swept stands as comments".to_owned()]
        }
        OwnLoad::Stages => vec!["the script has stages: what can be swept stands as comments".to_owned()],
        OwnLoad::None | OwnLoad::Duration | OwnLoad::Iterations(_) => Vec::new(),
    };
    Ok(Plan { files, suite, notes })
}

/// The script's path from the new workspace, `/`-separated.
fn path_below(directory: &Path, named: &Path, folder: &Path) -> Result<String, Failure> {
    let shown = named.display();
    if !directory.join(named).is_file() {
        return Err(Failure::usage(format!("`{shown}` is no file: expected a k6 script")));
    }
    let canonical = |path: &Path| directory.join(path).canonicalize().ok();
    let whole = canonical(named).zip(canonical(folder));
    let below = whole.as_ref().and_then(|(script, folder)| script.strip_prefix(folder).ok());
    let part = |part: Component<'_>| part.as_os_str().to_str().map(str::to_owned);
    if let Some(below) = below {
        let parts: Option<Vec<String>> = below.components().map(part).collect();
        let parts = parts.ok_or_else(|| Failure::usage(format!("the path of `{shown}` is no text")))?;
        return Ok(parts.join("/"));
    }
    let message = format!("`{shown}` does not lie below `{}`, the new workspace", folder.display());
    let holder = named.parent().filter(|parent| !parent.as_os_str().is_empty());
    let holder = holder.unwrap_or_else(|| Path::new(".")).display();
    Err(Failure::usage(format!(
        "{message}\nhint: make it where the script is: `howitzer init --script {shown} {holder}`, or copy the script and what it opens"
    )))
}

/// A suite is called by its file's name: letters, digits, `_` and `-`.
fn suite_name(script: &str) -> String {
    let name = script.rsplit('/').next().unwrap_or(script);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' };
    stem.chars().map(plain).collect()
}

fn suite_text(suite: &str, script: &str, survey: &Survey) -> String {
    // A string of JSON is one of TOML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let Sweep { options, axes, mut offered } = sweep(&survey.load, &quoted);
    let variables = survey.variables.iter();
    offered.extend(variables.map(|name| format!("{} = [\"…\", \"…\"]", quoted(&format!("env.{name}")))));
    let mark = if axes.is_empty() { "# " } else { "" };
    let offered: String = offered.iter().map(|line| format!("# {line}\n")).collect();
    let name = format!("{:<41} ", format!("script = {}", quoted(script)));
    format!(
        "# Every combination of the axes below is a case: `howitzer list {suite}` shows them, `howitzer build {suite}` runs them.\n\
         [[test]]\nname = {}\n{name}# run as it is; what is said here stands over its own options\n{options}\n\
         {:<41} # every entry is an axis\n{axes}{offered}",
        quoted(suite),
        format!("{mark}[test.matrix]"),
    )
}

/// Axes that surely have an effect, and others as comments.
fn sweep(load: &OwnLoad, quoted: &impl Fn(&str) -> String) -> Sweep {
    let users = "vus = [1, 2, 4]\n".to_owned();
    match load {
        OwnLoad::None => Sweep {
            options: "k6.duration = \"3s\"                       # the script has no load of its own\n".to_owned(),
            axes: users,
            ..Sweep::default()
        },
        OwnLoad::Duration | OwnLoad::Iterations(Some(4..)) => Sweep { axes: users, ..Sweep::default() },
        // Each virtual user needs an iteration at least.
        OwnLoad::Iterations(Some(count @ 1..)) => {
            let axes = format!("iterations = [{count}, {}, {}]\n", 2 * count, 4 * count);
            Sweep { axes, ..Sweep::default() }
        }
        OwnLoad::Stages => offers(vec![
            "stages = [{ label = \"low\", value = [{ duration = \"10s\", target = 5 }] }, { label = \"high\", value = [{ duration = \"10s\", target = 50 }] }]".to_owned(),
        ]),
        OwnLoad::Scenarios(scenarios) => {
            let fields = scenarios.iter().map(|(name, executor)| {
                let (field, values) = field_of(executor.as_deref());
                format!("{} = {values}", quoted(&format!("k6.scenarios.{name}.{field}")))
            });
            offers(fields.collect())
        }
        OwnLoad::Iterations(_) | OwnLoad::Unknown => {
            offers(vec!["vus = [1, 2, 4]                          # an error where the script has scenarios".to_owned()])
        }
    }
}

fn offers(offered: Vec<String>) -> Sweep {
    Sweep { offered, ..Sweep::default() }
}

/// The field of a scenario that is most often swept, with values.
fn field_of(executor: Option<&str>) -> (&'static str, &'static str) {
    match executor {
        Some("constant-arrival-rate") => ("rate", "[10, 20, 40]"),
        Some("ramping-arrival-rate") => ("startRate", "[10, 20, 40]"),
        Some("ramping-vus") => ("startVUs", "[1, 2, 4]"),
        Some("constant-vus" | "per-vu-iterations" | "externally-controlled") => ("vus", "[1, 2, 4]"),
        Some("shared-iterations") => ("iterations", "[10, 20, 40]"),
        Some(_) | None => ("gracefulStop", "[\"5s\", \"30s\"]"),
    }
}
