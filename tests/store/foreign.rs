//! A `.howitzer` that is newer, or not ours, is refused and left as it is.

use std::fs;

use crate::fake::{faulty, howitzer};
use crate::space::Space;

const COMMANDS: [&[&str]; 9] = [
    &["build", "digits"],
    &["build", "digits", "-n"],
    &["status", "digits"],
    &["explain", "digits"],
    &["clean", "digits"],
    &["clean", "digits", "--results"],
    &["gc", "--max-age", "0", "--damaged"],
    &["cache", "stats"],
    &["cache", "verify", "--repair"],
];

#[track_caller]
fn expect_refused(space: &Space, words: &str) {
    let before = (space.files(""), fs::read_dir(space.path("")).expect("lists").count());
    for command in COMMANDS {
        let said = howitzer(space, command).expect_code(1);
        assert!(said.stderr.contains(words), "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains(".howitzer"), "{command:?}: {}", said.stderr);
    }
    let after = (space.files(""), fs::read_dir(space.path("")).expect("lists").count());
    assert_eq!(before, after, "something was changed");
}

#[test]
fn a_newer_store_is_refused() {
    for newer in ["v2", "v12"] {
        let space = crate::built();
        space.write(&format!(".howitzer/{newer}/records/ab/abc"), "a form of the future");
        expect_refused(&space, "newer howitzer");
    }
}

#[test]
fn a_file_in_the_place_of_the_store_is_refused() {
    let space = faulty("exit 0");
    space.write(".howitzer", "my notes");
    expect_refused(&space, "is not a folder");
}

#[test]
fn a_link_to_nothing_is_refused() {
    let space = faulty("exit 0");
    std::os::unix::fs::symlink("nowhere", space.path(".howitzer")).expect("links");
    for command in COMMANDS {
        let said = howitzer(&space, command).expect_code(1);
        assert!(said.stderr.contains("link to nothing"), "{command:?}: {}", said.stderr);
    }
    assert!(!space.path("nowhere").exists());
}

#[test]
fn a_folder_of_another_program_is_refused() {
    for path in ["notes/mine.txt", "v1/pictures/cat.png", "CACHEDIR.TAG"] {
        let space = faulty("exit 0");
        space.write(
            &format!(".howitzer/{path}"),
            "Signature: 8a477f597d28d172789f06886806bc55\n# another program",
        );
        expect_refused(&space, "no store of howitzer");
    }
}
