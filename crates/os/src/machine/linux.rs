//! logind, over D-Bus (org.freedesktop.login1(5)), and where power comes from.
//!
//! A thread of its own has the connection, so that nothing of it, neither a bus
//! that is slow nor a library that is, can hold up anybody else. It sleeps until
//! logind tells something. When the bus goes away it comes back with a growing
//! delay: there is no notification of a bus that is there again.

mod known;
mod leaders;
mod logind;
mod power;

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::known::Known;
use self::leaders::Leaders;
use self::logind::{Ended, Logind};
use super::News;
use crate::bus::is_logind_there;

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LAST_DELAY: Duration = Duration::from_secs(60);

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Source {
    permits: UnboundedSender<u64>,
}

impl Source {
    pub(super) fn open(told: &UnboundedSender<News>) -> Option<Self> {
        if !is_logind_there() && !power::is_portable() {
            return None;
        }
        let (permits, permitted) = unbounded_channel();
        let told = told.clone();
        std::thread::Builder::new()
            .name("machine".to_owned())
            .spawn(move || listen(&told, permitted))
            .ok()?;
        Some(Self { permits })
    }

    pub(super) fn allow(&self, announcement: u64) {
        let _ = self.permits.send(announcement);
    }
}

/// Until nobody wants to be told any more: then the other ends of the channels
/// are gone.
fn listen(told: &UnboundedSender<News>, permitted: UnboundedReceiver<u64>) {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = built else {
        return;
    };
    runtime.block_on(async {
        tokio::select! {
            () = hear_logind(told, permitted) => {}
            () = hear_of_power(told) => {}
        }
    });
}

/// Never returns: that nobody listens any more shows in the other half.
async fn hear_of_power(told: &UnboundedSender<News>) {
    if power::is_portable() {
        // What the kernel does not tell is not told.
        let _ = power::watch(told).await;
    }
    std::future::pending::<()>().await;
}

async fn hear_logind(told: &UnboundedSender<News>, mut permitted: UnboundedReceiver<u64>) {
    let mut known = Known::default();
    let mut announced = 0;
    let mut delay = FIRST_DELAY;
    if !is_logind_there() {
        while permitted.recv().await.is_some() {}
        return;
    }
    loop {
        // A conversation that came about begins the delays anew.
        let mut is_met = || delay = FIRST_DELAY;
        let logind = Logind {
            known: &mut known,
            told,
            permitted: &mut permitted,
            announced: &mut announced,
            leaders: Leaders::default(),
        };
        if matches!(logind.converse(&mut is_met).await, Ok(Ended::Unwanted)) {
            return;
        }
        if is_unwanted_during(delay, &mut permitted).await {
            return;
        }
        delay = LAST_DELAY.min(delay * 2);
    }
}

async fn is_unwanted_during(delay: Duration, permitted: &mut UnboundedReceiver<u64>) -> bool {
    // What is permitted without a bus, nobody waits for.
    let unwanted = async { while permitted.recv().await.is_some() {} };
    tokio::time::timeout(delay, unwanted).await.is_ok()
}
