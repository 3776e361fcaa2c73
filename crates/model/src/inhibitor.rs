//! Inhibitors: reasons for the machine not to sleep, as the operating system
//! grants them.

use std::fmt;

/// What an inhibitor is to prevent. A system may grant one and refuse another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prevented {
    /// The machine sleeps because somebody, or a program, asks it to.
    Sleep,
    /// It sleeps because nobody uses it.
    Idle,
    /// It stays awake and suspends the program all the same, as Windows does
    /// with what it takes for unused.
    Suspension,
}

impl Prevented {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Idle => "idle",
            Self::Suspension => "suspension",
        }
    }
}

/// Who, or what, has the machine sleep in spite of an inhibitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Overrider {
    /// Whoever may ignore inhibitors, and whoever speaks to the kernel past the
    /// one that keeps them.
    Administrator,
    /// A person at the machine.
    Person,
    /// The lid, when it is closed.
    Lid,
    /// The operating system itself, to spare the battery.
    Battery,
}

impl Overrider {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Person => "person",
            Self::Lid => "lid",
            Self::Battery => "battery",
        }
    }
}

/// Who keeps inhibitors on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keeper {
    /// systemd's logind.
    Logind,
    /// Windows' power manager.
    Windows,
    /// The power management of macOS.
    MacOs,
}

impl Keeper {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Logind => "logind",
            Self::Windows => "windows",
            Self::MacOs => "macos",
        }
    }
}

/// An inhibitor that is held, as it was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// By whom.
    pub by: Keeper,
    /// What it prevents; never empty.
    pub prevents: Vec<Prevented>,
    /// What was asked for as well and refused.
    pub refused: Vec<Refused>,
    /// Who, or what, has the machine sleep all the same.
    pub overriders: Vec<Overrider>,
}

/// One thing that an inhibitor was to prevent and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub what: Prevented,
    /// Why, for people.
    pub reason: String,
}

/// Nothing is prevented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// Why, and what to do about it, for people.
    pub reason: String,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// How far the inhibitor of a service has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inhibitor {
    /// The system was asked and has not answered.
    Asked,
    /// It is held.
    Held(Grant),
    /// It was asked for and there is none.
    Denied(Denied),
}
