//! A receiver among strangers, with garbage, and with a k6 that dies.

use std::time::{Duration, Instant};

use howitzer::k6::Receiver;
use howitzer::result::{Filter, Limits, Series};

use crate::recorded::RECORDINGS;
use crate::sender::Sender;

fn receiver() -> Receiver {
    Receiver::start(Limits::default()).expect("a receiver")
}

/// The recorded totals belong to another day than the posts of this test come on; only counts matter here.
fn requests(series: &Series) -> Option<f64> {
    series.whole().counter("http_reqs", &Filter::any()).map(|over| over.total)
}

#[test]
fn posts_on_one_connection_are_taken_whether_with_a_length_or_in_chunks() {
    let receiver = receiver();
    let mut sender = Sender::to(receiver.url());
    assert_eq!(sender.post(RECORDINGS[0].post(0)), 204);
    assert_eq!(sender.post_chunked(RECORDINGS[0].post(1)), 204);
    drop(sender);
    let series = receiver.finish();
    assert_eq!(requests(&series), Some(32.0));
}

#[test]
fn garbage_is_answered_as_ever_and_what_follows_is_taken() {
    let receiver = receiver();
    let mut sender = Sender::to(receiver.url());
    let good = RECORDINGS[0].post(0);
    // A length of a tebibyte in front of nothing, a cut block, text, nothing, and snappy around text.
    let huge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
    let mut wrapped = snap::raw::Encoder::new().compress_vec(b"no protobuf at all").expect("packs");
    for body in [&huge[..], &good[..good.len() / 2], b"hello", b"", &wrapped] {
        assert_eq!(sender.post(body), 204);
    }
    wrapped.truncate(3);
    assert_eq!(sender.post(&wrapped), 204);
    assert_eq!(sender.post(good), 204);
    drop(sender);
    let series = receiver.finish();
    assert_eq!((requests(&series), series.problems().undecodable), (Some(1.0), 6));
    assert!(series.problems().first_undecodable.is_some() && series.problems().doubtful());
}

#[test]
fn a_post_that_unpacks_to_more_than_64_mib_is_refused_without_unpacking_it() {
    let receiver = receiver();
    let packed = snap::raw::Encoder::new().compress_vec(&vec![0; (64 << 20) + 1]).expect("packs");
    let mut sender = Sender::to(receiver.url());
    assert_eq!(sender.post(&packed), 204);
    drop(sender);
    let problems = receiver.finish().problems().clone();
    assert_eq!(problems.first_undecodable.as_deref(), Some("it would unpack to 67108865 bytes"));
}

#[test]
fn strangers_get_404_and_change_nothing() {
    let receiver = receiver();
    let mut ours = Sender::to(receiver.url());
    assert_eq!(ours.post(RECORDINGS[0].post(0)), 204);
    let url = receiver.url().to_owned();
    for path in ["/", "/api/v1/write", "/00000000000000000000000000000000/api/v1/write"] {
        assert_eq!(Sender::to(&url).at(path).post(RECORDINGS[0].post(1)), 404, "{path}");
    }
    let mut get = Sender::to(&url);
    get.write(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(get.status(), 404);
    let mut no_http = Sender::to(&url);
    no_http.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP\r\n\r\n");
    assert_eq!(no_http.status(), 0);
    drop(ours);
    let series = receiver.finish();
    assert_eq!((requests(&series), series.problems().foreign), (Some(1.0), 5));
    assert_eq!((series.problems().cut, series.problems().undecodable), (0, 0));
}

#[test]
fn many_silent_strangers_do_not_keep_k6_out_nor_the_end_waiting() {
    let receiver = receiver();
    let silent: Vec<Sender> = (0..40).map(|_| Sender::to(receiver.url())).collect();
    let mut ours = Sender::to(receiver.url());
    assert_eq!(ours.post(RECORDINGS[0].post(0)), 204);
    drop(ours);
    let began = Instant::now();
    let series = receiver.finish();
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    assert_eq!(requests(&series), Some(1.0));
    drop(silent);
}

#[test]
fn a_post_cut_by_the_death_of_its_sender_is_told() {
    let receiver = receiver();
    let mut sender = Sender::to(receiver.url());
    assert_eq!(sender.post(RECORDINGS[0].post(0)), 204);
    sender.announce(1000);
    sender.write(&[0; 500]);
    drop(sender);
    let series = receiver.finish();
    assert_eq!((requests(&series), series.problems().cut), (Some(1.0), 1));
    assert!(series.problems().doubtful());
}

#[test]
fn a_sender_that_resets_its_connection_between_posts_cut_none() {
    let receiver = receiver();
    let mut sender = Sender::to(receiver.url());
    sender.announce(RECORDINGS[0].post(0).len());
    sender.write(RECORDINGS[0].post(0));
    // Its answer arrives and is never read, so that the kernel resets the connection when it is closed.
    sender.wait_for_an_answer();
    drop(sender);
    let series = receiver.finish();
    assert_eq!((requests(&series), series.problems().cut), (Some(1.0), 0));
}

#[test]
fn the_end_waits_for_a_post_on_its_way_but_not_for_ever() {
    let receiver = receiver();
    let mut sender = Sender::to(receiver.url());
    assert_eq!(sender.post(RECORDINGS[0].post(0)), 204);
    let late = RECORDINGS[0].post(1);
    let mut hanging = Sender::to(receiver.url());
    assert_eq!(hanging.post(RECORDINGS[0].post(0)), 204);
    hanging.announce(100);
    sender.announce(late.len());
    let writing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(600));
        sender.write(late);
        (sender.status(), hanging)
    });
    let began = Instant::now();
    let series = receiver.finish();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let (status, _hanging) = writing.join().expect("the sender ends");
    assert_eq!((status, requests(&series), series.problems().cut), (204, Some(32.0), 1));
}

#[test]
fn a_receiver_that_is_dropped_no_longer_listens() {
    let receiver = receiver();
    let url = receiver.url().to_owned();
    drop(receiver);
    let address = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("an address");
    // Another test may have got the port by now; it does not know the token.
    if std::net::TcpStream::connect(address).is_ok() {
        assert_ne!(Sender::to(&url).post(RECORDINGS[0].post(0)), 204);
    }
}

#[test]
fn two_receivers_have_different_tokens() {
    let path = |receiver: &Receiver| receiver.url().split('/').nth(3).map(str::to_owned);
    let (one, other) = (receiver(), receiver());
    assert!(path(&one).is_some_and(|token| token.len() == 32));
    assert_ne!(path(&one), path(&other));
}

#[test]
fn the_last_second_can_be_asked_for_while_the_run_lasts() {
    let receiver = receiver();
    assert_eq!(receiver.latest(), None);
    let mut sender = Sender::to(receiver.url());
    assert_eq!(sender.post(RECORDINGS[0].post(0)), 204);
    assert_eq!(sender.post(RECORDINGS[0].post(1)), 204);
    let deadline = Instant::now() + Duration::from_secs(5);
    while receiver.latest().is_none_or(|latest| latest.iterations < 1.0) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    let latest = receiver.latest().expect("two posts");
    assert_eq!((latest.requests, latest.iterations, latest.failed), (31.0, 30.0, 0.0));
    assert!(latest.p95_ms.is_some_and(|p95| p95 > 0.2 && p95 < 5.0), "{latest:?}");
    assert_eq!(latest.vus, Some(0.0));
}
