//! What every native manager can do for us.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::definition::{Definition, NativeName, Scope};
use crate::fidelity::Fidelity;
use crate::register::Registration;
use crate::step::Step;

/// The managers that services can be registered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ManagerKind {
    /// Windows' service control manager.
    Windows,
    /// systemd.
    Systemd,
    /// launchd.
    Launchd,
    /// OpenRC.
    OpenRc,
    /// Scripts in `/etc/init.d` with LSB headers.
    SysV,
    /// FreeBSD's rc.d.
    FreeBsd,
    /// A runit scan directory.
    Runit,
    /// An s6 scan directory.
    S6,
}

/// A native manager.
pub trait Manager {
    /// Which one it is.
    fn kind(&self) -> ManagerKind;

    /// Whether this machine is run by it, found out without asking it anything.
    fn is_running_here(&self) -> bool;

    /// What registering `definition` means for this manager. Pure: it looks at
    /// nothing but its argument, on every operating system the same.
    ///
    /// # Errors
    /// [`Error::Inexpressible`] when the manager cannot have such a service at
    /// all: a name that it forbids, text that its format has no spelling for.
    fn render(&self, definition: &Definition) -> Result<Rendered, Error>;

    /// How the service of this name is; it need not be ours.
    ///
    /// # Errors
    /// When the manager does not answer.
    fn status(&self, name: &NativeName, scope: Scope) -> Result<NativeStatus, Error>;

    /// The properties of a registered service as the manager itself tells them,
    /// in the order and the words of `outlast config get`.
    ///
    /// # Errors
    /// [`Error::NotInstalled`], or when the manager does not answer.
    fn properties(&self, registration: &Registration) -> Result<Vec<Property>, Error>;

    /// Asks for `request` and waits until it is done, for `patience` at the most.
    ///
    /// # Errors
    /// When the manager refuses, when the service fails to do so, or when
    /// patience is over ([`Error::TimedOut`]).
    fn control(
        &self,
        registration: &Registration,
        request: Request,
        patience: Duration,
    ) -> Result<(), Error>;
}

/// What a native service can be asked for as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To run.
    Start,
    /// To end in good order.
    Stop,
    /// To end and run again.
    Restart,
}

/// How a definition is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// In order; the last of them makes the service visible to the manager.
    pub steps: Vec<Step>,
    /// What the manager cannot express.
    pub fidelity: Fidelity,
}

/// How a native service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeStatus {
    /// The actual state.
    pub state: NativeState,
    /// Its main process.
    pub pid: Option<u32>,
    /// Whether it is started with the machine; `None`: the manager cannot say.
    pub is_enabled: Option<bool>,
    /// What the manager or the service adds in words.
    pub remark: Option<String>,
}

impl NativeStatus {
    /// Of a service that the manager does not know.
    pub const ABSENT: Self = Self {
        state: NativeState::Absent,
        pid: None,
        is_enabled: None,
        remark: None,
    };
}

/// The states of native services, as far as managers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeState {
    /// The manager knows no such service.
    Absent,
    /// It does not run.
    Stopped,
    /// It runs and is not ready.
    Starting,
    /// It runs and, where it can tell, is ready.
    Running,
    /// It is ending.
    Stopping,
    /// It ended in a way that was not wanted.
    Failed,
    /// The manager does not say.
    Unknown,
}

impl NativeState {
    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// One property of a registered service, as the manager tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// As `outlast config` calls it, as in `start` or `account`.
    pub name: &'static str,
    /// In the form in which `outlast config set` takes it.
    pub value: String,
}

/// Why something about a native service failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manager cannot have such a service.
    #[error("{manager} cannot have this service: {reason}")]
    Inexpressible {
        /// As people call it.
        manager: &'static str,
        /// Why, and what would do.
        reason: String,
    },
    /// There is no such native service.
    #[error("there is no native service {0}")]
    NotInstalled(NativeName),
    /// The name belongs to a service that was not registered here.
    #[error("{name} is the name of a service that Outlast has not installed ({place})")]
    Taken {
        /// The name.
        name: NativeName,
        /// Where the other one is.
        place: String,
    },
    /// This user may not.
    #[error("no permission to {attempt}")]
    NoPermission {
        /// What was attempted, as in "write /etc/systemd/system/shop.service".
        attempt: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// An account that there is not, or that may not log on.
    #[error("cannot run as {account}: {reason}")]
    Account {
        /// Who was named.
        account: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The manager did not answer in time, or the service did not do as asked.
    #[error("cannot {attempt} within {patience:?}")]
    TimedOut {
        /// What was attempted.
        attempt: String,
        /// How long was waited.
        patience: Duration,
    },
    /// The manager said no.
    #[error("cannot {attempt}: {reason}")]
    Refused {
        /// What was attempted.
        attempt: String,
        /// In its words.
        reason: String,
    },
    /// The operating system said no.
    #[error("cannot {attempt}")]
    System {
        /// What was attempted, on what.
        attempt: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// There is no manager that could have a service.
    #[error("no native manager runs on this machine")]
    NoManager,
    /// A record of the register cannot be understood.
    #[error("cannot understand {}", path.display())]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// An earlier command died halfway, and what it did cannot be taken back.
    #[error("cannot take back what an earlier command left half done for {name}")]
    HalfDone {
        /// The service.
        name: NativeName,
        /// The step that failed.
        #[source]
        source: Box<Error>,
    },
}

impl Error {
    /// `source` of an `attempt` ("remove /etc/init.d/shop"), sorted by what to
    /// do about it.
    pub(crate) fn system(attempt: String, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::PermissionDenied {
            Self::NoPermission { attempt, source }
        } else {
            Self::System { attempt, source }
        }
    }

    /// The same for what was attempted on `path`.
    pub(crate) fn io(attempt: &str, path: &Path, source: io::Error) -> Self {
        Self::system(format!("{attempt} {}", path.display()), source)
    }
}
