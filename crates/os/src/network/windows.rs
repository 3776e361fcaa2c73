//! The IP helper's tables, read whenever it calls back because a route, an address or
//! an interface has changed.
//!
//! The callbacks come on threads of the system and may not take long; a thread of its
//! own reads the tables.

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

use outlast_model::machine::Network;
use tokio::sync::mpsc::UnboundedSender;
use windows_sys::Win32::Foundation::{HANDLE, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    CancelMibChangeNotify2, FreeMibTable, GetIfEntry2, GetIpForwardTable2,
    GetUnicastIpAddressTable, MIB_IF_ROW2, MIB_IPFORWARD_ROW2, MIB_IPFORWARD_TABLE2,
    MIB_IPINTERFACE_ROW, MIB_NOTIFICATION_TYPE, MIB_UNICASTIPADDRESS_ROW,
    MIB_UNICASTIPADDRESS_TABLE, NotifyIpInterfaceChange, NotifyRouteChange2,
    NotifyUnicastIpAddressChange,
};
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, IpDadStatePreferred, SOCKADDR_INET,
};

use super::rule::{CHANGES_FOR, SETTLES_IN, Ways};

pub(super) const IS_TOLD: bool = true;

/// `HardwareInterface` of `InterfaceAndOperStatusFlags`.
const HARDWARE: u8 = 1;

/// What has been registered, for as long as somebody listens. When it goes, the thread
/// hears of no more changes and ends.
pub(super) struct Source {
    registered: Vec<HANDLE>,
    /// What the callbacks are given.
    changed: *mut Sender<()>,
}

// SAFETY: registrations may be taken back on any thread, and the pointer is used by
// the callbacks alone until they are.
unsafe impl Send for Source {}
// SAFETY: nothing can be done with a reference.
unsafe impl Sync for Source {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source")
            .field(&self.registered.len())
            .finish()
    }
}

impl Source {
    pub(super) fn open(told: &UnboundedSender<Network>) -> Option<Self> {
        let (changed, changes) = channel();
        let mut source = Self {
            registered: Vec::new(),
            changed: Box::into_raw(Box::new(changed)),
        };
        source.register();
        // What is not called back would never hear that the network is there again.
        if source.registered.is_empty() {
            return None;
        }
        let told = told.clone();
        thread::Builder::new()
            .name("network".to_owned())
            .spawn(move || tell(&told, &changes))
            .ok()?;
        Some(source)
    }

    fn register(&mut self) {
        let context: *const c_void = self.changed.cast();
        let mut handles = [ptr::null_mut(); 3];
        let [route, address, interface] = &mut handles;
        // SAFETY: the context is what the callbacks take it for, and lives until they
        // are taken back; the outputs are ours.
        let failures = unsafe {
            [
                NotifyRouteChange2(AF_UNSPEC, Some(on_route), context, false, route),
                NotifyUnicastIpAddressChange(AF_UNSPEC, Some(on_address), context, false, address),
                NotifyIpInterfaceChange(AF_UNSPEC, Some(on_interface), context, false, interface),
            ]
        };
        let registered = failures.into_iter().zip(handles);
        let registered = registered.filter(|(failure, _)| *failure == NO_ERROR);
        self.registered.extend(registered.map(|(_, handle)| handle));
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        for handle in &self.registered {
            // SAFETY: each was registered and is taken back once. This returns when no
            // callback of it runs any more.
            unsafe { CancelMibChangeNotify2(*handle) };
        }
        // SAFETY: it came out of a box, and nobody uses it any more.
        drop(unsafe { Box::from_raw(self.changed) });
    }
}

unsafe extern "system" fn on_route(
    context: *const c_void,
    _row: *const MIB_IPFORWARD_ROW2,
    _kind: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: the context is the registration's.
    unsafe { changed(context) };
}

unsafe extern "system" fn on_address(
    context: *const c_void,
    _row: *const MIB_UNICASTIPADDRESS_ROW,
    _kind: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: the context is the registration's.
    unsafe { changed(context) };
}

unsafe extern "system" fn on_interface(
    context: *const c_void,
    _row: *const MIB_IPINTERFACE_ROW,
    _kind: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: the context is the registration's.
    unsafe { changed(context) };
}

/// # Safety
/// `context` is that of a [`Source`] that is registered.
unsafe fn changed(context: *const c_void) {
    // SAFETY: as this function's; a sender may be used on several threads at once.
    let changed = unsafe { &*context.cast::<Sender<()>>() };
    let _ = changed.send(());
}

/// Until nobody wants to know any more.
fn tell(told: &UnboundedSender<Network>, changes: &Receiver<()>) {
    let mut known = None;
    loop {
        let now = current();
        if let Some(now) = now.filter(|now| Some(*now) != known)
            && told.send(now).is_err()
        {
            return;
        }
        known = now;
        if !wait(changes) {
            return;
        }
    }
}

/// Returns when something has changed and that is over; `false`: nothing will.
fn wait(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    let began = Instant::now();
    loop {
        let left = CHANGES_FOR.saturating_sub(began.elapsed());
        match changes.recv_timeout(SETTLES_IN.min(left)) {
            Ok(()) if !left.is_zero() => {}
            Ok(()) | Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    while changes.try_recv().is_ok() {}
    true
}

pub(super) fn current() -> Option<Network> {
    let ways = Ways {
        everywhere: everywhere()?,
        near: near().unwrap_or_default(),
    };
    Some(ways.network(
        |index| interface(*index).is_some_and(|row| row.OperStatus == IfOperStatusUp),
        |index| {
            let flags = |row: MIB_IF_ROW2| row.InterfaceAndOperStatusFlags._bitfield;
            interface(*index).map_or(0, flags) & HARDWARE != 0
        },
    ))
}

/// The interfaces of default routes.
fn everywhere() -> Option<Vec<u32>> {
    let mut table: *mut MIB_IPFORWARD_TABLE2 = ptr::null_mut();
    // SAFETY: the output is ours.
    let failure = unsafe { GetIpForwardTable2(AF_UNSPEC, &raw mut table) };
    if failure != NO_ERROR || table.is_null() {
        return None;
    }
    // SAFETY: so many rows were made for us, and they are freed once, after that.
    unsafe {
        let rows = std::slice::from_raw_parts(
            (&raw const (*table).Table).cast::<MIB_IPFORWARD_ROW2>(),
            (*table).NumEntries as usize,
        );
        let defaults = rows.iter().filter(|row| {
            row.DestinationPrefix.PrefixLength == 0 && is_unspecified(&row.DestinationPrefix.Prefix)
        });
        let defaults = defaults.filter(|row| !row.Loopback);
        let found = defaults.map(|row| row.InterfaceIndex).collect();
        FreeMibTable(table.cast());
        Some(found)
    }
}

/// The interfaces of addresses that reach beyond the link.
fn near() -> Option<Vec<u32>> {
    let mut table: *mut MIB_UNICASTIPADDRESS_TABLE = ptr::null_mut();
    // SAFETY: the output is ours.
    let failure = unsafe { GetUnicastIpAddressTable(AF_UNSPEC, &raw mut table) };
    if failure != NO_ERROR || table.is_null() {
        return None;
    }
    // SAFETY: so many rows were made for us, and they are freed once, after that.
    unsafe {
        let rows = std::slice::from_raw_parts(
            (&raw const (*table).Table).cast::<MIB_UNICASTIPADDRESS_ROW>(),
            (*table).NumEntries as usize,
        );
        let usable = rows
            .iter()
            .filter(|row| row.DadState == IpDadStatePreferred && reaches_far(&row.Address));
        let found = usable.map(|row| row.InterfaceIndex).collect();
        FreeMibTable(table.cast());
        Some(found)
    }
}

fn is_unspecified(address: &SOCKADDR_INET) -> bool {
    bytes(address).is_none_or(|bytes| bytes.iter().all(|byte| *byte == 0))
}

fn reaches_far(address: &SOCKADDR_INET) -> bool {
    match bytes(address).as_deref() {
        Some([127, _, _, _] | [169, 254, _, _]) | None => false,
        Some([0xfe, second, rest @ ..]) if rest.len() == 14 => second & 0xc0 != 0x80,
        Some(bytes @ [.., last]) if bytes.len() == 16 => {
            let is_loopback = *last == 1 && bytes[..15].iter().all(|byte| *byte == 0);
            !is_loopback
        }
        Some(_) => true,
    }
}

/// The address, 4 bytes or 16; `None`: it is of no family that is known.
fn bytes(address: &SOCKADDR_INET) -> Option<Vec<u8>> {
    // SAFETY: all families begin with their number, and of the one that it names, the
    // address is whole.
    unsafe {
        match address.si_family {
            AF_INET => {
                let address = address.Ipv4.sin_addr.S_un.S_addr;
                Some(address.to_ne_bytes().to_vec())
            }
            AF_INET6 => Some(address.Ipv6.sin6_addr.u.Byte.to_vec()),
            _ => None,
        }
    }
}

fn interface(index: u32) -> Option<MIB_IF_ROW2> {
    let mut row = MIB_IF_ROW2 {
        InterfaceIndex: index,
        ..MIB_IF_ROW2::default()
    };
    // SAFETY: the row is whole and ours.
    let failure = unsafe { GetIfEntry2(&raw mut row) };
    (failure == NO_ERROR).then_some(row)
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Networking::WinSock::{
        IN_ADDR, IN_ADDR_0, IN6_ADDR, IN6_ADDR_0, SOCKADDR_IN, SOCKADDR_IN6,
    };

    use super::*;

    fn v4(bytes: [u8; 4]) -> SOCKADDR_INET {
        SOCKADDR_INET {
            Ipv4: SOCKADDR_IN {
                sin_family: AF_INET,
                sin_addr: IN_ADDR {
                    S_un: IN_ADDR_0 {
                        S_addr: u32::from_ne_bytes(bytes),
                    },
                },
                ..SOCKADDR_IN::default()
            },
        }
    }

    fn v6(text: &str) -> SOCKADDR_INET {
        let address: std::net::Ipv6Addr = text.parse().expect("an address");
        SOCKADDR_INET {
            Ipv6: SOCKADDR_IN6 {
                sin6_family: AF_INET6,
                sin6_addr: IN6_ADDR {
                    u: IN6_ADDR_0 {
                        Byte: address.octets(),
                    },
                },
                ..SOCKADDR_IN6::default()
            },
        }
    }

    #[test]
    fn addresses_of_the_machine_and_of_its_links_do_not_reach_far() {
        for near in [
            v4([127, 0, 0, 1]),
            v4([169, 254, 7, 7]),
            v6("::1"),
            v6("fe80::1"),
            SOCKADDR_INET::default(),
        ] {
            assert!(!reaches_far(&near));
        }
        for far in [v4([192, 168, 1, 2]), v6("fd00::2"), v6("2001:db8::1")] {
            assert!(reaches_far(&far));
        }
        assert!(is_unspecified(&v4([0, 0, 0, 0])) && is_unspecified(&v6("::")));
        assert!(!is_unspecified(&v6("fd00::")));
    }

    #[test]
    fn who_is_called_back_looks_again_and_ends_with_the_source() {
        let (changed, changes) = channel();
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let thread = thread::spawn(move || tell(&told, &changes));
        // SAFETY: it is what a source gives its callbacks.
        unsafe { super::changed((&raw const changed).cast()) };
        assert!(heard.blocking_recv().is_some(), "how it is at first");
        drop(changed);
        thread.join().expect("it ends");
    }
}
