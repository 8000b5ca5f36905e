//! Larger than can be kept, where every sample is read: memory and records stay small, and what is lost is said.

use std::collections::BTreeMap;

use howitzer::k6::SampleLines;
use howitzer::result::{Filter, Labels, Limits, MetricKind, SampleCollector, Series, Until, View};

const START_MS: i64 = 1_700_000_000_000;

fn tags(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
}

fn total(view: &View<'_>, metric: &str) -> f64 {
    view.counter(metric, &Filter::any()).expect("a counter").total
}

fn described(limits: Limits) -> SampleCollector {
    let mut collector = SampleCollector::new(START_MS, limits);
    collector.describe("http_reqs", MetricKind::Counter, "default");
    for trend in ["http_req_duration", "http_req_waiting", "http_req_blocked"] {
        collector.describe(trend, MetricKind::Trend, "time");
    }
    collector
}

#[test]
fn more_addresses_than_are_remembered_are_folded_and_none_of_their_requests_is_lost() {
    let mut lines = SampleLines::new(START_MS, Limits::default());
    let describe = |name: &str, kind: &str| {
        format!(
            "{{\"type\":\"Metric\",\"data\":{{\"name\":\"{name}\",\"type\":\"{kind}\",\"contains\":\"time\"}},\"metric\":\"{name}\"}}\n"
        )
    };
    let head = [describe("http_reqs", "counter"), describe("http_req_duration", "trend")].concat();
    lines.push(head.as_bytes(), START_MS);
    for second in 0..20_i64 {
        let mut text = String::new();
        for request in 0..10_000 {
            let time =
                jiff::Timestamp::from_millisecond(START_MS + second * 1000 + request / 10).expect("a time");
            let address = format!("http://127.0.0.1/{second}/{request}");
            let metrics =
                if request % 10 == 0 { &["http_reqs", "http_req_duration"][..] } else { &["http_reqs"] };
            for metric in metrics {
                text += &format!(
                    "{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{\"time\":\"{time}\",\"value\":1,\"tags\":{{\"name\":\"{address}\",\"scenario\":\"s\",\"url\":\"{address}\"}}}}}}\n"
                );
            }
        }
        lines.push(text.as_bytes(), START_MS + second * 1000 + 1000);
    }
    let series = lines.finish();
    assert!((total(&series.whole(), "http_reqs") - 2e5).abs() < 0.5);
    let durations = series.whole().values("http_req_duration", &Filter::any()).expect("all of them");
    assert_eq!(durations.len(), 20_000);
    assert!(series.label_sets("http_reqs").count() <= 2_001);
    assert!(series.problems().folded > 190_000 && series.problems().lost == 0, "{:?}", series.problems());
    assert!(series.told().iter().any(|line| line.contains("(other)")), "{:?}", series.told());
    assert!(series.whole().lacks_tags("http_reqs", &Filter::any().with("name", "/x")));
    let bytes = series.encode().len();
    assert!(bytes < 1_000_000, "{bytes} bytes");
}

/// An hour of requests over 20 names, with values that are spread as latencies are. At ten times as many, which
/// takes minutes without optimisation, there are no more buckets than here, only more in each.
fn an_hour(limits: Limits) -> Series {
    let mut collector = described(limits);
    let streams: Vec<_> = (0..20)
        .map(|name| {
            let tags = tags(&[("name", &format!("/{name}")), ("scenario", "s"), ("status", "200")]);
            ["http_reqs", "http_req_duration"]
                .map(|metric| collector.stream(metric, &tags).expect("a stream"))
        })
        .collect();
    let mut random = 1_u64;
    for tenth in 0..36_000_i64 {
        let at_ms = START_MS + tenth * 100;
        collector.heard(at_ms);
        for request in 0..100 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let [counter, trend] = streams[request % 20];
            let nanoseconds = 200_000 + (random >> 44) + 20_000_000 / (1 + (random >> 32) % 1000);
            collector.take(counter, at_ms, 1.0);
            collector.take(trend, at_ms, nanoseconds as f64 / 1e6);
        }
    }
    collector.finish()
}

#[test]
fn an_hour_at_a_thousand_requests_a_second_keeps_its_histograms_in_wider_slots_and_says_so() {
    let series = an_hour(Limits { cells: 300_000, ..Limits::default() });
    assert!((total(&series.whole(), "http_reqs") - 36e5).abs() < 0.5);
    assert!(series.posts_per_slot() > 1 && series.posts_per_slot().is_power_of_two());
    assert_eq!(series.whole().values("http_req_duration", &Filter::any()), None);
    let durations = series.whole().trend("http_req_duration", &Filter::any()).expect("a trend");
    assert_eq!(durations.count, 3_600_000);
    assert!(
        series.told().iter().any(|line| line.contains("histogram for http_req_duration")),
        "{:?}",
        series.told()
    );
    let bytes = series.encode().len();
    assert!(bytes < 5_000_000, "{bytes} bytes");
    let part = series.window(std::time::Duration::from_mins(10), Until::End).expect("a window");
    let rate = part.counter("http_reqs", &Filter::any()).expect("a rate").per_second;
    assert!((rate / 1000.0 - 1.0).abs() < 0.01, "{rate}");
}

#[test]
fn a_value_that_is_kept_takes_less_than_three_bytes() {
    let mut collector = described(Limits::default());
    let streams: Vec<_> = (0..20)
        .map(|name| {
            let tags = tags(&[("name", &format!("/{name}")), ("scenario", "s")]);
            collector.stream("http_req_duration", &tags).expect("a stream")
        })
        .collect();
    let mut random = 1_u64;
    for value in 0..400_000_i64 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at_ms = START_MS + value / 5;
        collector.heard(at_ms);
        let nanoseconds = 200_000 + (random >> 44) + 20_000_000 / (1 + (random >> 32) % 1000);
        collector.take(streams[(random >> 20) as usize % 20], at_ms, nanoseconds as f64 / 1e6);
    }
    let series = collector.finish();
    assert_eq!(
        series.whole().values("http_req_duration", &Filter::any()).map(|all| all.len()),
        Some(400_000)
    );
    let encoded = series.encode();
    assert!(encoded.len() < 1_200_000, "{} bytes", encoded.len());
    assert!(Series::decode(&encoded).expect("it decodes") == series);
}

#[test]
fn the_parts_of_a_duration_are_given_up_before_the_duration() {
    let mut collector = described(Limits { values: 1000, ..Limits::default() });
    let metrics = ["http_req_duration", "http_req_waiting", "http_req_blocked"];
    let tags = tags(&[("scenario", "s")]);
    let streams = metrics.map(|metric| collector.stream(metric, &tags).expect("a stream"));
    for request in 0..600_i64 {
        collector.heard(START_MS + request);
        for stream in streams {
            collector.take(stream, START_MS + request, request as f64);
        }
    }
    let series = collector.finish();
    let kept = metrics.map(|metric| series.whole().values(metric, &Filter::any()).map(|values| values.len()));
    assert_eq!(kept, [Some(600), None, None]);
    let waiting = series.whole().trend("http_req_waiting", &Filter::any()).map(|trend| trend.count);
    assert_eq!(waiting, Some(600), "its histogram is whole");
}

#[test]
fn a_setup_shifts_no_window_and_a_wrong_clock_is_told() {
    let mut collector = described(Limits::default());
    let setup = collector.stream("http_reqs", &tags(&[("group", "::setup")])).expect("a stream");
    let load = collector.stream("http_reqs", &tags(&[("scenario", "s")])).expect("a stream");
    collector.heard(START_MS + 20_000);
    collector.take(setup, START_MS + 100, 1.0);
    collector.take(setup, START_MS + 1_350, 1.0);
    for tenth in 0..100 {
        collector.take(load, START_MS + 1_777 + tenth * 100, 1.0);
    }
    let series = collector.finish();
    let part =
        series.window(std::time::Duration::from_secs(2), Until::After(std::time::Duration::from_secs(5)));
    let part = part.expect("a window");
    assert_eq!(
        (total(&part, "http_reqs").to_string(), part.seconds().to_string()),
        ("30".into(), "3".into())
    );
    let same = |left: f64, right: f64| assert!((left - right).abs() < 1e-9, "{left} and {right}");
    same(total(&series.whole(), "http_reqs"), 102.0);

    let mut collector = described(Limits::default());
    let load = collector.stream("http_reqs", &tags(&[("scenario", "s")])).expect("a stream");
    collector.take(load, START_MS + 1, 1.0);
    collector.take(load, START_MS + 86_400_000, 1.0);
    collector.take(load, i64::MIN, 1.0);
    let series = collector.finish();
    same(total(&series.whole(), "http_reqs"), 3.0);
    assert_eq!(series.problems().off_clock, 2);
    assert!(series.problems().doubtful() && series.whole().slot_seconds().len() == 1);
}
