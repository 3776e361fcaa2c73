//! A reload that goes on until everybody is done with it.

use std::fmt;
use std::sync::Arc;

/// A wish to read the configuration again. The manager is told that the reload
/// is done when this and all of its clones are dropped, so keep it for as long
/// as it takes.
///
/// ```no_run
/// # fn read_configuration() {}
/// fn on_reload(reload: outlast::Reload) {
///     read_configuration();
///     drop(reload);
/// }
/// ```
#[derive(Clone)]
pub struct Reload(#[expect(dead_code, reason = "held for its end")] Arc<InProgress>);

struct InProgress(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Reload {
    /// `done` is called at its end.
    pub(crate) fn new(done: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Arc::new(InProgress(Some(Box::new(done)))))
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if let Some(done) = self.0.take() {
            done();
        }
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reload")
    }
}
