//! Scratch trees that refuse their removal. The administrator is refused nothing, so howitzer runs without that right.

use std::os::unix::fs::{MetadataExt, chown};
use std::process::Command;

use crate::fake::{build, command, started_by};
use crate::space::{Said, Space};
use crate::{SUMMARY, faulty};

const CLOSED: &str = "mkdir d; touch d/x; chmod 555 d";

/// A build that is refused what an ordinary user is refused. As an ordinary user it is just a build.
fn build_as_user(space: &Space) -> Said {
    let own = command(space, &["build", "digits", "--force"]);
    let is_administrator = space.path("").metadata().expect("a folder").uid() == 0;
    let without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"];
    let mut howitzer = if is_administrator { started_by(&without, &own) } else { own };
    Said::of(howitzer.output().expect("starts: install setpriv"))
}

fn trees(space: &Space) -> Vec<String> {
    let entries = std::fs::read_dir(space.path(".howitzer/v1/scratch")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_tree_with_closed_folders_is_removed() {
    let space = faulty(&format!("{CLOSED}; echo '{SUMMARY}' > $SUMMARY"));
    for _ in 0..2 {
        let said = build_as_user(&space).expect_code(0);
        assert!(said.stderr.contains("passed"), "{}", said.stderr);
        assert_eq!(trees(&space), Vec::<String>::new(), "{}", said.stderr);
    }
}

#[test]
fn a_tree_that_cannot_be_removed_is_set_aside_told_once_and_blocks_nothing() {
    let probe = tempfile::tempdir().expect("temporary folder");
    if chown(probe.path(), Some(65534), None).is_err() {
        // Only the administrator can make a tree that its own user cannot open.
        return;
    }
    let script = format!("{CLOSED}; echo '{SUMMARY}' > $SUMMARY; D=$PWD/d");
    let space = faulty(&script);
    // howitzer has no right on what another user owns.
    space.write("fake-k6", &format!("{}chown 65534 $D\n", space.read("fake-k6")));
    let first = build_as_user(&space).expect_code(0);
    assert!(first.stderr.contains("passed"), "{}", first.stderr);
    assert_eq!(first.stderr.matches("stuck-1` cannot be removed").count(), 1, "{}", first.stderr);
    let second = build_as_user(&space).expect_code(0);
    assert!(second.stderr.contains("passed") && !second.stderr.contains("stuck-1`"), "{}", second.stderr);
    assert!(second.stderr.contains("stuck-2` cannot be removed"), "{}", second.stderr);
    assert_eq!(trees(&space).len(), 2, "{:?}", trees(&space));
    // Once the owner's right is back, the next build that runs removes them.
    assert!(Command::new("chown").arg("-R").arg("0").arg(space.path(".howitzer")).status().is_ok());
    space.edit("k6_templates/plain.js", "function ()", "function (data)");
    space.edit("fake-k6", "chown 65534 $D", "");
    build(&space).expect_code(0);
    assert_eq!(trees(&space), Vec::<String>::new());
}
