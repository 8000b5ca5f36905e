//! On simulated windows: the numbers stand in docs/measurement.md.

use super::*;
use crate::result::random::Random;

/// A window of `count` slots round 100 with noise of `spread` (a share), neighbours alike by `correlation`.
fn window(random: &mut Random, count: usize, spread: f64, correlation: f64) -> Vec<f64> {
    let mut noise = random.normal();
    let fresh = (1.0 - correlation * correlation).sqrt();
    let next = |random: &mut Random| {
        noise = correlation * noise + fresh * random.normal();
        100.0 * (spread * noise).exp()
    };
    std::iter::repeat_with({
        let mut next = next;
        move || next(random)
    })
    .take(count)
    .collect()
}

/// In how many percent of windows drift is seen.
fn seen(rounds: u32, spread: f64, correlation: f64, count: usize, shape: impl Fn(f64) -> f64) -> [f64; 3] {
    let mut random = Random(u64::from(rounds) + count as u64);
    let mut kinds = [0_u32; 3];
    for _ in 0..rounds {
        let values = window(&mut random, count, spread, correlation);
        let last = (count - 1) as f64;
        let shaped = values.iter().enumerate().map(|(at, value)| Some(value * shape(at as f64 / last)));
        match drift(&shaped.collect::<Vec<_>>()) {
            None => {}
            Some(Drift::Ramp(_)) => kinds[0] += 1,
            Some(Drift::WarmUp(_)) => kinds[1] += 1,
            Some(Drift::LateShift(_)) => kinds[2] += 1,
        }
    }
    kinds.map(|kind| 100.0 * f64::from(kind) / f64::from(rounds))
}

fn steady(_: f64) -> f64 {
    1.0
}

/// Slots, spread, correlation, and at most how many percent of windows may show drift.
#[test]
fn steady_windows_seldom_show_drift() {
    for (count, spread, correlation, limit) in [
        (20, 0.1, 0.0, 1.2),
        (20, 0.3, 0.0, 1.2),
        (60, 0.1, 0.0, 1.0),
        (60, 0.3, 0.0, 1.0),
        (20, 0.3, 0.5, 5.0),
        (60, 0.3, 0.5, 3.0),
        (60, 0.3, 0.7, 4.0),
        (60, 0.02, 0.7, 0.0),
    ] {
        let told: f64 = seen(800, spread, correlation, count, steady).iter().sum();
        assert!(told <= limit, "{count} slots, spread {spread}, correlation {correlation}: {told} %");
    }
}

#[test]
fn a_ramp_of_twenty_percent_is_seen() {
    for shape in [|at: f64| 1.0 + 0.2 * at, |at: f64| 1.0 - 0.2 * at] {
        let [ramp, warm_up, late] = seen(200, 0.03, 0.0, 30, shape);
        assert!(ramp >= 85.0 && ramp + warm_up + late >= 95.0, "{ramp} {warm_up} {late}");
        assert!(seen(200, 0.03, 0.3, 60, shape)[0] >= 90.0);
    }
}

#[test]
fn a_warm_up_in_the_first_fifth_is_seen_and_is_no_ramp() {
    let higher = |at: f64| if at < 0.2 { 1.5 } else { 1.0 };
    let lower = |at: f64| 1.0 - 0.7 * (-at / 0.08).exp();
    for (count, shape) in [(20, higher as fn(f64) -> f64), (60, higher), (60, lower)] {
        let [ramp, warm_up, _] = seen(200, 0.05, 0.0, count, shape);
        let least = if count < 30 { 75.0 } else { 95.0 };
        assert!(warm_up >= least && ramp <= 3.0, "{count}: {ramp} {warm_up}");
    }
}

#[test]
fn a_late_shift_is_seen_as_such() {
    let [ramp, _, late] = seen(200, 0.05, 0.0, 60, |at| if at > 0.8 { 1.5 } else { 1.0 });
    assert!(late >= 95.0 && ramp <= 5.0, "{ramp} {late}");
}

#[test]
fn the_change_is_told() {
    let told = |shape: fn(f64) -> f64| {
        let slots: Vec<_> = (0..60).map(|at| Some(100.0 * shape(f64::from(at) / 59.0))).collect();
        drift(&slots).map(|drift| drift.to_string()).unwrap_or_default()
    };
    assert_eq!(told(|at| 1.0 + 0.2 * at), "ramp: +18 % from beginning to end");
    assert_eq!(told(|at| if at < 0.2 { 1.5 } else { 1.0 }), "warm-up: the first fifth is at +50 %");
    assert_eq!(told(|at| if at > 0.8 { 0.7 } else { 1.0 }), "late shift: the last fifth is at -30 %");
    assert_eq!(told(|_| 1.0), "");
}

#[test]
fn a_single_outlier_an_empty_slot_and_a_short_window_are_no_drift() {
    let mut slots: Vec<Option<f64>> = (0..60).map(|at| Some(100.0 + f64::from(at % 3))).collect();
    (slots[3], slots[30]) = (Some(90_000.0), None);
    assert_eq!(drift(&slots), None);
    let ramp: Vec<_> = (0..9).map(|at| Some(f64::from(at) + 1.0)).collect();
    assert_eq!(drift(&ramp), None);
    assert_eq!(drift(&[Some(0.0); 60]), None);
    assert_eq!(drift(&[Some(f64::NAN); 60]), None);
}

#[test]
fn an_hour_is_judged_in_a_moment() {
    let slots: Vec<_> = (0..36_000).map(|at| Some(100.0 + f64::from(at) / 1800.0)).collect();
    let began = std::time::Instant::now();
    assert_eq!(
        drift(&slots).map(|drift| drift.to_string()).as_deref(),
        Some("ramp: +18 % from beginning to end")
    );
    assert!(began.elapsed().as_secs_f64() < 5.0);
}
