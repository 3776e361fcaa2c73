//! The wish that the program ends, for everybody in it to see.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use outlast_model::AwakeTime;
use outlast_os::clock;

/// Tells whether the program is to end. Clones tell the same; give one to every
/// thread and task that has to know.
///
/// ```no_run
/// fn work(stop: outlast::StopToken) {
///     // Once a minute, and not a moment longer than wanted.
///     while !stop.wait_timeout(std::time::Duration::from_secs(60)) {
///         // …
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct StopToken(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    begun: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// `None`: nobody wants it to end.
    deadline: Option<AwakeTime>,
    waiting: BTreeMap<u64, Waker>,
    next_key: u64,
}

impl StopToken {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            begun: Condvar::new(),
        }))
    }

    /// Whether the program is to end.
    ///
    /// ```no_run
    /// # let stop: outlast::StopToken = unimplemented!();
    /// while !stop.is_stopping() {
    ///     // One piece of work.
    /// }
    /// ```
    pub fn is_stopping(&self) -> bool {
        self.0.lock().deadline.is_some()
    }

    /// How long the program has to end in good order; then it is ended. `None`
    /// as long as it need not end.
    ///
    /// ```no_run
    /// # let stop: outlast::StopToken = unimplemented!();
    /// if let Some(left) = stop.time_left() {
    ///     println!("{} s to finish open requests", left.as_secs());
    /// }
    /// ```
    pub fn time_left(&self) -> Option<Duration> {
        let deadline = self.0.lock().deadline?;
        Some(deadline.since(clock::now().awake))
    }

    /// Ends when the program is to end. Needs no particular runtime, and may be
    /// dropped at any time, as in a `select!`.
    ///
    /// ```no_run
    /// # async fn example(stop: outlast::StopToken) {
    /// stop.requested().await;
    /// # }
    /// ```
    pub fn requested(&self) -> StopRequested {
        StopRequested {
            token: self.clone(),
            key: None,
        }
    }

    /// Blocks until the program is to end.
    ///
    /// ```no_run
    /// # let stop: outlast::StopToken = unimplemented!();
    /// stop.wait();
    /// ```
    pub fn wait(&self) {
        let state = self.0.lock();
        drop(
            self.0
                .begun
                .wait_while(state, |state| state.deadline.is_none()),
        );
    }

    /// Blocks until the program is to end, for `time` at the most. Tells whether
    /// it is. A sleep that ends when it has to.
    ///
    /// ```no_run
    /// # let stop: outlast::StopToken = unimplemented!();
    /// # use std::time::Duration;
    /// let is_over = stop.wait_timeout(Duration::from_secs(5));
    /// ```
    pub fn wait_timeout(&self, time: Duration) -> bool {
        let state = self.0.lock();
        drop(
            self.0
                .begun
                .wait_timeout_while(state, time, |state| state.deadline.is_none()),
        );
        self.is_stopping()
    }

    /// From now on the program is to end, by `deadline`. Once begun, this moves
    /// the deadline.
    pub(crate) fn begin(&self, deadline: AwakeTime) {
        let mut state = self.0.lock();
        state.deadline = Some(deadline);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.begun.notify_all();
        waiting.into_values().for_each(Waker::wake);
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic happens while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`StopToken::requested`] gives.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct StopRequested {
    token: StopToken,
    /// The place in the list of those who wait.
    key: Option<u64>,
}

impl Future for StopRequested {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let token = self.token.clone();
        let mut state = token.0.lock();
        if state.deadline.is_some() {
            return Poll::Ready(());
        }
        let key = *self.key.get_or_insert_with(|| {
            state.next_key += 1;
            state.next_key
        });
        state.waiting.insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for StopRequested {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.token.0.lock().waiting.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use outlast_os::clock;

    use super::StopToken;
    use crate::executor::block_on;

    fn soon() -> outlast_model::AwakeTime {
        clock::now().awake.after(Duration::from_secs(60))
    }

    #[test]
    fn everybody_who_waits_is_told_once_and_for_all() {
        let stop = StopToken::new();
        let blocked = stop.clone();
        let thread = std::thread::spawn(move || blocked.wait());
        let awaited = stop.clone();
        let task = std::thread::spawn(move || block_on(Box::pin(awaited.requested())));
        assert!(!stop.is_stopping());
        assert_eq!(stop.time_left(), None);
        stop.begin(soon());
        thread.join().expect("it ends");
        task.join().expect("it ends");
        block_on(Box::pin(stop.requested()));
        assert!(stop.wait_timeout(Duration::MAX));
    }

    #[test]
    fn a_deadline_that_is_moved_is_the_one_that_counts() {
        let stop = StopToken::new();
        stop.begin(clock::now().awake);
        assert_eq!(stop.time_left(), Some(Duration::ZERO));
        stop.begin(soon());
        assert!(stop.time_left() > Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_future_that_is_dropped_leaves_nobody_waiting() {
        let stop = StopToken::new();
        let mut requested = Box::pin(stop.requested());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(requested.as_mut().poll(&mut context).is_pending());
        assert_eq!(stop.0.lock().waiting.len(), 1);
        drop(requested);
        assert!(stop.0.lock().waiting.is_empty());
    }
}
