//! The sweep language: zip, exclude, patch, include, ids. What a suite says against an oracle that knows
//! nothing of Howitzer, and what a user does with the cases, through the binary.

mod fake;
mod generated;
mod oracle;
#[allow(dead_code, reason = "shared with another test crate, which uses more of it")]
#[path = "../oracle/random.rs"]
mod random;
mod used;
mod workspace;

use oracle::Expected;
use random::Random;
use workspace::Workspace;

/// How many suites are made up.
const SUITES: u64 = 150;

#[test]
fn every_sweep_has_the_cases_of_nested_loops() {
    let (mut valid, mut refused) = (0, 0);
    for seed in 0..SUITES {
        let test = generated::test(&mut Random(seed));
        let space = Workspace::with_suite(&test.written());
        match oracle::expected(&test) {
            Expected::Refused(part) => {
                refused += 1;
                let said = space.howitzer(&["list", "x"]);
                assert_eq!(
                    said.code,
                    Some(3),
                    "seed {seed}\n{}\n{}{}",
                    test.written(),
                    said.stdout,
                    said.stderr
                );
                assert!(said.stderr.contains(part), "seed {seed}\n{}\n{}", test.written(), said.stderr);
            }
            Expected::Cases(cases) => {
                valid += 1;
                let listed = space.howitzer(&["list", "x"]);
                let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
                let context = || format!("seed {seed}\n{}\n{}", test.written(), listed.stderr);
                assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), ids, "{}", context());
                space.howitzer(&["render", "x"]);
                for case in &cases {
                    assert_eq!(space.seen(&case.id), case.seen(), "{} of {}", case.id, context());
                }
            }
        }
    }
    assert!(valid > 60 && refused > 5, "{valid} suites are valid, {refused} are refused");
}
