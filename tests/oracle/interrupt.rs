//! Builds that are killed or interrupted at any moment: what was finished is kept, what was not is not.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::drive::{Request, Run, Said};
use crate::play::Play;
use crate::verdict::Verdict;

impl Play {
    /// Begins the build and ends it at a random moment; then the plan must be what is left.
    pub(crate) fn abort(&mut self, request: &Request) {
        self.count("aborts", 1);
        self.aborted += 1;
        let planned = self.planned(request).len();
        let is_kill = self.random.once_in(2);
        let millis = self.random.below(40 + 90 * planned);
        let what = format!("{} after {millis} ms", if is_kill { "killed" } else { "interrupted" });
        self.tell(&what);
        self.space.put("k6/slow", "");
        let child = self.space.spawn(&self.world, request);
        std::thread::sleep(Duration::from_millis(u64::try_from(millis).expect("small")));
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        let _ = kill_process(id, if is_kill { Signal::KILL } else { Signal::INT });
        let output = child.wait_with_output().expect("ends");
        let said = Said::read(output.status.code(), &output.stdout, &output.stderr);
        std::fs::remove_file(self.space.path("k6/slow")).expect("removes");
        // A number that was being written may be lost.
        self.space.put("k6/serial", &format!("{}\n", self.aborted * 10_000));
        self.is_latent &= !said.wrote && said.begun.is_empty();
        self.take_over(&said, is_kill);
        self.sync(true);
        let doubtful = said.begun.last().filter(|(run, _)| run.2 > 0);
        let doubtful = doubtful
            .map(|(run, _)| run.clone())
            .filter(|run| is_kill && !said.ended.iter().any(|(ended, _)| ended == run));
        if let Some(run) = doubtful {
            self.settle(request, &run);
        }
        self.plan(request);
    }

    /// What ended is kept.
    fn take_over(&mut self, said: &Said, is_kill: bool) {
        let may_be_code = is_kill || matches!(said.code, None | Some(0 | 99 | 100 | 130));
        self.check(may_be_code, said, || format!("an interrupted build ends with {:?}", said.code));
        for (run, word) in &said.ended {
            let (suite, case) = self.find(run);
            let suite = suite.clone();
            let verdict = Verdict::read(word);
            let as_told = verdict == Some(Verdict::of(case.fields.mode))
                || verdict == Some(Verdict::Interrupted) && !is_kill;
            self.check(as_told, said, || format!("{run:?} is {word}"));
            if let Some(verdict) = verdict {
                self.oracle.keep(&self.world, &suite, (&case, run.2), verdict);
            }
        }
    }

    /// Nobody knows whether the run in which the build was killed had been kept already; howitzer's plan
    /// tells, and must tell either this or that.
    fn settle(&mut self, request: &Request, run: &Run) {
        let planned = self.space.plan(&self.world, request).plan();
        if planned == self.planned(request) {
            return;
        }
        let (suite, case) = self.find(run);
        let suite = suite.clone();
        let verdict = Verdict::of(case.fields.mode);
        self.oracle.keep(&self.world, &suite, (&case, run.2), verdict);
    }
}
