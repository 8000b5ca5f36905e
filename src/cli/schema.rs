//! `howitzer schema`: what editors and programs check files by.

use super::arguments::{SchemaArguments, SchemaOf};
use super::failure::Failure;
use super::{exit, output};
use crate::base::files;
use crate::schema;

/// `schema`: to standard output, or into a file.
pub(super) fn run(typed: &SchemaArguments) -> Result<u8, Failure> {
    let schema = match typed.of {
        SchemaOf::Suite => schema::suite(),
        SchemaOf::Workspace => schema::workspace(),
        SchemaOf::Results => schema::results(),
        SchemaOf::Report => schema::report(),
    };
    let text = format!("{schema:#}\n");
    match &typed.output {
        Some(path) => {
            files::write_if_changed(path, text.as_bytes())?;
            output::talk(&format!("{:>10} {}", "wrote", path.display()));
        }
        None => output::data(&text),
    }
    Ok(exit::DONE)
}
