//! Rows about builds that have nothing to do.

use std::process::Command;

use crate::compiled::Machine;
use crate::measure::{interleaved, silently};
use crate::row::{Found, Row};
use crate::seed::{seed, settle};
use crate::workspace::Space;
use crate::{Bench, LARGE};

/// The example suite's null build against k6 saying its version.
pub(crate) fn version(bench: &Bench) -> Row {
    let space = Space::example(bench.folder("example"));
    seed(&space, "inference");
    let k6 = Machine::of(&space).k6.path;
    let pairs = interleaved(
        40,
        || space.run(&["build", "suites/inference"]),
        || silently(Command::new(&k6).arg("version")),
    );
    Row {
        what: "nothing to do, the example's 9 cases",
        peer: "`k6 version`",
        goal: "< 1",
        found: Found::of(&pairs, 1.0),
    }
}

/// The null build of 10,000 cases against ninja's, right after the build that wrote all outputs.
pub(crate) fn null(bench: &Bench) -> Row {
    let what = "nothing to do, 10,000 cases, 30,000 output files, right after they were written";
    against_ninja(bench, what)
}

/// The same once a build has found everything as it was.
pub(crate) fn settled(bench: &Bench) -> Row {
    settle(bench.medium(), "sweep");
    against_ninja(bench, "the same after a build that wrote nothing")
}

fn against_ninja(bench: &Bench, what: &'static str) -> Row {
    let found = bench.ninja().map_or_else(no_ninja, |ninja| {
        let space = bench.medium();
        let pairs = interleaved(
            20,
            || assert_eq!(space.run(&["build", "sweep"]), Some(0)),
            || assert_eq!(silently(&mut ninja.command(&[])), Some(0)),
        );
        Found::of(&pairs, 0.1)
    });
    Row { what, peer: "ninja, null build of 30,000 edges", goal: "≤ 0.1", found }
}

/// The same with every output and blob looked at.
pub(crate) fn verify(bench: &Bench) -> Row {
    let found = bench.ninja().map_or_else(no_ninja, |ninja| {
        let space = bench.medium();
        let verify = || space.run(&["build", "sweep", "--verify"]);
        if verify() == Some(2) {
            return Found::Missing("`build --verify` is not there yet".to_owned());
        }
        let pairs = interleaved(
            10,
            || assert_eq!(verify(), Some(0)),
            || assert_eq!(silently(&mut ninja.command(&[])), Some(0)),
        );
        Found::of(&pairs, 0.5)
    });
    Row {
        what: "the same with `--verify`", peer: "ninja, null build of 30,000 edges", goal: "≤ 0.5", found
    }
}

/// The null build of 100,000 cases against that of 10,000, both settled.
pub(crate) fn growth(bench: &Bench) -> Row {
    let (medium, large) = (bench.medium(), bench.sweep("large", LARGE));
    settle(medium, "sweep");
    settle(&large, "sweep");
    let null = |space: &Space| assert_eq!(space.run(&["build", "sweep"]), Some(0));
    let pairs = interleaved(20, || null(&large), || null(medium));
    Row {
        what: "nothing to do, 100,000 cases",
        peer: "own time at 10,000",
        goal: "≤ 1.5",
        found: Found::of(&pairs, 1.5),
    }
}

fn no_ninja() -> Found {
    Found::Missing("no ninja on `PATH`, and its Debian package cannot be had".to_owned())
}
