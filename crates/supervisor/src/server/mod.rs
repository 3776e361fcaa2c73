//! The control endpoint: from bytes of a client to a call of the dispatcher.

mod answer;
mod connection;

use std::sync::Arc;

use outlast_os::endpoint::Listener;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::guardian::Identity;
use crate::wake::Wake;

/// How many connections are served at once; further ones wait to be accepted.
/// Each costs a few KiB, and only the guardian's own user can make one.
const MAX_CONNECTIONS: usize = 64;

/// Accepts connections for as long as the guardian runs.
pub(crate) async fn serve(
    mut listener: Listener,
    identity: Identity,
    wakes: UnboundedSender<Wake>,
) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((connection, _peer)) => {
                let served = connection::serve(connection, identity.clone(), wakes.clone());
                tokio::spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            // Out of descriptors, most likely, which nobody announces the end
            // of; without a pause this would spin.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
}
