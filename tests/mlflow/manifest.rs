//! What is typed and configured wrongly.

use serde_json::Value;

use crate::tracking::Tracking;
use crate::workspace::Workspace;

#[test]
fn a_destination_that_is_not_configured_is_wrong_usage() {
    let space = Workspace::new("http://127.0.0.1:1");
    for arguments in [&["build", "s", "--export", "mlfow"][..], &["export", "mlfow", "s"]] {
        space.run(arguments).expect_code(2).says("no destination `mlfow`").says("did you mean `mlflow`?");
    }
    space.run(&["build", "s", "--export", "mlflow", "--offline"]).expect_code(2);
    space.write("howitzer.toml", "");
    space.run(&["export", "mlflow", "s"]).expect_code(2).says("howitzer.toml has no `[export.mlflow]`");
}

#[test]
fn the_events_of_an_export_have_a_version_a_beginning_and_an_end() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s", "--offline"]).expect_code(0);
    let events = |arguments: &[&str], code: i32| -> Vec<Value> {
        let said = space.run(&[&["--message-format", "ndjson", "export"], arguments].concat());
        let said = said.expect_code(code);
        let all: Vec<Value> =
            said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let (first, last) = (&all[0], &all[all.len() - 1]);
        assert_eq!(
            (&first["event"], &first["schema"]),
            (&"sending.started".into(), &"howitzer-events/1".into())
        );
        assert_eq!((&last["event"], &last["exit"]), (&"sending.finished".into(), &code.into()));
        assert_eq!(last["error"].is_null(), code == 0 || code == 5, "{last}");
        all
    };
    assert_eq!(events(&["mlfow", "s"], 2).len(), 2);
    let sent = events(&["mlflow", "s"], 0);
    assert_eq!((&sent[1]["event"], &sent[1]["sent"]), (&"export.finished".into(), &3.into()));
    assert_eq!(events(&["mlflow", "s"], 0)[1]["event"], "note");
    drop(server);
    space.forget();
    assert_eq!(events(&["mlflow", "s"], 5)[1]["event"], "export.failed");
}

#[test]
fn a_token_that_is_not_set_is_told_and_nobody_is_asked() {
    let space = Workspace::new("http://127.0.0.1:1");
    space.destination("http://127.0.0.1:1", "bearer = { env = \"NO_SUCH_TOKEN\" }\n");
    let said = space.run(&["build", "s"]).expect_code(0);
    said.says("warning export to mlflow, 3 cases not sent: `NO_SUCH_TOKEN` is not set");
}
