//! Whose folder `.howitzer` is: a store is opened only where it is ours and not newer than this program.

use std::io::ErrorKind;
use std::path::Path;

use super::noticed::Noticed;
use super::{FOLDER, FORMAT, Store, StoreError};
use crate::base::files::{self, told};
use crate::base::written::{TAG, TAG_TEXT};

/// What stands beside a store of this format; `tools` is there where the user has no cache folder.
const BESIDE: [&str; 4] = ["v1", "tools", TAG, ".gitignore"];

/// What stands in a store of this format.
const INSIDE: [&str; 7] = ["blobs", "records", "damaged", "journal", "stat", "scratch", "lock"];

impl Store {
    /// The store of the workspace at `workspace`. Nothing is created, and what is not ours is refused.
    pub fn open(workspace: &Path) -> Result<Self, StoreError> {
        Self::open_in(&workspace.join(FOLDER))
    }

    /// The store in the folder `above`, wherever that is.
    pub fn open_in(above: &Path) -> Result<Self, StoreError> {
        let store = Self { root: above.join(format!("v{FORMAT}")), noticed: Noticed::default() };
        let Some(names) = self::names(above, above)? else { return Ok(store) };
        let formats = names.iter().filter_map(|name| name.strip_prefix('v')?.parse::<u32>().ok());
        if let Some(found) = formats.max().filter(|found| *found > FORMAT) {
            return Err(StoreError::Newer { path: above.to_owned(), found });
        }
        check_ours(above, &store.root, &names)?;
        Ok(store)
    }
}

/// Ours by its tag, or else by holding nothing that we do not know: a tag may be lost or damaged.
fn check_ours(above: &Path, root: &Path, names: &[String]) -> Result<(), StoreError> {
    let tag = files::read_if_present(&above.join(TAG))?;
    if tag.is_some_and(|tag| tag == TAG_TEXT.as_bytes()) {
        return Ok(());
    }
    let foreign = |why| Err(StoreError::Foreign { path: above.to_owned(), why });
    if let Some(name) = names.iter().find(|name| !is_known(name, &BESIDE)) {
        return foreign(format!("it holds `{name}`"));
    }
    let Some(inside) = self::names(above, root)? else {
        // The folder of the format comes first, so tag or ignore file alone are somebody else's.
        let other = names.iter().find(|name| *name != "tools");
        return other.map_or(Ok(()), |name| foreign(format!("it holds `{name}` and no results")));
    };
    match inside.iter().find(|name| !is_known(name, &INSIDE)) {
        Some(name) => foreign(format!("it holds `v{FORMAT}/{name}`")),
        None => Ok(()),
    }
}

fn is_known(name: &str, known: &[&str]) -> bool {
    known.contains(&name) || files::is_temporary(Path::new(name))
}

/// The names in `folder`, none where there is nothing; what is there and is no folder is not ours.
fn names(above: &Path, folder: &Path) -> Result<Option<Vec<String>>, StoreError> {
    let foreign = |why: &str| StoreError::Foreign { path: above.to_owned(), why: why.to_owned() };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let is_link = folder.symlink_metadata().is_ok();
            return if is_link { Err(foreign("it is a link to nothing")) } else { Ok(None) };
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            let what = if folder == above { "it".to_owned() } else { format!("its `v{FORMAT}`") };
            return Err(foreign(&format!("{what} is not a folder")));
        }
        Err(error) => return Err(told("read", folder)(error).into()),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(told("read", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(Some(names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Locking;
    use std::fs;

    /// A workspace whose `.howitzer` holds these files.
    fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
        let space = tempfile::tempdir().expect("temporary folder");
        for (path, text) in files {
            let path = space.path().join(FOLDER).join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
            fs::write(path, text).expect("writes");
        }
        space
    }

    #[test]
    fn our_own_store_is_ours_also_without_its_tag_or_with_a_damaged_one() {
        let space = workspace(&[]);
        let store = Store::open(space.path()).expect("nothing there yet");
        assert!(matches!(store.try_lock("test"), Ok(Locking::Locked(_))));
        let tag = space.path().join(FOLDER).join(TAG);
        Store::open(space.path()).expect("tagged");
        fs::write(&tag, "Sig").expect("writes");
        Store::open(space.path()).expect("its tag is cut");
        fs::remove_file(&tag).expect("removes");
        Store::open(space.path()).expect("its tag is gone");
        Store::open(workspace(&[("tools/versions.json", "{}")]).path())
            .expect("k6 was looked for before any build");
        Store::open(workspace(&[("v1/.tmp-abc", "")]).path()).expect("killed while it was made");
    }

    #[test]
    fn what_another_program_made_is_refused_with_what_shows_it() {
        for (files, shown) in [
            (&[("notes.txt", "mine")][..], "`notes.txt`"),
            (&[("v1/pictures/cat.png", "")], "`v1/pictures`"),
            (&[("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# cargo")], "`CACHEDIR.TAG`"),
            (&[("v1", "a file")], "not a folder"),
        ] {
            let space = workspace(files);
            let error = Store::open(space.path()).expect_err("foreign").to_string();
            assert!(error.contains(shown), "{error}");
        }
    }

    #[test]
    fn a_newer_store_is_refused_also_beside_one_of_this_format() {
        for newer in ["v2/records/x", "v17/anything"] {
            let space = workspace(&[(TAG, TAG_TEXT), ("v1/lock", ""), (newer, "")]);
            assert!(matches!(Store::open(space.path()), Err(StoreError::Newer { .. })), "{newer}");
        }
    }
}
