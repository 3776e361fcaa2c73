//! `listen`.

use std::num::NonZeroU32;
use std::path::Path;

use outlast_model::health::{Host, Probe, ReadyBy};
use outlast_model::socket::{Address, MAX_SOCKETS, MAX_STORED, Socket};
use outlast_model::{HealthPolicy, Service, ServiceName};

use crate::defaults;
use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{AddressText, ListenSetting, Named, ServiceKeys, SocketKeys, SocketSetting};
use crate::report::Report;
use crate::resolve::Places;
use crate::resolve::service::Identity;
use crate::source::{Located, Span};

/// The longest path of a Unix socket on every system (macOS has the least room).
const MAX_PATH: usize = 103;

pub(super) fn resolve(
    keys: &ServiceKeys,
    (identity, dir, health): (&Identity, &Path, &HealthPolicy),
    report: &mut Report,
) -> Vec<Socket> {
    let Some(Located { value, span }) = &keys.listen else {
        return Vec::new();
    };
    if value.0.len() > MAX_SOCKETS {
        let message = format!("these are {} sockets", value.0.len());
        report.push(
            Diagnostic::error(*span, message)
                .help(format!("a service may have {MAX_SOCKETS}; leave some out")),
        );
        return Vec::new();
    }
    if let Some(session) = &keys.session {
        report.push(
            Diagnostic::error(*span, "a service in sessions cannot have sockets")
                .also(session.span, "it would run several times")
                .help("let a service outside of sessions listen, and give both a `channel`"),
        );
    }
    let ListenSetting(all) = value;
    // A name that was refused has been reported.
    let of = identity.name.as_ref().map_or("", ServiceName::as_str);
    let sockets = all.iter().map(|named| socket(named, (of, dir), report));
    let sockets: Vec<Socket> = sockets.collect();
    check_twice(all, &sockets, report);
    check_health(keys, &sockets, health, report);
    sockets
}

fn socket(named: &Named, (of, dir): (&str, &Path), report: &mut Report) -> Socket {
    let (address, options) = match &named.socket {
        SocketSetting::Address(address) => (address, None),
        SocketSetting::Table(keys) => (&keys.address.value, Some(keys)),
    };
    if let Some(options) = options {
        check_options(address, options, report);
    }
    let mode = options.and_then(|keys| keys.mode);
    let mode = mode.map_or(defaults::SOCKET_MODE, |mode| mode.value.0);
    Socket {
        name: named.name.clone().unwrap_or_else(|| of.to_owned()),
        address: match address {
            AddressText::Tcp(at) => Address::Tcp(*at),
            AddressText::Udp(at) => Address::Udp(*at),
            AddressText::Unix(path) => unix(path, mode, (dir, named.span), report),
        },
        backlog: options.and_then(|keys| backlog(keys.backlog?, report)),
        reuse_port: options.is_some_and(|keys| keys.reuse_port.is_some_and(|it| it.value)),
    }
}

fn unix(path: &str, mode: u32, (dir, span): (&Path, Span), report: &mut Report) -> Address {
    let path: std::path::PathBuf = dir.join(path).components().collect();
    let length = path.as_os_str().len();
    if length > MAX_PATH {
        let message = format!("the path of this socket has {length} bytes");
        report.push(Diagnostic::error(span, message).help(format!(
            "not every system takes more than {MAX_PATH}; put it into a folder with a shorter path, such as /run/NAME"
        )));
    }
    Address::Unix { path, mode }
}

fn backlog(count: Located<i64>, report: &mut Report) -> Option<NonZeroU32> {
    let found = u32::try_from(count.value).ok().and_then(NonZeroU32::new);
    if found.is_none() {
        let message = format!("{} connections cannot wait", count.value);
        report.push(
            Diagnostic::error(count.span, message)
                .help("write a number from 1 on, or leave it out for all that the system allows"),
        );
    }
    found
}

fn check_options(address: &AddressText, keys: &SocketKeys, report: &mut Report) {
    let mut refuse = |span: Span, key: &str, only: &str| {
        report.push(
            Diagnostic::error(span, format!("`{key}` is for {only} only"))
                .also(keys.address.span, "this is something else")
                .help("leave it out"),
        );
    };
    if let (Some(mode), AddressText::Tcp(_) | AddressText::Udp(_)) = (keys.mode, address) {
        refuse(mode.span, "mode", "Unix sockets");
    }
    if let (Some(reuse), AddressText::Unix(_)) = (keys.reuse_port, address) {
        refuse(reuse.span, "reuse_port", "TCP and UDP ports");
    }
    if let (Some(backlog), AddressText::Udp(_)) = (keys.backlog, address) {
        refuse(backlog.span, "backlog", "sockets with connections");
    }
}

fn check_twice(all: &[Named], sockets: &[Socket], report: &mut Report) {
    for (index, socket) in sockets.iter().enumerate() {
        let is_same = |other: &&Socket| is_same(&other.address, &socket.address);
        if !socket.reuse_port && sockets[..index].iter().any(|other| is_same(&other)) {
            let message = format!("{} is there twice", quoted(&socket.address.to_string()));
            report.push(Diagnostic::error(all[index].span, message).help("leave one of them out"));
        }
    }
}

fn is_same(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Unix { path: one, .. }, Address::Unix { path: other, .. }) => one == other,
        _ => one == other,
    }
}

/// What the guardian has opened takes connections before the program is there.
fn check_health(
    keys: &ServiceKeys,
    sockets: &[Socket],
    health: &HealthPolicy,
    report: &mut Report,
) {
    let ready_at = keys.ready.as_ref().map_or(Span::START, |ready| ready.span);
    let alive_at = keys.alive.as_ref().map_or(Span::START, |alive| alive.span);
    let ready = health.ready.as_ref().and_then(|ready| match &ready.by {
        ReadyBy::Probe(probe) => Some((probe, ready_at)),
        ReadyBy::Notice | ReadyBy::Line(_) | ReadyBy::Delay(_) => None,
    });
    let alive = health.alive.as_ref().map(|alive| (&alive.probe, alive_at));
    for (probe, span) in ready.into_iter().chain(alive) {
        if matches!(probe, Probe::Port) {
            report.push(
                Diagnostic::warning(span, "`port` does not count what the guardian has opened")
                    .help("write ready = \"notify\", or { http = … }"),
            );
        }
        if sockets
            .iter()
            .any(|socket| is_asked(&socket.address, probe))
        {
            let message = "the guardian's own socket answers this, whether the program does or not";
            report.push(
                Diagnostic::warning(span, message)
                    .help("write \"notify\" for `ready`, or ask by `http`"),
            );
        }
    }
}

fn is_asked(address: &Address, probe: &Probe) -> bool {
    match (address, probe) {
        (Address::Unix { path, .. }, Probe::Unix(asked)) => path == asked,
        (Address::Tcp(at), Probe::Tcp(Host { name, port })) => {
            let is_own = name == "localhost" || at.ip().is_unspecified();
            *port == at.port() && (is_own || name.parse() == Ok(at.ip()))
        }
        _ => false,
    }
}

/// How much may be kept for it.
pub(super) fn fd_store(count: Option<Located<i64>>, report: &mut Report) -> u16 {
    let Some(Located { value, span }) = count else {
        return defaults::FD_STORE;
    };
    let found = u16::try_from(value).ok();
    let found = found.filter(|count| *count <= MAX_STORED);
    if found.is_none() {
        let message = format!("the guardian cannot keep {value} for it");
        report.push(
            Diagnostic::error(span, message).help(format!("write a number from 0 to {MAX_STORED}")),
        );
    }
    found.unwrap_or(defaults::FD_STORE)
}

/// That no two services want the same.
pub(super) fn check(services: &[Service], places: &[Places], report: &mut Report) {
    for (index, service) in services.iter().enumerate() {
        for socket in service.listen.iter().filter(|socket| !socket.reuse_port) {
            let mut others = services[..index].iter().zip(places);
            let has_it = |other: &Service| {
                let mut all = other.listen.iter();
                all.any(|other| is_same(&other.address, &socket.address))
            };
            if let Some((other, place)) = others.find(|(other, _)| has_it(other)) {
                let at = quoted(&socket.address.to_string());
                let span = places[index].listen;
                report.push(if service.copy_of.is_some() && service.copy_of == other.copy_of {
                    let message = format!("{at} cannot belong to several instances");
                    Diagnostic::error(span, message).help(
                        "write {instance} into it, or have the kernel share a port out with reuse_port = true",
                    )
                } else {
                    let message = format!("{at} cannot belong to two services");
                    Diagnostic::error(span, message)
                        .also(place.listen, format!("{} has it", other.name))
                        .help("give one of them another address")
                });
            }
        }
    }
}
