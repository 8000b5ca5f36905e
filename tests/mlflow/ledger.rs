//! What `howitzer cache verify` says of the ledgers of what was sent.

use std::fs;
use std::path::PathBuf;

use crate::tracking::Tracking;
use crate::workspace::Workspace;

/// The one ledger of the workspace, and its text.
fn ledger(space: &Workspace) -> (PathBuf, String) {
    let all = fs::read_dir(space.path(".howitzer/v1/exports")).expect("a folder");
    let paths: Vec<PathBuf> = all.flatten().map(|entry| entry.path()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    (paths[0].clone(), fs::read_to_string(&paths[0]).expect("text"))
}

#[test]
fn a_line_that_was_edited_is_named_by_file_and_number_and_can_be_taken_out() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0);
    let whole = space.run(&["cache", "verify"]).expect_code(0).says("1 ledger: 0 problems");
    assert_eq!(whole.stdout, "");
    let (path, text) = ledger(&space);
    let lines: Vec<&str> = text.lines().collect();
    let number = lines.iter().position(|line| line.contains("load[vus=2]") && line.contains("sent"));
    let number = number.expect("the second case was sent");
    let edited = lines[number].replace("load[vus=2]", "load[vus=9]");
    fs::write(&path, text.replace(lines[number], &edited)).expect("edits");
    let said = space.run(&["cache", "verify"]).expect_code(1).says("1 ledger: 1 problem");
    let name = path.file_name().expect("named").to_string_lossy().into_owned();
    let expected = format!("exports/{name}  damaged: the checksum of line {} does not hold", number + 1);
    assert!(said.stdout.contains(&expected), "{expected}\n{}", said.stdout);
    // It counts as not sent, and is found where it was sent to.
    let before = server.by_digest();
    space.run(&["cache", "verify", "--repair"]).expect_code(0).says("repaired");
    space.run(&["cache", "verify"]).expect_code(0).says("1 ledger: 0 problems");
    space.run(&["export", "mlflow", "s"]).expect_code(0).says("exported 1 case to mlflow, 2 sent before");
    let after = server.by_digest();
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "nothing is there twice");
    assert!(space.path(&format!(".howitzer/v1/damaged/export-{name}")).is_file(), "what was damaged is kept");
}

#[test]
fn a_line_that_a_crash_has_cut_is_said_and_no_problem() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0);
    let (path, text) = ledger(&space);
    let count = text.lines().count();
    for cut in [1, 30, 120] {
        fs::write(&path, &text[..text.len() - cut]).expect("cuts");
        let said = space.run(&["cache", "verify"]).expect_code(0).says("1 ledger: 0 problems");
        if cut > 1 {
            let said = said.says(&format!("note line {count} of ")).says("ends too early");
            assert_eq!(said.stdout, "");
        }
    }
    // What comes after it stands on a line of its own; the cut one stays what it is.
    space.run(&["export", "mlflow", "s"]).expect_code(0);
    assert_eq!(server.by_digest().len(), 6);
    space.run(&["cache", "verify"]).expect_code(0).says(&format!("note line {count} of "));
}
