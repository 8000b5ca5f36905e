//! Contents of files as options, on real k6: a server that wants a certificate gets it, and the key stands nowhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::authority::Authority;
use crate::inspect::{INSTALLED, k6};
use crate::server::serve;

/// A failing check tells the whole key: in the log, in a metric's tag, on standard output and in a file.
const TEMPLATE: &str = "import http from 'k6/http';
import { check } from 'k6';
{{ k6_opts }}
const seen = {{ options | json }};
const one = '{{ options.vus }}';
const key = open('../../certs/client.key');
export default function () {
  const answer = http.get('{{ base_url }}', { tags: { leak: key } });
  check(answer, { 'is 200': (answer) => answer.status === 200 });
  console.log('same ' + (seen.tlsAuth[0].key === options.tlsAuth[0].key && seen.tlsAuth[0].key === key && one === '1'));
  console.log(key);
}
export function handleSummary(data) {
  return { stdout: key, 'leak.txt': key, 'leak.json': JSON.stringify({ key, options }) };
}
";

struct Space {
    folder: tempfile::TempDir,
}

impl Space {
    fn new(authority: &Authority, version: &str, options: &str) -> Self {
        let space = Self { folder: tempfile::tempdir().expect("temporary folder") };
        let (certificate, key) = authority.sign("client");
        space.write("howitzer.toml", &format!("[host]\nshared = true\n[k6]\nversion = \"={version}\"\n"));
        space.write("certs/client.pem", &certificate);
        space.write("certs/client.key", &key);
        space.write("k6_templates/deep/tls.js", TEMPLATE);
        let suite = format!(
            "[[test]]\nname = \"tls\"\ntemplate = \"deep/tls.js\"\nbase_url = \"{}\"\nmax_age = \"never\"\n\
             [test.k6]\nvus = 1\niterations = 1\ninsecureSkipTLSVerify = true\n{options}",
            serve(authority)
        );
        space.write("suites/x.toml", &suite);
        space
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::create_dir_all(self.path(file).parent().expect("a folder")).expect("folder");
        fs::write(self.path(file), text).expect("writes");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Runs howitzer: its exit code, and all that it printed.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let said = Command::new(env!("CARGO_BIN_EXE_howitzer"))
            .current_dir(self.folder.path())
            .args(arguments)
            .env("HOWITZER_TOOLS", shared.join("tools"))
            .env("HOWITZER_LOAD_LOCK", shared.join("load.lock"))
            .env_remove("HOWITZER_K6")
            .stdin(Stdio::null())
            .output()
            .expect("starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (said.status.code(), text(&said.stdout) + &text(&said.stderr))
    }

    /// The files below the workspace, but for those of the certificates, that hold `secret`.
    fn holders(&self, secret: &str) -> Vec<PathBuf> {
        let (mut found, mut waiting) = (Vec::new(), vec![self.folder.path().to_owned()]);
        while let Some(next) = waiting.pop() {
            for entry in fs::read_dir(next).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() && !path.ends_with("certs") {
                    waiting.push(path);
                } else if path.is_file() {
                    let bytes = fs::read(&path).expect("reads");
                    if String::from_utf8_lossy(&bytes).contains(secret) {
                        found.push(path);
                    }
                }
            }
        }
        found
    }
}

const PAIR: &str = "tlsAuth = [{ cert = { file = \"certs/client.pem\" }, key = { file = \"certs/client.key\", secret = true } }]\n";

/// The longest line of a key: what would stand anywhere if the key did.
fn line_of(key: &str) -> &str {
    key.lines().max_by_key(|line| line.len()).expect("lines")
}

#[test]
fn a_server_that_wants_a_certificate_is_loaded_and_the_key_stands_nowhere() {
    for version in INSTALLED {
        k6(version);
        let space = Space::new(&Authority::new(), version, PAIR);
        let key = space.read("certs/client.key");
        let (code, said) = space.run(&["build", "x", "-v"]);
        assert_eq!(code, Some(0), "{said}");
        let script = space.read("out/x/render/tls.js");
        for part in
            ["\"cert\": open(\"../../certs/client.pem\")", "\"key\": open(\"../../certs/client.key\")"]
        {
            assert!(script.contains(part), "{part} is missing in:\n{script}");
        }
        let results = space.read("out/x/results/tls.txt");
        assert!(results.contains("same true"), "{results}");
        assert!(space.read("out/x/summary.json").contains("\"passes\": 1"), "the server did not answer");
        assert!(
            space.read("out/x/files/tls/leak.txt").contains("***"),
            "the script's own file was kept masked"
        );
        let told: String =
            [&["build", "x"][..], &["build", "x", "-n", "-v"], &["explain", "x"], &["graph", "x"]]
                .iter()
                .map(|arguments| space.run(arguments).1)
                .collect();
        assert!(!(said + &told).contains(line_of(&key)), "the key was printed");
        assert_eq!(space.holders(line_of(&key)), Vec::<PathBuf>::new());
        let digest = howitzer::base::digest::Digest::of(key.as_bytes()).hex();
        assert_eq!(space.holders(&digest), Vec::<PathBuf>::new(), "a guess could be tried on its digest");
    }
}

#[test]
fn a_certificate_is_an_input_and_a_secret_is_one_only_if_it_says_so() {
    let authority = Authority::new();
    let space = Space::new(&authority, "1.1.0", PAIR);
    let runs = |space: &Space| {
        let (code, said) = space.run(&["build", "x", "-n"]);
        assert_eq!(code, Some(0), "{said}");
        said
    };
    assert_eq!(space.run(&["build", "x"]).0, Some(0));
    assert!(runs(&space).contains("1 cached"), "{}", runs(&space));
    // The same pair with another text: what is read is another file, what is measured the same.
    space.write("certs/client.key", &format!("{}\n", space.read("certs/client.key")));
    assert!(runs(&space).contains("1 cached"), "{}", runs(&space));
    assert!(space.run(&["build", "x"]).1.contains("1 cached"));
    space.write("certs/client.pem", &format!("{}\n", space.read("certs/client.pem")));
    let stale = runs(&space);
    assert!(stale.contains("certs/client.pem changed"), "{stale}");
    let suite = space.read("suites/x.toml").replace("secret = true", "secret = true, in_key = true");
    space.write("suites/x.toml", &suite);
    assert_eq!(space.run(&["build", "x"]).0, Some(0));
    space.write("certs/client.key", &format!("{}\n", space.read("certs/client.key")));
    let stale = runs(&space);
    assert!(stale.contains("certs/client.key changed") && !stale.contains("BEGIN"), "{stale}");
}

#[test]
fn without_its_certificate_the_server_does_not_answer() {
    let space = Space::new(&Authority::new(), "1.1.0", "tags = { key = { file = \"certs/client.key\" } }\n");
    space.write(
        "k6_templates/deep/tls.js",
        "import http from 'k6/http';\n{{ k6_opts }}\nexport default function () { http.get('{{ base_url }}'); }\n",
    );
    let (code, said) = space.run(&["build", "x"]);
    assert_eq!(code, Some(100), "{said}");
}

#[test]
fn a_file_that_is_not_there_or_is_meant_otherwise_is_shown_where_it_is_written() {
    for (options, parts) in [
        (
            "userAgent = { file = \"nothing.txt\" }\n",
            ["suites/x.toml:10:13", "`nothing.txt` is no file of the workspace"],
        ),
        ("userAgent = { file = \"../x\" }\n", ["suites/x.toml:10:13", "is no file of the workspace"]),
        (
            "userAgent = { file = \"certs/client.pem\", secrt = true }\n",
            ["suites/x.toml:10:42", "did you mean `secret`?"],
        ),
        (
            "userAgent = { file = \"certs/client.pem\", in_key = true }\n",
            ["suites/x.toml:10:42", "only a secret has `in_key`"],
        ),
        ("httpDebug = { path = \"x\" }\n", ["suites/x.toml:10:13", "expected a string"]),
        (
            "tlsAuth = [{ cert = \"client.pem\", key = \"client.key\" }]\n",
            ["suites/x.toml:10:21", "{ file = \"cert.pem\" }"],
        ),
        ("tlsAuth = [{ cert = { file = \"certs/client.pem\" } }]\n", ["suites/x.toml:10:12", "has no `key`"]),
        ("systemTags = [{ file = \"certs/client.pem\" }]\n", ["suites/x.toml:10:15", "expected a string"]),
    ] {
        let space = Space::new(&Authority::new(), "1.1.0", options);
        let (code, said) = space.run(&["build", "x", "-n"]);
        assert_eq!(code, Some(3), "{options}: {said}");
        for part in parts {
            assert!(said.contains(part), "{options}: {part} is missing in:\n{said}");
        }
    }
}
