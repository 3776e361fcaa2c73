//! For programs whose parts write by the crate `log`.

use crate::log::{Level, Log};

impl Log {
    /// From now on takes what is written by the macros of the crate `log`, under
    /// the module's name. Only with the feature `log`.
    ///
    /// ```no_run
    /// # fn example(ctx: outlast::Context) {
    /// ctx.log().take_log_crate().expect("nobody else takes it");
    /// log::info!("listening");
    /// # }
    /// ```
    ///
    /// # Errors
    /// When another logger has been set.
    pub fn take_log_crate(&self) -> Result<(), log::SetLoggerError> {
        log::set_boxed_logger(Box::new(self.clone()))?;
        let least = [
            (Level::Debug, log::LevelFilter::Debug),
            (Level::Info, log::LevelFilter::Info),
            (Level::Warning, log::LevelFilter::Warn),
        ]
        .into_iter()
        .find(|&(level, _)| self.takes(level))
        .map_or(log::LevelFilter::Error, |(_, filter)| filter);
        log::set_max_level(least);
        Ok(())
    }
}

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        level(metadata.level()).is_some_and(|level| self.takes(level))
    }

    fn log(&self, record: &log::Record<'_>) {
        if let Some(level) = level(record.level()) {
            self.write(
                level,
                format_args!("{}: {}", record.target(), record.args()),
            );
        }
    }

    fn flush(&self) {}
}

/// `None`: finer than anything that is kept here.
const fn level(level: log::Level) -> Option<Level> {
    match level {
        log::Level::Error => Some(Level::Error),
        log::Level::Warn => Some(Level::Warning),
        log::Level::Info => Some(Level::Info),
        log::Level::Debug => Some(Level::Debug),
        log::Level::Trace => None,
    }
}
