//! Posts of real k6 1.1.0 and 0.57.0, recorded with the summary of the same run: two scenarios, setup and
//! teardown with pauses, groups, checks, refused requests, custom metrics with negative and huge values.

use std::time::Duration;

use howitzer::k6::{decode_remote_write, read_summary};
use howitzer::result::{
    Basis, Collector, Disagreement, Filter, Limits, Measured, Series, SeriesError, TimelineMetrics, Until,
    WindowError, disagreements, unposted,
};

const POSTS: usize = 7;

/// A recording.
#[derive(Clone, Copy)]
pub(crate) struct Recording {
    posts: [&'static [u8]; POSTS],
    summary: &'static [u8],
    /// When k6 was started, in milliseconds since the Unix epoch, and when its posts came after that.
    started_ms: i64,
    arrived_ms: [i64; POSTS],
    /// Iterations of the scenario `one`; `two` has ten, with two requests each.
    iterations: u32,
}

macro_rules! recording {
    ($version:literal, $started:literal, $arrived:expr, $iterations:literal) => {
        Recording {
            posts: [
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/0.bin")),
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/1.bin")),
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/2.bin")),
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/3.bin")),
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/4.bin")),
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/5.bin")),
                include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/6.bin")),
            ],
            summary: include_bytes!(concat!("../fixtures/k6/remote-write/", $version, "/summary.json")),
            started_ms: $started,
            arrived_ms: $arrived,
            iterations: $iterations,
        }
    };
}

pub(crate) const RECORDINGS: [Recording; 2] = [
    recording!("1.1.0", 1_795_520_319_044, [1077, 2069, 3069, 4069, 5068, 6069, 6377], 161),
    recording!("0.57.0", 1_795_520_325_461, [1116, 2110, 3111, 4111, 5111, 6111, 6421], 160),
];

impl Recording {
    pub(crate) fn post(&self, index: usize) -> &'static [u8] {
        self.posts[index]
    }

    fn measured(&self) -> Measured {
        read_summary(self.summary).expect("the recorded summary reads")
    }

    /// The series of the posts with these numbers.
    fn series(&self, posts: impl IntoIterator<Item = usize>) -> Series {
        let mut collector = Collector::new(self.started_ms, Limits::default());
        for post in posts {
            let samples = decode_remote_write(self.posts[post]).expect("a recorded post decodes");
            collector.post(self.started_ms + self.arrived_ms[post], samples);
        }
        let mut series = collector.finish();
        series.reconcile(&self.measured());
        series
    }
}

fn each(check: impl Fn(&Recording, &Series)) {
    for recording in RECORDINGS {
        check(&recording, &recording.series(0..POSTS));
    }
}

#[test]
fn totals_and_percentiles_agree_with_the_summary() {
    each(|recording, series| {
        let measured = recording.measured();
        assert_eq!(disagreements(series, &measured), []);
        assert!(series.problems().is_empty(), "{:?}", series.problems());
        let total = |metric| series.whole().counter(metric, &Filter::any()).map(|over| over.total);
        for metric in ["http_reqs", "iterations", "data_sent", "data_received", "my_counter"] {
            assert_eq!(total(metric), measured.statistic(metric, "count"), "{metric}");
        }
    });
}

#[test]
fn a_timeline_has_the_requests_of_the_run_in_as_many_points_as_were_asked_for() {
    each(|recording, series| {
        let of = TimelineMetrics { throughput: Some("http_reqs"), latency: Some("http_req_duration") };
        for most in [POSTS, 3, 1] {
            let line = series.clone().timeline(of, most);
            assert!(line.seconds.len() <= most && !line.seconds.is_empty(), "{most}: {:?}", line.seconds);
            let begins = [0.0].into_iter().chain(line.seconds.iter().copied());
            let widths: Vec<f64> = line.seconds.iter().zip(begins).map(|(end, begin)| end - begin).collect();
            for values in [&line.rate, &line.p50, &line.p95, &line.p99, &line.failed] {
                assert_eq!(values.len(), line.seconds.len());
            }
            // What k6 posts as it ends may be too short for a rate.
            let told: f64 =
                line.rate.iter().zip(&widths).filter_map(|(rate, width)| Some((*rate)? * width)).sum();
            let sent = recording.measured().statistic("http_reqs", "count").expect("requests");
            assert!(told <= sent + 1e-6 && (most == POSTS || (told - sent).abs() < 1e-6), "{told} of {sent}");
            let ordered = line.p50.iter().zip(&line.p95).all(|(median, high)| median <= high);
            assert!(ordered && line.p95.iter().any(Option::is_some), "{line:?}");
        }
    });
}

#[test]
fn the_agreement_sees_a_number_that_is_off_by_more_than_k6_leaves_out() {
    let recording = RECORDINGS[0];
    let series = recording.series(0..POSTS);
    let found = |changes: &[(&str, &str, f64)]| {
        let mut measured = recording.measured();
        for (metric, statistic, by) in changes {
            *measured.metrics[*metric].statistics.get_mut(*statistic).expect("a statistic") += by;
        }
        let named = |at: &Disagreement| format!("{}.{}", at.metric, at.statistic);
        let found: Vec<String> = disagreements(&series, &measured).iter().map(named).collect();
        (found, unposted(&series, &measured).as_ref().map(named))
    };
    // More in the series than k6 counted is never its own doing, and neither is a percentile.
    let all = [("http_reqs", "count", -1.0), ("http_req_failed", "passes", 2.0), ("my_time", "p95", 1.5)];
    let names = all.map(|(metric, statistic, _)| format!("{metric}.{statistic}"));
    let (mut disagreeing, left_out) = found(&all);
    disagreeing.sort_unstable();
    assert_eq!((disagreeing, left_out), ([&names[1], &names[0], &names[2]].map(Clone::clone).into(), None));
    // What comes within the millisecond of a value that was posted is not posted again.
    let one = found(&[("http_reqs", "count", 1.0), ("my_time", "count", 1.0)]);
    assert_eq!(one, (Vec::new(), Some("http_reqs.count".to_owned())));
    assert_eq!(found(&[("http_reqs", "count", 2.0)]), (vec!["http_reqs.count".to_owned()], None));
}

#[test]
fn a_window_leaves_setup_and_teardown_out() {
    each(|recording, series| {
        let window = series.window(Duration::ZERO, Until::End).expect("a window");
        let requests = |filter: &Filter| window.counter("http_reqs", filter).map(|over| over.total);
        let expected = f64::from(recording.iterations + 20);
        assert_eq!(requests(&Filter::any()), Some(expected));
        assert_eq!(requests(&Filter::any().with("scenario", "two")), Some(20.0));
        assert_eq!(requests(&Filter::any().with("group", "::setup")), None);
        // The scenarios last four seconds; when the first sample came is known to the second of its post.
        assert!((3.9..4.8).contains(&window.seconds()), "{}", window.seconds());
    });
}

#[test]
fn a_window_has_whole_slots_only_and_nothing_before_its_skip() {
    each(|_, series| {
        let window = series.window(Duration::from_secs(1), Until::BeforeEnd(Duration::from_secs(1)));
        let window = window.expect("a window");
        let (from, to) = window.bounds_ms();
        let (begin, end) = series.scenarios_ms().expect("scenarios ran");
        assert!(from >= begin + 1000 && to <= end - 1000, "{from} {to} in {begin} {end}");
        // Of four seconds two are left, and no two posts lie within them.
        assert_eq!(window.slot_seconds().len(), 1);
        // 40 a second are asked for.
        let rate = window.counter("iterations", &Filter::any().with("scenario", "one")).expect("a rate");
        assert!((38.0..42.0).contains(&rate.per_second), "{rate:?}");
        let beyond = series.window(Duration::from_mins(1), Until::End);
        assert!(matches!(beyond, Err(WindowError::Empty { .. })));
    });
}

#[test]
fn failures_are_counted_exactly_and_shares_without_counts_say_so() {
    each(|_, series| {
        let whole = series.whole();
        let failed = whole.rate("http_req_failed", &Filter::any()).expect("a rate");
        assert_eq!((failed.counts.map(|(passes, _)| passes), failed.basis), (Some(20), Basis::Exact));
        let window = series.window(Duration::from_secs(1), Until::End).expect("a window");
        let check = |name| window.rate("checks", &Filter::any().with("check", name).with("scenario", "one"));
        let always = check("is 200").expect("a check");
        assert_eq!((always.share, always.counts, always.basis), (1.0, None, Basis::Exact));
        // It holds in every third iteration; k6 posts the share of all so far.
        let third = window.rate("my_rate", &Filter::any()).expect("a rate");
        assert_eq!((third.counts, third.basis), (None, Basis::Estimated));
        assert!((0.29..0.36).contains(&third.share), "{third:?}");
    });
}

#[test]
fn negative_zero_and_huge_values_of_a_trend_keep_their_places() {
    each(|recording, series| {
        let trend = series.whole().trend("neg_trend", &Filter::any()).expect("a trend");
        assert_eq!(trend.count, u64::from(recording.iterations) * 5);
        let holds =
            |value: f64| trend.buckets.iter().find(|bucket| bucket.lower <= value && value <= bucket.upper);
        for value in [-3.5, 0.0, 1e-9, 7.0, 1e300] {
            let count = holds(value).map(|bucket| bucket.count);
            assert_eq!(count, Some(u64::from(recording.iterations)), "{value}");
        }
    });
}

#[test]
fn values_are_in_the_units_of_the_script() {
    each(|recording, series| {
        let view = series.whole();
        let half = |metric| {
            view.trend(metric, &Filter::any()).and_then(|trend| trend.quantile(0.5)).expect("values")
        };
        assert!((half("my_time") / 12.5 - 1.0).abs() < 0.05);
        assert!((half("big") / 3_600_000.0 - 1.0).abs() < 0.05);
        assert!((half("my_data") / f64::from(recording.iterations / 10) - 1.0).abs() < 0.1);
        let unit =
            |name: &str| series.metrics().iter().find(|metric| metric.name == name).map(|m| m.unit.clone());
        assert_eq!(unit("big").as_deref(), Some("ms"));
        assert_eq!(unit("my_data").as_deref(), Some(""));
        let gauge = view.gauge("my_gauge", &Filter::any()).expect("a gauge");
        let summary = recording.measured().statistic("my_gauge", "value");
        assert_eq!(Some(gauge.last), summary);
    });
}

#[test]
fn strange_tags_are_kept_and_urls_are_not() {
    each(|_, series| {
        let strange = Filter::any().with("mine", "x\"y=z é");
        assert!(series.whole().counter("http_reqs", &strange).is_some());
        assert!(series.label_sets("http_reqs").all(|labels| !labels.contains_key("url")));
        assert!(series.label_sets("http_reqs").any(|labels| labels.contains_key("error_code")));
    });
}

#[test]
fn a_lost_last_post_is_a_disagreement() {
    for recording in RECORDINGS {
        let found = disagreements(&recording.series(0..POSTS - 2), &recording.measured());
        assert!(found.iter().any(|at| at.metric == "http_reqs" && at.series < at.summary), "{found:?}");
    }
}

#[test]
fn a_lost_post_is_made_up_by_the_next_except_for_label_sets_that_never_come_again() {
    for recording in RECORDINGS {
        let without = |lost: &[usize]| recording.series((0..POSTS).filter(|post| !lost.contains(post)));
        let one = without(&[4]).whole().counter("iterations", &Filter::any().with("scenario", "one"));
        assert_eq!(one.map(|over| over.total), Some(f64::from(recording.iterations)));
        // Scenario `two` is in these only.
        let series = without(&[2, 3]);
        let found = disagreements(&series, &recording.measured());
        assert!(
            found.iter().any(|at| at.metric == "iterations" && at.series + 9.5 < at.summary),
            "{found:?}"
        );
        assert_eq!(series.problems().gaps, 1);
    }
}

#[test]
fn a_post_that_comes_twice_is_counted_once() {
    for recording in RECORDINGS {
        let series = recording.series((0..POSTS).flat_map(|post| [post, post]));
        assert_eq!(disagreements(&series, &recording.measured()), []);
        assert!(series.problems().duplicates > 0);
    }
}

#[test]
fn an_old_post_that_comes_late_is_told() {
    let series = RECORDINGS[0].series([0, 1, 3, 2, 4, 5, 6]);
    assert!(series.problems().out_of_order > 0 && series.problems().went_back > 0);
    assert!(series.problems().doubtful());
}

#[test]
fn what_is_written_is_what_is_read() {
    each(|_, series| {
        let bytes = series.encode();
        assert!(bytes.len() < 20_000, "{}", bytes.len());
        assert_eq!(&Series::decode(&bytes).expect("reads"), series);
    });
}

#[test]
fn damaged_bytes_are_an_error_and_never_a_panic() {
    let bytes = RECORDINGS[0].series(0..POSTS).encode();
    assert!(matches!(Series::decode(b""), Err(SeriesError::Head)));
    assert!(matches!(Series::decode(b"GARBAGE, no series"), Err(SeriesError::Head)));
    let mut later = bytes.clone();
    later[3] = 9;
    assert!(matches!(Series::decode(&later), Err(SeriesError::Version(9))));
    for length in 0..bytes.len() {
        assert!(Series::decode(&bytes[..length]).is_err(), "cut at {length}");
    }
    for at in 4..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        // zlib's checksum finds most; what it does not find must still be a series.
        let _ = Series::decode(&flipped).map(|series| series.whole().counter("http_reqs", &Filter::any()));
    }
}
