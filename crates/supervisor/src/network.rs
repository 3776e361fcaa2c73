//! The machine's network, while a service needs it.

use outlast_engine::Input;
use outlast_model::service::NetworkPolicy;
use outlast_model::{Event, Service};
use outlast_os::network::NetworkNews;

use crate::dispatcher::Dispatcher;

/// Whether anything has to be known of the network.
pub(crate) fn is_needed<'a>(mut services: impl Iterator<Item = &'a Service>) -> bool {
    services.any(|service| service.network == NetworkPolicy::Online)
}

impl Dispatcher {
    /// Begins to listen, or ends that. How the network is, is dealt with before anything
    /// is started.
    pub(crate) fn heed_network(&mut self, is_needed: bool) {
        if !is_needed {
            self.network = NetworkNews::nobody();
        } else if !self.network.is_told() {
            self.network = NetworkNews::listen();
            self.look_at_network();
        }
    }

    /// What was told last may be from before: of a sleep, for example, whose end is told
    /// by somebody else.
    pub(crate) fn look_at_network(&mut self) {
        if let Some(network) = self.network.now() {
            self.dispatch(Input::Event(Event::Network(network)));
        }
    }
}
