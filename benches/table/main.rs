//! Howitzer's speed as a table of ratios against a peer or a floor measured in the same run.
//!
//! `cargo bench --bench table [-- [--keep] ROW…]`; `docs/benchmarks.md` tells what each row means. Nothing
//! here fails because of a time.
#![allow(clippy::print_stdout, reason = "the table is printed")]

mod changed;
mod compiled;
mod display;
mod many_cases;
mod measure;
mod nothing;
mod overhead;
mod peer;
mod planning;
mod report;
mod row;
mod samples;
mod seed;
mod watching;
mod workspace;

use std::cell::OnceCell;
use std::path::PathBuf;

use peer::Ninja;
use row::{HEAD, Row};
use workspace::Space;

/// Cases of the sweep that most rows build.
const MEDIUM: usize = 10_000;

/// Ten times as many.
const LARGE: usize = 100_000;

/// A hundred times as many.
const MILLION: usize = 1_000_000;

/// What measures a row.
type Measure = fn(&Bench) -> Row;

/// The rows by name, in the order in which they are measured.
const ROWS: [(&str, Measure); 17] = [
    ("version", nothing::version),
    ("null", nothing::null),
    ("settled", nothing::settled),
    ("verify", nothing::verify),
    ("growth", nothing::growth),
    ("changed", changed::changed),
    ("expand", planning::expand),
    ("plan", planning::plan),
    ("million", planning::million),
    ("overhead", overhead::overhead),
    ("display", display::display),
    ("watch", watching::watch),
    ("samples", samples::split),
    ("samples-json", samples::json),
    ("samples-series", samples::series),
    ("report", report::page),
    ("report-memory", report::memory),
];

/// What the rows share; made when the first of them asks.
struct Bench {
    scratch: tempfile::TempDir,
    medium: OnceCell<Space>,
    ninja: OnceCell<Option<Ninja>>,
}

impl Bench {
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.scratch.path().join(name);
        std::fs::create_dir_all(&folder).expect("folder");
        folder
    }

    /// A built sweep.
    fn sweep(&self, name: &str, cases: usize) -> Space {
        let space = Space::sweep(self.folder(name), cases);
        seed::seed(&space, "sweep");
        space
    }

    /// A built sweep of 10,000 cases.
    fn medium(&self) -> &Space {
        self.medium.get_or_init(|| self.sweep("medium", MEDIUM))
    }

    /// ninja with the same graph, built; none where there is no ninja.
    fn ninja(&self) -> Option<&Ninja> {
        self.ninja.get_or_init(|| Ninja::built(self.scratch.path(), MEDIUM)).as_ref()
    }
}

fn main() {
    // cargo itself adds `--bench`.
    let named: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    if named == [report::ALONE] {
        return report::alone();
    }
    let names = ROWS.map(|(name, _)| name);
    if let Some(unknown) = named.iter().find(|word| !names.contains(&word.as_str())) {
        println!("no row `{unknown}`; rows: {}", names.join(", "));
        std::process::exit(2);
    }
    let bench = Bench { scratch: workspace::scratch(), medium: OnceCell::new(), ninja: OnceCell::new() };
    println!("in {}\n\n{HEAD}", bench.scratch.path().parent().unwrap_or(bench.scratch.path()).display());
    for (name, measure) in ROWS {
        if named.is_empty() || named.iter().any(|word| word == name) {
            println!("{}", measure(&bench).line());
        }
    }
    if std::env::args().any(|word| word == "--keep") {
        println!("\nkept: {}", bench.scratch.keep().display());
    }
}
