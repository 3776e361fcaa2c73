//! What a service has to say for itself.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::Arc;

use outlast_os::clock;
use outlast_os::platform_log::{self, PlatformLog};

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Something does not work.
    Error,
    /// Something may not work soon, or not as it should.
    Warning,
    /// Something happened, as it should.
    Info,
    /// For whoever looks for a fault.
    Debug,
}

/// The log of the machine, under the service's name: the journal, syslog, the
/// Event Log; on a terminal and under managers without one, standard error with
/// the time before each message. Clones write to the same.
///
/// A message may have several lines. One that the machine's log does not take
/// goes to standard error. Writing may block for a second at the most.
///
/// ```no_run
/// # fn example(ctx: outlast::Context) {
/// ctx.log().info("listening on port 8080");
/// ctx.log().error(format_args!("cannot open {}", "shop.db"));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None`: standard error.
    platform: Option<PlatformLog>,
    least: Level,
}

impl Log {
    /// Standard error, for messages from `least` on.
    pub(crate) fn console(least: Level) -> Self {
        Self(Arc::new(Inner {
            platform: None,
            least,
        }))
    }

    /// The machine's log under the name `name`, else standard error.
    pub(crate) fn platform(name: &str, least: Level) -> Self {
        Self(Arc::new(Inner {
            platform: PlatformLog::open(name).ok(),
            least,
        }))
    }

    /// Writes a message.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().write(outlast::Level::Info, "half way");
    /// # }
    /// ```
    pub fn write(&self, level: Level, message: impl Display) {
        if self.takes(level) {
            self.put(level, &message.to_string());
        }
    }

    /// Writes what does not work.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().error("the disk is full");
    /// # }
    /// ```
    pub fn error(&self, message: impl Display) {
        self.write(Level::Error, message);
    }

    /// Writes what may not work soon.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().warning("the disk is almost full");
    /// # }
    /// ```
    pub fn warning(&self, message: impl Display) {
        self.write(Level::Warning, message);
    }

    /// Writes what happened.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().info("listening");
    /// # }
    /// ```
    pub fn info(&self, message: impl Display) {
        self.write(Level::Info, message);
    }

    /// Writes what helps to find a fault. Left out unless the service's
    /// [`log_level`](crate::Service::log_level) says otherwise, and always in
    /// Windows' Event Log, which the whole machine shares.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().debug("cache miss");
    /// # }
    /// ```
    pub fn debug(&self, message: impl Display) {
        self.write(Level::Debug, message);
    }

    pub(crate) fn takes(&self, level: Level) -> bool {
        level <= self.0.least
    }

    fn put(&self, level: Level, text: &str) {
        let is_told = (self.0.platform.as_ref())
            .is_some_and(|platform| platform.write(level.platform(), text).is_ok());
        if !is_told {
            let line = platform_log::line(clock::now().real, level.platform(), text);
            // One call, so that threads do not mix; a closed standard error is
            // no reason to end.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }
}

impl Level {
    const fn platform(self) -> platform_log::Level {
        match self {
            Self::Error => platform_log::Level::Error,
            Self::Warning => platform_log::Level::Warning,
            Self::Info => platform_log::Level::Info,
            Self::Debug => platform_log::Level::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Log};

    #[test]
    fn a_log_takes_what_matters_at_least_as_much_as_was_asked_for() {
        let log = Log::console(Level::Warning);
        assert!(log.takes(Level::Error));
        assert!(log.takes(Level::Warning));
        assert!(!log.takes(Level::Info));
    }
}
