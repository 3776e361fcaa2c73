//! What the kernel shows of processes that others have started: variables that stand there, and units that are named there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_os::session::foreign::{is_in_unit, variables};

fuzz_target!(|bytes: &[u8]| {
    let part = variables(bytes, false);
    let whole = variables(bytes, true);
    assert!(whole.starts_with(&part), "what is cut off is the last one");
    let length: usize = whole
        .iter()
        .map(|(name, value)| name.len() + 1 + value.len())
        .sum();
    assert!(length <= bytes.len(), "what is read stands there");
    for (name, value) in &whole {
        assert!(!name.is_empty() && !name.contains(&b'='), "{name:?}");
        assert!(!name.contains(&0) && !value.contains(&0));
    }
    // Written as the kernel shows them, they are the same.
    let line = |(name, value): &(&[u8], &[u8])| [*name, b"=", *value, b"\0"].concat();
    let written: Vec<u8> = whole.iter().flat_map(line).collect();
    assert_eq!(variables(&written, false), whole);
    let unit = b"session-3.scope";
    let is_named = bytes.windows(unit.len()).any(|window| window == unit);
    assert!(is_named || !is_in_unit(bytes, "session-3.scope"));
});
