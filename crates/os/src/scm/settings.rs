//! What is set for a service.

use std::time::Duration;

/// Everything that is set for a service, but for its account's password, which
/// Windows tells to nobody.
///
/// `None` in a field that has it: the manager does not know (an old Windows,
/// Wine) when it was read, and is not told when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name for people.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Program and arguments in one line (`ImagePath`). Windows replaces `%NAME%`
    /// in it when the service starts.
    pub command_line: String,
    /// When it is started.
    pub start: Start,
    /// Services that run before it does; a group of services begins with `+`.
    pub depends_on: Vec<String>,
    /// Whom it runs as: `LocalSystem`, `NT SERVICE\name`, `.\user`,
    /// `DOMAIN\user`.
    pub account: String,
    /// Variables that are added to the environment, as `NAME=value`.
    pub environment: Vec<String>,
    /// What the manager does when it ends unasked.
    pub failure_actions: Option<FailureActions>,
    /// How long the machine's shutdown waits for it, when it wants to be told
    /// before the others.
    pub preshutdown: Option<Duration>,
    /// Whether its own identity, `NT SERVICE\name`, is in its process's token.
    pub sid: Option<SidType>,
}

/// When a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the machine.
    Auto,
    /// With the machine, some two minutes after the others.
    Delayed,
    /// When it is asked for.
    Manual,
    /// Not at all.
    Disabled,
    /// When the first network address comes
    /// (`SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY`), and when it is asked
    /// for.
    FirstAddress,
}

/// What the manager does when a service ends unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureActions {
    /// For the first such end, the second, and so on; the last one is for all
    /// further ones.
    pub actions: Vec<FailureAction>,
    /// After so long without one, the next is the first again; in whole seconds.
    /// `None`: never.
    pub reset_after: Option<Duration>,
    /// Whether an end that the program reports itself, with another exit code
    /// than 0, counts too.
    pub when_reported: bool,
}

/// One thing that the manager does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureAction {
    /// What.
    pub kind: FailureKind,
    /// After how long; in whole milliseconds.
    pub delay: Duration,
}

/// What the manager can do when a service ends unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing.
    Nothing,
    /// Start it again.
    Restart,
    /// Restart the machine.
    Reboot,
    /// Run a command, which is set elsewhere.
    Command,
}

/// What of its own identity a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SidType {
    /// Nothing.
    Absent,
    /// It can be named in access lists.
    Unrestricted,
    /// The same, and the service can write only what names it.
    Restricted,
}
