//! What set-ups have applied, on disk before it is applied: whatever ends a build, the next one undoes it.

use std::collections::BTreeMap;

use super::ExecuteError;
use super::event::{Event, Sink};
use super::set_up_command::SetUpRunner;
use crate::base::files;
use crate::manifest::EnvironmentValue;
use crate::render::SetUpCommands;
use crate::store::{LockedStore, Store, decode, encode};

/// The file of what is applied, under `stat/`.
const APPLIED: &str = "applied";

/// Whether an earlier build has left anything applied.
pub fn has_leftovers(store: &Store) -> bool {
    store.stat_path(APPLIED).exists()
}

/// Undoes what an earlier build has left, the newest first. What cannot be undone stays recorded, and is
/// an error: nothing would be measured as the suite says.
pub fn undo_leftovers(runner: &SetUpRunner<'_>, sink: &mut Sink<'_>) -> Result<(), ExecuteError> {
    let path = runner.store.stat_path(APPLIED);
    let Some(bytes) = files::read_if_present(&path)? else { return Ok(()) };
    let Some(mut left) = decode::<Vec<SetUpCommands>>(&bytes) else {
        let aside = runner.store.move_stat_aside(APPLIED)?;
        let text = "what an earlier build left applied cannot be read and is not undone; it is in";
        sink(Event::Note { text: format!("{text} `{}`", aside.display()) });
        return Ok(());
    };
    let mut first = Ok(());
    for index in (0..left.len()).rev() {
        match runner.undo(&left[index], &BTreeMap::new(), true, sink) {
            Ok(()) => {
                left.remove(index);
                write(runner.store, left.iter())?;
            }
            Err(error) => first = first.and(Err(error)),
        }
    }
    first
}

/// One applied set-up.
struct Active {
    commands: SetUpCommands,
    /// Whose secrets must not be shown either: what the case declares for which it was applied.
    masked: BTreeMap<String, EnvironmentValue>,
}

/// The set-ups that are applied, the outermost first.
#[derive(Default)]
pub(super) struct Applied {
    stack: Vec<Active>,
    /// What could not be undone; recorded until a build can.
    stuck: Vec<SetUpCommands>,
}

impl Applied {
    pub(super) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn commands(&self) -> impl Iterator<Item = &SetUpCommands> {
        self.stack.iter().map(|active| &active.commands)
    }

    /// How many of `wanted` are applied already, from the outermost on.
    pub(super) fn shared<'a>(&self, wanted: impl Iterator<Item = &'a SetUpCommands>) -> usize {
        self.commands().zip(wanted).take_while(|(applied, wanted)| applied == wanted).count()
    }

    /// Applies one more. It counts as applied also where its command fails.
    pub(super) fn apply(
        &mut self,
        runner: &SetUpRunner<'_>,
        test: &str,
        commands: &SetUpCommands,
        masked: &BTreeMap<String, EnvironmentValue>,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        self.stack.push(Active { commands: commands.clone(), masked: masked.clone() });
        if let Err(error) = self.record(runner.store) {
            self.stack.pop();
            return Err(error);
        }
        runner.apply(test, commands, masked, sink)
    }

    /// Undoes the innermost ones until `depth` are left; the first error of all of them.
    pub(super) fn undo_to(
        &mut self,
        depth: usize,
        runner: &SetUpRunner<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), ExecuteError> {
        let mut first = Ok(());
        while self.stack.len() > depth {
            let Some(Active { commands, masked }) = self.stack.pop() else { break };
            if commands.undo.is_empty() {
                continue;
            }
            let undone = runner.undo(&commands, &masked, false, sink);
            if undone.is_err() {
                self.stuck.push(commands);
            }
            first = first.and(undone).and(self.record(runner.store));
        }
        first
    }

    fn record(&self, store: &LockedStore) -> Result<(), ExecuteError> {
        write(store, self.stuck.iter().chain(self.commands()))
    }
}

fn write<'a>(
    store: &LockedStore,
    applied: impl Iterator<Item = &'a SetUpCommands>,
) -> Result<(), ExecuteError> {
    let undoable: Vec<_> = applied.filter(|commands| !commands.undo.is_empty()).collect();
    if undoable.is_empty() {
        return Ok(store.remove_stat(APPLIED)?);
    }
    Ok(store.write_stat_synced(APPLIED, &encode(&undoable))?)
}
