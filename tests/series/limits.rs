//! Series larger than can be kept: memory and records stay small, and what is lost of them is said.

use howitzer::result::{Basis, Collector, Filter, Histogram, Limits, Sample, SampleValue, Series, Until};

const START_MS: i64 = 1_700_000_000_000;

fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn number(metric: &str, pairs: &[(&str, &str)], at_ms: i64, value: f64) -> Sample {
    Sample { metric: metric.to_owned(), labels: labels(pairs), at_ms, value: SampleValue::Number(value) }
}

fn trend(metric: &str, pairs: &[(&str, &str)], at_ms: i64, histogram: Histogram) -> Sample {
    Sample {
        metric: metric.to_owned(),
        labels: labels(pairs),
        at_ms,
        value: SampleValue::Histogram(histogram),
    }
}

fn total(series: &Series, metric: &str) -> Option<f64> {
    series.whole().counter(metric, &Filter::any()).map(|over| over.total)
}

#[test]
fn a_million_addresses_are_folded_and_none_of_their_requests_is_lost() {
    // Every tenth has a duration and an outcome too, to keep the test short.
    const URLS: u32 = 1_000_000;
    let mut collector = Collector::new(START_MS, Limits::default());
    for second in 0..100 {
        let at_ms = START_MS + second * 1000 + 990;
        let mut samples = Vec::new();
        for request in 0..URLS / 100 {
            let url = format!("http://127.0.0.1/{second}/{request}");
            let tags = [("name", url.as_str()), ("scenario", "default"), ("url", &url)];
            samples.push(number("k6_http_reqs_total", &tags, at_ms, 1.0));
            if request % 10 == 0 {
                let one =
                    Histogram { schema: 3, sum: 0.01, positive: vec![(-53, 1)], ..Histogram::default() };
                let failed = f64::from(u8::from(request % 40 == 0));
                samples.push(number("k6_http_req_failed_rate", &tags, at_ms, failed));
                samples.push(trend("k6_http_req_duration_seconds", &tags, at_ms, one));
            }
        }
        collector.post(at_ms + 10, samples);
    }
    let series = collector.finish();
    assert_eq!(total(&series, "http_reqs"), Some(f64::from(URLS)));
    let durations = series.whole().trend("http_req_duration", &Filter::any()).expect("a trend");
    assert_eq!(durations.count, u64::from(URLS / 10));
    let failed = series.whole().rate("http_req_failed", &Filter::any()).expect("a rate");
    assert_eq!(failed.counts, Some((u64::from(URLS / 40), u64::from(URLS / 10))));
    assert!(series.label_sets("http_reqs").count() <= 2_001);
    assert!(series.label_sets("http_reqs").any(|labels| labels["name"] == "(other)"));
    assert!(series.problems().folded > 0 && series.problems().lost == 0, "{:?}", series.problems());
    assert!(series.told().iter().any(|line| line.contains("(other)")));
    let bytes = series.encode().len();
    assert!(bytes < 1_000_000, "{bytes} bytes");
}

#[test]
fn what_is_forgotten_of_a_folded_address_is_counted_as_lost() {
    let limits = Limits { label_sets: 2, remembered: 4, ..Limits::default() };
    let mut collector = Collector::new(START_MS, limits);
    for second in 1..=2_i32 {
        let at_ms = START_MS + i64::from(second) * 1000;
        let of = |url: u32| {
            let name = url.to_string();
            number("k6_http_reqs_total", &[("name", &name), ("scenario", "s")], at_ms, f64::from(second))
        };
        collector.post(at_ms, (0..10).map(of).collect());
    }
    let series = collector.finish();
    // Four are remembered; of six only the first request can be known to be new.
    assert_eq!((total(&series, "http_reqs"), series.problems().lost), (Some(14.0), 6));
    assert!(series.problems().doubtful());
}

#[test]
fn an_hour_at_ten_thousand_requests_a_second_stays_below_five_megabytes() {
    let mut collector = Collector::new(START_MS, Limits::default());
    let names: Vec<String> = (0..20).map(|name| format!("/endpoint/{name}")).collect();
    let metrics = ["duration", "waiting", "sending", "receiving", "blocked", "connecting", "tls_handshaking"];
    let mut random = 1_u64;
    let mut histograms = vec![Histogram { schema: 3, ..Histogram::default() }; names.len() * metrics.len()];
    let mut requests = 0.0;
    for second in 0..3600 {
        let at_ms = START_MS + second * 1000 + 990;
        requests += 500.0;
        let mut samples = Vec::new();
        for (index, histogram) in histograms.iter_mut().enumerate() {
            let tags =
                [("name", names[index / metrics.len()].as_str()), ("scenario", "s"), ("status", "200")];
            let mut more = Histogram { schema: 3, ..Histogram::default() };
            for bucket in -90..-50 {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                more.positive.push((bucket, 1 + (random >> 59)));
            }
            histogram.add(&more);
            histogram.sum += (random >> 40) as f64 * 1e-7;
            let metric = format!("k6_http_req_{}_seconds", metrics[index % metrics.len()]);
            samples.push(trend(&metric, &tags, at_ms, histogram.clone()));
            if index % metrics.len() == 0 {
                samples.push(number("k6_http_reqs_total", &tags, at_ms, requests));
            }
        }
        collector.post(at_ms + 10, samples);
    }
    let series = collector.finish();
    assert_eq!(total(&series, "http_reqs"), Some(36_000_000.0));
    assert!(series.posts_per_slot() > 1 && series.posts_per_slot().is_power_of_two());
    let widths = series.whole().slot_seconds();
    assert!(widths.len() >= 64, "{} slots", widths.len());
    let expected: u64 = histograms.iter().step_by(metrics.len()).map(Histogram::count).sum();
    let durations = series.whole().trend("http_req_duration", &Filter::any()).expect("a trend");
    assert_eq!(durations.count, expected);
    let bytes = series.encode();
    assert!(bytes.len() < 5_000_000, "{} bytes", bytes.len());
    assert_eq!(Series::decode(&bytes).expect("reads"), series);
}

#[test]
fn values_that_are_no_numbers_are_left_out_and_said() {
    let mut collector = Collector::new(START_MS, Limits::default());
    let at_ms = START_MS + 1000;
    let stale = f64::from_bits(0x7ff0_0000_0000_0002);
    let infinite = Histogram { schema: 3, sum: f64::NAN, positive: vec![(8193, 1)], ..Histogram::default() };
    let samples = vec![
        number("k6_a_total", &[], at_ms, f64::NAN),
        number("k6_b_total", &[], at_ms, f64::INFINITY),
        number("k6_c_total", &[], at_ms, stale),
        number("k6_d_total", &[], at_ms, 3.0),
        trend("k6_e_seconds", &[], at_ms, infinite),
    ];
    collector.post(at_ms, samples);
    let series = collector.finish();
    assert_eq!(["a", "b", "c", "d"].map(|name| total(&series, name)), [None, None, None, Some(3.0)]);
    assert_eq!(series.problems().not_finite, 3);
    let trend = series.whole().trend("e", &Filter::any()).expect("a trend");
    assert_eq!((trend.count, trend.mean(), trend.quantile(0.5)), (1, None, Some(f64::MAX)));
    assert!(Series::decode(&series.encode()).is_ok());
}

#[test]
fn a_clock_that_was_set_is_noticed() {
    let mut collector = Collector::new(START_MS, Limits::default());
    for second in 1..5 {
        let stepped = if second > 2 { 3_600_000 } else { 0 };
        let at_ms = START_MS + second * 1000;
        #[allow(clippy::cast_precision_loss)]
        let sample = number("k6_iterations_total", &[("scenario", "s")], at_ms + stepped, second as f64);
        collector.post(at_ms + 5, vec![sample]);
    }
    let series = collector.finish();
    assert_eq!((series.problems().off_clock, total(&series, "iterations")), (2, Some(4.0)));
    assert!(series.whole().seconds() < 5.0);
}

#[test]
fn a_counter_may_fall() {
    let mut collector = Collector::new(START_MS, Limits::default());
    for (second, value) in [(1, 5.0), (2, 2.0), (3, 4.0)] {
        let at_ms = START_MS + second * 1000;
        collector.post(at_ms, vec![number("k6_balance_total", &[], at_ms, value)]);
    }
    let series = collector.finish();
    let grown = series.whole().counter_slots("balance", &Filter::any());
    assert_eq!(grown, Some(vec![5.0, -3.0, 2.0]));
}

#[test]
fn the_summary_tells_names_apart_that_look_alike_on_the_wire() {
    let mut collector = Collector::new(START_MS, Limits::default());
    for second in 1..=3_u8 {
        let at_ms = START_MS + i64::from(second) * 1000;
        let value = f64::from(second);
        let plain = Histogram {
            schema: 3,
            sum: value,
            positive: vec![(0, u64::from(second))],
            ..Histogram::default()
        };
        let samples = vec![
            number("k6_depth_total", &[], at_ms, 10.0 - value),
            number("k6_frame_rate", &[], at_ms, 60.0 + value),
            number("k6_sent_total", &[], at_ms, value),
            trend("k6_age_seconds", &[], at_ms, plain),
        ];
        collector.post(at_ms + 1, samples);
    }
    let summary =
        br#"{"metrics": {"depth_total": {"value": 7, "min": 7, "max": 9}, "sent": {"count": 3, "rate": 1},
        "frame_rate": {"value": 63, "min": 61, "max": 63}, "age_seconds": {"avg": 1, "med": 1}}}"#;
    let mut series = collector.finish();
    series.reconcile(&howitzer::k6::read_summary(summary).expect("a summary"));
    let view = series.whole();
    let gauge = |name| view.gauge(name, &Filter::any()).map(|over| (over.min, over.max, over.last));
    assert_eq!(gauge("depth_total"), Some((7.0, 9.0, 7.0)));
    assert_eq!(gauge("frame_rate"), Some((61.0, 63.0, 63.0)));
    assert_eq!(total(&series, "sent"), Some(3.0));
    // The script's own seconds are not converted.
    let age = view.trend("age_seconds", &Filter::any()).expect("a trend");
    assert_eq!((age.count, age.buckets[0].upper), (3, 1.0));
}

#[test]
fn a_share_within_a_window_is_weighted_by_iterations() {
    let mut collector = Collector::new(START_MS, Limits::default());
    // All of 10 hold, then all of 30 fail: the share so far falls from 1 to a quarter.
    for (second, iterations, share) in [(1, 10.0, 1.0), (2, 40.0, 0.25)] {
        let at_ms = START_MS + second * 1000;
        let tags = [("scenario", "s")];
        let check = [("check", "c"), ("scenario", "s")];
        let samples = vec![
            number("k6_checks_rate", &check, at_ms, share),
            number("k6_iterations_total", &tags, at_ms, iterations),
        ];
        collector.post(at_ms, samples);
    }
    let series = collector.finish();
    let of = |skip| {
        let window = series.window(std::time::Duration::from_secs(skip), Until::End).expect("a window");
        window.rate("checks", &Filter::any()).map(|over| (over.share, over.counts, over.basis))
    };
    assert_eq!(of(0), Some((0.25, None, Basis::Exact)));
    assert_eq!(of(1), Some((0.0, None, Basis::Estimated)));
}
