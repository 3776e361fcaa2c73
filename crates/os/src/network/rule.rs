//! What counts as online, and when, wherever the facts come from.
#![cfg_attr(
    not(any(windows, target_os = "linux")),
    expect(dead_code, reason = "the facts are absent")
)]

use std::time::Duration;

use outlast_model::machine::Network;

/// After a change others follow: an address, a route, a second family. What is told is
/// what is so when nothing has changed for this long, …
pub(super) const SETTLES_IN: Duration = Duration::from_millis(200);

/// … or when it has changed for that long.
pub(super) const CHANGES_FOR: Duration = Duration::from_secs(1);

/// The ways out of a machine, by the interface that each goes through.
#[derive(Debug)]
pub(super) struct Ways<Interface> {
    /// Those to everywhere.
    pub(super) everywhere: Vec<Interface>,
    /// Those to a network that the machine has an address in, beyond link-local.
    pub(super) near: Vec<Interface>,
}

impl<Interface> Ways<Interface> {
    /// Where there is a way to everywhere that does not work now, what is near is not
    /// what the machine is meant to reach.
    pub(super) fn network(
        &self,
        is_up: impl Fn(&Interface) -> bool,
        is_physical: impl Fn(&Interface) -> bool,
    ) -> Network {
        let is_online = if self.everywhere.is_empty() {
            let mut near = self.near.iter();
            near.any(|interface| is_up(interface) && is_physical(interface))
        } else {
            self.everywhere.iter().any(is_up)
        };
        if is_online {
            Network::Online
        } else {
            Network::Offline
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(everywhere: &[&'static str], near: &[&'static str]) -> Network {
        let ways = Ways {
            everywhere: everywhere.to_vec(),
            near: near.to_vec(),
        };
        let is_up = |interface: &&str| !interface.starts_with("down");
        ways.network(is_up, |interface| interface.ends_with("eth"))
    }

    #[test]
    fn a_way_to_everywhere_has_to_be_up() {
        assert_eq!(network(&["ppp"], &[]), Network::Online);
        assert_eq!(network(&["down-eth", "wg"], &[]), Network::Online);
        assert_eq!(network(&["down-eth"], &["eth"]), Network::Offline);
    }

    #[test]
    fn without_one_an_address_on_a_cable_will_do() {
        assert_eq!(network(&[], &["eth"]), Network::Online);
        assert_eq!(network(&[], &["docker", "down-eth"]), Network::Offline);
        assert_eq!(network(&[], &[]), Network::Offline);
    }
}
