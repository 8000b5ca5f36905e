//! A server that is away, refuses, breaks in the middle, and a sender that is killed there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::front::{At, Fault};
use crate::tracking::{Run, Tracking};
use crate::workspace::{SUITE, Said, Workspace};

/// Longer than any request takes; only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn a_server_that_is_away_changes_neither_results_nor_exit_and_is_caught_up_with() {
    let gone = Tracking::start();
    let (url, address) = (gone.url(), gone.front.address.clone());
    drop(gone);
    let space = Workspace::new(&url);
    let first = space.run(&["build", "s"]).expect_code(0);
    let first = first.says("warning export to mlflow, 3 cases not sent: GET http://127.0.0.1");
    let first = first.says("connection refused").says("`howitzer export mlflow` catches up");
    assert!(space.path("out/s/summary.json").is_file(), "{}", first.stderr);
    // Asked for, it is an error; results are reused all the same.
    let asked = space.run(&["build", "s", "--export", "mlflow"]).expect_code(5);
    assert!(!asked.stderr.contains("run 1"), "{}", asked.stderr);
    space.run(&["-q", "build", "s", "--export", "mlflow"]).expect_code(5).says("connection refused");
    space.run(&["export", "mlflow", "s"]).expect_code(5).says("connection refused");
    let offline = space.run(&["build", "s", "--offline"]).expect_code(0);
    assert!(!offline.stderr.contains("export"), "{}", offline.stderr);
    let back = Tracking::start_at(&address);
    space.run(&["export", "mlflow", "s"]).expect_code(0).says("exported 3 cases to mlflow");
    assert_eq!(back.by_digest().len(), 6, "a build, three cases, two trials");
    space.run(&["export", "mlflow", "s"]).expect_code(0).says("nothing is left to send");
}

/// Half a minute of waiting: with the real services.
#[cfg(feature = "real-services")]
#[test]
fn a_server_that_never_answers_is_given_up_after_its_time() {
    let server = Tracking::start();
    server.front.fail(At("/", 0, Fault::Freeze));
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0).says("no answer within 30s");
    assert_eq!(server.front.requests().len(), 1, "the other cases do not wait as well");
}

/// Interrupts a command once a request of it is frozen, which stays so until it has ended.
fn interrupted(server: &Tracking, space: &Workspace, arguments: &[&str]) -> Said {
    let sender = space.command(arguments).spawn().expect("starts");
    assert!(server.front.await_frozen(PATIENCE));
    let process = rustix::process::Pid::from_child(&sender);
    let asked = Instant::now();
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it waits");
    let ended = Said::of(sender.wait_with_output().expect("ends"));
    // An answer is waited for 30 s.
    assert!(asked.elapsed() < Duration::from_secs(20), "the request was waited for");
    server.front.thaw();
    ended
}

#[test]
fn a_signal_ends_a_sending_to_a_server_that_never_answers_and_the_next_one_goes_on() {
    for call in ["experiments/get-by-name", "runs/create", "log-batch", "mlflow-artifacts", "runs/search"] {
        for arguments in [&["build", "s"][..], &["export", "mlflow", "s"]] {
            let server = Tracking::start();
            let space = Workspace::new(&server.url());
            if arguments[0] == "export" {
                space.run(&["build", "s", "--offline"]).expect_code(0);
            }
            server.front.fail(At(call, 1, Fault::FreezeAfter));
            let ended = interrupted(&server, &space, arguments).expect_code(130);
            assert!(ended.stderr.contains(": interrupted"), "{call}: {}", ended.stderr);
            if arguments[0] == "build" {
                assert_eq!(space.build_json()["exit"], 130, "{call}");
            }
            space.run(&["build", "s", "--export", "mlflow"]).expect_code(0);
            assert_eq!(server.by_digest().len(), 6, "{call}");
            assert!(server.runs().iter().all(|run| run.status == "FINISHED"), "{call}");
            space.run(&["cache", "verify"]).expect_code(0);
        }
    }
}

#[test]
fn a_failed_sending_that_was_asked_for_is_told_alike_by_exit_event_and_account() {
    let server = Tracking::start();
    server.front.fail(At("/", 0, Fault::Answer(403, "no".to_owned())));
    let space = Workspace::new(&server.url());
    let exits = |more: &[&str]| {
        let said = space.run(&[&["--message-format", "ndjson", "build", "s"], more].concat());
        let last = said.stdout.lines().last().expect("events");
        let last: serde_json::Value = serde_json::from_str(last).expect("JSON");
        assert_eq!(last["event"], "build.finished");
        (said.code, last["exit"].as_i64(), space.build_json()["exit"].as_i64())
    };
    assert_eq!(exits(&["--export", "mlflow"]), (Some(5), Some(5), Some(5)));
    assert_eq!(exits(&[]), (Some(0), Some(0), Some(0)), "nobody asked for it");
    assert_eq!(exits(&["--export", "mlflow"]), (Some(5), Some(5), Some(5)), "nothing ran");
}

#[test]
fn a_refusal_in_plain_text_is_told_in_one_line() {
    let server = Tracking::start();
    let text = "Invalid Host header - possible DNS rebinding attack detected\n";
    server.front.fail(At("/", 0, Fault::Answer(403, text.to_owned())));
    let space = Workspace::new(&server.url());
    let said = space.run(&["build", "s", "--export", "mlflow"]).expect_code(5);
    said.says("status 403: Invalid Host header - possible DNS rebinding attack detected\n");
    assert_eq!(server.front.requests().len(), 1, "one that lets nobody in is not asked again");
}

#[test]
fn an_error_of_the_server_in_the_middle_is_tried_once_more() {
    for call in ["runs/create", "log-batch", "mlflow-artifacts", "runs/update"] {
        let server = Tracking::start();
        server.front.fail(At(call, 3, Fault::Answer(500, "<html>oops</html>".to_owned())));
        let space = Workspace::new(&server.url());
        let said = space.run(&["build", "s", "--export", "mlflow"]).expect_code(0);
        assert!(said.stderr.contains("exported 3 cases"), "{call}: {}", said.stderr);
        assert_eq!(server.by_digest().len(), 6, "{call}");
        assert!(server.runs().iter().all(|run| run.status == "FINISHED"), "{call}");
    }
}

#[test]
fn a_sending_that_takes_its_time_says_how_far_it_is() {
    let server = Tracking::start();
    server.front.fail(At("log-batch", 1, Fault::Answer(503, "wait".to_owned())));
    let space = Workspace::new(&server.url());
    let said = space.run(&["--message-format", "ndjson", "build", "s", "--export", "mlflow"]).expect_code(0);
    let events = said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let waits: Vec<serde_json::Value> =
        events.filter(|event: &serde_json::Value| event["what"] == "mlflow to take results").collect();
    assert!(!waits.is_empty(), "{}", said.stdout);
    assert_eq!(waits[0]["event"], "waiting");
    assert_eq!(waits[0]["last_line"], "1 of 3 cases");
}

#[test]
fn a_server_that_stays_broken_ends_the_sending_and_a_later_one_goes_on() {
    let server = Tracking::start();
    for number in [3, 4] {
        server.front.fail(At("log-batch", number, Fault::Answer(500, "oops".to_owned())));
    }
    let space = Workspace::new(&server.url());
    // Both counters see the same requests up to the first fault.
    let said = space.run(&["build", "s"]).expect_code(0).says("status 500: oops");
    assert!(said.stderr.contains("exported"), "{}", said.stderr);
    server.front.thaw();
    space.run(&["build", "s"]).expect_code(0).says("exported");
    assert_eq!(server.by_digest().len(), 6);
}

#[test]
fn a_case_that_is_refused_does_not_hold_up_the_others() {
    let server = Tracking::start();
    // The first is the build's.
    server.front.fail(At("runs/create", 2, Fault::Answer(400, "{\"message\": \"bad tag\"}".to_owned())));
    let space = Workspace::new(&server.url());
    let said = space.run(&["build", "s", "--export", "mlflow"]).expect_code(5);
    said.says("exported 2 cases").says("1 case not sent: load[vus=1]").says("status 400: bad tag");
    space.run(&["build", "s"]).expect_code(0).says("exported 1 case to mlflow, 2 sent before");
    assert_eq!(server.by_digest().len(), 6);
}

/// Everything that does not depend on which run came first: runs by digest, with that of the one above each.
fn standing(server: &Tracking) -> BTreeMap<String, (Run, String)> {
    let runs = server.by_digest();
    let digests: BTreeMap<String, String> =
        runs.iter().map(|(digest, run)| (run.id.clone(), digest.clone())).collect();
    let comparable = |mut run: Run| {
        let above = run.tags.remove("mlflow.parentRunId").unwrap_or_default();
        run.id.clear();
        // These name runs.
        run.tags.retain(|name, _| !name.starts_with("howitzer.trial."));
        run.artifacts.remove("cases.json");
        (run, digests.get(&above).cloned().unwrap_or(above))
    };
    runs.into_iter().map(|(digest, run)| (digest, comparable(run))).collect()
}

#[test]
fn a_sender_that_is_killed_at_any_request_is_gone_on_with_and_nothing_is_there_twice() {
    let undisturbed = Tracking::start();
    let space = Workspace::new(&undisturbed.url());
    space.run(&["build", "s", "--offline"]).expect_code(0);
    space.run(&["export", "mlflow", "s"]).expect_code(0);
    let expected = standing(&undisturbed);
    assert_eq!(expected.len(), 6);
    let requests = undisturbed.front.requests().len();
    for number in 1..=requests {
        for fault in [Fault::Freeze, Fault::FreezeAfter] {
            space.forget();
            let server = Tracking::start();
            space.destination(&server.url(), "");
            server.front.fail(At("/", number, fault.clone()));
            let mut sender = space.command(&["export", "mlflow", "s"]).spawn().expect("starts");
            assert!(server.front.await_frozen(PATIENCE), "request {number}");
            sender.kill().expect("it waits");
            sender.wait().expect("ended");
            server.front.thaw();
            let again = Said::of(space.command(&["export", "mlflow", "s"]).output().expect("starts"));
            assert_eq!(again.code, Some(0), "{fault:?} {number}: {}", again.stderr);
            assert!(standing(&server) == expected, "{fault:?} at request {number} of {requests}");
        }
    }
}

#[test]
fn a_lost_ledger_is_made_again_for_every_suite_of_a_workspace() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.write("suites/t.toml", SUITE);
    space.run(&["build", "s", "t"]).expect_code(0);
    assert_eq!(server.by_digest().len(), 12);
    space.forget();
    let again = space.run(&["build", "s", "t"]).expect_code(0);
    assert!(!again.stderr.contains("exported"), "{}", again.stderr);
    assert_eq!((server.by_digest().len(), server.front.count("runs/create")), (12, 12));
    // And it was lost while one of them was sent again already.
    space.forget();
    space.run(&["export", "mlflow", "t"]).expect_code(0);
    space.run(&["export", "mlflow", "s"]).expect_code(0);
    assert_eq!((server.by_digest().len(), server.front.count("runs/create")), (12, 12));
}

#[test]
fn a_lost_ledger_is_made_again_from_what_the_runs_carry() {
    let server = Tracking::start();
    let space = Workspace::new(&server.url());
    space.run(&["build", "s"]).expect_code(0);
    space.forget();
    let again = space.run(&["build", "s"]).expect_code(0);
    assert!(!again.stderr.contains("exported"), "{}", again.stderr);
    assert_eq!((server.by_digest().len(), server.front.count("runs/create")), (6, 6));
}
