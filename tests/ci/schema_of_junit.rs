//! JUnit's XML, validated against the XML Schema that Jenkins' xUnit plugin reads by. pytest has it in its source
//! package (MIT), which comes from PyPI with a validator into a virtual environment, once a target folder. Where
//! these cannot be had the test fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build;
use crate::space::Space;

const VALIDATOR: &str = "xmlschema==4.1.0";

/// Its file of the schema: `testing/example_scripts/junit-10.xsd`.
const SOURCE: &str = "pytest==8.3.5";

/// Prints every place at which the document is not as the schema has it.
const VALIDATES: &str = "import sys, xmlschema
for error in xmlschema.XMLSchema(sys.argv[1]).iter_errors(sys.argv[2]):
    print(error.path, error.reason)
";

fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {}: {said}", program.display(), arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder with the validator's Python and the schema.
fn validator() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("junit-schema");
    if !folder.exists() {
        let fetched = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let part = fetched.path().join("environment");
        run(Path::new("python3"), &["-m", "venv", &part.to_string_lossy()]);
        let python = part.join("bin/python");
        run(&python, &["-m", "pip", "install", "--quiet", VALIDATOR]);
        let packages = part.join("packages");
        let download =
            ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", SOURCE, "-d"];
        run(&python, &[&download[..], &[&packages.to_string_lossy()]].concat());
        let package = fs::read_dir(&packages).expect("a folder").flatten().next().expect("a package");
        let unpacks = "import sys, tarfile
package = tarfile.open(sys.argv[1])
[name] = [name for name in package.getnames() if name.endswith('/junit-10.xsd')]
open(sys.argv[2], 'wb').write(package.extractfile(name).read())
";
        let schema = part.join("junit.xsd");
        run(&python, &["-c", unpacks, &package.path().to_string_lossy(), &schema.to_string_lossy()]);
        let _ = fs::rename(&part, &folder);
    }
    folder
}

/// What the schema finds wrong with a file of the workspace.
fn wrong(space: &Space, file: &str) -> String {
    let folder = validator();
    let (schema, document) = (folder.join("junit.xsd"), space.path(file));
    let arguments = ["-c", VALIDATES, &schema.to_string_lossy(), &document.to_string_lossy()];
    run(&folder.join("bin/python"), &arguments)
}

/// A threshold crossed, a set-up that throws, a case that is not reached, one that passes; names and a log with all that
/// XML minds.
#[test]
fn every_answer_and_hostile_names_are_as_the_schema_has_them() {
    let space = Space::new();
    space.edit("suites/digits.toml", "title = \"Digits\"", r#"title = "<b>&amp; ]]> \"'\u0007 \uFFFE é""#);
    space.write(
        "k6_templates/odd.js",
        "import http from 'k6/http';\n{{ k6_opts }}\nexport function setup() {\n  console.error('<a> ]]> & \\u0000\\u0007\\u001b[31m');\n  \
         if ({{ vars.throws }}) throw new Error(']]><![CDATA[ \\u0001 &');\n}\nexport default function () {}\n",
    );
    let suite = space.read("suites/digits.toml");
    let odd = |label: &str, throws: bool, more: &str| {
        format!("  {{ label = {label}, set = {{ \"vars.throws\" = {throws}{more} }} }},\n")
    };
    let crossed = ", \"k6.thresholds\" = { iterations = [\"count<1\"] }";
    let cases = [
        odd(r#""fine <x> & ]]>""#, false, ""),
        odd(r#""crossed 'é' \u2028""#, false, crossed),
        odd(r#""thrown \"q\"""#, true, ""),
        odd(r#""left""#, false, ", \"k6.iterations\" = 2"),
    ];
    let test =
        "[[test]]\nname = \"odd\"\ntemplate = \"odd.js\"\nk6 = { iterations = 1 }\n[test.matrix]\nkind = [\n";
    space.write("suites/digits.toml", &format!("{suite}{test}{}]\n", cases.concat()));
    build(&space, &["--report", "junit.xml"], &[]).expect_code(100);
    let text = space.read("junit.xml");
    for element in ["<failure ", "<error ", "<skipped ", "<system-out>", "<property "] {
        assert!(text.contains(element), "no {element} in {text}");
    }
    assert_eq!(wrong(&space, "junit.xml"), "", "{text}");
    // The same of the store, and of a build that ends before any suite.
    let printed = space.run(&["report", "digits", "--format", "junit"]).expect_code(0).stdout;
    space.write("printed.xml", &printed);
    assert_eq!(wrong(&space, "printed.xml"), "");
    space.write("suites/digits.toml", "[[test]]\nname = \"x\"\n# \u{1f}\n\"a<b> ]]> &\" = 1\n");
    build(&space, &["--report", "early.xml"], &[]).expect_code(3);
    assert!(space.read("early.xml").contains("<error "));
    assert_eq!(wrong(&space, "early.xml"), "");
    // What validates must be able to refuse.
    space.write("bad.xml", &text.replacen("<testcase name=", "<testcase named=", 1));
    assert_ne!(wrong(&space, "bad.xml"), "");
}
