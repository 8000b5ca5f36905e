//! `docs/reference.md`: every key of suites and of `howitzer.toml`, from the tables of the schemas.

use std::fmt::Write as _;

use super::key::Shape;
use super::{k6, suite, values, workspace};

const BEFORE: &str = "# Reference

Every key of a suite and of `howitzer.toml`, made from the tables that `howitzer schema` prints; a test fails where
they differ. What the keys do together tells [suites.md](suites.md); k6's options have a page with their releases,
[k6-options.md](k6-options.md). A time is written `\"1m30s\"`, `\"250ms\"`, `\"30d\"`.
";

/// The page in Markdown.
pub fn reference() -> String {
    let mut text = BEFORE.to_owned();
    let mut told: Vec<&str> = Vec::new();
    let chapters = [
        ("Suites", suite::shapes()),
        ("howitzer.toml", workspace::shapes()),
        ("Values", values::shapes()),
        ("k6", k6::shapes()),
    ];
    for (title, shapes) in chapters {
        let _ = writeln!(text, "\n## {title}");
        for shape in &shapes {
            if !told.contains(&shape.name) {
                table(&mut text, shape);
                told.push(shape.name);
            }
        }
    }
    text
}

fn table(text: &mut String, shape: &Shape) {
    let _ = writeln!(text, "\n### {}\n\n{}\n", shape.name, place(shape.place));
    text.push_str("| key | value | default | |\n| --- | --- | --- | --- |\n");
    for key in &shape.keys {
        let default = match (key.is_needed, key.default) {
            (true, _) => "needed".to_owned(),
            (false, "") => String::new(),
            (false, default) => format!("`{default}`"),
        };
        let _ = writeln!(text, "| `{}` | {} | {default} | {} |", key.name, key.kind.words(), key.about);
    }
}

fn place(place: &str) -> String {
    if place.contains('`') || place.starts_with("in ") || place.starts_with("where ") {
        place.to_owned()
    } else {
        format!("`{place}`")
    }
}
