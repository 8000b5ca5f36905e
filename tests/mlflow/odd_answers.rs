//! A destination that answers, and not as it should: it is told in a line, and nothing else is held up by it.

use crate::front::{At, Fault};
use crate::tracking::Tracking;
use crate::workspace::{SUITE, Workspace};

/// Two suites, so that one can hold up the other.
fn two_suites(server: &Tracking) -> Workspace {
    let space = Workspace::new(&server.url());
    space.write("suites/t.toml", SUITE);
    space
}

#[test]
fn a_server_that_fails_for_one_suite_is_not_asked_again_for_the_next_one() {
    let server = Tracking::start();
    server.front.fail(At("/", 0, Fault::Answer(403, "no".to_owned())));
    let space = two_suites(&server);
    let said = space.run(&["build", "s", "t", "--export", "mlflow"]).expect_code(5);
    let said = said
        .says("3 cases not sent: GET http://127.0.0.1")
        .says("3 cases not sent: not asked again in this build: GET");
    assert_eq!(server.front.requests().len(), 1, "{}", said.stderr);
    server.front.thaw();
    let back = space.run(&["build", "s", "t", "--export", "mlflow"]).expect_code(0);
    assert_eq!(back.stderr.matches("exported 3 cases").count(), 2, "{}", back.stderr);
}

#[test]
fn a_case_that_is_refused_keeps_no_other_suite_from_being_caught_up_with() {
    let server = Tracking::start();
    server.front.fail(At("log-batch", 1, Fault::Answer(413, "too large".to_owned())));
    let space = two_suites(&server);
    space.run(&["build", "s", "t", "--offline"]).expect_code(0);
    let said = space.run(&["export", "mlflow", "s", "t"]).expect_code(5);
    let said = said.says("1 case not sent: load[vus=1]: POST").says("status 413: too large");
    said.says("exported 2 cases").says("exported 3 cases");
}

#[test]
fn a_server_with_too_much_to_do_is_asked_again_when_it_wants_to_be() {
    let server = Tracking::start();
    server.front.fail(At("log-batch", 1, Fault::Head(429, "retry-after: 1")));
    let space = Workspace::new(&server.url());
    space.run(&["build", "s", "--export", "mlflow"]).expect_code(0).says("exported 3 cases");
    assert_eq!(server.by_digest().len(), 6, "nothing is there twice");
}

#[test]
fn a_server_that_wants_to_be_left_alone_for_long_is() {
    let server = Tracking::start();
    server.front.fail(At("log-batch", 1, Fault::Head(429, "retry-after: 3600")));
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0).says("3 cases not sent: POST").says("status 429\n");
    assert_eq!(server.front.count("log-batch"), 1);
}

#[test]
fn a_redirection_is_told_with_where_it_leads() {
    let server = Tracking::start();
    server.front.fail(At("/", 0, Fault::Head(302, "location: https://login.example/?next=1")));
    let space = Workspace::new(&server.url());
    let said = space.run(&["build", "s"]).expect_code(0);
    said.says(
        "status 302: it redirects to `https://login.example/?next=1`, and redirections are not followed",
    );
    assert_eq!(server.front.requests().len(), 1);
}

#[test]
fn runs_are_made_in_no_experiment_but_the_one_that_is_meant() {
    let server = Tracking::start();
    server.front.fail(At("experiments/get-by-name", 0, Fault::Answer(200, "{}".to_owned())));
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0).says("is not that of MLflow: it names no experiment");
    assert_eq!(server.front.count("runs/"), 0);
}
