//! syslog(3). It tells of no error: what nobody takes is lost.

use std::ffi::CString;
use std::io;
use std::path::Path;

use super::Level;

#[derive(Debug)]
pub(super) struct Syslog;

impl Syslog {
    pub(super) fn open(name: &str) -> io::Result<Self> {
        if !is_there() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        let name = CString::new(name)?.into_raw();
        // SAFETY: openlog(3) keeps the pointer for the life of the process, so
        // the text is never freed.
        unsafe { libc::openlog(name, libc::LOG_PID, libc::LOG_DAEMON) };
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "proof that the log was opened")]
    pub(super) fn write(&self, level: Level, text: &str) {
        for line in text.lines() {
            // What is behind a NUL would be cut off.
            let Ok(line) = CString::new(line.replace('\0', " ")) else {
                continue;
            };
            // SAFETY: the format takes one text, and both end in NUL.
            unsafe { libc::syslog(priority(level), c"%s".as_ptr(), line.as_ptr()) };
        }
    }
}

/// macOS and FreeBSD always have a syslog daemon, and not always at this place.
fn is_there() -> bool {
    !cfg!(target_os = "linux") || Path::new("/dev/log").exists()
}

/// The numbers of syslog(3), which the journal uses, too.
pub(super) const fn priority(level: Level) -> libc::c_int {
    match level {
        Level::Error => libc::LOG_ERR,
        Level::Warning => libc::LOG_WARNING,
        Level::Info => libc::LOG_INFO,
        Level::Debug => libc::LOG_DEBUG,
    }
}
