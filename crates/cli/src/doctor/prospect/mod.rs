//! What will become of a guardian on this machine: when the screen is locked,
//! when the machine sleeps, when the user logs off, and when the machine is
//! started after a shutdown.
//!
//! One file a moment. Each decides on a [`Fate`] first and then says it.

mod lock;
mod log_off;
mod sleep;
mod start_up;

use serde_json::{Value, json};

use super::facts::Facts;
use super::subject::{Planned, Subject};
use crate::terminal::{BAD, CHANGING, FAINT, GOOD, styled};

/// What a guardian is to the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A native service of the machine.
    MachineService,
    /// A native service of the user.
    UserService,
    /// `outlast run` in a terminal.
    Terminal,
}

/// When something becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The screen is locked.
    Lock,
    /// The machine is put to sleep, and wakes.
    Sleep,
    /// The user logs off.
    LogOff,
    /// The machine is started after it was shut down.
    StartUp,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes on as if nothing had happened.
    GoesOn,
    /// It stands still, and goes on afterwards.
    Pauses,
    /// It stands still most of the time, and goes on afterwards.
    Throttled,
    /// It ends.
    Ends,
    /// It is started.
    StartsAnew,
    /// It is not started.
    StaysAway,
    /// Nobody can say.
    Unknown,
}

/// What becomes of a guardian at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prospect {
    pub(crate) form: Form,
    pub(crate) moment: Moment,
    pub(crate) fate: Fate,
    /// The same in words, and why.
    pub(crate) text: String,
    /// What to do if that is not what is wanted.
    pub(crate) fix: Option<String>,
}

/// What a moment's file says.
type Said = (Fate, String, Option<String>);

/// What decides.
struct Circumstances<'a> {
    form: Form,
    subject: &'a Subject<'a>,
    facts: &'a dyn Facts,
    /// Whoever runs this command, and so would run it in a terminal.
    user: String,
}

impl Circumstances<'_> {
    const fn planned(&self) -> &Planned<'_> {
        &self.subject.planned
    }
}

/// The forms in which `subject` is looked at: as it is installed, or as it would
/// be, and as it can be run before that.
pub(crate) fn forms(subject: &Subject<'_>) -> Vec<Form> {
    let native = if subject.planned.is_the_machine_s() {
        Form::MachineService
    } else {
        Form::UserService
    };
    if subject.is_installed() {
        vec![native]
    } else {
        vec![native, Form::Terminal]
    }
}

/// What becomes of `subject`, form by form and moment by moment. Blocks on files.
pub(crate) fn prospects(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Prospect> {
    let user = facts
        .own_account()
        .unwrap_or_else(|| "this user".to_owned());
    let mut all = Vec::new();
    for form in forms(subject) {
        let circumstances = Circumstances {
            form,
            subject,
            facts,
            user: user.clone(),
        };
        for moment in Moment::ALL {
            let (fate, text, fix) = moment.prospect(&circumstances);
            all.push(Prospect {
                form,
                moment,
                fate,
                text,
                fix,
            });
        }
    }
    all
}

impl Moment {
    const ALL: [Self; 4] = [Self::Lock, Self::Sleep, Self::LogOff, Self::StartUp];

    fn prospect(self, circumstances: &Circumstances<'_>) -> Said {
        match self {
            Self::Lock => lock::prospect(circumstances),
            Self::Sleep => sleep::prospect(circumstances),
            Self::LogOff => log_off::prospect(circumstances),
            Self::StartUp => start_up::prospect(circumstances),
        }
    }

    /// Its name, as `--json` has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Sleep => "sleep",
            Self::LogOff => "logoff",
            Self::StartUp => "start-up",
        }
    }

    const fn phrase(self) -> &'static str {
        match self {
            Self::Lock => "at lock",
            Self::Sleep => "at sleep",
            Self::LogOff => "at log-off",
            Self::StartUp => "at the next start after a shutdown",
        }
    }
}

impl Form {
    /// Its name, as `--json` has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::MachineService => "machine-service",
            Self::UserService => "user-service",
            Self::Terminal => "terminal",
        }
    }

    /// The same for people.
    pub(crate) const fn phrase(self) -> &'static str {
        match self {
            Self::MachineService => "as a service of the machine",
            Self::UserService => "as a service of this user",
            Self::Terminal => "run in a terminal (`outlast run`)",
        }
    }
}

impl Fate {
    const ALL: [Self; 7] = [
        Self::GoesOn,
        Self::Pauses,
        Self::Throttled,
        Self::Ends,
        Self::StartsAnew,
        Self::StaysAway,
        Self::Unknown,
    ];

    /// The one with this name.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.word() == word)
    }

    /// Its name, as `--json` has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::GoesOn => "goes-on",
            Self::Pauses => "pauses",
            Self::Throttled => "throttled",
            Self::Ends => "ends",
            Self::StartsAnew => "starts-anew",
            Self::StaysAway => "stays-away",
            Self::Unknown => "unknown",
        }
    }

    const fn style(self) -> anstyle::Style {
        match self {
            Self::GoesOn | Self::StartsAnew => GOOD,
            Self::Pauses | Self::Throttled => CHANGING,
            Self::Ends | Self::StaysAway => BAD,
            Self::Unknown => FAINT,
        }
    }
}

impl Prospect {
    /// The lines for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let when = styled(self.fate.style(), &format!("{}:", self.moment.phrase()));
        let mut lines = vec![format!("  {when} {}", self.text)];
        lines.extend(self.fix.as_ref().map(|fix| format!("    fix: {fix}")));
        lines
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "as": self.form.word(),
            "at": self.moment.word(),
            "fate": self.fate.word(),
            "text": self.text,
            "fix": self.fix,
        })
    }
}
