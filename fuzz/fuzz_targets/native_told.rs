//! What native managers tell of a service: a state comes of anything, and words only of what was told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_native::systemd::state;
use outlast_native::{NativeState, NativeStatus, launchd, runit, s6};

fuzz_target!(|bytes: &[u8]| {
    let of_runit = runit::told(bytes);
    assert!(bytes.len() >= 20 || of_runit.state == NativeState::Unknown);
    assert_ne!(of_runit.pid, Some(0), "nothing runs as process 0");

    let text = String::from_utf8_lossy(bytes);
    let of_launchd = launchd::told(&text);
    check(&of_launchd, &text);
    if let Some(of_s6) = s6::told(&text) {
        check(&of_s6, &text);
    }

    let told = state::told(&text);
    let length: usize = told
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    assert!(length <= text.len());
    check(&state::status(&told), &text);
    for path_unit in [None, Some(&told)] {
        for property in state::properties(&told, path_unit) {
            assert!(property.value.len() <= 16 * text.len() + 32, "{property:?}");
        }
    }
});

fn check(status: &NativeStatus, told: &str) {
    assert_ne!(status.pid, Some(0), "nothing runs as process 0");
    let remark = status.remark.as_deref().unwrap_or_default();
    assert!(remark.len() <= told.len() + 80, "{remark}");
}
