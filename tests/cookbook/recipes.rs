//! The recipes of `docs/cookbook.md`: a heading, files in fences that name them, and how many cases there are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// One recipe with the shared files below its own.
pub(crate) struct Recipe {
    pub(crate) title: String,
    /// The name of its suite.
    pub(crate) suite: String,
    /// Texts by path.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) cases: usize,
}

/// All recipes, in order.
pub(crate) fn recipes() -> Vec<Recipe> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cookbook.md");
    let page = fs::read_to_string(page).expect("the cookbook");
    let mut sections = page.split("\n## ").skip(1);
    let shared = files(sections.next().expect("the shared files"));
    sections.map(|section| recipe(section, &shared)).collect()
}

fn recipe(section: &str, shared: &BTreeMap<String, String>) -> Recipe {
    let title = section.lines().next().unwrap_or_default().to_owned();
    let mut all = shared.clone();
    for (path, text) in files(section) {
        // What a recipe says of the workspace stands beside what all say of it.
        let above =
            if path == "howitzer.toml" { all.remove(&path).unwrap_or_default() } else { String::new() };
        all.insert(path, above + &text);
    }
    let suites: Vec<&str> =
        all.keys().filter_map(|path| path.strip_prefix("suites/")?.strip_suffix(".toml")).collect();
    let [suite] = suites.as_slice() else { panic!("{title}: {suites:?}") };
    let suite = (*suite).to_owned();
    let counted =
        section.lines().rev().find_map(|line| line.strip_suffix(" cases.").or(line.strip_suffix(" case.")));
    let cases =
        counted.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{title}: how many cases?"));
    Recipe { title, suite, files: all, cases }
}

/// The fenced blocks whose first line names a file.
fn files(section: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(path) = line.strip_prefix("```").and_then(|info| info.split_once(' ')).map(|(_, path)| path)
        else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        files.insert(path.to_owned(), text.join("\n") + "\n");
    }
    files
}
