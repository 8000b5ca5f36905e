//! Names for files that a script wrote: unique and safe in any folder, whatever the script called them.

use std::collections::HashSet;

use crate::base::digest::Digest;

/// Longer parts of a path are cut: most file systems end at 255 bytes.
const LONGEST_PART: usize = 220;

/// What stays of a part that is cut: with its digits it is no longer than [`LONGEST_PART`].
const CUT_PART: usize = 200;

/// Longer paths become one part: systems end at 1024 bytes (macOS) or 4096, and a folder comes before.
const LONGEST_PATH: usize = 600;

/// A relative name for each of `paths`, in their order. A path stays as it is unless it is no text, holds
/// what a name should not, is too long, or would share its place with another one, be it in case only or as
/// the other's folder. Such a one gets eight digits of its digest. Names that were given stay when asked again.
pub fn file_names(paths: &[&[u8]]) -> Vec<String> {
    let mut order: Vec<(bool, &[u8], usize, String)> = Vec::with_capacity(paths.len());
    for (index, path) in paths.iter().enumerate() {
        let safe = safe(path);
        order.push((safe.as_bytes() != *path || safe.len() > LONGEST_PATH, path, index, safe));
    }
    // What can stay comes first, so that nothing else takes its name.
    order.sort();
    let mut taken = Taken::default();
    let mut names = vec![String::new(); paths.len()];
    for (changed, path, index, safe) in order {
        let mut digest = Digest::of(path);
        let mut name = if changed { with_digits(&safe, &digest) } else { safe.clone() };
        while name.len() > LONGEST_PATH || !taken.take(&name) {
            let last = safe.rsplit('/').next().unwrap_or(&safe);
            name = with_digits(last, &digest);
            digest = Digest::of(&[path, name.as_bytes()].concat());
        }
        names[index] = name;
    }
    names
}

/// The places that have an owner, in lower case: some file systems know no other.
#[derive(Default)]
struct Taken {
    files: HashSet<String>,
    folders: HashSet<String>,
}

impl Taken {
    fn take(&mut self, name: &str) -> bool {
        let name = name.to_lowercase();
        let above: Vec<&str> = name.match_indices('/').map(|(at, _)| &name[..at]).collect();
        let is_shared = self.files.contains(&name)
            || self.folders.contains(&name)
            || above.iter().any(|folder| self.files.contains(*folder));
        if !is_shared {
            self.folders.extend(above.into_iter().map(str::to_owned));
            self.files.insert(name);
        }
        !is_shared
    }
}

/// `path` as text of plain parts.
fn safe(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<String> = parts.map(safe_part).collect();
    if parts.is_empty() { "_".to_owned() } else { parts.join("/") }
}

fn safe_part(part: &str) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '\\' | char::REPLACEMENT_CHARACTER);
    let mut safe: String = part.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if safe.len() > LONGEST_PART {
        safe.truncate(safe.floor_char_boundary(CUT_PART));
    }
    if safe == ".." { "__".to_owned() } else { safe }
}

/// `a/report.html` with digits is `a/report-1a2b3c4d.html`: what opens it goes by the ending.
fn with_digits(name: &str, digest: &Digest) -> String {
    let part = name.rfind('/').map_or(0, |at| at + 1);
    let end = name[part..].rfind('.').filter(|at| *at > 0).map_or(name.len(), |at| part + at);
    format!("{}-{}{}", &name[..end], digest.short(), &name[end..])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_safe_and_alone_keeps_its_name() {
        let paths = ["a", "b/c.html", "résumé 1.html", "@workspace/out/x", "***", "a-1"];
        assert_eq!(file_names(&paths.map(str::as_bytes)), paths);
    }

    #[test]
    fn names_are_safe_and_never_share_a_place() {
        let long = [b'x'; 255];
        let deep = [b"y/".as_slice(); 1000].concat();
        let bytes = [0xff; 100];
        let paths: Vec<&[u8]> = vec![
            b"a",
            b"A",
            b"a/b",
            b"A/B",
            b"../a",
            b"/a",
            b"..",
            b".",
            b"",
            b"r.html",
            b"R.html",
            b"x\ny",
            b"x\0y",
            b"x_y",
            &bytes,
            &bytes[..99],
            &long,
            &deep,
            b"c/d/e",
            b"c/D",
            b"c",
            b".hidden",
            b"C/d",
        ];
        let names = file_names(&paths);
        let mut taken = Taken::default();
        for name in &names {
            assert!(taken.take(name), "{name} shares its place in {names:?}");
            let is_plain = |part: std::path::Component| matches!(part, std::path::Component::Normal(_));
            assert!(Path::new(name).components().all(is_plain) && name.len() <= 700, "{name}");
            assert!(name.split('/').all(|part| part.len() < 240), "{name}");
        }
        let ending = |name: &String| Path::new(name).extension().is_some_and(|ending| ending == "html");
        assert!(ending(&names[9]) && ending(&names[10]), "{names:?}");
        let again: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        assert_eq!(file_names(&again), names);
    }
}
