//! `howitzer doctor --observer` where k6 lacks a way to be watched, fails, or says something odd.

use crate::fake::{faulty, howitzer};

const SUMMARY: &str = r#"{"metrics":{"iterations":{"count":40,"rate":20},"http_reqs":{"count":40,"rate":20},
"http_req_duration":{"avg":1,"min":1,"med":1,"max":9,"p(90)":2,"p(95)":P95,"p(99)":4}}}"#;

/// A fake whose p95 grows from load to load: unwatched, and thrice as much in every other way.
fn fake(before: &str) -> crate::space::Space {
    let grid = "case \"$K6_SUMMARY_TREND_STATS\" in *99.99*) TIMES=3;; *) TIMES=1;; esac";
    let count = "N=$(($(cat $COUNT 2>/dev/null || echo 0) + 1)); echo $N > $COUNT";
    let script =
        format!("{before}\n{grid}\n{count}\necho '{SUMMARY}' | sed s/P95/$((N * TIMES))/ > $SUMMARY");
    let space = faulty(&script);
    let own = format!("#!/bin/bash\nALL=\"$*\"\nCOUNT={}\n", space.path("count").display());
    space.write("fake-k6", &space.read("fake-k6").replace("#!/bin/bash\n", &own));
    space
}

const URL: &str = "http://me:hunter2@127.0.0.1:9/v2";

#[test]
fn the_table_says_each_ratio_with_its_interval_and_in_words() {
    let space = fake("");
    let said =
        howitzer(&space, &["doctor", "--observer", URL, "--rate", "20", "--vus", "1", "--rounds", "4"]);
    let said = said.expect_code(0);
    for title in
        ["p95 of http_req_duration at 20 requests/s", "p99 of", "throughput with 1 virtual user", "processor"]
    {
        assert!(said.stdout.contains(title), "{}", said.stdout);
    }
    let rows: Vec<&str> = said.stdout.lines().filter(|line| line.contains("   × ")).collect();
    assert!(rows.len() >= 6, "{}", said.stdout);
    for row in &rows {
        let numbers: Vec<f64> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [mean, lower, upper, ..] = numbers[..] else { panic!("a ratio and its interval: {row}") };
        assert!(lower <= mean && mean <= upper, "{row}");
    }
    let p99 = rows.iter().find(|row| row.contains(" 4ms ")).expect("a row");
    assert!(p99.ends_with("× 1.000   1.000 to 1.000   no difference seen"), "{}", said.stdout);
    let p95 = rows.iter().find(|row| row.trim_start().starts_with("summary")).expect("a row");
    assert!(p95.ends_with("% slower"), "{}", said.stdout);
    assert!(said.stderr.contains("about ") && said.stderr.contains("order by seed "), "{}", said.stderr);
    assert!(said.stderr.contains("40 requests a load are too few for p95"), "{}", said.stderr);
    assert!(!said.stdout.contains("hunter2") && !said.stderr.contains("hunter2"), "{}", said.stderr);
}

#[test]
fn a_way_that_this_k6_does_not_have_is_left_out_and_named() {
    let refuse = "case \"$ALL\" in *--out*) echo \"invalid output type 'experimental-prometheus-rw'\" >&2; exit 255;; esac";
    let space = fake(refuse);
    let said = howitzer(&space, &["doctor", "--observer", URL, "--rounds", "2"]).expect_code(0);
    assert!(said.stderr.contains("this k6 cannot be watched by `series`: it is left out"), "{}", said.stderr);
    assert!(said.stderr.contains("this k6 cannot be watched by `series, sent on`"), "{}", said.stderr);
    assert!(said.stdout.contains("  summary ") && !said.stdout.contains("  series"), "{}", said.stdout);
}

#[test]
fn a_k6_that_fails_on_the_way_ends_the_measurement_and_says_why() {
    let space = fake(
        "[ \"$(cat $COUNT 2>/dev/null)\" = 7 ] && { echo \"dial me:hunter2@x: no route\" >&2; exit 107; }",
    );
    let said = howitzer(&space, &["doctor", "--observer", URL, "--rounds", "2"]).expect_code(5);
    assert!(
        said.stderr.contains("`http://***@127.0.0.1:9/v2` cannot be loaded: dial me:***@x: no route"),
        "{}",
        said.stderr
    );
    assert_eq!(said.stdout, "");
}

#[test]
fn a_k6_that_requests_nothing_measures_nothing() {
    let space = faulty(&format!("echo '{}' > $SUMMARY", crate::fake::SUMMARY));
    let said = howitzer(&space, &["doctor", "--observer", URL]).expect_code(5);
    assert!(said.stderr.contains("k6 made no request"), "{}", said.stderr);
}
