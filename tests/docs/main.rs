//! The documents hang together: every link leads somewhere, every chapter is in the book, and mdBook makes a site of it.

#[cfg(feature = "real-services")]
mod book;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use page::Page;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_page(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "md")
}

/// The chapters of `docs/`, by file name; the table of contents is none.
fn chapters() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("docs")).expect("docs").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| is_page(name) && name != "SUMMARY.md").collect()
}

/// README, CHANGELOG and everything in `docs/`.
fn pages() -> Vec<Page> {
    let of_docs = chapters().into_iter().map(|name| format!("docs/{name}"));
    let names =
        ["README.md", "CHANGELOG.md", "docs/SUMMARY.md"].map(str::to_owned).into_iter().chain(of_docs);
    names.map(|name| Page::read(root(), PathBuf::from(name))).collect()
}

#[test]
fn every_link_of_readme_and_docs_leads_to_a_file_and_a_heading() {
    let (mut seen, mut dead) = (0, Vec::new());
    for page in pages() {
        for link in page.links().iter().filter(|link| !link.contains("://")) {
            seen += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if file.is_empty() { page.path.clone() } else { page.beside(file) };
            let is_there = root().join(&to).exists();
            let has_anchor =
                anchor.is_empty() || is_there && Page::read(root(), to).anchors().contains(anchor);
            if !is_there || !has_anchor {
                dead.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(seen > 60, "only {seen} links were found");
    assert!(dead.is_empty(), "these lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn a_link_of_a_chapter_stays_in_the_book() {
    for page in pages().iter().filter(|page| page.path.starts_with("docs")) {
        for link in page.links().iter().filter(|link| !link.contains("://")) {
            let to = page.beside(link.split('#').next().unwrap_or_default());
            assert!(to.starts_with("docs"), "{}: {link} is on no site", page.path.display());
        }
    }
}

#[test]
fn a_page_is_named_by_a_link_and_not_by_its_path_alone() {
    for page in pages().iter().filter(|page| !page.path.ends_with("CHANGELOG.md")) {
        let named = page.words().into_iter().filter(|word| word.starts_with("docs/") && is_page(word));
        assert_eq!(named.collect::<Vec<_>>(), Vec::<String>::new(), "in {}", page.path.display());
    }
}

/// A reader should not have to fetch more.
const LARGEST_PICTURE: u64 = 150_000;

#[test]
fn pictures_are_small_and_every_one_is_shown_with_words() {
    let mut shown = String::new();
    for page in pages() {
        shown.push_str(&page.links().join("\n"));
        let text = fs::read_to_string(root().join(&page.path)).expect("a page");
        assert!(!text.contains("![]") && !text.contains("alt=\"\""), "{}", page.path.display());
        assert_eq!(text.matches("<img ").count(), text.matches(" alt=\"").count(), "{}", page.path.display());
    }
    for picture in fs::read_dir(root().join("docs/pictures")).expect("pictures").flatten() {
        let name = picture.file_name().to_string_lossy().into_owned();
        assert!(picture.metadata().expect("a file").len() < LARGEST_PICTURE, "{name}");
        assert!(shown.contains(&format!("pictures/{name}")), "{name} is shown nowhere");
    }
}

#[test]
fn the_table_of_contents_has_every_chapter_once() {
    let summary = Page::read(root(), "docs/SUMMARY.md".into());
    let listed = summary.links();
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "{listed:?}");
    assert_eq!(once, chapters());
}

#[test]
fn the_chapter_of_exit_codes_has_those_that_there_are() {
    let source = fs::read_to_string(root().join("src/cli/mod.rs")).expect("the source");
    let codes = source.lines().filter_map(|line| line.trim().strip_prefix("pub const "));
    let mut exist: BTreeSet<String> = codes
        .filter_map(|rest| rest.split_once(": u8 = "))
        .map(|(_, value)| value.trim_end_matches(';').to_owned())
        .collect();
    exist.insert("130".to_owned());
    let chapter = fs::read_to_string(root().join("docs/exit-codes.md")).expect("the chapter");
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| "));
    let told = rows.filter_map(|row| row.split_once(" |")).map(|(code, _)| code.to_owned());
    assert_eq!(told.filter(|code| code.parse::<u8>().is_ok()).collect::<BTreeSet<_>>(), exist);
}
