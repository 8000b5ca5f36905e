//! `howitzer doctor --observer`: what watching costs, measured on real k6 and the example target. Nothing here
//! says which way is dearer: that is the machine's to show.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use howitzer::base::lock::{Attempt, try_lock};
use howitzer::spec::Watch;
use serde_json::Value;

use crate::space::{Said, Space, wait_for};

/// The example target over HTTP, ended with its handle.
struct Server(Child);

impl Server {
    fn start(space: &Space) -> Self {
        let http = format!("127.0.0.1:{}", space.http);
        let server = Command::new(space.path("bin/server"))
            .args(["--grpc", "127.0.0.1:0", "--http", &http])
            .stdout(Stdio::null())
            .spawn();
        let server = Self(server.expect("starts"));
        wait_for(|| std::net::TcpStream::connect(("127.0.0.1", space.http)).is_ok());
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `doctor --observer` with these flags, in an empty folder outside any workspace, with a temporary folder of its own.
fn doctor(space: &Space, flags: &[&str]) -> Command {
    for folder in ["empty", "temporary"] {
        std::fs::create_dir_all(space.path(folder)).expect("a folder");
    }
    let mut command = space.command(&[&["doctor", "--observer"], flags].concat());
    std::fs::remove_file(space.path("howitzer.toml")).ok();
    command.current_dir(space.path("empty")).env("TMPDIR", space.path("temporary"));
    command
}

fn said(command: &mut Command) -> Said {
    Said::of(command.output().expect("starts"))
}

/// What is left in the folders that [`doctor`] gives.
fn left(space: &Space) -> usize {
    let count = |folder| std::fs::read_dir(space.path(folder)).expect("a folder").count();
    count("empty") + count("temporary")
}

#[test]
fn every_way_of_watching_has_its_turns_and_a_price_within_its_interval() {
    let space = Space::new();
    let _server = Server::start(&space);
    let url = format!("http://127.0.0.1:{}/v2", space.http);
    let short = ["--rounds", "2", "--duration", "1s", "--vus", "2", "--seed", "7"];
    let said =
        said(&mut doctor(&space, &[&[url.as_str(), "--message-format", "ndjson"], &short[..]].concat()));
    let said = said.expect_code(0);
    let events: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let of = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    let started = of("observer.started").next().expect("a start");
    assert_eq!(started["schema"], "howitzer-observer/2");
    let ways = started["ways"].as_array().expect("a list");
    for way in Watch::ALL.map(Watch::word).into_iter().chain(["unwatched", "series, sent on"]) {
        assert!(ways.iter().any(|one| one == way), "{way}: {started}");
    }
    assert_eq!(ways[0], "unwatched");
    let own_sink = serde_json::json!({ "otlp": null, "series, sent on": null });
    assert_eq!(started["sent_to"], own_sink);
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    for load in of("observer.loaded") {
        assert!(load["requests"].as_f64().is_some_and(|count| count > 0.0), "{load}");
        assert!(!load["doubts"].to_string().contains("was taken"), "the sink takes all: {load}");
        *turns.entry(format!("{} {} {}", load["round"], load["way"], load["saturated"])).or_default() += 1;
    }
    assert_eq!(turns.len(), 2 * 2 * ways.len());
    assert!(turns.values().all(|count| *count == 1), "{turns:?}");
    let prices =
        of("observer.measured").next().expect("prices")["prices"].as_array().expect("a list").clone();
    assert_eq!(prices.len(), 4 * ways.len());
    for price in &prices {
        let is_priced = price["measure"] != "cpu" || cfg!(target_os = "linux");
        assert!(!is_priced || price["values"].as_array().is_some_and(|values| values.len() == 2), "{price}");
        let end = |name: &str| price["ratio"][name].as_f64();
        assert_eq!(price["way"] == "unwatched", price["ratio"].is_null(), "{price}");
        if let (Some(lower), Some(mean), Some(upper)) = (end("lower"), end("mean"), end("upper")) {
            assert!(0.0 < lower && lower <= mean * 1.000_001 && mean <= upper * 1.000_001, "{price}");
        }
    }
    assert_eq!(left(&space), 0);
}

#[test]
fn an_address_that_cannot_be_loaded_is_told_and_measures_nothing() {
    let space = Space::new();
    let away = format!("http://127.0.0.1:{}/v2", space.http);
    let told = |url: &str, why: &str| {
        let said = said(&mut doctor(&space, &[url])).expect_code(5);
        assert!(said.stderr.contains(why) && said.stdout.is_empty(), "{}{}", said.stderr, said.stdout);
    };
    told("127.0.0.1:8008", "it begins with neither `http://` nor `https://`");
    told("http://", "it names no host");
    told(&away, &format!("`{away}` cannot be loaded: dial: connection refused"));
    let _server = Server::start(&space);
    told(&format!("http://127.0.0.1:{}/nothing", space.http), "cannot be loaded: it answers with status 404");
    assert_eq!(left(&space), 0);
    let alone = Said::of(space.command(&["doctor", "--rounds", "3"]).output().expect("starts"));
    alone.expect_code(2);
}

#[test]
fn a_protected_target_is_not_loaded_unless_allowed() {
    let space = Space::new();
    let url = format!("http://localhost:{}/v2", space.http);
    let protected =
        format!("[target.live]\nbase_url = \"http://127.0.0.1:{}\"\nprotected = true\n", space.http);
    space.write("howitzer.toml", &protected);
    let refused = space.run(&["doctor", "--observer", &url]).expect_code(5);
    assert!(refused.stderr.contains("say `--allow live` to load it all the same"), "{}", refused.stderr);
    let misspelt = space.run(&["doctor", "--observer", &url, "--allow", "lve"]).expect_code(2);
    assert!(misspelt.stderr.contains("did you mean `live`?"), "{}", misspelt.stderr);
    let allowed = space.run(&["doctor", "--observer", &url, "--allow", "live"]).expect_code(5);
    assert!(allowed.stderr.contains("cannot be loaded: dial: connection refused"), "{}", allowed.stderr);
}

#[test]
fn another_load_of_this_host_is_not_disturbed() {
    let space = Space::new();
    let lock = space.path("a-lock");
    let Attempt::Held(_held) = try_lock(&lock, "somebody").expect("locks") else { panic!("it is ours") };
    let url = format!("http://127.0.0.1:{}/v2", space.http);
    let said = said(doctor(&space, &[&url, "--no-wait"]).env("HOWITZER_LOAD_LOCK", &lock)).expect_code(5);
    assert!(said.stderr.contains("loads from this host: somebody"), "{}", said.stderr);
}

#[test]
fn ctrl_c_leaves_no_k6_and_no_files() {
    let space = Space::new();
    let _server = Server::start(&space);
    let url = format!("http://127.0.0.1:{}/v2", space.http);
    let mut command = doctor(&space, &[&url, "--duration", "10m", "--vus", "1"]);
    let mut running = command.spawn().expect("starts");
    let mut talk = BufReader::new(running.stderr.take().expect("a pipe"));
    let mut stderr = String::new();
    while !stderr.contains(" plan ") {
        assert!(talk.read_line(&mut stderr).expect("text") > 0, "it ended: {stderr}");
    }
    wait_for(|| space.leftovers().iter().any(|line| line.contains("--summary-export")));
    let process = rustix::process::Pid::from_child(&running);
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("is there");
    talk.read_to_string(&mut stderr).expect("text");
    let ended = Said::of(running.wait_with_output().expect("ends"));
    assert!(stderr.contains("interrupted") && ended.stdout.is_empty(), "{stderr}");
    ended.expect_code(130);
    assert!(space.leftovers().iter().all(|line| line.contains("bin/server")), "{:?}", space.leftovers());
    assert_eq!(left(&space), 0);
}
