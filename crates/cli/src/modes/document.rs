//! What a comparison is made of, as it is written with `--json` and read again with
//! `--with`. A field may be added; none may change its meaning.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// No comparison is larger: a machine has some thousand mounts at the most.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// One half of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Half {
    pub(crate) mode: Mode,
    /// How it was started, for people: "by systemd, as a service of the machine".
    pub(crate) how: String,
    /// The machine's name.
    #[serde(default)]
    pub(crate) machine: Option<String>,
    /// `linux`, `windows`, …
    pub(crate) system: String,
    /// Whether the other half ran at the same time, so that both have met the same machine.
    pub(crate) side_by_side: bool,
    pub(crate) rounds: Vec<Round>,
    pub(crate) got: Got,
    pub(crate) attempts: Vec<Attempt>,
}

/// Where a half ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// In the session of whoever gave the command.
    User,
    /// As a native service.
    Service,
}

/// What one round has shown. `None`: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// Nanoseconds of a system call.
    pub(crate) call_ns: f64,
    /// Of a read of one byte.
    pub(crate) read_1_ns: f64,
    /// Of a read of 4096 bytes.
    pub(crate) read_4096_ns: f64,
    /// Microseconds by which a sleep of 1 ms was too long: the median of the round's.
    pub(crate) timer_late_us: f64,
    /// The same: that of the hundredth part that was the latest.
    pub(crate) timer_late_p99_us: f64,
    /// A second.
    pub(crate) voluntary_switches: Option<f64>,
    /// A second.
    pub(crate) involuntary_switches: Option<f64>,
    /// Processors that it got, with as many threads as there are processors.
    pub(crate) processors: Option<f64>,
}

/// What a half got from whoever started it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Got {
    pub(crate) facts: Vec<Fact>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) mounts: Option<Vec<Mount>>,
    pub(crate) variables: Vec<Variable>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) area: String,
    pub(crate) name: String,
    /// `None`: unknown.
    pub(crate) value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Limit {
    pub(crate) name: String,
    /// `None`: no limit.
    pub(crate) soft: Option<u64>,
    /// `None`: no limit.
    pub(crate) hard: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mount {
    pub(crate) at: String,
    pub(crate) what: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// `None`: it looks like a secret, and is shown nowhere.
    pub(crate) value: Option<String>,
    /// Of a secret, between the two processes of one comparison; never written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<u64>,
}

/// A forbidden access that was attempted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) access: String,
    pub(crate) outcome: Outcome,
    /// By what it was stopped, or why it is unknown.
    pub(crate) why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It did not come to it.
    Stopped,
    /// Nothing stopped it.
    Succeeded,
    /// It could not be attempted.
    Unknown,
}

impl Half {
    /// The same for a terminal, which would obey some characters. A file may be
    /// anybody's, and so may a variable.
    pub(crate) fn plain(&self) -> Self {
        let mut half = self.clone();
        let got = &mut half.got;
        let facts = got.facts.iter_mut();
        let facts = facts.flat_map(|fact| {
            [
                Some(&mut fact.area),
                Some(&mut fact.name),
                fact.value.as_mut(),
            ]
        });
        let variables = got.variables.iter_mut();
        let variables = variables.flat_map(|one| [Some(&mut one.name), one.value.as_mut()]);
        let limits = got.limits.iter_mut().map(|limit| Some(&mut limit.name));
        let mounts = got.mounts.iter_mut().flatten();
        let mounts = mounts.flat_map(|mount| [Some(&mut mount.at), Some(&mut mount.what)]);
        let attempts = half.attempts.iter_mut();
        let attempts = attempts.flat_map(|one| [Some(&mut one.access), one.why.as_mut()]);
        let own = [
            Some(&mut half.how),
            half.machine.as_mut(),
            Some(&mut half.system),
        ];
        let all = facts
            .chain(variables)
            .chain(limits)
            .chain(mounts)
            .chain(attempts)
            .chain(own);
        for text in all.flatten() {
            if text.contains(char::is_control) {
                *text = text.replace(char::is_control, "·");
            }
        }
        half
    }
}

impl Outcome {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Succeeded => "succeeded",
            Self::Unknown => "unknown",
        }
    }
}

impl Got {
    /// The fact of this name, if it is known.
    pub(crate) fn fact(&self, name: &str) -> Option<&str> {
        let found = self.facts.iter().find(|fact| fact.name == name);
        found.and_then(|fact| fact.value.as_deref())
    }

    /// Forgets what only the two halves of one comparison may know of each other.
    pub(crate) fn without_fingerprints(mut self) -> Self {
        for variable in &mut self.variables {
            variable.fingerprint = None;
        }
        self
    }
}

/// What is read of a file; the rest of it follows from this.
#[derive(Deserialize)]
struct Written {
    halves: Vec<Half>,
}

/// The one half that was written to the file at `path`.
pub(crate) fn read(path: &Path) -> Result<Half, Failure> {
    let attempt = format!("read {}", path.display());
    let text = text(path).map_err(|error| Failure::of(&attempt, &error))?;
    one_half(&text).map_err(|why| {
        Failure::new(
            ExitCode::Failed,
            format!("cannot compare with {}: {why}", path.display()),
        )
        .hint("write it with: outlast compare-modes --only user --json")
    })
}

fn text(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut text = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(LARGEST_FILE).read_to_end(&mut text)?;
    Ok(text)
}

fn one_half(text: &[u8]) -> Result<Half, String> {
    let written: Written =
        serde_json::from_slice(text).map_err(|error| format!("it is no comparison: {error}"))?;
    let count = written.halves.len();
    let mut halves = written.halves.into_iter();
    match (halves.next(), halves.next()) {
        (Some(half), None) => Ok(half),
        _ => Err(format!("it has {count} halves, and one is needed")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let half = samples::user();
        let text = json!({ "halves": [half], "measures": [] }).to_string();
        assert_eq!(one_half(text.as_bytes()), Ok(half.clone()));
        let two = json!({ "halves": [half, half] }).to_string();
        assert!(one_half(two.as_bytes()).is_err_and(|why| why.contains("2 halves")));
        for broken in ["", "[]", "{}", "{\"halves\":[{}]}"] {
            assert!(one_half(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
