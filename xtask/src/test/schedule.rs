//! Runs parts in two lanes and tells about each as it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::error_chain;
use crate::process::Log;
use crate::test::outcome::{Finished, Outcome};
use crate::test::parts::{Lane, Part};
use crate::test::{Context, report};

/// Runs all of `parts`, each lane in the order given, and returns them in that order.
pub(crate) fn run_all(parts: &[&Part], context: &Context<'_>) -> Vec<Finished> {
    let board = Board::new(parts);
    let (sender, ended) = mpsc::channel();
    let mut finished: Vec<Finished> = Vec::new();
    thread::scope(|scope| {
        for lane in [Lane::Front, Lane::Back] {
            let (board, sender) = (&board, sender.clone());
            scope.spawn(move || run_lane(lane, parts, context, board, &sender));
        }
        drop(sender);
        for part in ended {
            report::ended(&part);
            finished.push(part);
        }
    });
    finished.sort_by_key(|part| parts.iter().position(|other| other.name == part.name));
    finished
}

fn run_lane(
    lane: Lane,
    parts: &[&Part],
    context: &Context<'_>,
    board: &Board,
    sender: &mpsc::Sender<Finished>,
) {
    for part in parts.iter().filter(|part| part.lane == lane) {
        let finished = match board.wait_for(part.after) {
            Some(failed) => Finished {
                name: part.name,
                outcome: Outcome::skipped(format!("`{failed}` failed")),
                duration: Duration::ZERO,
                log_path: None,
            },
            None => run_part(part, context),
        };
        board.set(part.name, &finished.outcome);
        // The receiver lives as long as the lanes do.
        let _ = sender.send(finished);
    }
}

fn run_part(part: &Part, context: &Context<'_>) -> Finished {
    report::started(part.name);
    let start = Instant::now();
    let log_path = context
        .workspace
        .target_dir()
        .join("xtask")
        .join(format!("{}.log", part.name));
    let result = Log::create(log_path.clone()).and_then(|log| {
        // A panic in one lane would leave the other one waiting for a part that never ends.
        catch_unwind(AssertUnwindSafe(|| (part.run)(context, &log))).unwrap_or_else(|_| {
            Ok(Outcome::Failed {
                reason: "xtask panicked; see above".to_owned(),
            })
        })
    });
    let outcome = result.unwrap_or_else(|error| Outcome::Failed {
        reason: error_chain(&error),
    });
    Finished {
        name: part.name,
        outcome,
        duration: start.elapsed(),
        log_path: Some(log_path),
    }
}

/// Where the lanes see what has ended. A part that was not selected counts as done well.
struct Board {
    entries: Mutex<Vec<(&'static str, Entry)>>,
    changed: Condvar,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Pending,
    Done,
    Failed,
}

impl Board {
    fn new(parts: &[&Part]) -> Self {
        let entries = parts
            .iter()
            .map(|part| (part.name, Entry::Pending))
            .collect();
        Self {
            entries: Mutex::new(entries),
            changed: Condvar::new(),
        }
    }

    fn set(&self, name: &'static str, outcome: &Outcome) {
        let entry = if matches!(outcome, Outcome::Failed { .. }) {
            Entry::Failed
        } else {
            Entry::Done
        };
        for (_, old) in self.lock().iter_mut().filter(|(other, _)| *other == name) {
            *old = entry;
        }
        self.changed.notify_all();
    }

    /// Returns when all of `names` have ended, with one that failed if there is any.
    fn wait_for(&self, names: &[&'static str]) -> Option<&'static str> {
        let is_waited_for =
            |entry: &(&'static str, Entry), kind| names.contains(&entry.0) && entry.1 == kind;
        let entries = self
            .changed
            .wait_while(self.lock(), |entries| {
                entries
                    .iter()
                    .any(|entry| is_waited_for(entry, Entry::Pending))
            })
            .unwrap_or_else(PoisonError::into_inner);
        entries
            .iter()
            .find(|entry| is_waited_for(entry, Entry::Failed))
            .map(|(name, _)| *name)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(&'static str, Entry)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::path::PathBuf;

    use super::*;
    use crate::error::Error;
    use crate::workspace::Workspace;

    fn part(name: &'static str, lane: Lane, after: &'static [&'static str], run: RunPart) -> Part {
        Part {
            name,
            about: "",
            lane,
            after,
            run,
        }
    }

    type RunPart = fn(&Context<'_>, &Log) -> Result<Outcome, Error>;

    fn passes(_: &Context<'_>, _: &Log) -> Result<Outcome, Error> {
        Ok(Outcome::passed())
    }

    fn fails(_: &Context<'_>, _: &Log) -> Result<Outcome, Error> {
        Err(Error::Findings { count: 3 })
    }

    fn outcomes(parts: &[&Part]) -> Vec<(&'static str, &'static str)> {
        let workspace =
            Workspace::find().with_target_dir(env::temp_dir().join("outlast-xtask-schedule"));
        let context = Context {
            workspace: &workspace,
            xtask: PathBuf::new(),
        };
        run_all(parts, &context)
            .iter()
            .map(|part| (part.name, part.outcome.word()))
            .collect()
    }

    #[test]
    fn what_follows_a_failure_is_skipped_and_the_rest_runs() {
        let parts = [
            &part("a", Lane::Back, &[], fails),
            &part("b", Lane::Front, &["a"], passes),
            &part("c", Lane::Front, &["b"], passes),
        ];
        assert_eq!(
            outcomes(&parts),
            [("a", "FAILED"), ("b", "skipped"), ("c", "passed")]
        );
    }

    #[test]
    fn a_part_that_was_not_selected_is_not_waited_for() {
        assert_eq!(
            outcomes(&[&part("b", Lane::Front, &["a"], passes)]),
            [("b", "passed")]
        );
    }

    #[test]
    fn a_panic_is_a_failure_of_its_part_only() {
        let parts = [
            &part("a", Lane::Back, &[], |_, _| panic!("on purpose")),
            &part("b", Lane::Front, &["a"], passes),
        ];
        assert_eq!(outcomes(&parts), [("a", "FAILED"), ("b", "skipped")]);
    }
}
