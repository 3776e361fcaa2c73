//! `stop`.

use outlast_model::Signal;
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, wrong_type};
use crate::report::Report;
use crate::source::Located;
use crate::suggest;

/// How a program is asked to end.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum StopSetting {
    Kill(KillWord),
    Simple(StopKeys),
    Sequence(Vec<Located<StepSetting>>),
}

/// One request and the time it is given.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct StopKeys {
    /// The signal that asks the program to end. On Windows `INT`, `TERM` and
    /// `QUIT` are sent as Ctrl-C.
    pub(crate) signal: Option<Located<SignalName>>,
    /// The time from the first request until the whole process tree is killed.
    /// Where the operating system's own sequence has several steps, they share
    /// it.
    pub(crate) timeout: Option<Located<DurationText>>,
}

impl StopKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "stop",
        known: &["signal", "timeout"],
        later: &["http_post"],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Self {
        let mut fields = Fields::new(table, Self::KEYS, report);
        let keys = Self {
            signal: fields.take("signal"),
            timeout: fields.take("timeout"),
        };
        fields.finish(only_in_a_sequence);
        keys
    }
}

/// One element of a stop sequence; `"kill"` may only be the last, where it says
/// what happens anyway.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum StepSetting {
    Kill(KillWord),
    Ask(StepKeys),
}

/// One request, by exactly one of `signal`, `console` and `window`, and how long
/// it is given before the next.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct StepKeys {
    /// The signal to send. On Windows `INT`, `TERM` and `QUIT` are sent as
    /// Ctrl-C.
    pub(crate) signal: Option<Located<SignalName>>,
    /// The console event to send (Windows; on Unix `ctrl-c` is the signal `INT`
    /// and there is no `ctrl-break`).
    pub(crate) console: Option<Located<ConsoleWord>>,
    /// `close` asks the program's windows to close (Windows only).
    pub(crate) window: Option<Located<WindowWord>>,
    /// How long to wait before the next step; `0s`: not at all.
    pub(crate) wait: Option<Located<DurationText>>,
}

impl StepKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "stop",
        known: &["signal", "console", "window", "wait"],
        later: &["http_post"],
    };

    /// All or nothing: half a step may be no step.
    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            signal: fields.take("signal"),
            console: fields.take("console"),
            window: fields.take("window"),
            wait: fields.take("wait"),
        };
        Fields::whole(table, Self::KEYS, report, take, |key, _| {
            (key == "timeout").then(|| "in a list of steps it is called `wait`".to_owned())
        })
    }
}

/// The word `"kill"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KillWord;

impl Choice for KillWord {
    const EXPECTED: &'static str = "\"kill\" or a table";
    const WORDS: &'static [(&'static str, Self)] = &[("kill", Self)];

    fn explain(word: &str) -> Option<String> {
        if Signal::from_name(word).is_some() {
            return Some(format!("write {{ signal = {word:?} }}"));
        }
        match word {
            "ctrl-c" | "ctrl-break" => Some(format!("write {{ console = {word:?} }}")),
            "close" | "close-window" => Some("write { window = \"close\" }".to_owned()),
            _ => None,
        }
    }
}

/// An event of a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsoleWord {
    CtrlC,
    CtrlBreak,
}

impl Choice for ConsoleWord {
    const EXPECTED: &'static str = "\"ctrl-c\" or \"ctrl-break\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("ctrl-c", Self::CtrlC), ("ctrl-break", Self::CtrlBreak)];
}

/// What is done to windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowWord {
    Close,
}

impl Choice for WindowWord {
    const EXPECTED: &'static str = "\"close\"";
    const WORDS: &'static [(&'static str, Self)] = &[("close", Self::Close)];
}

/// A signal that a program can be asked with; not `KILL`, which asks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignalName(pub(crate) Signal);

impl SignalName {
    pub(crate) fn all() -> impl Iterator<Item = &'static str> {
        Signal::ALL
            .into_iter()
            .filter(|&signal| signal != Signal::Kill)
            .map(Signal::name)
    }
}

impl FromToml for SignalName {
    const EXPECTED: &'static str = "a signal's name such as \"TERM\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::String(name) = &value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        match Signal::from_name(name) {
            Some(Signal::Kill) => {
                report.push(
                    Diagnostic::error(place.span, "KILL is no request to end")
                        .help("write stop = \"kill\", or \"kill\" as the last step: it reaches the whole process tree"),
                );
                None
            }
            Some(signal) => Some(Self(signal)),
            None => {
                report.push(unknown_signal(name, place));
                None
            }
        }
    }
}

fn unknown_signal(name: &str, place: Place<'_>) -> Diagnostic {
    let bare = name
        .get(..3)
        .filter(|start| start.eq_ignore_ascii_case("SIG"));
    let bare = bare.map_or(name, |_| &name[3..]);
    let diagnostic = Diagnostic::error(place.span, format!("unknown signal {}", quoted(name)));
    match suggest::nearest(bare, SignalName::all()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => {
            let all: Vec<&str> = SignalName::all().collect();
            diagnostic.help(format!("it is one of: {}", all.join(", ")))
        }
    }
}

impl FromToml for StopSetting {
    const EXPECTED: &'static str = "a table, a list of steps, or \"kill\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Kill),
            DeValue::Array(array) if array.is_empty() => {
                report.push(no_steps(place));
                None
            }
            DeValue::Array(_) => FromToml::from_toml(value, place, report).map(Self::Sequence),
            DeValue::Table(table) => Some(Self::Simple(StopKeys::read(table, report))),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

fn no_steps(place: Place<'_>) -> Diagnostic {
    Diagnostic::error(place.span, "this stop sequence has no steps")
        .help("to kill at once, write stop = \"kill\"")
}

fn only_in_a_sequence(key: &str, _: &DeValue<'_>) -> Option<String> {
    match key {
        "wait" => Some("write `timeout`, or a list of steps: stop = [{ … }]".to_owned()),
        "console" | "window" => Some(format!(
            "`{key}` belongs into a list of steps: stop = [{{ {key} = …, wait = \"5s\" }}]"
        )),
        _ => None,
    }
}

impl FromToml for StepSetting {
    const EXPECTED: &'static str =
        "a table such as { signal = \"INT\", wait = \"5s\" }, or \"kill\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Kill),
            DeValue::Table(table) => StepKeys::read(table, report).map(Self::Ask),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
