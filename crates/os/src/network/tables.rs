//! The tables of routes and addresses that Linux shows as text: `/proc/net/route`,
//! `/proc/net/ipv6_route` and `/proc/net/if_inet6` (`fib_trie.c`, `route.c` and
//! `addrconf.c` of the kernel). What is not understood is left out.
//!
//! `/proc` has no table of IPv4 addresses; that of routes has the network of each
//! address that does not stand alone in its own.

/// The route may be used (`RTF_UP`).
const USABLE: u32 = 0x0001;

/// An address of IPv6 that is none.
const NOWHERE: &str = "00000000000000000000000000000000";

/// It leads nowhere (`RTF_REJECT`).
const REJECTS: u32 = 0x0200;

/// An address that may not be used: not yet (`IFA_F_TENTATIVE`), or because another
/// machine has it (`IFA_F_DADFAILED`).
const UNUSABLE: u32 = 0x40 | 0x08;

/// The reach of an address: this machine, or this link.
const NEAR_SCOPES: [u32; 2] = [0x10, 0x20];

/// Where a route leads, or an address belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere: a default route.
    Everywhere,
    /// To a network beyond the link.
    Near,
}

/// What stands in `/proc/net/route`, each with its interface.
pub fn routes(text: &str) -> impl Iterator<Item = (Reach, &str)> {
    text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().take(8).collect();
        let [interface, destination, _, flags, _, _, _, mask] = fields.as_slice() else {
            return None;
        };
        is_usable(flags).then_some(())?;
        // As the machine has them in memory; the bytes are those of the address.
        let destination = hex(destination, 8)?.to_ne_bytes();
        let reach = match (destination, hex(mask, 8)?) {
            ([0, 0, 0, 0], 0) => Reach::Everywhere,
            ([127, ..] | [169, 254, ..], _) => return None,
            _ => Reach::Near,
        };
        Some((reach, *interface))
    })
}

/// The default routes in `/proc/net/ipv6_route`. Others say nothing of an address.
pub fn routes6(text: &str) -> impl Iterator<Item = (Reach, &str)> {
    text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().take(10).collect();
        let [destination, length, _, _, _, _, _, _, flags, interface] = fields.as_slice() else {
            return None;
        };
        let is_default = hex(length, 2)? == 0 && *destination == NOWHERE;
        (is_default && is_usable(flags)).then_some((Reach::Everywhere, *interface))
    })
}

/// The addresses in `/proc/net/if_inet6` that reach beyond the link.
pub fn addresses6(text: &str) -> impl Iterator<Item = (Reach, &str)> {
    text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().take(6).collect();
        let [address, _, _, scope, flags, interface] = fields.as_slice() else {
            return None;
        };
        let is_far = address.len() == NOWHERE.len() && !NEAR_SCOPES.contains(&hex(scope, 2)?);
        let is_one = is_far && hex(flags, 2)? & UNUSABLE == 0;
        is_one.then_some((Reach::Near, *interface))
    })
}

fn is_usable(flags: &str) -> bool {
    hex(flags, 4).is_some_and(|flags| flags & USABLE != 0 && flags & REJECTS == 0)
}

/// A number that has at least so many digits.
fn hex(text: &str, digits: usize) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_plain && text.len() >= digits).then(|| u32::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<'a>(found: impl Iterator<Item = (Reach, &'a str)>) -> Vec<(Reach, &'a str)> {
        found.collect()
    }

    /// `address` as the kernel of this machine writes it.
    fn written(address: [u8; 4]) -> String {
        format!("{:08X}", u32::from_ne_bytes(address))
    }

    fn route(interface: &str, destination: [u8; 4], (flags, mask): (&str, [u8; 4])) -> String {
        let (destination, mask) = (written(destination), written(mask));
        format!("{interface}\t{destination}\t00000000\t{flags}\t0\t0\t100\t{mask}\t0\t0\t0     \n")
    }

    #[test]
    fn a_default_route_leads_everywhere_and_others_near() {
        const HEAD: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT  \n";
        let text = [
            HEAD.to_owned(),
            route("eth0", [0, 0, 0, 0], ("0003", [0, 0, 0, 0])),
            route("eth0", [192, 0, 2, 0], ("0001", [255, 255, 255, 0])),
            route("wlan0", [169, 254, 0, 0], ("0001", [255, 255, 0, 0])),
            route("lo", [127, 0, 0, 0], ("0001", [255, 0, 0, 0])),
            // Half of everything, as VPNs write it.
            route("tun0", [0, 0, 0, 0], ("0003", [128, 0, 0, 0])),
            route("*", [0, 0, 0, 0], ("0201", [0, 0, 0, 0])),
            route("eth1", [0, 0, 0, 0], ("0002", [0, 0, 0, 0])),
        ];
        let text = text.concat();
        let expected = [
            (Reach::Everywhere, "eth0"),
            (Reach::Near, "eth0"),
            (Reach::Near, "tun0"),
        ];
        assert_eq!(all(routes(&text)), expected);
    }

    #[test]
    fn of_ipv6_only_default_routes_count_that_do_not_refuse() {
        let text = format!(
            "fd000000000000000000000000000000 40 {NOWHERE} 00 {NOWHERE} 00000100 00000001 00000000 00000001     eth1\n\
             {NOWHERE} 00 {NOWHERE} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n\
             {NOWHERE} 00 {NOWHERE} 00 {NOWHERE} ffffffff 00000001 00000000 00200200       lo\n"
        );
        assert_eq!(all(routes6(&text)), [(Reach::Everywhere, "eth0")]);
    }

    #[test]
    fn addresses_of_a_link_and_unfinished_ones_do_not_count() {
        let text = "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n\
                    fd000000000000000000000000000002 04 40 00 82     eth0\n\
                    20010db8000000000000000000000002 05 40 00 c0     eth1\n\
                    20010db8000000000000000000000003 06 40 00 88     eth2\n\
                    00000000000000000000000000000001 01 80 10 80       lo\n";
        assert_eq!(all(addresses6(text)), [(Reach::Near, "eth0")]);
    }

    #[test]
    fn what_is_cut_off_or_no_table_says_nothing() {
        for text in [
            "",
            "\n\n",
            "eth0",
            "eth0 00000000 0 0003 0 0 0",
            "eth0 x x x x x x x",
        ] {
            assert_eq!(all(routes(text)), []);
            assert_eq!(all(routes6(text)), []);
            assert_eq!(all(addresses6(text)), []);
        }
        assert_eq!(all(routes("eth0 +0 0 0003 0 0 0 +0")), []);
    }
}
