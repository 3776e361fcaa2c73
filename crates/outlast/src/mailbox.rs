//! What a thread of the library tells one reader, with a runtime or without.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Has no bound: who puts something in is bounded.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    content: Mutex<Content<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct Content<T> {
    items: VecDeque<T>,
    /// Of the one task that reads.
    waker: Option<Waker>,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self {
            content: Mutex::new(Content {
                items: VecDeque::new(),
                waker: None,
            }),
            filled: Condvar::new(),
        }
    }
}

impl<T> Mailbox<T> {
    pub(crate) fn put(&self, item: T) {
        let mut content = self.lock();
        content.items.push_back(item);
        let waker = content.waker.take();
        drop(content);
        self.filled.notify_one();
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn poll_take(&self, context: &mut Context<'_>) -> Poll<T> {
        let mut content = self.lock();
        if let Some(item) = content.items.pop_front() {
            return Poll::Ready(item);
        }
        content.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Blocks until there is something.
    pub(crate) fn take(&self) -> T {
        let mut content = self.lock();
        loop {
            if let Some(item) = content.items.pop_front() {
                return item;
            }
            let filled = self.filled.wait(content);
            content = filled.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Blocks until there is something, for `time` at the most.
    pub(crate) fn take_within(&self, time: Duration) -> Option<T> {
        let filled = self
            .filled
            .wait_timeout_while(self.lock(), time, |content| content.items.is_empty());
        let (mut content, _) = filled.unwrap_or_else(PoisonError::into_inner);
        content.items.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, Content<T>> {
        // Nothing that could panic happens while it is held.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
