//! What is said where a name means no suite, and that no two suites share a folder of outputs.

use std::path::Path;

use super::exit;
use super::failure::Failure;
use crate::base::nearest::nearest;
use crate::manifest::Workspace;
use crate::suite::{self, SuiteFile};

pub(super) fn has_suite_ending(selector: &str) -> bool {
    Path::new(selector).extension().is_some_and(|ending| ending == "toml" || ending == "json")
}

pub(super) fn no_such_suite(workspace: &Workspace, named: &str) -> Failure {
    let near = near_suite(workspace, named);
    Failure::usage(format!("no suite `{named}`\n{}{near}", listed(workspace)))
}

pub(super) fn near_suite(workspace: &Workspace, named: &str) -> String {
    let stem = Path::new(named).file_stem().unwrap_or_default().to_string_lossy();
    let all = suite::all(workspace);
    let in_folder = all.iter().find(|file| file.name.rsplit('/').next() == Some(&*stem));
    let near = in_folder.map(|file| file.name.as_str());
    let near = near.or_else(|| nearest(&stem, all.iter().map(|file| file.name.as_str())));
    near.map(|near| format!("\nhint: did you mean `{near}`?")).unwrap_or_default()
}

pub(super) fn listed(workspace: &Workspace) -> String {
    let all: Vec<String> = suite::all(workspace).into_iter().map(|file| format!("  {}", file.name)).collect();
    if all.is_empty() {
        format!("there is none in `{}/`", workspace.suites)
    } else {
        format!("suites:\n{}", all.join("\n"))
    }
}

/// Two suites of one name would share a folder under `out/`, whether both are built now or not.
pub(super) fn check_folders(workspace: &Workspace, suites: &[SuiteFile]) -> Result<(), Failure> {
    let twice = suites.windows(2).find(|pair| pair[0].name == pair[1].name).map(|pair| pair[1].clone());
    for file in suites {
        let rival = twice.clone().filter(|other| other.name == file.name && other.path != file.path);
        if let Some(rival) = rival.or_else(|| suite::rivals(workspace, file).into_iter().next()) {
            let message = format!(
                "`{}` and `{}` would share the folder `{}/{}` of outputs",
                file.path.display(),
                rival.path.display(),
                workspace.out,
                file.name
            );
            return Err(Failure::Other { code: exit::INVALID, message });
        }
    }
    Ok(())
}
