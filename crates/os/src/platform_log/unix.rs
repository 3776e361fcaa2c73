//! The journal where there is one, else syslog.

use std::io;

use super::Level;
#[cfg(target_os = "linux")]
use super::journal::Journal;
use super::syslog::Syslog;

#[derive(Debug)]
pub(super) enum PlatformLog {
    #[cfg(target_os = "linux")]
    Journal(Journal),
    Syslog(Syslog),
}

impl PlatformLog {
    pub(super) fn open(name: &str) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(journal) = Journal::open(name) {
            return Ok(Self::Journal(journal));
        }
        Syslog::open(name).map(Self::Syslog)
    }

    pub(super) fn write(&self, level: Level, text: &str) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Journal(journal) => journal.write(level, text),
            Self::Syslog(syslog) => {
                syslog.write(level, text);
                Ok(())
            }
        }
    }
}
