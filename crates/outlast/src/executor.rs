//! What runs the program's future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use outlast_os::manager_link::Link;

/// The program as a future, for an executor of the caller's choice; see
/// [`Service::executor`](crate::Service::executor).
///
/// ```
/// fn run_on_this_thread(task: outlast::Task<'_>) {
///     // pollster::block_on(task), runtime.block_on(task), …
/// # let _ = task;
/// }
/// ```
pub type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs a future to its end.
pub(crate) struct Executor(Box<dyn for<'a> FnOnce(Task<'a>)>);

impl Executor {
    pub(crate) fn new(run: impl for<'a> FnOnce(Task<'a>) + 'static) -> Self {
        Self(Box::new(run))
    }

    pub(crate) fn run(self, task: Task<'_>) {
        (self.0)(task);
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Executor")
    }
}

/// Runs `task` on this thread, which sleeps when there is nothing to do.
pub(crate) fn block_on(mut task: Task<'_>) {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    while task.as_mut().poll(&mut context).is_pending() {
        // It may return for no reason, and does at once after a wake before it.
        thread::park();
    }
}

/// Shows that the program's future is polled, so that a manager's watchdog is
/// fed by the program itself and not by a thread that would outlive its hanging.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    is_wanted: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Pulse {
    /// Has the future polled; it feeds the watchdog then.
    pub(crate) fn ask(&self) {
        self.is_wanted.store(true, Ordering::Release);
        let waker = self.lock().take();
        waker.into_iter().for_each(Waker::wake);
    }

    /// `task`, with the pulse in it. `link` is told when it beats.
    pub(crate) fn within<'a>(self: Arc<Self>, link: Link, mut task: Task<'a>) -> Task<'a> {
        Box::pin(std::future::poll_fn(move |context| {
            *self.lock() = Some(context.waker().clone());
            if self.is_wanted.swap(false, Ordering::AcqRel) {
                link.alive();
            }
            match task.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            }
        }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;
    use std::thread;

    use super::block_on;

    #[test]
    fn a_future_is_polled_when_it_is_woken_and_not_before() {
        let polls = AtomicUsize::new(0);
        block_on(Box::pin(std::future::poll_fn(|context| {
            if polls.fetch_add(1, Ordering::Relaxed) == 1 {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        })));
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }
}
