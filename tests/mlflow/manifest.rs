//! What is typed and configured wrongly.

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
fn a_token_that_is_not_set_is_told_and_nobody_is_asked() {
    let space = Workspace::new("http://127.0.0.1:1");
    space.destination("http://127.0.0.1:1", "bearer = { env = \"NO_SUCH_TOKEN\" }\n");
    let said = space.run(&["build", "s"]).expect_code(0);
    said.says("warning export to mlflow, 3 cases not sent: `NO_SUCH_TOKEN` is not set");
}
