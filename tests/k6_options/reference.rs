//! `docs/k6-options.md` says what the tables say.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use howitzer::spec::metrics::BUILTINS;
use howitzer::spec::options::{OPTIONS, OptionStatus};
use howitzer::spec::scenario::{COMMON, executors, field_type};

const BEFORE: &str = "# k6's options

Written from the tables that suites are checked against; a test fails where the two differ. Tried with k6 0.57.0,
1.1.0 and 1.7.0; what 2.x changed stands on its release notes. A number may be written as text, a time as text
(`\"1m30s\"`, `\"1d\"`) or as milliseconds. Where a string may be a file's content, `{ file = \"certs/client.pem\" }` is
its path from the folder of `howitzer.toml`. The script then reads it by `open()`, and the file is an input of the run.
With `secret = true` its content is masked wherever it would be kept or shown, and is not part of the key unless
`in_key = true`.
";

fn reference() -> String {
    let mut text = format!(
        "{BEFORE}\n## Options\n\n| option | value | unit | k6 | what it does |\n| --- | --- | --- | --- | --- |\n"
    );
    let current = OPTIONS.iter().filter(|option| option.status == OptionStatus::Current);
    for option in current {
        let (name, known) = (option.name, option.known.words());
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} | {known} | {} |",
            option.kind.words(),
            option.unit,
            option.about
        );
    }
    text.push_str("\n## Options that are no more\n\n| written | instead |\n| --- | --- |\n");
    for option in &OPTIONS {
        match option.status {
            OptionStatus::Gone(why) => drop(writeln!(text, "| `{}` | {why} |", option.name)),
            OptionStatus::Misspelt(right) => drop(writeln!(text, "| `{}` | `{right}` |", option.name)),
            OptionStatus::Current => {}
        }
    }
    text.push_str(
        "\n## Executors of scenarios\n\n| executor | needs | takes | k6 |\n| --- | --- | --- | --- |\n",
    );
    for (name, needs, takes, known) in executors() {
        let _ =
            writeln!(text, "| `{name}` | {} | {} | {} |", needs.join(", "), takes.join(", "), known.words());
    }
    let _ = writeln!(text, "\nAll of them take {}.\n\n| field | value |\n| --- | --- |", COMMON.join(", "));
    let mut fields: Vec<&str> = executors()
        .flat_map(|(_, needs, takes, _)| needs.iter().chain(takes))
        .copied()
        .chain(COMMON)
        .collect();
    fields.sort_unstable();
    fields.dedup();
    for field in fields {
        let kind = field_type(None, field).expect("a field that an executor takes");
        let _ = writeln!(text, "| `{field}` | {} |", kind.words());
    }
    text.push_str("\n## Metrics of k6's own\n\n| metric | type | unit | k6 |\n| --- | --- | --- | --- |\n");
    for metric in BUILTINS {
        let (name, kind, known) = (metric.name, metric.kind.word(), metric.known.words());
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {known} |", metric.unit);
    }
    text
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/k6-options.md")
}

#[test]
fn the_reference_says_what_the_tables_say() {
    let written = fs::read_to_string(path()).expect("docs/k6-options.md");
    let hint = "run `cargo test --test k6_options -- --ignored the_reference_is_written`";
    assert!(written == reference(), "docs/k6-options.md is not what the tables give: {hint}");
}

#[test]
#[ignore = "it writes docs/k6-options.md, for whoever changed the tables"]
fn the_reference_is_written() {
    fs::write(path(), reference()).expect("writes");
}

#[test]
fn every_option_has_a_sentence_and_every_number_a_unit() {
    for option in OPTIONS.iter().filter(|option| option.status == OptionStatus::Current) {
        assert!(!option.about.is_empty() && !option.about.ends_with('.'), "{}", option.name);
        let is_number =
            option.kind.words().contains("number") || option.kind.words().contains("a duration of");
        assert!(!is_number || !option.unit.is_empty(), "{}", option.name);
    }
}
