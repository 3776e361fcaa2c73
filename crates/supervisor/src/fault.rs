//! What happens when the supervisor itself has a bug.
//!
//! A panic must not end the process that keeps the others alive, and must not
//! go by in silence either: every border between tasks catches it here.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic inside it becomes `None` and a line on standard error.
///
/// `AssertUnwindSafe`: what `work` was changing may be half changed. Each caller
/// says why that can be lived with.
pub(crate) fn contained<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(panic) => {
            tell(what, panic.as_ref());
            None
        }
    }
}

/// Says on standard error that `what` panicked. Standard error may be gone,
/// which is no reason to fail.
pub(crate) fn tell(what: &str, panic: &(dyn Any + Send)) {
    use std::io::Write as _;
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    let _ = writeln!(
        std::io::stderr(),
        "outlast: a bug in outlast: {what} panicked: {message}; supervision goes on, please report this"
    );
}
