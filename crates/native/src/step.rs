//! What is done to register a service, as data.
//!
//! A step can be shown (`--dry-run`), taken, taken back and stored. It is
//! idempotent: taking it twice is the same as taking it once, so an inverse may
//! be carried out whether or not its step was taken.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::definition::Secret;
use crate::systemd::SystemdCall;
use crate::windows::Service;

/// One thing that is done to the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Make a folder, with its parents. One that is there keeps its content and
    /// gets this access.
    Dir {
        /// Absolute.
        path: PathBuf,
        /// Who may enter.
        access: Access,
    },
    /// Write a file as a whole: whoever reads it sees the old text or the new.
    File {
        /// Absolute.
        path: PathBuf,
        /// All of it.
        text: String,
        /// Permission bits, as in `chmod`.
        mode: u32,
    },
    /// Make a symbolic link, replacing a link that is there.
    Link {
        /// Where it is; absolute.
        path: PathBuf,
        /// What it says.
        target: PathBuf,
    },
    /// Remove a file or a symbolic link, if it is there.
    NoFile {
        /// Absolute.
        path: PathBuf,
    },
    /// Remove a folder if it is there and empty.
    NoDir {
        /// Absolute.
        path: PathBuf,
    },
    /// Remove a folder with everything in it, if it is there. Cannot be taken
    /// back, so it stands last.
    NoTree {
        /// Absolute.
        path: PathBuf,
    },
    /// Ask the manager, or the system, for something.
    Call(Call),
}

/// Who may enter a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The account that owns it and, with the administrator, alone can enter.
    /// `None`: whoever takes the step.
    pub owner: Option<String>,
    /// Permission bits on Unix; on Windows the access list names the owner,
    /// SYSTEM and the administrators.
    pub mode: u32,
}

/// Something that a manager or the system is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Run a tool of the manager, and have another line ready that undoes it.
    Tool {
        /// What is run.
        does: Tool,
        /// What takes it back; `None`: nothing need be taken back.
        undo: Option<Tool>,
    },
    /// Register a source of Windows' Event Log, so that what the service writes
    /// there can be read. One that is there stays as it is.
    EventSource {
        /// The source: the service's name.
        name: String,
    },
    /// Remove a source of Windows' Event Log, if it is one of ours.
    NoEventSource {
        /// The source.
        name: String,
    },
    /// Ask systemd, or its part for logins.
    Systemd(SystemdCall),
    /// Register a service with Windows' service control manager, or make the one
    /// that is there like it.
    Service(Box<Service>),
    /// Remove a service from Windows' service control manager, if it is one of
    /// ours.
    NoService {
        /// What the manager calls it.
        name: String,
        /// What it runs: one that does is ours, even when its making was cut
        /// short.
        command_line: String,
    },
    /// Let an account of Windows log on as a service. With a password, see first
    /// that it is the right one.
    LogonRight {
        /// In the service control manager's form.
        account: String,
        /// Never stored.
        #[serde(skip)]
        password: Option<Secret>,
    },
    /// Do not let an account of Windows log on as a service any more.
    NoLogonRight {
        /// In the service control manager's form.
        account: String,
    },
}

/// A command line of a manager's tool. It has a bounded time to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// A bare name, looked for in the system's folders, never in `PATH` of the
    /// caller.
    pub program: String,
    /// Word by word; no shell is involved.
    pub arguments: Vec<String>,
}

impl fmt::Display for Tool {
    /// As it would be typed, for people to read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        for argument in &self.arguments {
            write!(f, " {argument}")?;
        }
        Ok(())
    }
}
