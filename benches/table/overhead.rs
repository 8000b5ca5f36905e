//! The row about what a run costs beyond k6's own time.

use std::process::Command;
use std::time::{Duration, Instant};

use howitzer::k6::Receiver;
use howitzer::result::Limits;
use howitzer::spec::statistics::trend_statistics;

use crate::Bench;
use crate::compiled::Machine;
use crate::measure::silently;
use crate::row::{Found, Row, shown};
use crate::workspace::Space;

/// The runs of one half.
const HALF: usize = 25;

/// The most that a run may cost.
const LIMIT: Duration = Duration::from_millis(20);

/// Loads nothing: the time of a run is k6's.
const SCRIPT: &str = "import { sleep } from 'k6';\n{{ k6_opts }}\nexport default function () {\n  \
                      sleep(0.1); // {{ vars.number }}\n}\n";

/// The same scripts, one after the other, as a shell would: the folder, the flags and the files that k6
/// gets from howitzer.
const LOOP: &str = r#"
for script in ../out/"$1"/render/*.js; do
  "$0" run --no-color --address '' --summary-export ../loop.json --log-format json \
    --out experimental-prometheus-rw --log-output file=../loop.log - < "$script" > ../loop.txt || exit
done
"#;

/// 50 runs of one second, in halves: built, looped, built, looped.
pub(crate) fn overhead(bench: &Bench) -> Row {
    let space = Space::new(bench.folder("overhead"));
    space.write("k6_templates/sleep.js", SCRIPT);
    let k6 = Machine::of(&space).k6.path;
    // k6's own time is that of a k6 that is watched alike.
    let receiver = Receiver::start(Limits::default()).expect("a free port");
    let (mut built, mut looped) = (Duration::ZERO, Duration::ZERO);
    for (suite, first) in [("one", 1), ("two", 1 + HALF)] {
        let last = first + HALF - 1;
        space.write(
            &format!("suites/{suite}.toml"),
            &format!(
                "[[test]]\nname = \"sleep\"\ntemplate = \"sleep.js\"\ncooldown = \"0s\"\n\
                 k6 = {{ vus = 1, duration = \"1s\" }}\n\
                 [test.matrix]\n\"vars.number\" = {{ from = {first}, to = {last}, step = 1 }}\n"
            ),
        );
        built += timed(|| assert_eq!(space.run(&["build", suite]), Some(0)));
        let mut shell = Command::new("bash");
        shell.args(["-c", LOOP]).arg(&k6).arg(suite).current_dir(space.root.join("k6_templates"));
        shell.env("K6_NO_USAGE_REPORT", "true").env("K6_SUMMARY_TREND_STATS", trend_statistics(&[]));
        shell.env("K6_PROMETHEUS_RW_SERVER_URL", receiver.url()).env("K6_PROMETHEUS_RW_PUSH_INTERVAL", "1s");
        shell.env("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM", "true");
        looped += timed(|| assert_eq!(silently(&mut shell), Some(0)));
    }
    let runs = u32::try_from(2 * HALF).expect("a small number");
    let (ours, alone) = (built / runs, looped / runs);
    let more = (ours.as_secs_f64() - alone.as_secs_f64()) * 1e3;
    Row {
        what: "a run beyond k6's own time, cooldown 0, 50 runs of 1 s",
        peer: "k6, watched alike, in a shell loop",
        goal: "≤ 20 ms a run",
        found: Found::Measured {
            measured: format!("{} against {} a run, 2 interleaved halves", shown(ours), shown(alone)),
            ratio: format!("{more:.1} ms more"),
            reached: more <= LIMIT.as_secs_f64() * 1e3,
        },
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}
