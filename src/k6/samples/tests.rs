//! Lines of k6's JSON output, real ones and made ones: reading them in place and reading them as JSON agree.

use super::document::{Document, document, tags};
use super::point::{Clock, point};
use super::*;
use crate::result::{Filter, Labels, Limits, Series, disagreements};

const HTTP: &[u8] = include_bytes!("../../../tests/fixtures/k6/json-output/http.ndjson");
const ODD: &[u8] = include_bytes!("../../../tests/fixtures/k6/json-output/odd.ndjson");

type Sample = (String, i64, u64, Labels);

/// What is read in place.
fn in_place(line: &[u8]) -> Option<Sample> {
    let read = point(line, &mut Clock::default())?;
    let metric = std::str::from_utf8(read.metric).ok().filter(|name| lines::is_plain(name))?;
    Some((metric.to_owned(), read.at_ns, read.value.to_bits(), tags(read.tags)?))
}

fn as_json(line: &[u8]) -> Result<Sample, String> {
    match document(line)? {
        Document::Sample { metric, at_ns, value, tags } => Ok((metric, at_ns, value.to_bits(), tags)),
        Document::Metric { .. } => Err("a metric".to_owned()),
    }
}

fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// Steele, Lea and Flood's SplitMix, 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn digits(&mut self, most: usize) -> String {
        (0..=self.below(most)).map(|_| char::from(b'0' + (self.next() % 10) as u8)).collect()
    }

    fn number(&mut self) -> String {
        let words =
            ["0", "-0", "1e-09", "1e+300", "1e400", "+Inf", "-Inf", "NaN", "01", "1.", ".5", "-", "1e"];
        if self.below(12) == 0 {
            return self.pick(&words).to_owned();
        }
        let whole = self.digits(20);
        let whole = whole.trim_start_matches('0');
        let mut number =
            format!("{}{}", self.pick(&["", "", "-"]), if whole.is_empty() { "0" } else { whole });
        if self.below(2) == 0 {
            number += &format!(".{}", self.digits(20));
        }
        if self.below(4) == 0 {
            number += &format!("{}{}{}", self.pick(&["e", "E"]), self.pick(&["", "+", "-"]), self.digits(3));
        }
        number
    }

    fn time(&mut self) -> String {
        let date =
            self.pick(&["2026-11-24", "2024-02-29", "2023-02-29", "1969-12-31", "2026-13-01", "2000-03-01"]);
        let clock = self.pick(&["15:23:05", "00:00:00", "23:59:59", "12:00:01", "24:00:00", "1:2:3"]);
        let fraction = if self.below(4) == 0 { String::new() } else { format!(".{}", self.digits(9)) };
        format!(
            "{date}T{clock}{fraction}{}",
            self.pick(&["Z", "Z", "+01:00", "-05:30", "+00:00", "+0100", ""])
        )
    }

    fn text(&mut self) -> String {
        let pieces = [
            "a",
            "é",
            "\\u00e9",
            "\\\"",
            "\\\\",
            "\\n",
            "\u{2028}",
            "\\ud83d\\ude00",
            "\\ud800",
            " ",
            "{",
            "}}",
            "é",
            "b",
            ",",
        ];
        if self.below(40) == 0 {
            return self.pick(&["\"", "\",\"", "\"}", "\\", "\t"]).to_owned();
        }
        (0..self.below(5)).map(|_| self.pick(&pieces)).collect()
    }

    fn line(&mut self) -> String {
        let tags: Vec<String> =
            (0..self.below(4)).map(|_| format!("\"{}\":\"{}\"", self.text(), self.text())).collect();
        let metric = self.pick(&["http_reqs", "my_trend", "é", "a\\u0062"]);
        let (time, value) = (self.time(), self.number());
        let more = self.pick(&["", "", "", ",\"metadata\":{\"trace\":\"1\"}"]);
        format!(
            "{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{{\"time\":\"{time}\",\"value\":{value},\"tags\":{{{}}}{more}}}}}",
            tags.join(",")
        )
    }
}

#[test]
fn every_real_sample_is_read_in_place_and_as_json_alike() {
    let mut read = 0;
    for line in lines_of(HTTP).chain(lines_of(ODD)) {
        let text = String::from_utf8_lossy(line);
        match as_json(line) {
            Ok(sample) if !f64::from_bits(sample.2).is_finite() => {
                assert_eq!(in_place(line), None, "{text}");
            }
            Ok(sample) => {
                assert_eq!(in_place(line), Some(sample), "{text}");
                read += 1;
            }
            Err(why) => assert_eq!((why.as_str(), in_place(line)), ("a metric", None), "{text}"),
        }
    }
    assert!(read > 80, "{read}");
}

#[test]
fn made_lines_whole_cut_or_damaged_are_read_in_place_only_as_json_reads_them() {
    let mut random = Random(7);
    let (mut both, mut json_only, mut none) = (0, 0, 0);
    for round in 0..60_000 {
        let mut line = random.line().into_bytes();
        match round % 4 {
            1 => line.truncate(random.below(line.len())),
            2 => {
                let at = random.below(line.len());
                line[at] = b"\"\\{}:,01eZ\xff\n "[random.below(13)];
            }
            _ => {}
        }
        let shown = String::from_utf8_lossy(&line).into_owned();
        match (in_place(&line), as_json(&line)) {
            (Some(sample), json) => {
                assert_eq!(json, Ok(sample), "{shown}");
                both += 1;
            }
            (None, Ok(_)) => json_only += 1,
            (None, Err(_)) => none += 1,
        }
    }
    assert!(both > 2_000 && json_only > 2_000 && none > 5_000, "{both} {json_only} {none}");
}

#[test]
fn times_are_those_of_a_calendar() {
    let mut random = Random(3);
    for _ in 0..20_000 {
        let nanoseconds = i64::try_from(random.next() >> 2).unwrap_or(0) - (1 << 60);
        let time = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).expect("a time").to_string();
        assert_eq!(Clock::default().read(time.as_bytes()), Some((nanoseconds, time.len())), "{time}");
    }
}

fn series_in_pieces(bytes: &[u8], piece: usize) -> Series {
    let mut lines = SampleLines::new(1_795_480_000_000, Limits::default());
    for piece in bytes.chunks(piece) {
        lines.push(piece, 1_795_800_000_000);
    }
    lines.finish()
}

#[test]
fn the_series_does_not_depend_on_the_pieces_in_which_lines_come() {
    let bytes = [HTTP, ODD].concat();
    let whole = series_in_pieces(&bytes, bytes.len());
    assert!(whole.problems().undecodable == 0 && whole.problems().not_finite == 6, "{:?}", whole.problems());
    // As bytes: the sum of both infinities is not even equal to itself.
    let encoded = whole.encode();
    for piece in [1, 7, 100, 4096] {
        assert!(series_in_pieces(&bytes, piece).encode() == encoded, "in pieces of {piece}");
    }
    assert!(Series::decode(&encoded).expect("it decodes").encode() == encoded);
}

#[test]
fn odd_metrics_tags_and_values_are_all_there() {
    let series = series_in_pieces(ODD, 4096);
    let whole = series.whole();
    let odd = Filter::any().with("we\"ird", "a=b&<c>\n\u{e9}\u{2028}\u{fffd}x");
    assert_eq!(whole.values("time_trend", &odd), Some(vec![12.5; 3]));
    let unit = |name: &str| {
        let metric = series.metrics().iter().find(|metric| metric.name == name);
        metric.map(|metric| metric.unit.as_str())
    };
    assert_eq!((unit("time_trend"), unit("bytes_c"), unit("g_total")), (Some("ms"), Some("ms"), Some("1")));
    // Infinite values leave the histogram, and are counted.
    assert_eq!(whole.values("neg_trend", &Filter::any()), None);
    assert_eq!(whole.trend("neg_trend", &Filter::any()).map(|trend| trend.count), Some(24));
    let told = series.told().join("\n");
    assert!(told.contains("6 values were no finite numbers") && told.contains("neg_trend"), "{told}");
    let counted = whole.counter("cnt", &Filter::any()).expect("a counter").total;
    assert!((counted + 2.7).abs() < 1e-9, "{counted}");
    let rate = whole.rate("r_rate", &Filter::any()).expect("a rate");
    assert_eq!(rate.counts, Some((3, 6)));
    assert_eq!(whole.gauge("g_total", &Filter::any()).map(|gauge| gauge.last), Some(7.0));
    assert_eq!(disagreements(&series, &crate::result::Measured::default()), []);
}

#[test]
fn a_cut_line_garbage_and_an_endless_line_are_counted_and_the_rest_is_read() {
    let describe = b"{\"type\":\"Metric\",\"data\":{\"name\":\"n\",\"type\":\"counter\",\"contains\":\"default\"},\"metric\":\"n\"}\n";
    let one = b"{\"metric\":\"n\",\"type\":\"Point\",\"data\":{\"time\":\"2026-11-24T15:23:05Z\",\"value\":1,\"tags\":{\"scenario\":\"s\"}}}\n";
    let endless = vec![b'x'; 3 << 20];
    let parts: [&[u8]; 9] =
        [describe, one, b"garbage\n", &endless, b"\n", one, b"\xff\xfe{}\n", one, &one[..50]];
    let series = series_in_pieces(&parts.concat(), 10_000);
    assert_eq!(series.whole().counter("n", &Filter::any()).map(|over| over.total), Some(3.0));
    assert_eq!((series.problems().undecodable, series.problems().cut), (3, 1));
    assert!(
        series.told().join("\n").contains("3 lines could not be read (the first: "),
        "{:?}",
        series.told()
    );
    // A last line that lacks only its end is whole.
    let whole = [&describe[..], &one[..one.len() - 1]].concat();
    assert_eq!(
        series_in_pieces(&whole, 10).whole().counter("n", &Filter::any()).map(|over| over.total),
        Some(1.0)
    );
}

#[test]
fn samples_of_a_metric_that_was_not_described_are_lost_unless_it_is_one_of_k6s_own() {
    let line = |name: &str| {
        format!(
            "{{\"metric\":\"{name}\",\"type\":\"Point\",\"data\":{{\"time\":\"2026-11-24T15:23:05Z\",\"value\":1,\"tags\":{{}}}}}}\n"
        )
    };
    let series = series_in_pieces([line("mine"), line("http_reqs")].concat().as_bytes(), 4096);
    assert_eq!(series.problems().lost, 1);
    assert_eq!(series.whole().counter("http_reqs", &Filter::any()).map(|over| over.total), Some(1.0));
}
