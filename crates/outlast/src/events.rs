//! What happens to a service while it runs.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use crate::machine::MachineEvent;
use crate::mailbox::Mailbox;
use crate::reload::Reload;

/// Something that happened. Later versions add to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The program is to end: what [`StopToken`](crate::StopToken) tells, in
    /// order with the rest.
    Stop,
    /// The program is to read its configuration again: `systemctl reload`, a
    /// hang-up signal, `PARAMCHANGE` on Windows.
    Reload(Reload),
    /// The machine, or a session on it, did something. On Linux this takes the
    /// feature `dbus`.
    Machine(MachineEvent),
}

/// The events of a service, from the moment on that this was made.
///
/// ```no_run
/// # async fn example(ctx: outlast::Context) {
/// use outlast::Event;
/// let mut events = ctx.events();
/// loop {
///     match events.next().await {
///         Event::Reload(_reload) => { /* read the file again */ }
///         Event::Stop => break,
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Events(Arc<Mailbox<Event>>);

impl Events {
    /// The next event. Needs no particular runtime, loses nothing when it is
    /// dropped.
    ///
    /// ```no_run
    /// # async fn example(mut events: outlast::Events) {
    /// let event = events.next().await;
    /// # }
    /// ```
    pub async fn next(&mut self) -> Event {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The next event, for whoever makes a stream of it.
    ///
    /// ```no_run
    /// # fn example(mut events: outlast::Events, cx: &mut std::task::Context<'_>) {
    /// let is_there = events.poll_next(cx).is_ready();
    /// # }
    /// ```
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        self.0.poll_take(context)
    }

    /// The next event; blocks until it is there.
    ///
    /// ```no_run
    /// # fn example(mut events: outlast::Events) {
    /// let event = events.wait();
    /// # }
    /// ```
    pub fn wait(&mut self) -> Event {
        self.0.take()
    }
}

/// Everybody who listens.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<Vec<Weak<Mailbox<Event>>>>);

impl Listeners {
    /// One more, who finds `first` in the mailbox.
    pub(crate) fn add(&self, first: impl FnOnce() -> Option<Event>) -> Events {
        let mut listeners = self.lock();
        let mailbox = Arc::new(Mailbox::default());
        // Under the lock, so that nobody is told twice or not at all.
        first().into_iter().for_each(|event| mailbox.put(event));
        listeners.push(Arc::downgrade(&mailbox));
        Events(mailbox)
    }

    /// Tells all of them the event that `happens` makes. Tells whether there is
    /// anybody.
    pub(crate) fn tell(&self, happens: impl FnOnce() -> Event) -> bool {
        let mut listeners = self.lock();
        let event = happens();
        listeners.retain(|mailbox| match mailbox.upgrade() {
            Some(mailbox) => {
                mailbox.put(event.clone());
                true
            }
            None => false,
        });
        !listeners.is_empty()
    }

    /// Whether anybody listens.
    pub(crate) fn are_there(&self) -> bool {
        self.lock().iter().any(|mailbox| mailbox.strong_count() > 0)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mailbox<Event>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Listeners};
    use crate::executor::block_on;

    #[test]
    fn each_listener_gets_everything_from_its_beginning_on_in_order() {
        let listeners = Listeners::default();
        assert!(!listeners.tell(|| Event::Stop), "nobody listens");
        let mut early = listeners.add(|| None);
        assert!(listeners.tell(|| Event::Stop));
        let mut late = listeners.add(|| Some(Event::Stop));
        assert!(matches!(early.wait(), Event::Stop));
        assert!(matches!(late.wait(), Event::Stop));
        let reader = std::thread::spawn(move || {
            block_on(Box::pin(async {
                assert!(matches!(late.next().await, Event::Stop));
            }));
        });
        listeners.tell(|| Event::Stop);
        reader.join().expect("it was told");
        assert!(!listeners.tell(|| Event::Stop) || listeners.are_there());
    }

    #[test]
    fn who_has_gone_counts_no_more() {
        let listeners = Listeners::default();
        drop(listeners.add(|| None));
        assert!(!listeners.are_there());
        assert!(!listeners.tell(|| Event::Stop));
    }
}
