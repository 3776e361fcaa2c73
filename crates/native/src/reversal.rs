//! What a recorded step has left behind, and what removes it.

use std::path::Path;

use crate::step::{Call, Step};

impl Step {
    /// The step that removes what this one has made, for a removal or an update
    /// long after it was taken. `None` when it has made nothing.
    ///
    /// This is not the inverse that a [`Host`](crate::transaction::Host) finds
    /// out right before a step: that one brings back what was there before.
    ///
    /// Recorded steps are reversed from the last to the first. So a manager that
    /// has to be told to look again is told both before and after its files:
    /// the first call does its work in a removal, the last one in an
    /// installation.
    pub fn reversal(&self) -> Option<Self> {
        match self {
            Self::Dir { path, .. } => Some(Self::NoDir { path: path.clone() }),
            Self::File { path, .. } | Self::Link { path, .. } => {
                Some(Self::NoFile { path: path.clone() })
            }
            Self::NoFile { .. } | Self::NoDir { .. } | Self::NoTree { .. } => None,
            Self::Call(call) => call.reversal().map(Self::Call),
        }
    }

    /// Whether both are about the same thing, so that taking the one leaves
    /// nothing of the other.
    pub fn concerns_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Call(one), Self::Call(other)) => one.concerns_the_same_as(other),
            _ => self.path().is_some() && self.path() == other.path(),
        }
    }

    /// The file, link or folder that it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Dir { path, .. }
            | Self::File { path, .. }
            | Self::Link { path, .. }
            | Self::NoFile { path }
            | Self::NoDir { path }
            | Self::NoTree { path } => Some(path),
            Self::Call(_) => None,
        }
    }

    /// The step in an update of a service that had it before: taking it back
    /// means doing it once more, as undoing it would lose what was there.
    pub(crate) fn once_more(&self) -> Self {
        match self {
            Self::Call(Call::Tool { does, undo }) => Self::Call(Call::Tool {
                does: does.clone(),
                undo: undo.as_ref().map(|_| does.clone()),
            }),
            other => other.clone(),
        }
    }
}

impl Call {
    fn reversal(&self) -> Option<Self> {
        match self {
            Self::Tool { does, undo } => undo.as_ref().map(|undo| Self::Tool {
                does: undo.clone(),
                undo: Some(does.clone()),
            }),
            Self::EventSource { name } => Some(Self::NoEventSource { name: name.clone() }),
            Self::Systemd(call) => call.reversal().map(Self::Systemd),
            Self::Service(service) => Some(Self::NoService {
                name: service.name.clone(),
                command_line: service.command_line.clone(),
            }),
            // The right to log on stays: other services of the account may have
            // come to need it.
            Self::NoEventSource { .. }
            | Self::NoService { .. }
            | Self::LogonRight { .. }
            | Self::NoLogonRight { .. } => None,
        }
    }

    fn concerns_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tool { does: one, .. }, Self::Tool { does: other, .. }) => one == other,
            (
                Self::EventSource { name: one } | Self::NoEventSource { name: one },
                Self::EventSource { name: other } | Self::NoEventSource { name: other },
            ) => one == other,
            (Self::Systemd(one), Self::Systemd(other)) => one == other,
            (Self::Service(one), Self::Service(other)) => one.name == other.name,
            (Self::LogonRight { account: one, .. }, Self::LogonRight { account: other, .. }) => {
                one == other
            }
            _ => false,
        }
    }
}
