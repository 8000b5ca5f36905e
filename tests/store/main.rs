//! The store under damage, under limits, and where it is not ours.

#[path = "../newcomer/space.rs"]
#[allow(dead_code, reason = "shared with the newcomer's tests, which use all of it")]
mod space;

#[path = "../faults/fake.rs"]
#[allow(dead_code, reason = "shared with the tests of faults")]
mod fake;

mod builds;
mod foreign;
mod gc;
mod readers;
mod stale;
mod verify;

use std::fs;
use std::path::Path;

use fake::{SUMMARY, build, faulty};
use space::Space;

/// A workspace that was built once: one case, whose script also writes a file of its own, another one each time.
fn built() -> Space {
    let space =
        faulty(&format!("echo said; echo mine $RANDOM $RANDOM > own.txt; echo '{SUMMARY}' > $SUMMARY"));
    build(&space).expect_code(0);
    space
}

/// Makes `to` what `from` is.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(source, target).expect("copies");
        }
    }
}

/// The first file under `folder` of the store whose text contains `part`.
#[track_caller]
fn stored(space: &Space, folder: &str, part: &str) -> std::path::PathBuf {
    let files = space.files(&format!(".howitzer/v1/{folder}"));
    let found = files.into_iter().find(|(_, bytes)| String::from_utf8_lossy(bytes).contains(part));
    found.unwrap_or_else(|| panic!("no file in {folder} contains `{part}`")).0
}
