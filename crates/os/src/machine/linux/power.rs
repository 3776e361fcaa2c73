//! Where power comes from: `/sys/class/power_supply` (the kernel's
//! `ABI/testing/sysfs-class-power`), read whenever the kernel says that one of
//! them has changed (uevents, netlink(7)).
//!
//! logind knows as much and does not tell. Only on machines with a battery
//! of their own: nothing changes on others, and every device wakes who listens.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use outlast_model::MachineEvent;
use outlast_model::machine::PowerSource;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::UnboundedSender;

use super::super::News;
use crate::polled::polled;

const SUPPLIES: &str = "/sys/class/power_supply";

/// The kernel's own news, and not what udev makes of it.
const KERNEL: u32 = 1;

/// Longer than any uevent (`UEVENT_BUFFER_SIZE` is 2048, with a head before it).
const LONGEST: usize = 8192;

/// Whether this machine can run on a battery of its own.
pub(super) fn is_portable() -> bool {
    source(Path::new(SUPPLIES)).is_some()
}

/// Tells of every change; the mains are what is assumed until then. Returns only
/// when nobody listens any more, or the kernel does not tell.
pub(super) async fn watch(told: &UnboundedSender<News>) -> io::Result<()> {
    let uevents = Uevents::open()?;
    let mut known = PowerSource::Mains;
    loop {
        let now = source(Path::new(SUPPLIES)).unwrap_or(known);
        let is_told = || told.send(News::Event(MachineEvent::Power(now))).is_ok();
        if now != known && !is_told() {
            return Ok(());
        }
        known = now;
        uevents.of_power().await?;
    }
}

/// What the supplies in `dir` say; `None`: none of them is a battery of the
/// machine's.
fn source(dir: &Path) -> Option<PowerSource> {
    let supplies = fs::read_dir(dir).ok()?;
    let supplies: Vec<Supply> = supplies
        .flatten()
        .filter_map(|entry| Supply::read(&entry.path()))
        .collect();
    let is_on = |supply: &Supply| *supply == Supply::Mains(Plug::In);
    let is_off = |supply: &Supply| *supply == Supply::Mains(Plug::Out);
    let drains = |supply: &Supply| *supply == Supply::Battery(Charge::Drains);
    let has_battery = supplies
        .iter()
        .any(|supply| matches!(supply, Supply::Battery(_)));
    if !has_battery {
        return None;
    }
    // Some machines show no supply but the battery.
    let is_unplugged = supplies.iter().any(is_off) || supplies.iter().any(drains);
    if !supplies.iter().any(is_on) && is_unplugged {
        return Some(PowerSource::Battery);
    }
    Some(PowerSource::Mains)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Supply {
    Mains(Plug),
    Battery(Charge),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plug {
    In,
    Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charge {
    Drains,
    Holds,
}

impl Supply {
    /// `None`: it is that of a mouse, or nothing that is known.
    fn read(dir: &Path) -> Option<Self> {
        let says = |file: &str| {
            let text = fs::read_to_string(dir.join(file)).ok()?;
            Some(text.trim().to_owned())
        };
        if says("scope").as_deref() == Some("Device") {
            return None;
        }
        match says("type")?.as_str() {
            "Battery" if says("status").as_deref() == Some("Discharging") => {
                Some(Self::Battery(Charge::Drains))
            }
            "Battery" => Some(Self::Battery(Charge::Holds)),
            "Mains" | "USB" | "Wireless" => match says("online")?.as_str() {
                "0" => Some(Self::Mains(Plug::Out)),
                _ => Some(Self::Mains(Plug::In)),
            },
            _ => None,
        }
    }
}

/// What the kernel tells of devices.
struct Uevents(AsyncFd<OwnedFd>);

impl Uevents {
    fn open() -> io::Result<Self> {
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(KOBJECT_UEVENT),
        )?;
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL))?;
        Ok(Self(polled(socket, Interest::READABLE)?))
    }

    /// Returns when one is about a supply.
    async fn of_power(&self) -> io::Result<()> {
        let mut message = [0; LONGEST];
        loop {
            let mut ready = self.0.readable().await?;
            let received = ready.try_io(|socket| {
                let (length, _) = recv(socket.get_ref(), &mut message, RecvFlags::empty())?;
                Ok(length)
            });
            match received {
                Ok(Ok(length)) if is_of_power(&message[..length]) => return Ok(()),
                // Too much at once: something of it may have been about one.
                Ok(Err(error)) if error.raw_os_error() == Some(libc::ENOBUFS) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Ok(Ok(_)) | Err(_) => {}
            }
        }
    }
}

/// Lines that end with zero: `ACTION@PATH`, then `NAME=value`.
fn is_of_power(message: &[u8]) -> bool {
    let mut lines = message.split(|byte| *byte == 0);
    lines.any(|line| line == b"SUBSYSTEM=power_supply")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Supplies: a name, and what each of its files has.
    fn supplies(all: &[(&str, &[(&str, &str)])]) -> Option<PowerSource> {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, files) in all {
            let supply = dir.path().join(name);
            fs::create_dir(&supply).expect("a folder");
            for (file, text) in *files {
                fs::write(supply.join(file), format!("{text}\n")).expect("a file");
            }
        }
        source(dir.path())
    }

    const FULL: (&str, &[(&str, &str)]) = ("BAT0", &[("type", "Battery"), ("status", "Full")]);
    const DRAINS: (&str, &[(&str, &str)]) =
        ("BAT0", &[("type", "Battery"), ("status", "Discharging")]);
    const IN: (&str, &[(&str, &str)]) = ("AC", &[("type", "Mains"), ("online", "1")]);
    const OUT: (&str, &[(&str, &str)]) = ("AC", &[("type", "Mains"), ("online", "0")]);

    #[test]
    fn a_laptop_runs_on_what_it_is_plugged_into() {
        assert_eq!(supplies(&[FULL, IN]), Some(PowerSource::Mains));
        assert_eq!(supplies(&[DRAINS, OUT]), Some(PowerSource::Battery));
        // A weak charger: it is plugged in, and drains all the same.
        assert_eq!(supplies(&[DRAINS, IN]), Some(PowerSource::Mains));
    }

    #[test]
    fn a_battery_alone_says_it_by_its_charge() {
        assert_eq!(supplies(&[DRAINS]), Some(PowerSource::Battery));
        assert_eq!(supplies(&[FULL]), Some(PowerSource::Mains));
    }

    #[test]
    fn a_mouse_makes_no_laptop() {
        let mouse: (&str, &[(&str, &str)]) = (
            "hidpp_battery_0",
            &[
                ("type", "Battery"),
                ("scope", "Device"),
                ("status", "Discharging"),
            ],
        );
        assert_eq!(supplies(&[mouse]), None);
        assert_eq!(supplies(&[IN]), None);
        assert_eq!(supplies(&[]), None);
    }

    #[test]
    fn news_of_a_supply_are_told_from_others() {
        let of = |subsystem: &str| {
            format!("change@/devices/x\0ACTION=change\0SUBSYSTEM={subsystem}\0SEQNUM=7\0")
        };
        assert!(is_of_power(of("power_supply").as_bytes()));
        assert!(!is_of_power(of("net").as_bytes()));
        assert!(!is_of_power(b""));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_kernel_tells_everybody_who_asks() {
        Uevents::open().expect("it takes no rights");
    }
}
