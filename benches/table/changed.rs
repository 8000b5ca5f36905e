//! The row about a dry run after one payload changed.

use crate::Bench;
use crate::measure::{interleaved, silently};
use crate::row::{Found, Row};

/// One payload of ten changed, `build -n` of 10,000 cases, against ninja's dry run after one input of a
/// tenth of its edges was touched. Comes after every row that wants the two graphs built.
pub(crate) fn changed(bench: &Bench) -> Row {
    let Some(ninja) = bench.ninja() else {
        return row(Found::Missing("no ninja on `PATH`, and its Debian package cannot be had".to_owned()));
    };
    let space = bench.medium();
    space.write("payloads/p0.json", "{\"inputs\": []}\n");
    assert_eq!(space.run(&["build", "sweep", "--check"]), Some(6), "the change is not seen");
    ninja.touch_payload();
    let pairs = interleaved(
        10,
        || assert_eq!(space.run(&["build", "sweep", "-n"]), Some(0)),
        || assert_eq!(silently(&mut ninja.command(&["-n"])), Some(0)),
    );
    row(Found::of(&pairs, 1.0))
}

fn row(found: Found) -> Row {
    Row {
        what: "one payload of 10 changed, `-n` of 10,000 cases",
        peer: "`ninja -n`, one input of a tenth of its edges touched",
        goal: "< 1",
        found,
    }
}
