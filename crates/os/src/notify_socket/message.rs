//! What a datagram of `sd_notify(3)` says: lines of `NAME=value`. What is not
//! known is skipped, as the protocol demands.

use std::time::Duration;

use outlast_model::Pid;
use outlast_model::health::Notice;
use outlast_model::socket::is_name;

use crate::stored::Watch;

/// The longest message that is read; systemd's bound.
pub const MAX_MESSAGE: usize = 4096;

/// The most that is kept of a status text, in bytes.
pub const MAX_STATUS: usize = 256;

/// A message, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Message {
    /// What it says, in its order.
    pub notices: Vec<Notice>,
    /// Whether its descriptor is to be closed when everything that came before
    /// has been dealt with.
    pub is_barrier: bool,
    /// What is to be kept, or not any more.
    pub store: Option<Store>,
}

/// What becomes of descriptors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// Those of the message are to be kept.
    Keep {
        /// Under this name.
        name: String,
        /// Until their other end is closed, or longer.
        watch: Watch,
    },
    /// Those that are kept under this name are to be closed.
    Remove(String),
}

/// The name of what has none, as in systemd.
const UNNAMED: &str = "stored";

/// What `datagram` says. One with a zero byte in it says nothing, as to systemd.
pub fn parse(datagram: &[u8]) -> Message {
    let mut message = Message::default();
    // A C program may send its terminator along.
    let text = datagram.strip_suffix(b"\0").unwrap_or(datagram);
    if text.contains(&0) {
        return message;
    }
    let mut store = Storing::default();
    for line in text.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (name, value) = (&line[..at], &line[at + 1..]);
        // Programs of Windows end lines in their own way.
        let value = value.strip_suffix(b"\r").unwrap_or(value);
        match (name, value) {
            (b"BARRIER", b"1") => message.is_barrier = true,
            (b"FDSTORE", b"1") => store.keeps = true,
            (b"FDSTOREREMOVE", b"1") => store.removes = true,
            (b"FDPOLL", b"0") => store.watch = Some(Watch::Never),
            (b"FDNAME", name) => store.name = socket_name(name),
            _ => message.notices.extend(notice(name, value)),
        }
    }
    message.store = store.order();
    message
}

/// What is said of descriptors, in any order.
#[derive(Default)]
struct Storing {
    keeps: bool,
    removes: bool,
    watch: Option<Watch>,
    name: Option<String>,
}

impl Storing {
    /// What has no name is not removed: that could be anything.
    fn order(self) -> Option<Store> {
        if self.removes {
            return self.name.map(Store::Remove);
        }
        self.keeps.then(|| Store::Keep {
            name: self.name.unwrap_or_else(|| UNNAMED.to_owned()),
            watch: self.watch.unwrap_or(Watch::ForHangUp),
        })
    }
}

/// One that can stand in `LISTEN_FDNAMES`.
fn socket_name(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    is_name(name).then(|| name.to_owned())
}

fn notice(name: &[u8], value: &[u8]) -> Option<Notice> {
    Some(match (name, value) {
        (b"READY", b"1") => Notice::Ready,
        (b"RELOADING", b"1") => Notice::Reloading,
        (b"STOPPING", b"1") => Notice::Stopping,
        (b"WATCHDOG", b"1") => Notice::Alive,
        (b"WATCHDOG", b"trigger") => Notice::Trigger,
        (b"X_OUTLAST_BUSY", b"1") => Notice::Busy(true),
        (b"X_OUTLAST_BUSY", b"0") => Notice::Busy(false),
        (b"STATUS", text) => Notice::Status(harmless(text)),
        (b"ERRNO", text) => Notice::Errno(number(text)?),
        (b"EXIT_STATUS", text) => Notice::ExitStatus(number(text)?),
        (b"MAINPID", text) => Notice::MainPid(Pid(number(text).filter(|pid| *pid > 0)?)),
        (b"WATCHDOG_USEC", text) => Notice::Watchdog(microseconds(text)?),
        (b"EXTEND_TIMEOUT_USEC", text) => Notice::Extend(microseconds(text)?),
        _ => return None,
    })
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Zero would be a limit that has passed already.
fn microseconds(text: &[u8]) -> Option<Duration> {
    let microseconds = number(text).filter(|number: &u64| *number > 0)?;
    Some(Duration::from_micros(microseconds))
}

/// One bounded line that no terminal obeys.
fn harmless(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(MAX_MESSAGE)]);
    let mut shown = String::new();
    for c in text.trim().chars() {
        let c = if c.is_control() { ' ' } else { c };
        if shown.len() + c.len_utf8() > MAX_STATUS {
            break;
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn notices(text: &str) -> Vec<Notice> {
        parse(text.as_bytes()).notices
    }

    #[test]
    fn everything_of_the_protocol_is_understood() {
        let all = "READY=1\nRELOADING=1\nMONOTONIC_USEC=7\nSTOPPING=1\nSTATUS=fine\nERRNO=2\nEXIT_STATUS=3\n\
                   MAINPID=42\nWATCHDOG=1\nWATCHDOG=trigger\nWATCHDOG_USEC=20\nEXTEND_TIMEOUT_USEC=30\n\
                   X_OUTLAST_BUSY=1\nX_OUTLAST_BUSY=0\nSOMETHING=new\nnonsense\n";
        let expected = [
            Notice::Ready,
            Notice::Reloading,
            Notice::Stopping,
            Notice::Status("fine".to_owned()),
            Notice::Errno(2),
            Notice::ExitStatus(3),
            Notice::MainPid(Pid(42)),
            Notice::Alive,
            Notice::Trigger,
            Notice::Watchdog(Duration::from_micros(20)),
            Notice::Extend(Duration::from_micros(30)),
            Notice::Busy(true),
            Notice::Busy(false),
        ];
        assert_eq!(notices(all), expected);
    }

    #[test]
    fn barriers_and_stores_are_no_notices() {
        let message = parse(b"FDSTORE=1\nFDNAME=x\nBARRIER=1\0");
        assert!(message.is_barrier && message.notices.is_empty());
        assert!(message.store.is_some());
    }

    #[test]
    fn what_is_to_be_kept_has_a_name_and_what_is_removed_needs_one() {
        let keep = |name: &str, watch| {
            let name = name.to_owned();
            Some(Store::Keep { name, watch })
        };
        let cases = [
            ("FDSTORE=1", keep("stored", Watch::ForHangUp)),
            ("FDNAME=x\nFDSTORE=1", keep("x", Watch::ForHangUp)),
            ("FDSTORE=1\nFDNAME=x\nFDPOLL=0", keep("x", Watch::Never)),
            ("FDSTORE=1\nFDNAME=x:y", keep("stored", Watch::ForHangUp)),
            (
                "FDSTOREREMOVE=1\nFDNAME=x",
                Some(Store::Remove("x".to_owned())),
            ),
            ("FDSTOREREMOVE=1", None),
            ("FDSTORE=0", None),
            ("FDNAME=x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text.as_bytes()).store, expected, "{text}");
        }
    }

    #[test]
    fn lines_may_end_as_on_windows() {
        assert_eq!(
            notices("READY=1\r\nERRNO=2\r\n"),
            [Notice::Ready, Notice::Errno(2)]
        );
        assert_eq!(notices("READY=1\r\r\n"), []);
    }

    #[test]
    fn nonsense_says_nothing() {
        for text in [
            "READY=0",
            "READY=1\0STATUS=x",
            "MAINPID=0",
            "MAINPID=-1",
            "WATCHDOG_USEC=0",
            "WATCHDOG_USEC=-1",
            "EXTEND_TIMEOUT_USEC=99999999999999999999999",
            "=",
            "",
        ] {
            assert_eq!(notices(text), [], "{text:?}");
        }
    }

    #[test]
    fn a_status_is_one_bounded_line_without_control_characters() {
        let text = format!("STATUS=\u{1b}[31m\r\t{}", "ä".repeat(500));
        let notices = notices(&text);
        let [Notice::Status(status)] = notices.as_slice() else {
            panic!("it is one status: {notices:?}");
        };
        assert!(status.len() <= MAX_STATUS && !status.contains(char::is_control));
    }

    proptest! {
        #[test]
        fn any_bytes_are_understood_within_bounds(bytes: Vec<u8>) {
            let message = parse(&bytes);
            prop_assert!(message.notices.len() <= bytes.len());
        }
    }
}
