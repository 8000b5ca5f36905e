//! An independent oracle: random suites, random edits and random damage, with a fake k6. After each step
//! what ran is what the oracle says, what `-n --probe` said before, outputs are those of a clean build,
//! and a second build runs nothing.
//!
//! `HOWITZER_ORACLE_SEED` plays one seed again, `HOWITZER_ORACLE_STEPS` says how many steps; the moments
//! at which builds are killed are the only thing that a seed does not decide.

mod drive;
mod edit;
mod fake;
mod harm;
mod interrupt;
mod oracle;
mod play;
mod random;
mod results;
mod scene;
mod world;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use play::Play;

/// The steps of each of the four plays of a test run.
const STEPS: usize = 125;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text}")))
}

fn play(seed: u64) {
    let seed = number("HOWITZER_ORACLE_SEED").unwrap_or(seed);
    let steps = number("HOWITZER_ORACLE_STEPS").map_or(STEPS, |steps| usize::try_from(steps).expect("fits"));
    let started = Instant::now();
    let mut play = Play::new(seed);
    for _ in 0..steps {
        play.step();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("seed {seed}: {steps} steps in {seconds:.1} s, {}", play.counts());
}

fn fresh(more: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    u64::try_from(now & 0xFFFF_FFFF).expect("32 bits") + more
}

#[test]
fn builds_do_what_the_oracle_says_with_a_seed_that_is_always_the_same() {
    play(1);
}

#[test]
fn builds_do_what_the_oracle_says_with_another_seed_that_is_always_the_same() {
    play(2);
}

#[test]
fn builds_do_what_the_oracle_says_with_a_seed_that_is_new_each_time() {
    play(fresh(0));
}

#[test]
fn builds_do_what_the_oracle_says_with_another_seed_that_is_new_each_time() {
    play(fresh(1 << 32));
}
