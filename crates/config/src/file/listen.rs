//! `listen`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use outlast_model::socket::is_name;
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::{Fields, FromToml, Key, Keys, Place, Text, located, wrong_type};
use crate::report::Report;
use crate::source::{Located, Span};

/// The sockets of a service: one, a list, or a table with their names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListenSetting(pub(crate) Vec<Named>);

/// A socket, and its name if it has one of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
    pub(crate) socket: SocketSetting,
    pub(crate) span: Span,
}

/// An address, or a table with one.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum SocketSetting {
    Address(AddressText),
    Table(SocketKeys),
}

/// A socket that the guardian opens.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct SocketKeys {
    /// Where it is, as in one word.
    pub(crate) address: Located<AddressText>,
    /// How many connections may wait to be accepted, as they do while the program is
    /// restarted.
    pub(crate) backlog: Option<Located<i64>>,
    /// Who may connect to a Unix socket: permissions in octal digits, such as
    /// `"0660"`. Its file belongs to the service's `user`.
    pub(crate) mode: Option<Located<ModeText>>,
    /// Whether other processes may open a socket at the same port
    /// (`SO_REUSEPORT`).
    pub(crate) reuse_port: Option<Located<bool>>,
}

impl SocketKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "listen",
        known: &["address", "backlog", "mode", "reuse_port"],
        later: &[],
    };

    fn read(table: DeTable<'_>, span: Span, report: &mut Report) -> Option<Self> {
        let errors = report.errors();
        let mut fields = Fields::new(table, Self::KEYS, report);
        let address = fields.take("address");
        let (backlog, mode) = (fields.take("backlog"), fields.take("mode"));
        let reuse_port = fields.take("reuse_port");
        fields.finish(|key, _| {
            (key == "name").then(|| {
                "sockets with names stand in a table: listen = { NAME = \"127.0.0.1:8080\" }"
                    .to_owned()
            })
        });
        if address.is_none() && report.errors() == errors {
            report.push(
                Diagnostic::missing(span, "this socket has no address")
                    .help("add address = \"127.0.0.1:8080\""),
            );
        }
        Some(Self {
            address: address?,
            backlog,
            mode,
            reuse_port,
        })
    }
}

/// Where a socket is; a path is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AddressText {
    Tcp(SocketAddr),
    Udp(SocketAddr),
    Unix(String),
}

impl FromToml for AddressText {
    const EXPECTED: &'static str =
        "a port, an address such as \"127.0.0.1:8080\", or the path of a Unix socket";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        if let DeValue::Integer(_) = value {
            let port = i64::from_toml(value, place, report)?;
            let found = u16::try_from(port).ok().filter(|port| *port > 0);
            if found.is_none() {
                let message = format!("{port} is no port");
                report
                    .push(Diagnostic::error(place.span, message).help("ports go from 1 to 65535"));
            }
            return found.map(|port| Self::Tcp(own(port)));
        }
        if !matches!(value, DeValue::String(_)) {
            wrong_type::<Self>(&value, place, report);
            return None;
        }
        let Text(text) = Text::from_toml(value, place, report)?;
        let address = address(&text);
        if let Err(help) = &address {
            let message = format!("nobody can listen at {}", quoted(&text));
            report.push(Diagnostic::error(place.span, message).help(help.clone()));
        }
        address.ok()
    }
}

/// What nobody has made public is this machine's own.
const fn own(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// Or what to write instead.
fn address(text: &str) -> Result<AddressText, String> {
    let (is_udp, place) = match text.split_once("://") {
        Some(("udp", place)) => (true, place),
        Some(("tcp", place)) => (false, place),
        Some(("unix", path)) => return Ok(AddressText::Unix(path.to_owned())),
        Some(_) => return Err("write HOST:PORT, udp://HOST:PORT or a path".to_owned()),
        None if text.contains('/') => return Ok(AddressText::Unix(text.to_owned())),
        None => (false, text),
    };
    let at = inet(place)?;
    Ok(if is_udp {
        AddressText::Udp(at)
    } else {
        AddressText::Tcp(at)
    })
}

fn inet(text: &str) -> Result<SocketAddr, String> {
    let at = match text.parse::<u16>() {
        Ok(port) => own(port),
        Err(_) => text.parse().map_err(|_| meant(text))?,
    };
    if at.port() == 0 {
        return Err("name a port from 1 to 65535: nobody would find another".to_owned());
    }
    Ok(at)
}

fn meant(text: &str) -> String {
    let port = text.rsplit_once(':').map_or("8080", |(_, port)| port);
    let port = if port.parse::<u16>().is_ok() {
        port
    } else {
        "8080"
    };
    match text.rsplit_once(':').map(|(host, _)| host) {
        Some("localhost") => format!("write \"127.0.0.1:{port}\", \"[::1]:{port}\" or both"),
        Some("" | "*") => format!(
            "write \"{port}\" for this machine alone, \"0.0.0.0:{port}\" or \"[::]:{port}\" for all that can reach it"
        ),
        Some(_) => {
            format!("write an address of this machine, not a name, as in \"127.0.0.1:{port}\"")
        }
        None => format!(
            "write HOST:PORT, as in \"127.0.0.1:{port}\", or a path with a slash, as in \"./{text}\""
        ),
    }
}

/// Permissions of a file, in octal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModeText(pub(crate) u32);

impl FromToml for ModeText {
    const EXPECTED: &'static str = "permissions in octal digits, as a string such as \"0660\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        if !matches!(value, DeValue::String(_)) {
            wrong_type::<Self>(&value, place, report);
            return None;
        }
        let Text(text) = Text::from_toml(value, place, report)?;
        let is_octal = text.chars().all(|c| c.is_digit(8));
        let mode = u32::from_str_radix(&text, 8).ok();
        let mode = mode.filter(|mode| is_octal && *mode <= 0o777);
        if mode.is_none() {
            let message = format!("{} is no mode of a file", quoted(&text));
            report.push(Diagnostic::error(place.span, message).help(
                "write three octal digits: \"0600\" for the service's user alone, \"0660\" for its group, too, \"0666\" for all",
            ));
        }
        mode.map(Self)
    }
}

impl FromToml for SocketSetting {
    const EXPECTED: &'static str = AddressText::EXPECTED;

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Table(table) => SocketKeys::read(table, place.span, report).map(Self::Table),
            value => AddressText::from_toml(value, place, report).map(Self::Address),
        }
    }
}

impl FromToml for ListenSetting {
    const EXPECTED: &'static str = "an address, a list of addresses, or a table with their names";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let one = |socket, span| Named {
            name: None,
            socket,
            span,
        };
        match value {
            DeValue::Array(_) => {
                let all: Vec<Located<SocketSetting>> = Vec::from_toml(value, place, report)?;
                let all = all.into_iter().map(|it| one(it.value, it.span));
                Some(Self(all.collect()))
            }
            DeValue::Table(table) => named(table, place, report),
            DeValue::String(_) | DeValue::Integer(_) => {
                let socket = SocketSetting::from_toml(value, place, report)?;
                Some(Self(vec![one(socket, place.span)]))
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

fn named(table: DeTable<'_>, place: Place<'_>, report: &mut Report) -> Option<ListenSetting> {
    if let Some(address) = table.get("address") {
        let span = Span::from(address.span());
        report.push(
            Diagnostic::error(span, "no socket can be called \"address\"").help(
                "a table has the names of sockets: listen = { http = \"127.0.0.1:8080\" }; options of one without a name stand in a list: listen = [{ address = … }]",
            ),
        );
        return None;
    }
    let mut all = Vec::with_capacity(table.len());
    for (key, value) in table {
        let span = Span::from(key.span());
        let name = key.into_inner().into_owned();
        if !is_name(&name) {
            let message = format!("{} cannot name a socket", quoted(&name));
            report.push(
                Diagnostic::error(span, message)
                    .help("use plain letters, digits and signs without a colon"),
            );
        }
        let key = Key {
            table: place.key.name,
            name: &name,
        };
        if let Some(Located { value, span }) = located(value, key, report) {
            all.push(Named {
                name: Some(name),
                socket: value,
                span,
            });
        }
    }
    Some(ListenSetting(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let tcp = |text: &str| AddressText::Tcp(text.parse().expect("an address"));
        let udp = |text: &str| AddressText::Udp(text.parse().expect("an address"));
        let unix = |text: &str| AddressText::Unix(text.to_owned());
        let cases = [
            ("8080", tcp("127.0.0.1:8080")),
            ("0.0.0.0:80", tcp("0.0.0.0:80")),
            ("tcp://[::1]:80", tcp("[::1]:80")),
            ("udp://53", udp("127.0.0.1:53")),
            ("udp://[::]:53", udp("[::]:53")),
            ("/run/x.sock", unix("/run/x.sock")),
            ("./x.sock", unix("./x.sock")),
            ("unix:///run/x", unix("/run/x")),
        ];
        for (text, expected) in cases {
            assert_eq!(address(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_nobody_can_listen_at_is_refused() {
        for text in [
            "localhost:80",
            ":80",
            "*:80",
            "0",
            "127.0.0.1",
            "127.0.0.1:0",
            "x.sock",
            "99999",
            "http://127.0.0.1:80",
            "127.0.0.1:80:90",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
