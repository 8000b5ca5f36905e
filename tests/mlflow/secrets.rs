//! What lets us in is on no screen, in no file and in no error, however a server tells it back.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::front::Front;
use crate::workspace::{Said, Workspace};

const PASSWORD: &str = "hunt/er 2&swordfish";

/// Tells back all that it was sent, in many spellings.
fn teller() -> Front {
    Front::start(|request| {
        let headers: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let decoded = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let decoded = decoded.and_then(|value| BASE64_STANDARD.decode(value).ok()).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        (403, format!("denied: {decoded} {} {}", spelled(PASSWORD)[2], headers.join(" ")).into_bytes())
    })
}

/// As it is, in base64, in a URL, in a form.
fn spelled(secret: &str) -> [String; 4] {
    let url = secret.replace('/', "%2F").replace('&', "%26");
    [secret.to_owned(), BASE64_STANDARD.encode(secret), url.replace(' ', "%20"), url.replace(' ', "+")]
}

#[track_caller]
fn is_nowhere(secrets: &[&str], said: &Said, space: &Workspace, but: &[&str]) {
    for secret in secrets.iter().flat_map(|secret| spelled(secret)) {
        for (stream, text) in [("stdout", &said.stdout), ("stderr", &said.stderr)] {
            assert!(!text.contains(&secret), "`{secret}` is on {stream}:\n{text}");
        }
        for (path, bytes) in space.files() {
            let is_own = but.iter().any(|name| path.ends_with(name));
            let found = String::from_utf8_lossy(&bytes).contains(&secret);
            assert!(is_own || !found, "`{secret}` is in {}", path.display());
        }
    }
}

#[test]
fn a_user_and_a_token_from_the_environment_stay_there() {
    let server = teller();
    let space = Workspace::new(&format!("http://{}", server.address));
    let basic = format!("carl:{PASSWORD}");
    for format in ["human", "ndjson"] {
        let mut command =
            space.command(&["--message-format", format, "-v", "build", "s", "--export", "mlflow"]);
        command.env("MLFLOW_TRACKING_USERNAME", "carl").env("MLFLOW_TRACKING_PASSWORD", PASSWORD);
        let said = Said::of(command.output().expect("starts")).expect_code(5);
        assert!(format!("{}{}", said.stdout, said.stderr).contains("denied: carl:***"), "{}", said.stderr);
        is_nowhere(&[PASSWORD, &basic], &said, &space, &[]);
    }
    let sent = server.requests();
    let expected = format!("Basic {}", BASE64_STANDARD.encode(&basic));
    assert!(sent.iter().all(|request| request.header("authorization") == Some(&expected)), "{sent:?}");
    let mut command = space.command(&["export", "mlflow", "s"]);
    command.env("MLFLOW_TRACKING_TOKEN", "sesame-0815");
    let said = Said::of(command.output().expect("starts")).expect_code(5);
    is_nowhere(&["sesame-0815"], &said, &space, &[]);
    let last = server.requests().pop().expect("a request");
    assert_eq!(last.header("authorization"), Some("Bearer sesame-0815"));
}

#[test]
fn a_user_in_the_address_and_a_secret_header_are_in_the_manifest_alone() {
    let server = teller();
    let space = Workspace::new("");
    let user = format!("carl:{}", spelled(PASSWORD)[2]);
    space.destination(
        &format!("http://{user}@{}", server.address),
        "headers = { x-gate = { env = \"GATE\" } }\n",
    );
    let mut command = space.command(&["build", "s", "--export", "mlflow"]);
    let said = Said::of(command.env("GATE", "sesame-0815").output().expect("starts")).expect_code(5);
    is_nowhere(&[PASSWORD, &user, "sesame-0815"], &said, &space, &["howitzer.toml"]);
    let sent = server.requests().pop().expect("a request");
    assert_eq!(sent.header("x-gate"), Some("sesame-0815"));
    // Neither is there in what a dry run prints.
    let mut command = space.command(&["export", "mlflow", "s", "--dry-run"]);
    let said = Said::of(command.env("GATE", "sesame-0815").output().expect("starts")).expect_code(0);
    is_nowhere(&[PASSWORD, &user, "sesame-0815"], &said, &space, &["howitzer.toml"]);
}
