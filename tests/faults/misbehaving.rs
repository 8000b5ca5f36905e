//! A k6 that does what no k6 should.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::fake::{build_in_time, command, howitzer, started_by};
use crate::space::{Said, Space, wait_for};
use crate::stopped::pid;
use crate::{SUMMARY, build, build_with, faulty};

fn stored(space: &Space) -> usize {
    space.files(".howitzer").iter().map(|(_, bytes)| bytes.len()).sum()
}

fn write_summary() -> String {
    format!("echo '{SUMMARY}' > $SUMMARY")
}

#[test]
fn a_silent_k6_and_one_that_closes_its_pipes_and_goes_on_are_waited_for() {
    for script in ["exec >&- 2>&-; sleep 0.5", "sleep 0.5", "exec </dev/null >/dev/null 2>&1; sleep 0.5"] {
        let space = faulty(&format!("{script}; {}", write_summary()));
        let started = Instant::now();
        build(&space).expect_code(0);
        assert!(started.elapsed() >= Duration::from_millis(500), "{script}: it was not waited for");
        assert!(build(&space).expect_code(0).runs().is_empty());
    }
}

#[test]
fn a_gigabyte_of_output_takes_neither_memory_nor_disk() {
    let space = faulty(&format!("head -c 1000000000 /dev/zero; {}", write_summary()));
    let limited = format!("ulimit -v {}", 700_000);
    let said = limited_by(&space, &limited).expect_code(0);
    assert_eq!(said.runs().len(), 1);
    assert!(stored(&space) < 3_000_000, "{} bytes were kept", stored(&space));
}

#[test]
fn a_log_of_hundreds_of_megabytes_takes_neither_memory_nor_disk() {
    // The log is sparse: its middle costs no time, and has no line.
    let log = "L=$(dirname $SUMMARY)/k6.log; echo '{\"level\":\"info\",\"msg\":\"first\"}' > $L; truncate -s 400000000 $L; echo >> $L; echo '{\"level\":\"info\",\"msg\":\"last\"}' >> $L";
    let space = faulty(&format!("{log}; {}", write_summary()));
    limited_by(&space, "ulimit -v 700000").expect_code(0);
    assert!(stored(&space) < 3_000_000, "{} bytes were kept", stored(&space));
    let text = space.read("out/digits/results/plain.txt");
    assert!(text.contains("\"msg\":\"last\"") && text.len() < 50_000, "{} bytes", text.len());
}

#[test]
fn a_summary_that_is_larger_than_any_real_one_is_a_failure_and_not_read() {
    let space = faulty("truncate -s 1000000000 $SUMMARY");
    let said = limited_by(&space, "ulimit -v 700000").expect_code(100);
    assert!(said.stderr.contains("a summary larger than 64.0 MiB is not read"), "{}", said.stderr);
    assert!(stored(&space) < 3_000_000, "{} bytes were kept", stored(&space));
    assert_eq!(build(&space).expect_code(100).runs().len(), 1, "it was reused");
}

/// A build after `limit`, a bash command. It is ended after a minute: where its guard is gone it would hang.
fn limited_by(space: &Space, limit: &str) -> Said {
    let script = format!("{limit}; exec timeout -k 5 60 \"$@\"");
    let mut bash = started_by(&["bash", "-c", &script, "bash"], &command(space, &["build", "digits"]));
    Said::of(bash.output().expect("starts"))
}

#[test]
fn a_k6_that_ignores_ctrl_c_is_killed_after_the_grace_period() {
    let space = faulty("trap '' INT TERM; touch ../../../../../started; while true; do sleep 0.1; done");
    let mut child = command(&space, &["build", "digits", "--grace", "300ms"]).spawn().expect("starts");
    wait_for(|| space.path(".howitzer/started").exists() || space.path("started").exists());
    kill_process(pid(&child), Signal::INT).expect("it runs");
    let asked = Instant::now();
    while child.try_wait().expect("a child").is_none() && asked.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    Said::of(child.wait_with_output().expect("ends")).expect_code(130);
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    wait_for(|| space.leftovers().is_empty());
}

#[test]
fn a_grandchild_that_left_the_group_holds_up_nothing() {
    // Nobody but the kernel knows it any more: it is not ended, and the design notes say so.
    let leave =
        "setsid bash -c 'touch ../../left; exec sleep 60' & until [ -e ../../left ]; do sleep 0.01; done";
    let space = faulty(&format!("{leave}; {}", write_summary()));
    let started = Instant::now();
    let said = build_in_time(&space);
    let took = started.elapsed();
    let strays = space.leftovers();
    for entry in fs::read_dir("/proc").expect("lists").flatten() {
        let folder = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        let number = entry.file_name().to_string_lossy().parse::<i32>();
        if folder.starts_with(space.path("").canonicalize().expect("exists"))
            && let Some(stray) = number.ok().and_then(Pid::from_raw)
        {
            let _ = kill_process(stray, Signal::KILL);
        }
    }
    said.expect_code(0);
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(strays.len() == 1 && strays[0].contains("sleep 60"), "{strays:?}");
}

#[test]
fn a_background_process_of_k6_version_or_archive_holds_up_nothing() {
    for verb in ["version", "archive"] {
        let space = faulty(&write_summary());
        let fake = space.read("fake-k6").replace(&format!("{verb}) "), &format!("{verb}) sleep 600 & "));
        space.write("fake-k6", &fake);
        let started = Instant::now();
        build_in_time(&space).expect_code(0);
        assert!(started.elapsed() < Duration::from_secs(30), "{verb}: {:?}", started.elapsed());
        wait_for(|| space.leftovers().is_empty());
    }
}

#[test]
fn summaries_that_are_no_measurement_are_never_reused() {
    for (summary, said) in [
        ("{\"metrics\":{\"iterations\":{\"count\":NaN,\"rate\":1}}}", "the summary is no whole summary"),
        ("{\"metrics\":{\"iterations\":{\"count\":1e999,\"rate\":1}}}", "the summary is no whole summary"),
        ("{\"metrics\":{\"iterations\":{\"count\":null,\"rate\":null}}}", "no iterations"),
        ("{\"metrics\":{\"iterations\":{\"count\":\"7\",\"rate\":1}}}", "no iterations"),
        ("{\"metrics\":{\"iterations\":{\"count\":-3,\"rate\":1}}}", "no iterations"),
        ("{\"metrics\":{}}", "no iterations"),
        ("{\"metrics\":[]}", "the summary is no whole summary"),
        ("null", "the summary is no whole summary"),
        ("[]", "the summary is no whole summary"),
        ("\"{}\"", "the summary is no whole summary"),
    ] {
        let space = faulty(&format!("echo '{summary}' > $SUMMARY"));
        let first = build(&space).expect_code(100);
        assert!(first.stderr.contains(said), "{summary}: {}", first.stderr);
        assert_eq!(build(&space).expect_code(100).runs().len(), 1, "{summary} was reused");
    }
}

#[test]
fn huge_and_missing_numbers_leave_outputs_that_can_be_read() {
    let summary = r#"{"metrics":{"iterations":{"count":1e308,"rate":1.7976931348623157e308},
        "http_req_duration":{"avg":1e-320,"min":null,"med":123456789012345678901234567890,"max":1e300,"p(90)":-5,"p(95)":"x","p(99)":[]},
        "checks":{"passes":18446744073709551615,"fails":0,"value":1},"odd":{"value":null},"empty":{}}}"#;
    let space = faulty(&format!("cat > $SUMMARY <<'END'\n{summary}\nEND"));
    build(&space).expect_code(0);
    for file in ["summary.json", "results.json", "build.json", "summary/plain.json"] {
        let text = space.read(&format!("out/digits/{file}"));
        serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    let csv = space.read("out/digits/results.csv");
    let records = csv::Reader::from_reader(csv.as_bytes()).into_records().collect::<Result<Vec<_>, _>>();
    assert!(records.expect("as many fields in each row").len() > 5, "{csv}");
    for word in ["NaN", "inf"] {
        assert!(!csv.contains(word), "{csv}");
    }
}

#[test]
fn a_crash_is_a_failure_with_its_signal_and_an_early_end_is_one_too() {
    for (script, said) in [
        ("ulimit -c 0; kill -SEGV $$", "killed by signal 11"),
        ("ulimit -c 0; kill -ABRT $$", "killed by signal 6"),
        ("kill -TERM $$", "killed by signal 15"),
        ("exit 0", "no summary was written"),
        ("exit 1", "exit 1"),
        ("exit 255", "exit 255"),
    ] {
        let space = faulty(script);
        let first = build(&space).expect_code(100);
        assert!(first.stderr.contains(said), "{script}: {}", first.stderr);
        assert_eq!(build(&space).expect_code(100).runs().len(), 1, "{script}");
    }
}

#[test]
fn a_k6_that_writes_into_its_inputs_changes_neither_the_workspace_nor_the_next_run() {
    let space = faulty("");
    let script = format!(
        "cat ../payloads/one.json; echo changed > ../payloads/one.json; echo changed > plain.js; {}",
        write_summary()
    );
    space.write("fake-k6", &format!("{}{script}\n", space.read("fake-k6")));
    space.write("payloads/one.json", "original");
    let suite = space.read("suites/digits.toml").replace("vus = 1, ", "");
    let suite = suite.replace("name = \"plain\"", "name = \"plain\"\npayload = \"one.json\"");
    space.write("suites/digits.toml", &format!("{suite}[test.matrix]\nvus = [1, 2]\n"));
    assert_eq!(build(&space).expect_code(0).runs().len(), 2);
    assert_eq!(space.read("payloads/one.json"), "original");
    let outputs: Vec<_> = space
        .files(".howitzer/v1/blobs")
        .into_iter()
        .filter(|(_, bytes)| bytes.starts_with(b"original"))
        .collect();
    assert_eq!(outputs.len(), 1, "both runs saw the same bytes");
    assert!(space.read("out/digits/render/plain[vus=1].js").contains("export default"));
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_k6_that_removes_its_scratch_tree_is_a_failure_and_the_next_build_goes_on() {
    let space = faulty("rm -rf $(dirname $SUMMARY); exit 0");
    let said = build(&space).expect_code(100);
    assert!(said.stderr.contains("no summary was written"), "{}", said.stderr);
    let fake = space.read("fake-k6").replace("rm -rf $(dirname $SUMMARY); exit 0", &write_summary());
    space.write("fake-k6", &fake);
    build(&space).expect_code(0);
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn what_is_no_plain_file_where_outputs_should_be_is_not_opened() {
    let space = faulty("");
    space.write("secret", "{\"metrics\":{\"iterations\":{\"count\":1,\"rate\":1}}}");
    let secret = space.path("secret").display().to_string();
    let place = "D=$(dirname $SUMMARY); rm -f $D/k6.log";
    for script in [
        "mkfifo $SUMMARY".to_owned(),
        "mkdir $SUMMARY".to_owned(),
        format!("ln -s {secret} $SUMMARY"),
        format!("{place}; mkfifo $D/k6.log"),
        format!("{place}; mkdir $D/k6.log"),
        format!("mkfifo own.txt; ln -s {secret} link.txt; chmod 000 $D"),
    ] {
        space.write("fake-run", &format!("#!/bin/bash\n{script}\n"));
        fs::set_permissions(space.path("fake-run"), fs::Permissions::from_mode(0o755)).expect("a mode");
        let fake = space.read("fake-k6");
        let head = fake.split("\nSUMMARY-HERE").next().expect("a head").to_owned();
        space.write(
            "fake-k6",
            &format!("{head}\nSUMMARY-HERE=1 true\nexport SUMMARY; {}/fake-run\n", space.path("").display()),
        );
        let started = Instant::now();
        let said = build_in_time(&space).expect_code(100);
        assert!(said.stderr.contains("no summary was written"), "{script}: {}", said.stderr);
        assert!(started.elapsed() < Duration::from_secs(20), "{script}");
    }
    howitzer(&space, &["cache", "verify"]).expect_code(0);
}

#[test]
fn a_run_that_fails_when_it_is_forced_fails_the_build_whatever_stood_before() {
    let space = faulty(&format!("[ -e broken ] && exit 107\necho '{SUMMARY}' > $SUMMARY"));
    let fake =
        space.read("fake-k6").replace("[ -e broken ]", &format!("[ -e {} ]", space.path("broken").display()));
    space.write("fake-k6", &fake);
    build(&space).expect_code(0);
    space.write("broken", "");
    let forced = build_with(&space, &["--force"]).expect_code(100);
    assert!(forced.stderr.contains("exit 107"), "{}", forced.stderr);
    build_with(&space, &["--rerun", "plain"]).expect_code(100);
    assert!(space.read("out/digits/build.json").contains("\"exit\": 100"));
    // The older result stands: nothing is to be run.
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_secret_of_several_lines_is_nowhere_line_by_line() {
    let space = faulty("echo \"$TOK\" >&2; exit 107");
    space.edit("suites/digits.toml", "k6 =", "env = { TOK = { from = \"TOK\", secret = true } }\nk6 =");
    let secret = "BEGINKEY-aaaa\nmiddle-bbbb-secret\nENDKEY-cccc";
    let mut command = command(&space, &["build", "digits"]);
    let said = Said::of(command.env("TOK", secret).output().expect("starts")).expect_code(100);
    let mut written = vec![(space.path("console"), format!("{}{}", said.stdout, said.stderr).into_bytes())];
    written.extend(space.files("out").into_iter().chain(space.files(".howitzer")));
    for (path, bytes) in written {
        let text = String::from_utf8_lossy(&bytes);
        for line in secret.lines() {
            assert!(!text.contains(line), "{line} stands in {}:\n{text}", path.display());
        }
    }
}

#[test]
fn a_variable_that_is_no_text_counts_by_its_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    space.edit("suites/digits.toml", "k6 =", "env = { M = { from = \"MM\" } }\nk6 =");
    let with = |bytes: &[u8]| {
        let mut command = command(&space, &["build", "digits"]);
        let value = std::ffi::OsStr::from_bytes(bytes);
        Said::of(command.env("MM", value).output().expect("starts")).expect_code(0).runs().len()
    };
    assert_eq!([with(b"\xff1"), with(b"\xff1"), with(b"\xff2"), with(b"\xff2")], [1, 0, 1, 0]);
}

#[test]
fn a_k6_that_cannot_send_a_live_series_is_watched_by_its_summary_and_that_is_said() {
    let refuse = "case \"$ALL\" in *--out*) echo \"invalid output type 'experimental-prometheus-rw', available types are: json\" >&2; exit 255;; esac";
    let space = faulty(&format!("{refuse}\necho '{SUMMARY}' > $SUMMARY"));
    let fake = space.read("fake-k6").replace("#!/bin/bash\n", "#!/bin/bash\nALL=\"$*\"\n");
    space.write("fake-k6", &fake);
    let said = build(&space).expect_code(0);
    assert_eq!(said.runs().len(), 1, "{}", said.stderr);
    let text = space.read("out/digits/results/plain.txt");
    assert!(text.contains("this k6 cannot be watched as it should: watched by its summary"), "{text}");
    assert!(build(&space).expect_code(0).runs().is_empty());
}

#[test]
fn a_run_whose_series_never_came_says_so_and_its_window_is_empty() {
    let space = faulty(&format!("echo '{SUMMARY}' > $SUMMARY"));
    space.edit(
        "suites/digits.toml",
        "k6 =",
        "measure = { skip = \"1s\" }\nexpect = { \"iterations.count\" = { above = 0 } }\nk6 =",
    );
    let said = build(&space).expect_code(99);
    assert!(said.stderr.contains("missed plain: expected iterations.count"), "{}", said.stderr);
    let text = space.read("out/digits/results/plain.txt");
    assert!(text.contains("there is no measured window: the run has no live series"), "{text}");
}

#[test]
fn the_first_ctrl_c_interrupts_k6_and_the_second_terminates_it() {
    let space = faulty("");
    let heard = space.path("heard");
    let script = format!(
        "trap 'echo interrupt >> {heard}' INT; trap 'echo terminate >> {heard}; exit 1' TERM\n\
         touch {started}; while true; do sleep 0.05; done\n",
        heard = heard.display(),
        started = space.path("started").display()
    );
    space.write("fake-k6", &format!("{}{script}", space.read("fake-k6")));
    let child = command(&space, &["build", "digits", "--grace", "5s"]).spawn().expect("starts");
    wait_for(|| space.path("started").exists());
    kill_process(pid(&child), Signal::INT).expect("it runs");
    wait_for(|| fs::read(&heard).is_ok_and(|text| !text.is_empty()));
    let first = space.read("heard");
    // Where the first one has ended it already there is nobody left.
    let _ = kill_process(pid(&child), Signal::INT);
    Said::of(child.wait_with_output().expect("ends")).expect_code(130);
    assert_eq!([first, space.read("heard")], ["interrupt\n", "interrupt\nterminate\n"]);
}

#[test]
fn a_k6_whose_time_is_over_is_asked_to_end_and_what_it_still_writes_is_kept() {
    let write = write_summary().replace('"', "\\\"");
    let space = faulty(&format!("trap \"{write}; exit 0\" INT; while true; do sleep 0.05; done"));
    space.edit("suites/digits.toml", "timeout = \"2m\"", "timeout = \"2s\"");
    let said = build_in_time(&space).expect_code(100);
    assert!(said.stderr.contains("timed out"), "{}", said.stderr);
    let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let mut blobs = space.files(".howitzer/v1/blobs").into_iter();
    assert!(blobs.any(|(_, bytes)| read(&bytes) == read(SUMMARY.as_bytes())), "the summary is lost");
}

#[test]
fn hundreds_of_megabytes_of_errors_take_neither_memory_nor_disk() {
    // Sparse, as the log above. A gigabyte would be refused by the limit before it is in memory, and forgiven.
    let space = faulty(&format!("truncate -s 200000000 $(dirname $SUMMARY)/stderr; {}", write_summary()));
    limited_by(&space, "ulimit -v 700000").expect_code(0);
    assert!(stored(&space) < 3_000_000, "{} bytes were kept", stored(&space));
}

#[test]
fn a_link_that_a_script_leaves_is_not_followed_into_the_outputs() {
    let space = faulty("");
    space.write("secret", "nobody else's business");
    let link = format!("ln -s {} link.txt; echo mine > own.txt", space.path("secret").display());
    space.write("fake-k6", &format!("{}{link}; {}\n", space.read("fake-k6"), write_summary()));
    build(&space).expect_code(0);
    assert_eq!(space.read("out/digits/files/plain/own.txt"), "mine\n");
    for (path, bytes) in [space.files("out"), space.files(".howitzer")].concat() {
        assert!(!String::from_utf8_lossy(&bytes).contains("nobody else's"), "{}", path.display());
    }
}
