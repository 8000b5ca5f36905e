//! An independent oracle: random suites, random edits and random damage, with a fake k6. After each step
//! what ran is what the oracle says, what `-n --probe` said before, outputs are those of a clean build,
//! and a second build runs nothing.
//!
//! `HOWITZER_ORACLE_SEED` plays one seed again, `HOWITZER_ORACLE_STEPS` says how many steps; the moments
//! at which builds are killed are the only thing that a seed does not decide. A long run of 10,000 steps:
//! `HOWITZER_ORACLE_STEPS=2500 cargo test --release --test oracle -- --nocapture`.
//! `HOWITZER_ORACLE_ALL=1` prints all steps of a play that fails, and not only the last ones.
//!
//! What the world does not hold: services, targets that change during a run, templates of several folders,
//! the ancestor's JSON.

mod axes;
mod cases;
mod drive;
mod edit;
mod fake;
mod harm;
mod interrupt;
mod oracle;
mod play;
mod random;
mod request;
mod results;
mod scene;
mod verdict;
mod world;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use play::Play;

/// The steps of each play; a test has two at once, so that the waits of one are the other's time.
const STEPS: usize = 125;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text}")))
}

/// Plays two seeds at once, or only the one that is to be played again.
fn play_all(seeds: [u64; 2]) {
    let seeds = number("HOWITZER_ORACLE_SEED").map_or(seeds.to_vec(), |seed| vec![seed]);
    let steps = number("HOWITZER_ORACLE_STEPS").map_or(STEPS, |steps| usize::try_from(steps).expect("fits"));
    std::thread::scope(|scope| {
        for seed in seeds {
            scope.spawn(move || play(seed, steps));
        }
    });
}

#[allow(
    clippy::print_stdout,
    reason = "seeds and counts are for people; cargo shows them where a test fails"
)]
fn play(seed: u64, steps: usize) {
    let started = Instant::now();
    println!("seed {seed}: {steps} steps begin");
    let mut play = Play::new(seed);
    for _ in 0..steps {
        play.step();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("seed {seed}: {steps} steps in {seconds:.1} s, {}", play.counts());
}

#[test]
fn builds_do_what_the_oracle_says_with_seeds_that_are_always_the_same() {
    play_all([1, 2]);
}

#[test]
fn builds_do_what_the_oracle_says_with_seeds_that_are_new_each_time() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let seed = u64::try_from(now & 0xFFFF_FFFF).expect("32 bits");
    play_all([seed, seed + (1 << 32)]);
}
