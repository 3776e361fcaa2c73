//! Messages of sd_notify(3): known lines are understood, within bounds, and nothing is said that does not stand there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_model::health::Notice;
use outlast_os::notify_socket::message::{MAX_STATUS, parse};

fuzz_target!(|bytes: &[u8]| {
    let message = parse(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!(message.notices.len() <= lines, "a line says one thing");
    for notice in &message.notices {
        match notice {
            Notice::Status(text) => {
                assert!(
                    text.len() <= MAX_STATUS && !text.contains(char::is_control),
                    "{text:?}"
                );
            }
            Notice::Watchdog(time) | Notice::Extend(time) => assert!(!time.is_zero()),
            Notice::MainPid(pid) => assert_ne!(pid.0, 0, "nothing runs as process 0"),
            _ => {}
        }
    }
    // What is understood is understood wherever it stands.
    let doubled = [bytes, b"\n", bytes].concat();
    if !bytes.ends_with(b"\0") && !bytes.contains(&0) {
        assert_eq!(parse(&doubled).notices.len(), 2 * message.notices.len());
    }
});
