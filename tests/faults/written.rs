//! What a script writes by itself: any name, any size, any kind of file.

use std::collections::BTreeMap;
use std::process::Command;

use crate::fake::command;
use crate::space::{Said, Space};
use crate::{SUMMARY, build, build_with, faulty};

/// A workspace whose script writes by itself what `script` says.
fn writing(script: &str) -> Space {
    faulty(&format!("{script}\necho '{SUMMARY}' > $SUMMARY"))
}

/// What stands in the case's folder of files: name and content.
fn written(space: &Space) -> BTreeMap<String, String> {
    let root = space.path("out/digits/files/plain");
    let files = space.files("out/digits/files/plain").into_iter();
    let name = |path: std::path::PathBuf| {
        path.strip_prefix(&root).expect("inside").to_str().expect("a plain name").to_owned()
    };
    files.map(|(path, bytes)| (name(path), String::from_utf8_lossy(&bytes).trim().to_owned())).collect()
}

fn notes(said: &Said) -> Vec<&str> {
    let lines = said.stderr.lines().map(str::trim);
    lines.filter(|line| line.contains("of the script")).collect()
}

#[test]
fn files_inside_and_outside_the_scripts_folder_never_share_a_place() {
    let space = writing(
        "mkdir a ../b ../@workspace; echo in-a > a/b; echo out-a > ../a; echo out-b > ../b/c; echo own > c; echo own-c > ../c",
    );
    let said = build(&space).expect_code(0);
    let expected = [
        ("@workspace/a", "out-a"),
        ("@workspace/b/c", "out-b"),
        ("@workspace/c", "own-c"),
        ("a/b", "in-a"),
        ("c", "own"),
    ];
    assert_eq!(written(&space), expected.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    assert!(notes(&said).is_empty(), "{}", said.stderr);
    let again = build(&space).expect_code(0);
    assert!(again.runs().is_empty(), "{}", again.stderr);
}

#[test]
fn names_that_no_folder_holds_are_made_safe_and_told_once() {
    let bytes = "$(printf '\\377%.0s' {1..100})";
    let space = writing(&format!(
        "echo one > {bytes}; echo two > {bytes}$(printf '\\376'); echo three > $'new\\nline'; echo four > {}; \
         echo five > r.html; echo six > R.html",
        "x".repeat(255)
    ));
    let said = build(&space).expect_code(0);
    let found = written(&space);
    let mut texts: Vec<&str> = found.values().map(String::as_str).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["five", "four", "one", "six", "three", "two"], "{found:?}");
    assert!(found.keys().any(|name| name.starts_with("new_line-")), "{found:?}");
    assert_eq!(notes(&said).len(), 1, "{}", said.stderr);
    assert!(notes(&said)[0].contains("5 files of the script kept under another name"), "{}", said.stderr);
    assert!(space.read("out/digits/results/plain.txt").contains("kept under another name"));
    let again = build_with(&space, &["--force=render"]).expect_code(0);
    assert!(notes(&again).is_empty() && again.runs().is_empty(), "{}", again.stderr);
    assert_eq!(written(&space), found);
}

#[test]
fn what_is_too_large_or_no_plain_file_is_left_out_and_told() {
    let space = writing(
        "truncate -s 700M big.bin; for n in 1 2 3 4 5; do truncate -s 60M part$n; done; echo small > small.txt\n\
         mkfifo pipe; ln -s small.txt link; mkdir d; touch ../../beyond",
    );
    let said = build(&space).expect_code(0);
    let names: Vec<String> = written(&space).into_keys().collect();
    assert_eq!(names, ["part1", "part2", "part3", "part4", "small.txt"]);
    for note in [
        "1 file of the script not kept, larger than 64",
        "`big.bin` (",
        "all files of a run may have 256",
        "`part5` (",
        "2 files of the script not kept, no plain file: ",
        "above the workspace: `beyond`",
    ] {
        assert!(said.stderr.contains(note), "{note} is missing in:\n{}", said.stderr);
        let results = space.read("out/digits/results/plain.txt");
        assert!(results.contains(note), "{note} is missing in:\n{results}");
    }
    assert!(space.read("out/digits/results.json").contains("big.bin"));
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_link_in_the_place_of_the_tree_is_not_followed() {
    let space =
        writing("T=$(dirname $SUMMARY)/tree; O=$(mktemp -d); echo mine > $O/mine; rm -rf $T; ln -s $O $T");
    build(&space).expect_code(0);
    assert!(written(&space).is_empty(), "{:?}", written(&space));
}

#[test]
fn a_secret_in_the_name_of_a_file_is_nowhere() {
    let space =
        writing("mkdir $TOK; echo one > $TOK/a; echo two > x-$TOK.txt; mkfifo p$TOK; echo three > '***'");
    space.edit("suites/digits.toml", "k6 =", "env = { TOK = { from = \"TOK\", secret = true } }\nk6 =");
    let with = |mut command: Command| Said::of(command.env("TOK", "hunter2secret").output().expect("starts"));
    let said = with(command(&space, &["build", "digits"])).expect_code(0);
    let mut seen = vec![("console".into(), format!("{}{}", said.stdout, said.stderr).into_bytes())];
    seen.extend(space.files("out").into_iter().chain(space.files(".howitzer")));
    for (path, bytes) in seen {
        let text = format!("{} {}", path.display(), String::from_utf8_lossy(&bytes));
        assert!(!text.contains("hunter2secret"), "{text}");
    }
    let texts: Vec<String> = written(&space).into_values().collect();
    assert_eq!(texts.len(), 3, "{:?}", written(&space));
    assert!(written(&space).contains_key("x-***.txt"), "{:?}", written(&space));
}
