//! Signals for programs that have no asynchronous runtime.

use std::io;
use std::sync::mpsc::sync_channel;

use super::{HostSignal, HostSignals};

/// Calls `told` with everything but [`HostSignal::Forward`], on a thread of its own that stays for as long as the process lives. The
/// default actions of these signals are off when this returns; `told` may block.
///
/// # Errors
/// When a handler cannot be installed, or there is no thread to be had.
pub fn listen_apart(told: impl FnMut(HostSignal) + Send + 'static) -> io::Result<()> {
    let (listens, listening) = sync_channel(1);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || match begin() {
            Ok((runtime, signals)) => {
                let _ = listens.send(Ok(()));
                runtime.block_on(tell(signals, told));
            }
            Err(error) => drop(listens.send(Err(error))),
        })?;
    listening.recv().unwrap_or_else(|_| {
        Err(io::Error::other(
            "the thread that listens to signals is gone",
        ))
    })
}

fn begin() -> io::Result<(tokio::runtime::Runtime, HostSignals)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let entered = runtime.enter();
    let signals = HostSignals::listen_for_end_and_reload()?;
    drop(entered);
    Ok((runtime, signals))
}

async fn tell(mut signals: HostSignals, mut told: impl FnMut(HostSignal)) {
    loop {
        told(signals.next().await);
    }
}
