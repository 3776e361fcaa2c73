//! `ready` and `alive`.

use outlast_model::health::{Host, HttpTarget, Pattern};
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::file::CommandLine;
use crate::line_pattern::LinePattern;
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// When a service is ready: `"notify"`, or a table.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum ReadySetting {
    Word(ReadyWord),
    Table(Box<ReadyKeys>),
}

/// How it is known that a service is ready: exactly one of the ways, and how long
/// it may take.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ReadyKeys {
    /// The program says so itself, by `READY=1` of `sd_notify(3)` (Linux,
    /// Windows).
    pub(crate) notify: Option<Located<bool>>,
    /// `GET` of this URL is answered with a status from 200 to 399. Plain `http://`
    /// only; no redirect is followed.
    pub(crate) http: Option<Located<UrlText>>,
    /// A TCP connection to `HOST:PORT` is accepted.
    pub(crate) tcp: Option<Located<HostText>>,
    /// A connection to this Unix socket is accepted; a relative path counts from
    /// `dir`. Not on Windows.
    pub(crate) unix: Option<Located<Text>>,
    /// This command ends with 0. It runs in the folder, with the environment and
    /// under the account of the service, and is killed when it takes too long.
    pub(crate) exec: Option<Located<CommandLine>>,
    /// There is something at this path; a relative one counts from `dir`.
    pub(crate) file: Option<Located<Text>>,
    /// Any process of the service listens on some TCP port (Linux).
    pub(crate) port: Option<Located<bool>>,
    /// It prints a line in which this regular expression is found, on standard output
    /// or standard error: plain text, or for example `"^listening on [0-9]+"`; `(?i)`
    /// at its beginning overlooks the case. Only whole lines count, and of a long one
    /// the first 4096 bytes; colours are left out. The output has to be kept (`log`).
    pub(crate) log: Option<Located<PatternText>>,
    /// It has run for so long.
    pub(crate) delay: Option<Located<DurationText>>,
    /// How long it may take. What is not ready by then has failed: it is stopped,
    /// and restarted by its policy.
    pub(crate) timeout: Option<Located<DurationText>>,
}

impl ReadyKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "ready",
        known: &[
            "notify", "http", "tcp", "unix", "exec", "file", "port", "log", "delay", "timeout",
        ],
        later: &[],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            notify: fields.take("notify"),
            http: fields.take("http"),
            tcp: fields.take("tcp"),
            unix: fields.take("unix"),
            exec: fields.take("exec"),
            file: fields.take("file"),
            port: fields.take("port"),
            log: fields.take("log"),
            delay: fields.take("delay"),
            timeout: fields.take("timeout"),
        };
        Fields::whole(table, Self::KEYS, report, take, |key, _| match key {
            "interval" | "failures" => Some(format!(
                "a service becomes ready once; `{key}` belongs into `alive`"
            )),
            _ => None,
        })
    }
}

/// How it is asked whether a service still works: exactly one of the ways.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct AliveKeys {
    /// As in `ready`.
    pub(crate) http: Option<Located<UrlText>>,
    /// As in `ready`.
    pub(crate) tcp: Option<Located<HostText>>,
    /// As in `ready`.
    pub(crate) unix: Option<Located<Text>>,
    /// As in `ready`.
    pub(crate) exec: Option<Located<CommandLine>>,
    /// How often it is asked.
    pub(crate) interval: Option<Located<DurationText>>,
    /// How long an answer may take.
    pub(crate) timeout: Option<Located<DurationText>>,
    /// After how many bad answers in a row the service is stopped, and restarted
    /// by its policy.
    pub(crate) failures: Option<Located<i64>>,
    /// How long bad answers do not count after a start without a good one. A
    /// service with `ready` is not asked before it is ready, and needs none.
    pub(crate) grace: Option<Located<DurationText>>,
}

impl AliveKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "alive",
        known: &[
            "http", "tcp", "unix", "exec", "interval", "timeout", "failures", "grace",
        ],
        later: &[],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            http: fields.take("http"),
            tcp: fields.take("tcp"),
            unix: fields.take("unix"),
            exec: fields.take("exec"),
            interval: fields.take("interval"),
            timeout: fields.take("timeout"),
            failures: fields.take("failures"),
            grace: fields.take("grace"),
        };
        Fields::whole(table, Self::KEYS, report, take, |key, _| match key {
            "silent" | "stuck" | "spin" => Some(format!("`{key}` is a key of `hang`")),
            "watchdog" | "heartbeat" => {
                Some("`watchdog` is a key of the service itself".to_owned())
            }
            "file" | "port" | "log" | "delay" | "notify" => Some(format!(
                "`{key}` tells when a service is ready, not that it works"
            )),
            _ => None,
        })
    }
}

impl FromToml for AliveKeys {
    const EXPECTED: &'static str = "a table such as { http = \"http://127.0.0.1:8080/\" }";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Table(table) => Self::read(table, report),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// After which time without a sign of work a service hangs, as seen from outside:
/// the program need not help. At least eight seconds each.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct HangKeys {
    /// It has printed nothing for so long. For programs that print all the time; the
    /// output has to be kept (`log`).
    pub(crate) silent: Option<Located<DurationText>>,
    /// No process of it has used any processor time, read, written or even woken up for
    /// so long, though it did nearly all the time for twice as long before. For programs
    /// with something to do every few seconds; one that only waits for others is not
    /// stuck, and is not taken for it unless it was busy until then (Linux, Windows).
    pub(crate) stuck: Option<Located<DurationText>>,
    /// It has used all of a processor (95 %) for so long, or got less and wanted one all the
    /// time, and has neither read nor written nor printed a byte. Not for programs that compute for that long (Linux, where what goes
    /// by `send` and `recv` is not seen; Windows).
    pub(crate) spin: Option<Located<DurationText>>,
}

impl HangKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "hang",
        known: &["silent", "stuck", "spin"],
        later: &[],
    };
}

impl FromToml for HangKeys {
    const EXPECTED: &'static str = "a table such as { silent = \"5m\" }";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Table(table) => {
                let mut fields = Fields::new(table, Self::KEYS, report);
                let keys = Self {
                    silent: fields.take("silent"),
                    stuck: fields.take("stuck"),
                    spin: fields.take("spin"),
                };
                fields.finish(|_, _| None);
                Some(keys)
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// A way that needs no more than its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadyWord {
    Notify,
    Port,
}

impl Choice for ReadyWord {
    const EXPECTED: &'static str = "\"notify\", \"port\" or a table";
    const WORDS: &'static [(&'static str, Self)] =
        &[("notify", Self::Notify), ("port", Self::Port)];

    fn explain(word: &str) -> Option<String> {
        word.starts_with("http://")
            .then(|| format!("write {{ http = {word:?} }}"))
    }
}

impl FromToml for ReadySetting {
    const EXPECTED: &'static str = "\"notify\", \"port\" or a table";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => {
                ReadyKeys::read(table, report).map(|keys| Self::Table(Box::new(keys)))
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostText(pub(crate) Host);

impl FromToml for HostText {
    const EXPECTED: &'static str = "a host and a port such as \"127.0.0.1:5432\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let Text(text) = Text::from_toml(value, place, report)?;
        let host = host(&text, None);
        if host.is_none() {
            let message = format!("{} is no host and port: {}", place.key, quoted(&text));
            report.push(
                Diagnostic::error(place.span, message)
                    .help("write \"127.0.0.1:5432\", \"[::1]:5432\" or \"localhost:5432\""),
            );
        }
        host.map(Self)
    }
}

/// A URL that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UrlText(pub(crate) HttpTarget);

impl FromToml for UrlText {
    const EXPECTED: &'static str = "a URL such as \"http://127.0.0.1:8080/healthz\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let Text(text) = Text::from_toml(value, place, report)?;
        let target = url(&text);
        if target.is_none() {
            let message = format!(
                "{} is no URL that can be asked: {}",
                place.key,
                quoted(&text)
            );
            let help = if text.starts_with("https:") {
                "only plain http:// is asked; let the program answer on a port of this machine, or use exec"
            } else {
                "write \"http://HOST:PORT/PATH\""
            };
            report.push(Diagnostic::error(place.span, message).help(help));
        }
        target.map(Self)
    }
}

/// A regular expression for lines of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatternText(pub(crate) Pattern);

impl FromToml for PatternText {
    const EXPECTED: &'static str = "a regular expression such as \"listening on\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let Text(text) = Text::from_toml(value, place, report)?;
        if let Err(reason) = LinePattern::new(&text) {
            let message = format!("{} is no regular expression: {}", place.key, quoted(&text));
            report.push(
                Diagnostic::error(place.span, message)
                    .label(reason)
                    .help("a backslash before one of .+*?()[]{}|^$\\ means the character itself; write the pattern in '…', so that TOML leaves backslashes alone"),
            );
            return None;
        }
        Some(Self(Pattern::new(text)))
    }
}

fn url(text: &str) -> Option<HttpTarget> {
    let rest = text.strip_prefix("http://")?;
    // What stands behind `#` is never sent.
    let rest = rest.split('#').next()?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    let is_plain = |c: char| c.is_ascii_graphic();
    if !path.chars().all(is_plain) {
        return None;
    }
    Some(HttpTarget {
        host: host(authority, Some(80))?,
        path,
    })
}

/// `HOST:PORT`, or `HOST` where there is a usual port.
fn host(text: &str, usual: Option<u16>) -> Option<Host> {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            (
                address,
                rest.strip_prefix(':').or(rest.is_empty().then_some(""))?,
            )
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, port),
            None => (text, ""),
        },
    };
    let port = if port.is_empty() {
        usual?
    } else {
        port.parse().ok().filter(|port| *port > 0)?
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let name = name.to_owned();
    (!name.is_empty() && name.chars().all(is_name)).then_some(Host { name, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<String> {
        url(text).map(|target| format!("{} {}", target.host, target.path))
    }

    #[test]
    fn urls_are_split() {
        let cases = [
            ("http://127.0.0.1:8080/healthz", "127.0.0.1:8080 /healthz"),
            ("http://localhost", "localhost:80 /"),
            ("http://[::1]:9/a?b=c#d", "[::1]:9 /a?b=c"),
            ("http://x?y", "x:80 /?y"),
        ];
        for (text, expected) in cases {
            assert_eq!(asked(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for text in [
            "https://x/",
            "x",
            "http://",
            "http://:80/",
            "http://x:0/",
            "http://x:99999/",
            "http://x/a b",
            "http://x/\r\nHost: y",
            "http://user@x/",
            "http://[::1/",
            "http://[x]/",
        ] {
            assert_eq!(asked(text), None, "{text}");
        }
    }
}
