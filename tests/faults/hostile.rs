//! Values that want to be something else than values: code, tags, columns, paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use oxc_allocator::Allocator;
use oxc_ast::ast::{BindingPattern, Expression, VariableDeclarator};
use oxc_ast_visit::Visit;
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType};
use serde_json::{Value, json};

use crate::fake::howitzer;
use crate::space::{Said, Space};
use crate::{SUMMARY, faulty};

/// The workspace lies in `inner`, so that what is written beside it shows.
fn nested() -> Space {
    let space = faulty(&format!("printf %s \"$X\" > x.txt; echo '{SUMMARY}' > $SUMMARY"));
    fs::create_dir_all(space.path("inner/k6_templates")).expect("folder");
    fs::create_dir_all(space.path("inner/payloads")).expect("folder");
    space.write("inner/howitzer.toml", "");
    space
}

fn inner(space: &Space, arguments: &[&str]) -> Said {
    howitzer(space, &[&["-C", "inner"], arguments].concat())
}

/// Everything in the parent folder that is not howitzer's to write.
fn around(space: &Space) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![space.path("")];
    let own = ["inner/out", "inner/.howitzer", "load.lock"].map(|name| space.path(name));
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("lists").flatten() {
            let path = entry.path();
            if own.contains(&path) {
                continue;
            }
            if entry.file_type().expect("a type").is_dir() {
                waiting.push(path.clone());
                found.insert(path, Vec::new());
            } else {
                found.insert(path.clone(), fs::read(path).expect("reads"));
            }
        }
    }
    found
}

/// A string for TOML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string").replace('\u{7f}', "\\u007F")
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", "))
}

/// Each was, or could be, somebody's bug.
fn table() -> Vec<String> {
    let mut table: Vec<String> = [
        "'",
        "\"",
        "`",
        "\\",
        "\\\\",
        "$",
        "${",
        "${process.exit(1)}",
        "`${1}`",
        "'; throw 1; //",
        "\"; throw 1; //",
        "</script><script>alert(1)</script>",
        "<!--",
        "-->",
        "]]>",
        "\n",
        "\r",
        "\r\n",
        "a\nb",
        "a\\nb",
        "\t",
        "\0",
        "a\0b",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\u{feff}",
        "\u{7f}",
        "\u{1b}[31m",
        "\u{202e}gnp.exe",
        "😀",
        "👩‍👩‍👧‍👦",
        "e\u{301}",
        "é",
        "{{ x }}",
        "{{ 7 * 7 }}",
        "{% include \"x\" %}",
        "{# x #}",
        "{{",
        "}}",
        "%}",
        "{{ vars | json }}",
        "../../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        "C:\\Windows",
        "CON",
        "nul.txt",
        "aux",
        "-rf",
        "--help",
        "*",
        "?",
        "[x]",
        "a,b=c",
        "a=b",
        "a|b",
        "|",
        "# a",
        "- a",
        "=1+1",
        "@SUM(1)",
        "~",
        "&amp;",
        "%00",
        "%2e%2e%2f",
        "\\u0041",
        "\\x41",
        "\\0",
        "null",
        "true",
        "1",
        " ",
        "  lead",
        "trail  ",
        "A",
        "a",
        "constructor",
        "__proto__",
        "*/ /*",
        "//",
        "",
    ]
    .map(str::to_owned)
    .into();
    table.push("x".repeat(1_000_000));
    table.push("'\"`${}\\\n</script>\u{2028}".repeat(50_000));
    table.push("y".repeat(63) + "😀😀");
    table
}

/// splitmix64, so that a seed that was printed can be played again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below a usize")
    }

    fn text(&mut self) -> String {
        let pieces = [
            "'",
            "\"",
            "`",
            "\\",
            "$",
            "{",
            "}",
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "<",
            "/",
            ">",
            "script",
            "\n",
            "\r",
            "\0",
            "\u{2028}",
            "\u{2029}",
            "😀",
            "a",
            "B",
            " ",
            ",",
            "=",
            "|",
            "[",
            "]",
            "*",
            "..",
            "x",
            "u",
            "0",
            "4",
            "1",
            "-",
            "#",
            "&",
            ";",
            "(",
            ")",
            "\t",
            "\u{1b}",
            "//",
            "/*",
            "*/",
            "\u{e9}",
            "\u{fffd}",
            "\u{10ffff}",
            "\u{7f}",
        ];
        (0..=self.below(12)).map(|_| pieces[self.below(pieces.len())]).collect()
    }
}

/// The constants of a script by name: texts as their values, anything else as it is written.
fn constants(script: &str) -> BTreeMap<String, String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, script, SourceType::mjs()).parse();
    assert!(parsed.diagnostics.is_empty(), "{:?} in:\n{script:.3000}", parsed.diagnostics);
    let mut constants = Constants { script, found: BTreeMap::new() };
    constants.visit_program(&parsed.program);
    constants.found
}

struct Constants<'s> {
    script: &'s str,
    found: BTreeMap<String, String>,
}

impl<'a> Visit<'a> for Constants<'_> {
    fn visit_variable_declarator(&mut self, declared: &VariableDeclarator<'a>) {
        let BindingPattern::BindingIdentifier(name) = &declared.id else { panic!("a plain name") };
        let value = match declared.init.as_ref().expect("a value") {
            Expression::StringLiteral(text) => text.value.to_string(),
            Expression::TemplateLiteral(text) => {
                assert!(text.expressions.is_empty(), "a value has become code");
                text.quasis[0].value.cooked.as_ref().expect("valid escapes").to_string()
            }
            other => self.script[other.span().start as usize..other.span().end as usize].to_owned(),
        };
        self.found.insert(name.name.to_string(), value);
    }
}

const TEMPLATE: &str = r#"{{ k6_opts }}
const single = '{{ vars.x }}';
const double = "{{ vars.x }}";
const templated = `{{ vars.x }}`;
const literal = {{ vars.x | json }};
const all = {{ vars | json }};
const url = '{{ base_url }}';
const model = `{{ model_name }}`;
const title = "{{ suite.title }}";
const id = '{{ case.id }}';
const parameters = {{ case.parameters | json }};
export default function () {}
"#;

/// Builds one test a place of hostile values, and looks at all that comes of it.
fn play(values: &[String], title: &str, what: &str) {
    let space = nested();
    space.write("inner/k6_templates/plain.js", TEMPLATE);
    let no_nul: Vec<String> =
        values.iter().filter(|value| !value.contains('\0') && value.len() < 100_000).cloned().collect();
    let mut suite = format!(
        "[suite]\ntitle = {title}\ndescription = {title}\n[defaults]\ntemplate = \"plain.js\"\nbase_url = \"u\"\nmodel_name = \"m\"\n\
         vars = {{ x = \"v\", more = {title} }}\nk6 = {{ iterations = 1 }}\n",
        title = quoted(title)
    );
    let places = [
        ("vars", "vars.x", values),
        ("url", "base_url", values),
        ("model", "model_name", values),
        ("env", "env.X", &no_nul),
        ("tags", "k6.tags.x", values),
    ];
    for (test, axis, values) in places {
        let values = if test == "vars" { values } else { &values[..values.len().min(8)] };
        suite += &format!(
            "[[test]]\nname = \"{test}\"\nmax_cases = 5000\n[test.matrix]\n\"{axis}\" = {}\n",
            list(values)
        );
    }
    space.write("inner/suites/hostile.toml", &suite.replace("max_cases = 5000\n", ""));
    let before = around(&space);
    let said = inner(&space, &["build", "hostile"]);
    assert_eq!(said.code, Some(0), "{what}: {}", &said.stderr[..said.stderr.len().min(5000)]);
    assert!(around(&space) == before, "{what}: something was written outside");
    expect_scripts(&space, values, title, what);
    expect_outputs(&space, values, what);
    let again = inner(&space, &["build", "hostile"]).expect_code(0);
    assert!(again.runs().is_empty(), "{what}: {}", again.stderr);
}

fn expect_scripts(space: &Space, values: &[String], title: &str, what: &str) {
    let mut left: BTreeSet<&str> = values.iter().map(String::as_str).collect();
    for (path, bytes) in space.files("inner/out/hostile/render") {
        let script = String::from_utf8(bytes).expect("text");
        let constants = constants(&script);
        let name = path.file_name().expect("named").to_string_lossy().into_owned();
        let value = &constants["single"];
        for other in ["double", "templated", "literal"] {
            assert!(constants[other] == *value, "{what}: {name}: {other}");
        }
        let all: Value = serde_json::from_str(&constants["all"]).expect("JSON");
        assert!(all["x"] == json!(value), "{what}: {name}");
        assert_eq!(constants["title"], title, "{what}");
        let parameters: Value = serde_json::from_str(&constants["parameters"]).expect("JSON");
        let parameter = parameters.as_object().expect("a table").values().next().expect("one axis").clone();
        let chosen = match &name[..3] {
            "var" => {
                left.remove(value.as_str());
                value.clone()
            }
            "url" => constants["url"].clone(),
            "mod" => constants["model"].clone(),
            "tag" => {
                let options: Value = serde_json::from_str(&constants["options"]).expect("JSON");
                options["tags"]["x"].as_str().expect("a text").to_owned()
            }
            _ => {
                let stem = path.file_stem().expect("named").to_string_lossy().into_owned();
                space.read(&format!("inner/out/hostile/files/{stem}/x.txt"))
            }
        };
        assert!(parameter == json!(chosen), "{what}: {name}: another value than the case's");
    }
    assert!(left.is_empty(), "{what}: {} values reached no script, as {:?}", left.len(), left.first());
}

fn expect_outputs(space: &Space, values: &[String], what: &str) {
    let read = |file: &str| space.read(&format!("inner/out/hostile/{file}"));
    for file in ["summary.json", "results.json", "build.json"] {
        serde_json::from_str::<Value>(&read(file)).unwrap_or_else(|error| panic!("{what}: {file}: {error}"));
    }
    let csv = read("results.csv");
    let records: Vec<_> = csv::Reader::from_reader(csv.as_bytes())
        .into_records()
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{what}: results.csv: {error}"));
    for value in values {
        assert!(
            records.iter().any(|record| record.iter().any(|field| field == value)),
            "{what}: {value:.100?} is not in the CSV"
        );
    }
    let markdown = read("output.md");
    let head = markdown.lines().position(|line| line.starts_with("| --- ")).expect("a table");
    let rows: Vec<&str> = markdown.lines().skip(head + 1).take_while(|line| !line.is_empty()).collect();
    let cases = space.files("inner/out/hostile/render").len();
    assert_eq!(rows.len(), cases, "{what}");
    for row in rows {
        let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 9, "{what}: {row:.300}");
    }
    assert_eq!(markdown.lines().filter(|line| *line == "</details>").count(), cases, "{what}");
    assert!(
        !markdown
            .lines()
            .any(|line| line.contains("<script>") && !line.starts_with("  \"") && !line.contains("\": \"")),
        "{what}"
    );
    let mut names = BTreeSet::new();
    for (path, _) in space.files("inner/out") {
        let name = path.file_name().expect("named").to_string_lossy().into_owned();
        let is_safe = |c: char| c.is_ascii_alphanumeric() || "._-=,[]@".contains(c);
        assert!(
            name.chars().all(is_safe) && name.len() < 200 && !name.starts_with(['.', '-']),
            "{what}: {name}"
        );
        assert!(
            names.insert(path.display().to_string().to_lowercase()),
            "{what}: {name} twice but for its case"
        );
    }
}

#[test]
fn values_stay_values_in_scripts_and_in_all_outputs() {
    let table = table();
    play(&table, "'\"`${1}\\\n</script>\u{2028}{{ x }}|# t", "the table");
}

#[test]
fn random_values_stay_values_too() {
    let fresh = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() & 0xFFFF_FFFF;
    for seed in [1, u64::try_from(fresh).expect("32 bits")] {
        let shown = format!("seed {seed}");
        let mut random = Random(seed);
        let values: BTreeSet<String> = (0..40).map(|_| random.text()).collect();
        let title = random.text() + "t";
        play(&values.into_iter().collect::<Vec<_>>(), &title, &shown);
    }
}

#[test]
fn payloads_are_files_of_their_folder_whatever_their_names() {
    let space = nested();
    let template = "{{ k6_opts }}\nconst name = '{{ payload }}';\nconst data = open('{{ payload_path }}');\nexport default function () {}\n";
    space.write("inner/k6_templates/plain.js", template);
    let names = [
        "it's.json",
        "a b.json",
        "new\nline.json",
        "`${x}`.json",
        "\u{2028}.json",
        "-rf.json",
        "CON.json",
        "con.json",
        "é.json",
        "[1].json",
        "*.json",
        "a\\b.json",
        "\"q\".json",
        "{{ x }}.json",
        "<b>.json",
        "..json",
        "...",
        "a/b/../c.json",
        "#x.json",
        "😀",
        "%2e%2e.json",
        "tab\t.json",
        "\u{1b}[31m.json",
        "x=1,y=2.json",
    ];
    for (number, name) in names.iter().enumerate() {
        fs::create_dir_all(space.path("inner/payloads/a/b")).expect("folder");
        space.write(&format!("inner/payloads/{name}"), &format!("content {number}"));
    }
    let fake = space.read("fake-k6").replace("echo '{\"met", "cp -r ../payloads/. seen; echo '{\"met");
    space.write("fake-k6", &fake);
    let suite = |names: &[String]| {
        format!(
            "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = {{ iterations = 1 }}\n[test.matrix]\npayload = {}\n",
            list(names)
        )
    };
    space.write("inner/suites/hostile.toml", &suite(&names.map(str::to_owned)));
    let before = around(&space);
    inner(&space, &["build", "hostile"]).expect_code(0);
    assert!(around(&space) == before, "something was written outside");
    let seen: Vec<_> = space
        .files("inner/out/hostile/files")
        .into_iter()
        .filter(|(path, _)| !path.ends_with("x.txt"))
        .collect();
    assert_eq!(seen.len(), names.len(), "each run saw exactly its own payload");
    for (path, bytes) in space.files("inner/out/hostile/render") {
        assert!(
            names.contains(&constants(&String::from_utf8(bytes).expect("text"))["name"].as_str()),
            "{}",
            path.display()
        );
    }
    let contents: BTreeSet<_> = seen.into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(contents.len(), names.len());

    space.write("secret.json", "{}");
    for name in ["../../secret.json", "/etc/passwd", "..", ".", "", "a/../../../secret.json", "nul\0.json"] {
        space.write("inner/suites/hostile.toml", &suite(&[name.to_owned()]));
        let said = inner(&space, &["build", "hostile"]).expect_code(3);
        assert!(
            said.stderr.contains("no payload") && said.stderr.contains("suites/hostile.toml:"),
            "{name}: {}",
            said.stderr
        );
    }
}

#[test]
fn scripts_open_nothing_outside_and_a_declared_input_is_inside() {
    let space = nested();
    space.write("secret.json", "{}");
    for open in [
        "open('../../secret.json')",
        "open('/etc/passwd')",
        "open('./../../secret.json')",
        "open('file:///etc/passwd')",
        "open('{{ file(path=\"../secret.json\") }}')",
        "open('{{ file(path=\"/etc/passwd\") }}')",
        "open('../payloads/../../secret.json')",
    ] {
        space.write(
            "inner/k6_templates/plain.js",
            &format!("{{{{ k6_opts }}}}\nconst data = {open};\nexport default function () {{}}\n"),
        );
        space.write(
            "inner/suites/hostile.toml",
            "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = { iterations = 1 }\n",
        );
        let said = inner(&space, &["build", "hostile"]).expect_code(3);
        let told = ["outside the workspace", "inside the workspace", "is no file of the workspace"];
        assert!(told.iter().any(|words| said.stderr.contains(words)), "{open}: {}", said.stderr);
    }
}

#[test]
fn names_of_tests_and_suites_become_safe_file_names_of_their_own() {
    let space = nested();
    space.write(
        "inner/k6_templates/plain.js",
        "{{ k6_opts }}\nconst id = '{{ case.id }}';\nexport default function () {}\n",
    );
    let long = "n".repeat(400);
    let names = [
        "a/../../../b",
        "..",
        ".",
        "CON",
        "con",
        "nul.txt",
        "a:b",
        "A",
        "a",
        "ä",
        "Ä",
        ".hidden",
        "-x",
        "--help",
        "a b",
        "a_b",
        "a*b",
        "a?b",
        "it's",
        "\"q\"",
        "`${1}`",
        "<script>",
        "{{ x }}",
        "/abs",
        "C:\\x",
        "a\\..\\b",
        "😀",
        "a\u{2028}b",
        "@2",
        "a@2",
        "a[1]",
        "|",
        &long,
    ];
    let tests: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "template": "plain.js", "k6_opts": {"vus": "1", "duration": "1s"}}))
        .collect();
    space.write("inner/suites/hostile.json", &json!({ "test_configs": tests }).to_string());
    let before = around(&space);
    let said = inner(&space, &["build", "suites/hostile.json"]).expect_code(0);
    assert_eq!(said.runs().len(), names.len(), "{}", said.stderr);
    assert!(around(&space) == before, "something was written outside");
    let scripts = space.files("inner/out/hostile/render");
    assert_eq!(scripts.len(), names.len());
    for (path, bytes) in scripts {
        let id = constants(&String::from_utf8(bytes).expect("text"))["id"].clone();
        assert!(names.contains(&id.as_str()), "{}: {id}", path.display());
    }
    expect_outputs(&space, &[], "names");

    for name in ["sp ace", "quo'te", "CON", "new\nline", "ü", "-x", "a=b", "{{ x }}", "*", "[a]", "..x"] {
        let space = nested();
        space.write("inner/k6_templates/plain.js", "{{ k6_opts }}\nexport default function () {}\n");
        let suite = "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = { iterations = 1 }\n";
        space.write(&format!("inner/suites/{name}.toml"), suite);
        let before = around(&space);
        let said = inner(&space, &["build", &format!("suites/{name}.toml")]);
        assert!(said.code == Some(0) || name.starts_with('.'), "{name}: {}", said.stderr);
        assert!(around(&space) == before, "{name}: something was written outside");
    }
    // A file whose name without its ending is `..`.
    let space = nested();
    for name in ["...", "..", "."] {
        let suite = "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = { iterations = 1 }\n";
        space.write(&format!("inner/suites/{name}toml"), suite);
    }
    let before = around(&space);
    inner(&space, &["build", "suites/...toml"]).expect_code(2);
    assert!(around(&space) == before);
}

#[test]
fn a_variable_that_no_environment_can_hold_is_a_mistake_at_its_place() {
    let space = nested();
    space.write("inner/k6_templates/plain.js", "{{ k6_opts }}\nexport default function () {}\n");
    for env in [
        "env = { X = \"a\\u0000b\" }",
        "[test.matrix]\n\"env.X\" = [\"fine\", \"a\\u0000b\"]",
        "env = { \"A=B\" = \"x\" }",
    ] {
        space.write(
            "inner/suites/hostile.toml",
            &format!(
                "[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = {{ iterations = 1 }}\n{env}\n"
            ),
        );
        let said = inner(&space, &["build", "hostile"]).expect_code(3);
        assert!(
            said.stderr.contains("environment variable") && said.stderr.contains("hostile.toml:"),
            "{env}: {}",
            said.stderr
        );
    }
    let long = "x".repeat(300_000);
    space.write("inner/suites/hostile.toml", &format!("[[test]]\nname = \"plain\"\ntemplate = \"plain.js\"\nk6 = {{ iterations = 1 }}\nenv = {{ X = \"{long}\" }}\n"));
    let said = inner(&space, &["build", "hostile"]);
    assert!(matches!(said.code, Some(1 | 5)) && said.stderr.contains("too long"), "{:.2000}", said.stderr);
}
