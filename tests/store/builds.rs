//! Builds over a store that was damaged at random: the results are what they were, or are measured again.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::fake::build;
use crate::space::Space;
use crate::{built, copy};

/// splitmix64, so that a seed that was printed can be played again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("below a usize")
    }
}

/// Cuts a file of the store, or flips bits of one of its bytes; says what it did.
fn damage(space: &Space, random: &mut Random) -> String {
    let files: Vec<_> = space.files(".howitzer").into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
    let (path, mut bytes) = files[random.below(files.len())].clone();
    let index = random.below(bytes.len());
    let how = if random.below(2) == 0 {
        bytes.truncate(index);
        format!("cut at {index}")
    } else {
        let mask = 1 + u8::try_from(random.below(255)).expect("a byte");
        bytes[index] ^= mask;
        format!("byte {index} ^ {mask:#x}")
    };
    fs::write(&path, bytes).expect("writes");
    format!("{}: {how}", path.strip_prefix(space.path(".howitzer")).expect("inside").display())
}

/// Plays one seed; says whether the build measured again.
fn play(space: &Space, pristine: &std::path::Path, seed: u64) -> bool {
    let mut random = Random(seed);
    for folder in [".howitzer", "out"] {
        fs::remove_dir_all(space.path(folder)).expect("removes");
        copy(&pristine.join(folder), &space.path(folder));
    }
    if random.below(4) == 0 {
        // The stamp holds again: the copy has other times than the original.
        build(space).expect_code(0);
    }
    let (whole, summary) = (space.files("out"), space.read("out/digits/summary/plain.json"));
    let what = format!("seed {seed}, {}", damage(space, &mut random));

    let first = build(space);
    assert_eq!(first.code, Some(0), "{what}\n{}", first.stderr);
    if first.runs().is_empty() {
        assert_eq!(space.files("out"), whole, "{what}\n{}", first.stderr);
    }
    for run in first.runs() {
        assert!(run.contains("record damaged") || run.contains("record evicted"), "{what}\n{}", first.stderr);
    }
    assert_eq!(space.read("out/digits/summary/plain.json"), summary, "{what}\n{}", first.stderr);

    let after = space.files("out");
    let second = build(space);
    assert_eq!(second.code, Some(0), "{what}\n{}", second.stderr);
    let said = &second.stderr;
    assert!(
        second.runs().is_empty() && !said.contains("damaged") && !said.contains("evicted"),
        "{what}\n{said}"
    );
    assert_eq!(space.files("out"), after, "{what}");
    !first.runs().is_empty()
}

fn play_all(first: u64, count: u64) {
    let space = built();
    let pristine = tempfile::tempdir().expect("temporary folder");
    for folder in [".howitzer", "out"] {
        copy(&space.path(folder), &pristine.path().join(folder));
    }
    let again = (first..first + count).filter(|seed| play(&space, pristine.path(), *seed)).count();
    assert!(again > 0, "no damage of seeds {first} to {} reached a result", first + count);
}

#[test]
fn a_build_survives_a_hundred_damages_that_are_always_the_same() {
    play_all(0, 100);
}

#[test]
fn a_build_survives_a_hundred_damages_that_are_new_each_time() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    play_all(u64::try_from(now & 0xFFFF_FFFF_FFFF).expect("48 bits"), 100);
}

#[test]
fn a_file_that_a_script_wrote_itself_is_made_again_where_it_was_deleted() {
    let space = built();
    let file = "out/digits/files/plain/own.txt";
    let text = space.read(file);
    assert!(build(&space).expect_code(0).runs().is_empty(), "the stamp holds");
    fs::remove_file(space.path(file)).expect("removes");
    assert!(build(&space).expect_code(0).runs().is_empty());
    assert_eq!(space.read(file), text);
}
