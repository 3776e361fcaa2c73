//! Why a service could not be controlled.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use outlast_native::transaction::Failure;
use outlast_native::{self as native, InvalidName};

/// Why a service could not be installed, removed, started, stopped or asked for.
/// Its text says what was attempted, on what, and what to do; the cause stands
/// in `source()`.
///
/// ```no_run
/// use outlast::ErrorKind;
/// match outlast::service("shop").control().start() {
///     Err(error) if error.kind() == ErrorKind::NotInstalled => println!("install it first"),
///     other => other.expect("it starts"),
/// }
/// ```
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    inner: Box<dyn StdError + Send + Sync>,
}

/// What kind of error it is, for whoever decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service is described in a way that the manager cannot have: a name
    /// that it forbids, an account that there is not.
    Description,
    /// It is not installed.
    NotInstalled,
    /// The name belongs to a service that was not installed by Outlast.
    Taken,
    /// This user may not.
    NoPermission,
    /// No manager runs on this machine.
    NoManager,
    /// The manager or the service did not do so in time.
    TimedOut,
    /// Anything else.
    Other,
}

impl Error {
    /// What kind it is.
    ///
    /// ```no_run
    /// # let error: outlast::Error = unimplemented!();
    /// let may_be_retried = error.kind() == outlast::ErrorKind::TimedOut;
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn io(attempt: &str, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::PermissionDenied => ErrorKind::NoPermission,
            _ => ErrorKind::Other,
        };
        let attempt = format!("cannot {attempt}");
        Self {
            kind,
            inner: Box::new(Attempt { attempt, source }),
        }
    }

    pub(crate) fn not_privileged(attempt: &str, hint: &str) -> Self {
        Self {
            kind: ErrorKind::NoPermission,
            inner: format!("no permission to {attempt} of this machine: {hint}").into(),
        }
    }
}

#[derive(Debug)]
struct Attempt {
    attempt: String,
    source: io::Error,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.attempt)
    }
}

impl StdError for Attempt {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source()
    }
}

impl From<native::Error> for Error {
    fn from(error: native::Error) -> Self {
        let kind = match &error {
            native::Error::Inexpressible { .. } | native::Error::Account { .. } => {
                ErrorKind::Description
            }
            native::Error::NotInstalled(_) => ErrorKind::NotInstalled,
            native::Error::Taken { .. } => ErrorKind::Taken,
            native::Error::NoPermission { .. } => ErrorKind::NoPermission,
            native::Error::NoManager => ErrorKind::NoManager,
            native::Error::TimedOut { .. } => ErrorKind::TimedOut,
            _ => ErrorKind::Other,
        };
        let inner = Box::new(error);
        Self { kind, inner }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TakenBack(error) => error.into(),
            half_done @ Failure::HalfDone { .. } => Self {
                kind: ErrorKind::Other,
                inner: Box::new(half_done),
            },
        }
    }
}

impl From<InvalidName> for Error {
    fn from(error: InvalidName) -> Self {
        Self {
            kind: ErrorKind::Description,
            inner: Box::new(error),
        }
    }
}
