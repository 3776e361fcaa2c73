//! A service of Windows' service control manager, or of a guardian that has told
//! the name of a pipe.

mod patience;
mod pipe;
mod scm;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use self::pipe::Pipe;
use self::scm::Service;
pub(crate) use self::scm::{is_linked, status_handle};
use super::{Conclusion, LinkKind, Notice, words};

#[derive(Clone, Debug)]
pub(super) enum Link {
    Nobody,
    Notify(Arc<Pipe>),
    Scm(&'static Service),
}

pub(super) fn is_announced() -> bool {
    Pipe::announced().is_some()
}

impl Link {
    /// A guardian's services are told to end by Ctrl-C, so `notices` is for the SCM.
    pub(super) fn connect(notices: UnboundedSender<Notice>) -> io::Result<Self> {
        if let Some(name) = Pipe::announced() {
            let pipe = Pipe::open(&name, words::watchdog())?;
            return Ok(Self::Notify(Arc::new(pipe)));
        }
        Ok(scm::connect(notices)?.map_or(Self::Nobody, Self::Scm))
    }

    pub(super) const fn nobody() -> Self {
        Self::Nobody
    }

    pub(super) const fn kind(&self) -> LinkKind {
        match self {
            Self::Nobody => LinkKind::Nobody,
            Self::Notify(_) => LinkKind::Notify,
            Self::Scm(_) => LinkKind::Scm,
        }
    }

    pub(super) fn ready(&self) -> io::Result<()> {
        match self {
            Self::Nobody => Ok(()),
            Self::Notify(pipe) => pipe.send(words::READY),
            Self::Scm(service) => service.ready(),
        }
    }

    pub(super) fn status(&self, text: &str) {
        self.tell(|| words::status(text));
    }

    pub(super) fn reloading(&self) {
        self.tell(words::reloading);
    }

    pub(super) fn stopping(&self) {
        match self {
            Self::Scm(service) => service.stopping(),
            Self::Nobody | Self::Notify(_) => self.tell(|| words::STOPPING.to_owned()),
        }
    }

    pub(super) fn more_time(&self, time: Duration) {
        match self {
            Self::Scm(service) => service.more_time(time),
            Self::Nobody | Self::Notify(_) => self.tell(|| words::more_time(time)),
        }
    }

    pub(super) fn alive(&self) {
        self.tell(|| words::ALIVE.to_owned());
    }

    /// The SCM has none.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        match self {
            Self::Notify(pipe) => pipe.watchdog(),
            Self::Nobody | Self::Scm(_) => None,
        }
    }

    /// A guardian sees the process's end and its code.
    pub(super) fn concluded(&self, conclusion: Conclusion) {
        if let Self::Scm(service) = self {
            service.concluded(conclusion);
        }
    }

    /// What only a guardian shows. One that is gone or overburdened is no reason to
    /// do anything.
    fn tell(&self, message: impl FnOnce() -> String) {
        if let Self::Notify(pipe) = self {
            let _ = pipe.send(&message());
        }
    }
}
