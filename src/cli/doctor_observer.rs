//! `howitzer doctor --observer URL`: what each way of watching a run costs on this machine.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{Arguments, DoctorArguments, MessageFormat, check_allowed};
use super::context::{Context, load_lock, supervision};
use super::failure::Failure;
use super::folders::store_folder;
use super::{exit, output, provide};
use crate::base::address::Address;
use crate::base::clock::Instant;
use crate::base::environment::Environment;
use crate::base::interrupt::Interrupt;
use crate::execute::{Event, ObserverStep, Observing, check_observed, measure_observer};
use crate::expand::Selection;
use crate::manifest::{ManifestError, Workspace, open};
use crate::report::observer::{price_table, step_lines};

/// Measures, and prints the table.
pub(super) fn run(
    arguments: &Arguments,
    typed: &DoctorArguments,
    url: &str,
    environment: &Environment,
) -> Result<u8, Failure> {
    let address = Address::read(url).map_err(|why| {
        let example = "http://127.0.0.1:8008/v2";
        let message =
            format!("the address after `--observer` cannot be loaded: {why}\nhint: such as `{example}`");
        Failure::Other { code: exit::ENVIRONMENT, message }
    })?;
    let workspace = match open(&arguments.directory) {
        Err(ManifestError::NotFound(folder)) => Workspace::at(folder),
        other => other?,
    };
    check_allowed(&typed.allow, &workspace)?;
    check_observed(&workspace, &address, &typed.allow)?;
    let interrupt = Interrupt::install().map_err(|error| Failure::with(exit::INTERNAL, &error))?;
    let context = Context {
        environment: environment.clone(),
        suites: Vec::new(),
        selection: Selection::default(),
        overrides: Arc::default(),
        flags: String::new(),
        store_folder: store_folder(arguments, &workspace.root),
        out: None,
        repeat: None,
        workspace: Arc::new(workspace),
        supervision: supervision(interrupt.clone())?,
    };
    match measure(arguments, typed, &context, &address) {
        Err(failure @ Failure::Interrupted) => {
            output::talk(&failure.render(false));
            Ok(exit::of_signal(interrupt.signal().unwrap_or(2)))
        }
        ended => ended,
    }
}

fn measure(
    arguments: &Arguments,
    typed: &DoctorArguments,
    context: &Context,
    address: &Address,
) -> Result<u8, Failure> {
    let show = |step: &ObserverStep| match arguments.message_format {
        MessageFormat::Ndjson => json_line(step),
        MessageFormat::Human if arguments.quiet => {}
        MessageFormat::Human => {
            for line in step_lines(step, arguments.verbose) {
                output::talk(&line);
            }
        }
    };
    let k6 = provide::k6(context, &mut |event| {
        if let Event::Preparing { text } = event {
            show(&ObserverStep::Preparing { text });
        }
    })?;
    let load_lock: PathBuf = load_lock(&context.environment);
    let observing = Observing {
        address,
        k6: &k6,
        rounds: typed.rounds,
        duration: typed.duration,
        vus: typed.vus,
        rate: typed.rate,
        seed: typed.seed.unwrap_or_else(|| Instant::now().milliseconds_of_day()),
        environment: &context.environment,
        supervision: &context.supervision,
        load_lock: &load_lock,
        no_wait: typed.no_wait,
        workspace: &context.workspace,
    };
    let prices = measure_observer(&observing, &mut |step| show(&step))?;
    let table = price_table(&prices);
    show(&ObserverStep::ObserverMeasured(prices));
    if arguments.message_format == MessageFormat::Human {
        output::data(&table);
    }
    Ok(exit::DONE)
}

/// A reader that went away does not end the measurement.
fn json_line(step: &ObserverStep) {
    let mut out = std::io::stdout().lock();
    let _ = serde_json::to_writer(&mut out, step).map(|()| writeln!(out));
}
