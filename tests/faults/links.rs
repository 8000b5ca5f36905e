//! Links in the place of howitzer's own folders: nothing outside is written or removed through one.

use std::fs;
use std::os::unix::fs::symlink;

use crate::fake::howitzer;
use crate::space::Space;
use crate::{SUMMARY, build, faulty};

fn passing() -> Space {
    faulty(&format!("echo '{SUMMARY}' > $SUMMARY"))
}

/// Moves what stands at `place` away and puts a link to somebody's folder there.
fn link(space: &Space, place: &str) {
    let path = space.path(place);
    if path.is_dir() {
        fs::remove_dir_all(&path).expect("removes");
    } else if path.exists() {
        fs::remove_file(&path).expect("removes");
    }
    space.write("precious/digits/mine.txt", "mine");
    space.write("precious/mine.txt", "mine");
    let to = if place.ends_with("lock") { "precious/mine.txt" } else { "precious" };
    symlink(space.path(to), path).expect("links");
}

#[track_caller]
fn expect_untouched(space: &Space, place: &str) {
    let files = space.files("precious");
    assert_eq!(files.len(), 2, "{place}: {files:?}");
    assert!(files.iter().all(|(_, bytes)| bytes == b"mine"), "{place}: {files:?}");
}

#[test]
fn a_link_inside_the_store_is_refused_before_anything_is_written() {
    for name in
        ["scratch", "records", "blobs", "journal", "stat", "damaged", "lock", "stat/judged", "", "blobs/ab"]
    {
        let place = format!(".howitzer/v1/{name}").trim_end_matches('/').to_owned();
        let space = passing();
        build(&space).expect_code(0);
        link(&space, &place);
        for arguments in [
            &["build", "digits", "--force"][..],
            &["gc", "--max-age", "0s"],
            &["clean", "digits", "--results"],
        ] {
            let said = howitzer(&space, arguments).expect_code(1);
            assert!(said.stderr.contains(&format!("{place}` is a link")), "{arguments:?}: {}", said.stderr);
            expect_untouched(&space, &place);
            assert!(said.runs().is_empty() && space.path(&place).is_symlink());
        }
    }
}

#[test]
fn a_link_inside_the_outputs_is_refused_before_anything_runs() {
    for place in
        ["out/digits", "out/digits/render", "out/digits/results", "out/digits/summary", "out/digits/files"]
    {
        let space = passing();
        build(&space).expect_code(0);
        link(&space, place);
        for arguments in [&["build", "digits", "--force"][..], &["render", "digits"], &["clean", "digits"]] {
            let said = howitzer(&space, arguments).expect_code(1);
            assert!(said.stderr.contains(&format!("{place}` is a link")), "{arguments:?}: {}", said.stderr);
            expect_untouched(&space, place);
            assert!(said.runs().is_empty(), "{}", said.stderr);
        }
    }
}

#[test]
fn the_whole_store_and_all_outputs_may_stand_elsewhere() {
    let space = passing();
    for place in ["out", ".howitzer"] {
        fs::create_dir_all(space.path("elsewhere").join(place)).expect("folder");
        symlink(space.path("elsewhere").join(place), space.path(place)).expect("links");
    }
    build(&space).expect_code(0);
    assert!(build(&space).expect_code(0).runs().is_empty());
    assert!(space.path("elsewhere/out/digits/summary.json").is_file());
    howitzer(&space, &["clean", "digits", "--results"]).expect_code(0);
}

#[test]
fn outputs_are_never_where_results_or_sources_are() {
    for out in [".howitzer", ".howitzer/v1"] {
        let space = passing();
        let manifest = space.read("howitzer.toml");
        build(&space).expect_code(0);
        space.write("howitzer.toml", &format!("[workspace]\nout = \"{out}\"\n{manifest}"));
        for verb in ["build", "clean", "render"] {
            let said = howitzer(&space, &[verb, "digits"]).expect_code(3);
            assert!(said.stderr.contains("overlaps `.howitzer`"), "{verb}: {}", said.stderr);
        }
        space.write("howitzer.toml", &manifest);
        assert!(build(&space).expect_code(0).runs().is_empty(), "the result was lost");
    }
    for to in [".howitzer", "suites"] {
        let space = passing();
        symlink(space.path(to), space.path("out")).expect("links");
        fs::create_dir_all(space.path(".howitzer")).expect("folder");
        for verb in ["build", "clean", "render"] {
            let said = howitzer(&space, &[verb, "digits"]).expect_code(3);
            assert!(said.stderr.contains(&format!("leads into `{to}`")), "{verb}: {}", said.stderr);
        }
        assert!(space.path("suites/digits.toml").is_file());
    }
}
