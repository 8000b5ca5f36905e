//! What was typed, what it means, and the exit code it ends with.

mod account;
mod after_build;
mod after_ending;
mod ancestor;
mod arguments;
mod build;
mod build_suite;
mod cache;
mod completions;
mod context;
mod doctor;
mod doctor_observer;
mod documents;
mod dry_run;
mod explain;
mod exports;
mod failure;
mod folders;
mod gc;
mod graph;
mod import;
mod import_verify;
mod init;
mod list;
mod loaded;
mod man;
mod mend;
mod named;
mod notes;
mod null_build;
mod output;
mod planned;
mod provide;
mod report;
mod schema;
mod settled;
mod verbs;
mod verified;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::base::environment::Environment;
use crate::base::guard;
use arguments::{Arguments, Verb};
use failure::Failure;

/// Exit codes; where several apply the highest in this order wins: signals, 5, 100, 99.
pub mod exit {
    /// Done, or cached.
    pub const DONE: u8 = 0;
    /// An internal or I/O failure.
    pub const INTERNAL: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// A suite, template or manifest is invalid.
    pub const INVALID: u8 = 3;
    /// Nothing was selected.
    pub const NOTHING: u8 = 4;
    /// No k6, the target away, a lock held.
    pub const ENVIRONMENT: u8 = 5;
    /// `--check`: work is pending.
    pub const PENDING: u8 = 6;
    /// A threshold or expectation was not met.
    pub const THRESHOLD: u8 = 99;
    /// A run failed or is invalid.
    pub const FAILED: u8 = 100;

    /// The weightier of two: signals, then 5, 100, 99.
    pub(super) fn worst(one: u8, other: u8) -> u8 {
        let weight = |code: u8| match code {
            128.. => 5,
            ENVIRONMENT => 4,
            FAILED => 3,
            THRESHOLD => 2,
            DONE => 0,
            _ => 1,
        };
        if weight(other) > weight(one) { other } else { one }
    }

    /// That of a process which a signal ended, as shells have it.
    pub(super) fn of_signal(signal: i32) -> u8 {
        u8::try_from(128 + signal).unwrap_or(130)
    }
}

/// Runs the process's command line.
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    if typed.get(1).is_some_and(|verb| verb == guard::VERB) {
        return ExitCode::from(guard::main(&typed[2..]));
    }
    completions::answer();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap prints help to standard output and mistakes to standard error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE });
        }
    };
    let environment = Environment::of_process();
    let color = arguments.wants_color(&environment);
    match dispatch(&arguments, environment) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::talk(&failure.render(color));
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(arguments: &Arguments, environment: Environment) -> Result<u8, Failure> {
    match &arguments.verb {
        Verb::Build(build) => build::run(arguments, build, environment),
        Verb::List(list) => list::run(arguments, list, environment),
        Verb::Render(suites) => verbs::render(arguments, suites, environment),
        Verb::Status(suites) => verbs::status(arguments, suites, environment),
        Verb::Explain(explain) => explain::run(arguments, explain, environment),
        Verb::Graph(graph) => graph::run(arguments, graph, environment),
        Verb::Report(report) => report::run(arguments, report, environment),
        Verb::Export(export) => exports::run(arguments, export, environment),
        Verb::Clean(clean) => verbs::clean(arguments, clean, environment),
        Verb::Import(import) => import::run(arguments, import, &environment),
        Verb::Gc(gc) => gc::run(arguments, gc),
        Verb::Cache(cache) => cache::run(arguments, cache),
        Verb::Init(init) => init::run(arguments, init),
        Verb::Completions(shell) => completions::run(shell),
        Verb::Schema(typed) => schema::run(typed),
        Verb::Man(man) => man::run(man),
        Verb::Watch(watch) => watch::run(arguments, watch, &environment),
        Verb::Doctor(doctor) => doctor::run(arguments, doctor, &environment),
    }
}
