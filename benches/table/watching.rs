//! The row about `howitzer watch`: from a save to the plan that it led to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStderr, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Bench;
use crate::compiled::Machine;
use crate::row::{Found, Row, shown};
use crate::workspace::{BASE_URL, Space, TEMPLATE};

/// Saves of one suite.
const SAVES: usize = 11;

/// The longest that the slowest save may take.
const LIMIT: Duration = Duration::from_millis(200);

/// Saves of the template of 100 and of 1,000 cases, the wait for the end of a save included.
pub(crate) fn watch(bench: &Bench) -> Row {
    let [small, large] = [100, 1000].map(|cases| times(&space(bench, cases)));
    let median = |times: &[Duration]| shown(times[SAVES / 2]);
    let longest = small[SAVES - 1].max(large[SAVES - 1]);
    Row {
        what: "`watch`: from a save to the plan, 100 and 1,000 cases",
        peer: "the wait for the end of a save, 30 ms",
        goal: "≤ 200 ms",
        found: Found::Measured {
            measured: format!("{} and {}, medians of {SAVES} saves", median(&small), median(&large)),
            ratio: format!("{} at most", shown(longest)),
            reached: longest <= LIMIT,
        },
    }
}

fn space(bench: &Bench, cases: usize) -> Space {
    let space = Space::new(bench.folder(&format!("watch-{cases}")));
    space.write("k6_templates/infer.js", TEMPLATE);
    space.write("payloads/p.json", "{\"inputs\": []}");
    let suite = format!(
        "[[test]]\nname = \"watched\"\ntemplate = \"infer.js\"\nbase_url = \"{BASE_URL}\"\npayload = \"p.json\"\n\
         k6 = {{ duration = \"1s\" }}\n[test.sweep]\nmax_cases = {cases}\n[test.matrix]\n\
         vus = {{ from = 1, to = 10, step = 1 }}\n\"vars.user\" = {{ from = 1, to = {}, step = 1 }}\n",
        cases / 10
    );
    space.write("suites/watched.toml", &suite);
    // So that it is there.
    drop(Machine::of(&space));
    space
}

/// The times of all saves, the shortest first.
fn times(space: &Space) -> Vec<Duration> {
    let mut command = space.howitzer(&["watch", "watched"]);
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut watch = Watch::of(command.spawn().expect("starts"));
    watch.expect(" rendered ");
    let template = space.root.join("k6_templates/infer.js");
    let mut times: Vec<Duration> = (0..SAVES).map(|_| watch.save(&template)).collect();
    times.sort();
    times
}

struct Watch {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Watch {
    fn of(mut child: Child) -> Self {
        let said = BufReader::new(child.stderr.take().expect("piped"));
        Self { child, said }
    }

    fn expect(&mut self, part: &str) {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert!(self.said.read_line(&mut line).expect("text") > 0, "`{part}` does not come");
        }
    }

    /// Adds a comment to the template; the time until the plan is told.
    fn save(&mut self, template: &std::path::Path) -> Duration {
        // A person does not save while the last save is still looked at.
        thread::sleep(Duration::from_millis(300));
        let mut file = std::fs::File::options().append(true).open(template).expect("the template");
        let saved = Instant::now();
        writeln!(file, "// another line").expect("writes");
        drop(file);
        self.expect(" to run");
        let taken = saved.elapsed();
        self.expect(" rendered ");
        taken
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
