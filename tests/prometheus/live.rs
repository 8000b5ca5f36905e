//! Runs that are sent on to a Prometheus while they go on, and their numbers after the build.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;

use base64::Engine as _;
use howitzer::result::{Sample, SampleValue};

use crate::receiver::{Receiver, is_stale};
use crate::space::{Said, Space};
use crate::{assert_sent, files, number, results, space};

fn labels(sample: &Sample) -> BTreeMap<&str, &str> {
    sample.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn to(receiver: &Receiver, more: &str) -> Space {
    space(&format!("[export.prometheus]\nurl = \"{}\"\n{more}", receiver.url()), "")
}

fn build(space: &Space) -> Said {
    space.run(&["build", "http"])
}

#[test]
fn a_run_arrives_while_it_goes_on_and_its_counts_are_those_of_its_results() {
    let receiver = Receiver::start();
    let space = to(&receiver, "labels = { team = \"serving\" }\n");
    let said = build(&space).expect_code(0);
    assert!(said.stderr.contains("sent on to `http://127.0.0.1"), "{}", said.stderr);
    for odd in ["reached", "disagree", "suspect", "Prometheus has"] {
        assert!(!said.stderr.contains(odd), "{}", said.stderr);
    }
    let results = results(&space);
    for metric in ["http_reqs", "iterations", "data_sent", "data_received"] {
        let sent = receiver.total(&format!("k6_{metric}_total"));
        let kept = number(&results, metric, "count");
        assert_sent(metric, sent, kept);
    }
    let requests = receiver.samples("k6_http_reqs_total");
    let times: BTreeSet<i64> = requests.iter().filter(|one| !is_stale(one)).map(|one| one.at_ms).collect();
    assert!(times.len() >= 2, "only at {times:?}");
    for sample in &requests {
        let labels = labels(sample);
        assert_eq!((labels["suite"], labels["case"], labels["trial"]), ("http", "http", "1"));
        assert_eq!((labels["team"], labels["build"].len()), ("serving", 8));
        assert!(!labels.contains_key("url") && !labels["name"].contains('?'), "{labels:?}");
    }
    let names: BTreeSet<&str> = requests.iter().map(|one| labels(one)["name"]).collect();
    assert_eq!(names.len(), 3, "addresses are folded: {names:?}");
    let own = requests.iter().find(|one| labels(one)["name"] == "version").expect("the named one");
    assert_eq!((labels(own)["exported_case"], labels(own)["odd_tag"]), ("mine", "x"));
    let failed = receiver.samples("k6_http_req_failed_rate");
    assert!(
        failed
            .iter()
            .any(|one| matches!(one.value, SampleValue::Number(value) if (value - 1.0).abs() < 1e-12))
    );
    for statistic in ["count", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"] {
        assert!(!receiver.samples(&format!("k6_http_req_duration_{statistic}")).is_empty(), "{statistic}");
    }
    let count = receiver.total("k6_own_count");
    assert_sent("own", count, number(&results, "own", "count"));
    // Every series of the run ends with a marker, after its last value.
    let live = |sample: &&Sample| sample.metric.starts_with("k6_");
    let key = |sample: &Sample| (sample.metric.clone(), sample.labels.clone());
    let mut last: BTreeMap<_, Sample> = BTreeMap::new();
    for sample in receiver.all().iter().filter(live) {
        let before = last.insert(key(sample), sample.clone());
        assert!(before.is_none_or(|before| before.at_ms <= sample.at_ms && !is_stale(&before)));
    }
    assert!(last.values().all(is_stale), "a series has no end");
}

#[test]
fn a_result_that_is_too_old_is_told_in_one_line_and_no_build_tries_again() {
    let receiver = Receiver::start();
    let space = to(&receiver, "live = false\n");
    receiver.refuse(Some("400 Bad Request\nout of bounds\n"));
    let first = build(&space).expect_code(0);
    let told: Vec<&str> = first.stderr.lines().filter(|line| line.contains("out of bounds")).collect();
    assert!(matches!(told[..], [line] if line.contains("no samples that old unless")), "{}", first.stderr);
    let writes = || receiver.heads().iter().filter(|head| head.starts_with("POST /api/v1/write")).count();
    assert_eq!(writes(), 1, "it is not tried twice");
    for _ in 0..2 {
        let said = build(&space).expect_code(0);
        assert!(!said.stderr.contains("out of bounds") && writes() == 1, "{}", said.stderr);
    }
    // Who asks for it has the server set up for it by now, or is told.
    space.run(&["export", "prometheus", "http"]).expect_code(5);
    receiver.refuse(None);
    space.run(&["export", "prometheus", "http"]).expect_code(0);
    assert!(!receiver.samples("howitzer_result").is_empty());
}

#[test]
fn the_numbers_of_a_result_are_sent_once_and_a_second_build_sends_nothing() {
    let receiver = Receiver::start();
    let space = to(&receiver, "");
    let dry = space.run(&["export", "prometheus", "http", "--dry-run"]).expect_code(0);
    assert_eq!(dry.stdout, "");
    build(&space).expect_code(0);
    let results = results(&space);
    let sent: Vec<Sample> = receiver.samples("howitzer_result");
    let rows = results["rows"].as_array().expect("rows");
    assert_eq!(sent.len(), rows.len(), "a sample a row");
    for row in rows {
        let is_it = |sample: &&Sample| {
            let labels = labels(sample);
            let same =
                |name: &str| row[name].as_str().unwrap_or_default() == *labels.get(name).unwrap_or(&"");
            ["metric", "statistic", "scope", "unit"].into_iter().all(same)
        };
        let sample = sent.iter().find(is_it).unwrap_or_else(|| panic!("{row} was not sent"));
        let SampleValue::Number(value) = sample.value else { panic!("a number") };
        assert!((value - row["value"].as_f64().expect("a number")).abs() < 1e-12, "{row}");
    }
    let info = receiver.samples("howitzer_result_info");
    assert_eq!(info.len(), 1);
    let labels = labels(&info[0]);
    assert_eq!((labels["verdict"], labels["test"]), ("passed", "http"));
    let live: BTreeSet<String> =
        receiver.samples("k6_vus").iter().map(|one| self::labels(one)["build"].to_owned()).collect();
    assert_eq!(live, BTreeSet::from([labels["build"].to_owned()]), "both say which build measured it");
    let before = receiver.all().len();
    let second = build(&space).expect_code(0);
    assert!(second.runs().is_empty(), "{}", second.stderr);
    assert_eq!(space.run(&["export", "prometheus", "http"]).expect_code(0).stdout, "");
    assert_eq!(receiver.all().len(), before, "nothing is sent twice");
}

#[test]
fn sending_is_part_of_how_a_run_is_watched() {
    let receiver = Receiver::start();
    let space = space("", "");
    build(&space).expect_code(0);
    let manifest = space.read("howitzer.toml");
    let with = |more: &str| {
        space.write(
            "howitzer.toml",
            &format!("{manifest}[export.prometheus]\nurl = \"{}\"\n{more}", receiver.url()),
        );
    };
    with("live = false\n");
    let final_only = build(&space).expect_code(0);
    assert!(final_only.runs().is_empty(), "{}", final_only.stderr);
    assert!(receiver.samples("k6_vus").is_empty() && !receiver.samples("howitzer_result").is_empty());
    with("");
    let live = build(&space).expect_code(0);
    assert!(
        live.runs()[0].contains("watched differently: series/2 → series/2, sent on"),
        "{:?}",
        live.runs()
    );
    assert!(!receiver.samples("k6_vus").is_empty());
    // Where it is sent to changes no measurement.
    let elsewhere = Receiver::start();
    space.edit("howitzer.toml", &receiver.url(), &elsewhere.url());
    assert!(build(&space).expect_code(0).runs().is_empty());
    assert!(elsewhere.samples("k6_vus").is_empty(), "a cached result is never sent again as new");
    assert!(!elsewhere.samples("howitzer_result").is_empty(), "its numbers are, to another destination");
}

#[test]
fn a_test_that_is_watched_otherwise_is_not_sent_and_that_is_said() {
    let receiver = Receiver::start();
    let export = format!("[export.prometheus]\nurl = \"{}\"\n", receiver.url());
    let space = space(&export, "watch = \"summary\"\n");
    let said = build(&space).expect_code(0);
    let note = "not sent to Prometheus while they run: `http`; that needs `watch = \"series\"`";
    assert!(said.stderr.contains(note), "{}", said.stderr);
    assert!(receiver.samples("k6_vus").is_empty() && !receiver.samples("howitzer_result").is_empty());
}

#[test]
fn a_receiver_that_is_down_or_refuses_costs_no_result_and_is_told() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = closed.local_addr().expect("bound").to_string();
    drop(closed);
    let space = space(&format!("[export.prometheus]\nurl = \"http://{address}\"\n"), "");
    let down = build(&space).expect_code(0);
    assert!(down.stderr.contains("nothing of the run reached Prometheus"), "{}", down.stderr);
    assert!(down.stderr.contains("connection refused"), "{}", down.stderr);
    assert!(number(&results(&space), "http_reqs", "count") > 0.0);
    let notes = results(&space)["cases"][0]["notes"].to_string();
    assert!(notes.contains("nothing of the run reached Prometheus"), "the result remembers it: {notes}");
    space.run(&["build", "http", "--export", "prometheus"]).expect_code(5);

    let receiver = Receiver::start();
    receiver.refuse(Some("404 Not Found"));
    space.edit("howitzer.toml", &format!("http://{address}"), &receiver.url());
    let refused = space.run(&["build", "http", "--force"]).expect_code(0);
    assert!(refused.stderr.contains("status 404: no such thing"), "{}", refused.stderr);
    receiver.refuse(None);
    space.run(&["export", "prometheus", "http"]).expect_code(0);
    assert!(!receiver.samples("howitzer_result").is_empty(), "what was missed is caught up with");
    assert!(receiver.samples("k6_vus").is_empty());
}

#[test]
fn a_receiver_that_takes_everything_and_has_nothing_is_found_out() {
    let receiver = Receiver::start();
    let space = to(&receiver, "");
    receiver.lose();
    let said = build(&space).expect_code(0);
    assert!(said.stderr.contains("Prometheus took the run and does not have it"), "{}", said.stderr);
    space.run(&["build", "http", "--force", "--export", "prometheus"]).expect_code(5);
}

#[test]
fn a_receiver_that_comes_back_during_a_run_gets_every_count() {
    let receiver = Receiver::start();
    receiver.refuse(Some("503 Service Unavailable"));
    let space = to(&receiver, "");
    space.edit("suites/http.toml", "2s", "5s");
    std::thread::scope(|scope| {
        let built = scope.spawn(|| build(&space).expect_code(0));
        crate::space::wait_for(|| {
            receiver.heads().iter().filter(|head| head.starts_with("POST")).count() > 1
        });
        receiver.refuse(None);
        let said = built.join().expect("built");
        assert!(!said.stderr.contains("reached"), "{}", said.stderr);
    });
    let sent = receiver.total("k6_http_reqs_total");
    assert_sent("requests", sent, number(&results(&space), "http_reqs", "count"));
}

#[test]
fn offline_nothing_is_sent_and_nothing_runs_again_for_it() {
    let receiver = Receiver::start();
    let space = to(&receiver, "");
    let said = space.run(&["build", "http", "--offline"]).expect_code(0);
    assert!(said.stderr.contains("nothing was sent while it ran (`--offline`)"), "{}", said.stderr);
    assert!(receiver.heads().is_empty(), "{:?}", receiver.heads());
    assert!(build(&space).expect_code(0).runs().is_empty());
    assert!(!receiver.samples("howitzer_result").is_empty());
}

const SECRET: &str = "open-sesame 42+";

#[test]
fn what_lets_us_in_is_sent_to_the_receiver_and_stands_nowhere_else() {
    let receiver = Receiver::start();
    let user = receiver.url().replace("http://", "http://me:open-sesame%2042%2B@");
    let space = space(
        &format!("[export.prometheus]\nurl = \"{user}\"\nheaders = {{ X-Scope = {{ env = \"KEY\" }} }}\n"),
        "",
    );
    space.edit(
        "k6_templates/get.js",
        "own.add(3);",
        "own.add(3); if (__ITER === 0) console.log(JSON.stringify(__ENV));",
    );
    let run = |arguments: &[&str]| {
        Said::of(space.command(arguments).env("KEY", "hunter2-key").output().expect("starts"))
    };
    let mut said = vec![run(&["-v", "build", "http"]).expect_code(0)];
    let coded = base64::prelude::BASE64_STANDARD.encode(format!("me:{SECRET}"));
    let heads = receiver.heads();
    assert!(heads.iter().all(|head| head.contains(&format!("Basic {coded}"))), "{heads:?}");
    assert!(heads.iter().all(|head| head.contains("hunter2-key")), "{heads:?}");
    receiver.refuse(Some("401 Unauthorized"));
    said.push(run(&["-v", "build", "http", "--force"]).expect_code(0));
    said.push(run(&["export", "prometheus", "http", "--dry-run"]).expect_code(0));
    said.push(run(&["--message-format", "json", "status", "http"]));
    let spellings = [
        SECRET.to_owned(),
        "open-sesame%2042%2B".to_owned(),
        "open-sesame+42%2B".to_owned(),
        base64::prelude::BASE64_STANDARD.encode(SECRET),
        coded,
        "hunter2-key".to_owned(),
        base64::prelude::BASE64_STANDARD.encode("hunter2-key"),
    ];
    for spelling in &spellings {
        for one in &said {
            assert!(
                !one.stdout.contains(spelling) && !one.stderr.contains(spelling),
                "{spelling}:\n{}",
                one.stderr
            );
        }
        for (path, bytes) in files(&space) {
            let is_there = memchr::memmem::find(&bytes, spelling.as_bytes()).is_some();
            assert!(!is_there, "{spelling} stands in {}", path.display());
        }
    }
}

#[test]
fn a_secret_that_is_missing_is_told_before_any_load() {
    let receiver = Receiver::start();
    let space = to(&receiver, "bearer = { env = \"NOT_THERE\" }\n");
    let said = build(&space);
    assert!(said.code != Some(0) && said.runs().is_empty(), "{}", said.stderr);
    assert!(said.stderr.contains("`NOT_THERE` is not set"), "{}", said.stderr);
}
