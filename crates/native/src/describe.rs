//! Steps as people read them.

use std::fmt;

use crate::step::{Call, Step};

impl fmt::Display for Step {
    /// One line, as in `write /etc/init.d/shop (mode 755)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dir { path, access } => {
                write!(f, "make the folder {}", path.display())?;
                match &access.owner {
                    Some(owner) => write!(f, " (mode {:o}, owner {owner})", access.mode),
                    None => write!(f, " (mode {:o})", access.mode),
                }
            }
            Self::File { path, mode, .. } => {
                write!(f, "write {} (mode {mode:o})", path.display())
            }
            Self::Link { path, target } => {
                write!(f, "link {} to {}", path.display(), target.display())
            }
            Self::NoFile { path } => write!(f, "remove {}", path.display()),
            Self::NoDir { path } => {
                write!(f, "remove the folder {} if it is empty", path.display())
            }
            Self::NoTree { path } => {
                write!(
                    f,
                    "remove the folder {} with everything in it",
                    path.display()
                )
            }
            Self::Call(call) => call.fmt(f),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool { does, .. } => write!(f, "run {does}"),
            Self::EventSource { name } => write!(f, "register the Event Log source {name}"),
            Self::NoEventSource { name } => write!(f, "remove the Event Log source {name}"),
            Self::Systemd(call) => write!(f, "do as {call}"),
            Self::Service(service) => write!(
                f,
                "register the service {} as {} to run {}",
                service.name, service.account, service.command_line
            ),
            Self::NoService { name, .. } => write!(f, "remove the service {name}"),
            Self::LogonRight { account, .. } => write!(f, "let {account} log on as a service"),
            Self::NoLogonRight { account } => {
                write!(f, "let {account} log on as a service no more")
            }
        }
    }
}
