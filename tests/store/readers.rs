//! Every file of a real store, cut at every byte and with each byte flipped: no reader panics, none takes
//! what is left for something else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use howitzer::base::digest::Digest;
use howitzer::plan::Fresh;
use howitzer::store::{Journal, RecordRead, Store, decode};

use crate::built;

/// What a reader made of a file.
#[derive(Debug, PartialEq)]
enum Read {
    Value(String),
    Lost,
}

fn value(found: Option<impl std::fmt::Debug>) -> Read {
    found.map_or(Read::Lost, |value| Read::Value(format!("{value:?}")))
}

/// Reads `path` in the way in which howitzer does; none where nobody reads what is in it.
fn read(store: &Store, path: &Path) -> Option<Read> {
    let inside = path.strip_prefix(store.root()).ok()?;
    let parts: Vec<&str> = inside.iter().filter_map(|part| part.to_str()).collect();
    Some(match parts[..] {
        ["records", _, key] => match store.record(&key.parse::<Digest>().ok()?).expect("readable") {
            RecordRead::Found(record) => value(Some(record)),
            RecordRead::Damaged => Read::Lost,
            RecordRead::Absent => panic!("a damaged record is not an absent one"),
        },
        ["blobs", _, digest] => value(store.blob(&digest.parse().ok()?).expect("readable")),
        ["journal", suite] => {
            let journal = store.journal(suite).expect("readable");
            value((journal != Journal::default()).then_some(journal))
        }
        ["stat", "salt"] => value(Some(store.salt().expect("readable")).filter(|salt| !salt.is_empty())),
        ["stat", "targets"] => {
            value(decode::<BTreeMap<String, BTreeMap<String, String>>>(&fs::read(path).expect("readable")))
        }
        ["stat", name] => match name.split_once('-') {
            Some(("outputs", suite)) => value(store.outputs_preimage(suite)),
            Some(("stamp", name)) => value(store.stamp(name)),
            Some(("catalogue", suite)) => value(
                store
                    .catalogue::<Fresh>(suite)
                    .map(|results| results.into_iter().collect::<BTreeMap<_, _>>()),
            ),
            _ => panic!("`stat/{name}` has no reader in this test"),
        },
        ["stat", "judged", _] | ["lock"] => return None,
        _ => panic!("{} has no reader in this test", inside.display()),
    })
}

#[test]
fn no_cut_and_no_flipped_byte_is_taken_for_another_value() {
    let space = built();
    let store = Store::open(&space.path("")).expect("opens");
    let mut kinds = std::collections::BTreeSet::new();
    for (path, bytes) in space.files(".howitzer/v1") {
        let Some(whole) = read(&store, &path) else { continue };
        let inside = path.strip_prefix(store.root()).expect("inside").to_owned();
        assert!(matches!(whole, Read::Value(_)), "{}: {whole:?}", inside.display());
        kinds.insert(
            inside
                .iter()
                .take(if inside.starts_with("stat") { 2 } else { 1 })
                .collect::<std::path::PathBuf>(),
        );
        let cuts = (0..bytes.len()).map(|end| (format!("cut at {end}"), bytes[..end].to_vec()));
        let flips = (0..bytes.len()).flat_map(|index| {
            [0xFF, 1 << (index % 8)].map(|mask: u8| {
                let mut flipped = bytes.clone();
                flipped[index] ^= mask;
                (format!("byte {index} ^ {mask:#x}"), flipped)
            })
        });
        for (how, damaged) in cuts.chain(flips) {
            fs::write(&path, damaged).expect("writes");
            assert_eq!(read(&store, &path), Some(Read::Lost), "{}: {how}", inside.display());
        }
        fs::write(&path, &bytes).expect("writes");
        assert_eq!(read(&store, &path), Some(whole), "{}", inside.display());
    }
    assert!(kinds.len() >= 7, "{kinds:?}");
}

#[test]
fn a_store_whose_tag_is_cut_or_flipped_is_still_ours() {
    let space = built();
    for name in ["CACHEDIR.TAG", ".gitignore"] {
        let path = space.path(".howitzer").join(name);
        let bytes = fs::read(&path).expect("reads");
        for index in 0..bytes.len() {
            fs::write(&path, &bytes[..index]).expect("writes");
            Store::open(&space.path("")).expect("cut");
            let mut flipped = bytes.clone();
            flipped[index] ^= 0xFF;
            fs::write(&path, flipped).expect("writes");
            Store::open(&space.path("")).expect("flipped");
        }
    }
}
