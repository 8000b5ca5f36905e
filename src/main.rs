//! The `howitzer` binary: hands the process's arguments and environment to [`howitzer::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    howitzer::cli::main()
}
