//! Whether the machine's network is there, as far as the system tells.
//!
//! *Online* is a machine with a way to everywhere (a default route, of IPv4 or IPv6)
//! through an interface that is up. Where there is no such way at all, as in a
//! network on a shop floor that has no gateway, an address beyond link-local on a
//! physical interface that is up will do. Nobody far away is asked.
//!
//! | | Linux | Windows | others |
//! |---|---|---|---|
//! | routes, addresses | `/proc/net` | `GetIpForwardTable2`, `GetUnicastIpAddressTable` | absent |
//! | up | `IFF_RUNNING` | `OperStatus` | absent |
//! | physical | has a device in `/sys/class/net`, or lies on one that has (a bridge, a bond, a VLAN) | `HardwareInterface` | absent |
//! | told by | route netlink | `NotifyRouteChange2`, … | absent |
//!
//! A burst of changes is one. Nothing is asked at intervals; a thread listens, for as
//! long as somebody wants to know.

mod rule;
pub mod tables;

#[cfg(not(any(windows, target_os = "linux")))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(any(windows, target_os = "linux")))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(windows)]
use windows as sys;

use outlast_model::machine::Network;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Whether this system tells.
pub const IS_TOLD: bool = sys::IS_TOLD;

/// What is told of the network.
#[derive(Debug)]
pub struct NetworkNews {
    incoming: UnboundedReceiver<Network>,
    source: Option<sys::Source>,
    /// So that a wait for nobody does not end.
    _open: UnboundedSender<Network>,
}

impl NetworkNews {
    /// Begins to listen, on a thread that ends with this. Where the system does not
    /// tell, it is as [`nobody`](Self::nobody).
    pub fn listen() -> Self {
        let (told, incoming) = unbounded_channel();
        Self {
            incoming,
            source: sys::Source::open(&told),
            _open: told,
        }
    }

    /// From nobody, for ever.
    pub fn nobody() -> Self {
        let (told, incoming) = unbounded_channel();
        Self {
            incoming,
            source: None,
            _open: told,
        }
    }

    /// Whether anybody tells.
    pub const fn is_told(&self) -> bool {
        self.source.is_some()
    }

    /// How it is at this moment; `None`: nobody tells of the next. Reads what the system
    /// has in memory, within bounds.
    pub fn now(&self) -> Option<Network> {
        self.source.as_ref().and_then(|_| sys::current())
    }

    /// How it is, when that may have changed. Waits for ever where nobody tells.
    /// Cancel-safe; needs no particular runtime.
    pub async fn next(&mut self) -> Network {
        match self.incoming.recv().await {
            Some(network) => network,
            // The sender in `self` keeps the channel open.
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::{IS_TOLD, NetworkNews};

    #[test]
    fn where_nobody_tells_a_wait_never_ends() {
        let mut news = NetworkNews::nobody();
        assert_eq!(news.now(), None);
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(news.next()).poll(&mut context).is_pending());
    }

    #[test]
    fn who_listens_hears_at_once_how_it_is() {
        let mut news = NetworkNews::listen();
        assert_eq!(news.is_told(), IS_TOLD);
        assert_eq!(news.now().is_some(), IS_TOLD);
        if IS_TOLD {
            assert!(news.incoming.blocking_recv().is_some());
        }
    }
}
