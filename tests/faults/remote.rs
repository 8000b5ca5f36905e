//! Modules that a script imports from elsewhere.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake::{SUMMARY, build, build_with, command, faulty};
use crate::space::{Said, Space};
use crate::stopped::build_until;

/// Serves one text under every path, on a free port, until the test's process ends.
fn serve(text: &Arc<Mutex<String>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let text = Arc::clone(text);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let body = text.lock().expect("not poisoned").clone();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

#[test]
fn a_remote_module_is_refused_unless_allowed_and_then_its_content_counts() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    let text = Arc::new(Mutex::new("export const one = 1;".to_owned()));
    let port = serve(&text);
    let script = format!(
        "import {{ one }} from 'http://127.0.0.1:{port}/lib/one.js';\n{{{{ k6_opts }}}}\nexport default function () {{ one; }}\n"
    );
    space.write("k6_templates/plain.js", &script);
    let refused = build(&space).expect_code(3);
    for part in
        ["k6_templates/plain.js:1:21", "which is not allowed", "[workspace] allow = [\"http://127.0.0.1:"]
    {
        assert!(refused.stderr.contains(part), "{part} is missing in:\n{}", refused.stderr);
    }
    let manifest = space.read("howitzer.toml");
    space.write(
        "howitzer.toml",
        &format!("[workspace]\nallow = [\"http://127.0.0.1:{port}/lib\"]\n{manifest}"),
    );
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    assert!(build(&space).expect_code(0).runs().is_empty());
    "export const one = 2;".clone_into(&mut text.lock().expect("not poisoned"));
    let changed = build(&space).expect_code(0);
    let reason = format!("(remote http://127.0.0.1:{port}/lib/one.js changed)");
    assert!(changed.runs()[0].contains(&reason), "{}", changed.stderr);
    "import './two.js'; const = ;".clone_into(&mut text.lock().expect("not poisoned"));
    let wrong = build(&space).expect_code(3);
    assert!(
        wrong.stderr.contains("/lib/one.js:1:") && wrong.stderr.contains("syntax error"),
        "{}",
        wrong.stderr
    );
}

/// A workspace whose script imports a module that is served and allowed, a fake k6 whose `run` begins with `script`,
/// and where the module's text stands.
fn importing(script: &str) -> (Space, Arc<Mutex<String>>) {
    let space = faulty(&format!("{script}\necho '{SUMMARY}' > $SUMMARY"));
    let text = Arc::new(Mutex::new("export const one = 1;".to_owned()));
    let port = serve(&text);
    let import = format!("import {{ one }} from 'http://127.0.0.1:{port}/lib/one.js';\n");
    let rest = "{{ k6_opts }}\nexport default function () { one; }\n";
    space.write("k6_templates/plain.js", &format!("{import}{rest}"));
    let manifest = space.read("howitzer.toml");
    let allow = format!("[workspace]\nallow = [\"http://127.0.0.1:{port}/lib\"]\n");
    space.write("howitzer.toml", &format!("{allow}{manifest}"));
    (space, text)
}

#[test]
fn a_remote_module_that_changes_during_a_run_leaves_nothing_that_is_reused() {
    let (space, text) = importing("touch BEGUN; while [ ! -e GO ]; do sleep 0.02; done");
    let fake = space.read("fake-k6");
    let begun = space.path("begun").display().to_string();
    let go = space.path("go").display().to_string();
    space.write("fake-k6", &fake.replace("BEGUN", &begun).replace("GO", &go));
    let building = command(&space, &["build", "digits"]).stderr(Stdio::piped()).spawn().expect("starts");
    while !space.path("begun").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    "export const one = 2;".clone_into(&mut text.lock().expect("not poisoned"));
    space.write("go", "");
    let said = Said::of(building.wait_with_output().expect("ends")).expect_code(100);
    assert!(said.stderr.contains("/lib/one.js` changed while it ran"), "{}", said.stderr);
    "export const one = 1;".clone_into(&mut text.lock().expect("not poisoned"));
    assert_eq!(build(&space).expect_code(0).runs().len(), 1, "the wrong result was reused");
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_remote_module_that_changed_since_the_plan_is_not_run_under_the_old_key() {
    let (space, text) = importing(":");
    let Ok(stopped) = build_until(&space, "/stat/judged") else { panic!("no such step") };
    "export const one = 2;".clone_into(&mut text.lock().expect("not poisoned"));
    let said = stopped.go_on().expect_code(1);
    assert!(said.stderr.contains("/lib/one.js` changed while the build was running"), "{}", said.stderr);
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
}

#[test]
fn a_remote_module_that_changed_while_a_build_ended_counts_for_the_next_one() {
    let (space, text) = importing(":");
    // What changed within a tick of a build's beginning leaves no stamp anyway.
    std::thread::sleep(Duration::from_millis(50));
    let Ok(stopped) = build_until(&space, "/results.json") else { panic!("no such step") };
    "export const one = 2;".clone_into(&mut text.lock().expect("not poisoned"));
    assert_eq!(stopped.go_on().expect_code(0).runs().len(), 1);
    let next = build(&space).expect_code(0);
    assert!(next.runs().len() == 1 && next.stderr.contains("/lib/one.js changed)"), "{}", next.stderr);
}

#[test]
fn what_a_remote_module_opens_is_judged_again_when_it_changes() {
    let (space, text) = importing(":");
    assert_eq!(build(&space).expect_code(0).runs().len(), 1);
    // As k6 refuses to archive a script.
    let fake = space.read("fake-k6").replace("&& : | tar cf $2 -T -;", "&& exit 107;");
    space.write("fake-k6", &fake);
    assert!(
        build_with(&space, &["--force"]).expect_code(0).stderr.contains("passed"),
        "it was judged before"
    );
    "export const one = 2;".clone_into(&mut text.lock().expect("not poisoned"));
    assert!(build(&space).expect_code(3).runs().is_empty());
}

#[test]
fn a_module_that_k6_fetches_by_a_computed_address_is_refused() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    let fake = space.read("fake-k6");
    // As k6 writes an archive of a script with `require('https://' + host + '/lib/m.js')`.
    let fetching = fake.replace(
        "&& : | tar cf $2 -T -; shift; done",
        "&& (d=$(mktemp -d) && mkdir -p $d/https/h/lib && echo 1 > $d/https/h/lib/m.js && tar cf $2 -C $d https && rm -r $d); shift; done",
    );
    assert_ne!(fake, fetching);
    space.write("fake-k6", &fetching);
    let refused = build(&space).expect_code(3);
    assert!(refused.runs().is_empty(), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("imports `h/lib/m.js`, which is fetched from elsewhere"),
        "{}",
        refused.stderr
    );
}
