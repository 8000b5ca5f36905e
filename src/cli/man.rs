//! Manual pages, made from the same descriptions as `--help`.

use clap::CommandFactory;

use super::arguments::{Arguments, ManArguments};
use super::failure::Failure;
use super::{exit, output};
use crate::base::files;

/// `man`: the main page to standard output, or all pages into a folder.
pub(super) fn run(typed: &ManArguments) -> Result<u8, Failure> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &typed.output else {
        output::data(&String::from_utf8_lossy(&page(command)?));
        return Ok(exit::DONE);
    };
    files::create_folder(folder)?;
    let mut waiting = vec![command];
    while let Some(command) = waiting.pop() {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        waiting.extend(command.get_subcommands().cloned());
        files::write_if_changed(&folder.join(format!("{name}.1")), &page(command)?)?;
    }
    output::talk(&format!("{:>10} {}", "wrote", folder.display()));
    Ok(exit::DONE)
}

fn page(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    Ok(page)
}
