//! A reload that goes on until everybody is done with it.

use std::fmt;
use std::sync::Arc;

use crate::at_end::AtEnd;

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
pub struct Reload(#[expect(dead_code, reason = "held for its end")] Arc<AtEnd>);

impl Reload {
    /// `done` is called at its end.
    pub(crate) fn new(done: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Arc::new(AtEnd::new(done)))
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reload")
    }
}
