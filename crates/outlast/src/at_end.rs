//! Something to do when the last copy of something is dropped.

use std::fmt;

/// Calls a function at its end.
pub(crate) struct AtEnd(Option<Box<dyn FnOnce() + Send + Sync>>);

impl AtEnd {
    pub(crate) fn new(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl fmt::Debug for AtEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtEnd")
    }
}
