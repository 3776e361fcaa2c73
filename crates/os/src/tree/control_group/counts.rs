//! What control groups count of those that run into their limits.

use std::fs;
use std::path::Path;
use std::time::Duration;

use outlast_model::limits::{Limits, Reached};

use super::number_after;
use super::version1::OldGroup;

/// What a group has counted since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// How often its own limit of memory was reached with nothing to give back.
    out_of_memory: u64,
    /// How many of its processes were killed for want of memory, whoever wanted.
    killed: u64,
    refused: u64,
    throttled: Duration,
}

impl Counts {
    /// Files that are not there count nothing.
    pub(super) fn read(leaf: &Path, groups: &[OldGroup]) -> Self {
        let number = |file: &str, key: &str| {
            let text = fs::read_to_string(leaf.join(file)).ok()?;
            number_after(&text, key)
        };
        let throttled = number("cpu.stat", "throttled_usec ").unwrap_or(0);
        let own = Self {
            out_of_memory: number("memory.events", "oom ").unwrap_or(0),
            killed: number("memory.events", "oom_kill ").unwrap_or(0),
            refused: number("pids.events", "max ").unwrap_or(0),
            throttled: Duration::from_micros(throttled),
        };
        // Each counts what belongs to its own controller.
        groups.iter().fold(own, |all, group| Self {
            out_of_memory: all.out_of_memory + group.out_of_memory(),
            killed: all.killed + group.killed(),
            refused: all.refused + group.refused(),
            throttled: all.throttled + group.throttled(),
        })
    }

    /// What was run into since `before`, of `limits` that are enforced.
    pub(super) fn since(self, before: Self, limits: &Limits) -> Vec<Reached> {
        let count =
            |now: u64, then: u64| u32::try_from(now.saturating_sub(then)).unwrap_or(u32::MAX);
        let killed = count(self.killed, before.killed);
        let is_out = self.out_of_memory > before.out_of_memory;
        let memory = match limits.memory {
            Some(limit) if is_out => Some(Reached::Memory { limit, killed }),
            _ if killed > 0 => Some(Reached::MachineMemory { killed }),
            _ => None,
        };
        let refused = count(self.refused, before.refused);
        let pids = limits.pids.filter(|_| refused > 0);
        let waited = self.throttled.saturating_sub(before.throttled);
        let cpu = limits.cpu.filter(|_| !waited.is_zero());
        memory
            .into_iter()
            .chain(pids.map(|limit| Reached::Pids { limit, refused }))
            .chain(cpu.map(|limit| Reached::Cpu { limit, waited }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use outlast_model::limits::CpuShare;

    use super::*;

    fn counts(files: &[(&str, &str)]) -> Counts {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in files {
            fs::write(dir.path().join(name), text).expect("written");
        }
        Counts::read(dir.path(), &[])
    }

    #[test]
    fn only_what_was_added_since_the_start_is_told() {
        let before = counts(&[
            (
                "memory.events",
                "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n",
            ),
            ("pids.events", "max 3\n"),
            (
                "cpu.stat",
                "usage_usec 5\nnr_throttled 2\nthrottled_usec 1000\n",
            ),
        ]);
        let limits = Limits {
            memory: Some(1 << 20),
            pids: Some(7),
            cpu: Some(CpuShare(500)),
            ..Limits::default()
        };
        assert_eq!(before.since(before, &limits), []);
        let after = counts(&[
            (
                "memory.events",
                "low 0\nhigh 0\nmax 99\noom 2\noom_kill 3\noom_group_kill 0\n",
            ),
            ("pids.events", "max 5\n"),
            (
                "cpu.stat",
                "usage_usec 5\nnr_throttled 2\nthrottled_usec 251000\n",
            ),
        ]);
        let expected = [
            Reached::Memory {
                limit: 1 << 20,
                killed: 2,
            },
            Reached::Pids {
                limit: 7,
                refused: 2,
            },
            Reached::Cpu {
                limit: CpuShare(500),
                waited: Duration::from_millis(250),
            },
        ];
        assert_eq!(after.since(before, &limits), expected);
    }

    #[test]
    fn a_kill_for_the_machine_s_memory_is_not_the_limit_s_doing() {
        let before = counts(&[("memory.events", "oom 0\noom_kill 0\n")]);
        let after = counts(&[("memory.events", "oom 0\noom_kill 1\n")]);
        let limits = Limits {
            memory: Some(1 << 20),
            ..Limits::default()
        };
        let expected = [Reached::MachineMemory { killed: 1 }];
        assert_eq!(after.since(before, &limits), expected);
    }
}
