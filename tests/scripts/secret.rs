//! A file's content as an option over a script: the server gets the certificate, and the key stands nowhere.

use crate::authority::Authority;
use crate::server::serve;
use crate::{VERSIONS, measured, on, workspace};

const SCRIPT: &str = "\
import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 1, iterations: 1, insecureSkipTLSVerify: true };
export default function () {
  const answer = http.get(__ENV.BASE_URL);
  check(answer, { 'is 200': (answer) => answer.status === 200 });
}
";

#[test]
fn a_script_gets_a_key_that_stands_nowhere() {
    let authority = Authority::new();
    let (certificate, key) = authority.sign("client");
    let space = workspace(
        &[("load/deep/tls.js", SCRIPT), ("certs/client.pem", &certificate), ("certs/client.key", &key)],
        &format!(
            "[[test]]\nname = \"t\"\nscript = \"load/deep/tls.js\"\nenv = {{ BASE_URL = \"{}\" }}\n[test.k6]\n\
             tlsAuth = [{{ cert = {{ file = \"certs/client.pem\" }}, key = {{ file = \"certs/client.key\", secret = true }} }}]\n",
            serve(&authority)
        ),
    );
    let line = key.lines().max_by_key(|line| line.len()).expect("lines");
    for version in VERSIONS {
        on(&space, version);
        let mut said = space.run(&["build", "s", "-v"]).expect_code(0).stderr;
        assert_eq!(measured(&space, "t", "checks", "passes"), Some(1.0), "{version}: {said}");
        let wrapper = space.read("out/s/render/t.js");
        for path in ["client.pem", "client.key"] {
            let opened = format!("open(\"../../certs/{path}\")");
            assert!(wrapper.contains(&opened), "{opened} is missing in:\n{wrapper}");
        }
        for arguments in [&["build", "s", "-n", "-v"][..], &["explain", "s"], &["list", "s", "--trace"]] {
            let more = space.run(arguments).expect_code(0);
            said += &(more.stdout + &more.stderr);
        }
        assert!(!said.contains(line), "the key was printed");
        for folder in ["out", ".howitzer"] {
            let files = space.files(folder);
            assert!(!files.is_empty(), "{folder}");
            let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(line);
            let holders: Vec<_> =
                files.iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect();
            assert_eq!(holders, [] as [&std::path::PathBuf; 0], "{folder}");
        }
    }
    space.write("certs/client.key", &format!("{key}\n"));
    assert!(
        space.run(&["build", "s"]).expect_code(0).runs().is_empty(),
        "a secret without `in_key` is no input"
    );
    space.write("certs/client.pem", &format!("{certificate}\n"));
    let said = space.run(&["build", "s"]).expect_code(0);
    assert_eq!(said.runs(), ["run 1/1 t (file certs/client.pem changed)"]);
}
