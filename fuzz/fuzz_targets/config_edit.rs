//! Editing `[native]`: what comes out is in order, means the same services, and setting twice is setting once.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use outlast_config::native::NativeKeys;
use outlast_config::{Host, defaults, parse, set_native, unset_native};
use outlast_model::Service;

fuzz_target!(|input: &str| {
    // A zero stands in no file, so it divides the key, the value and the text.
    let mut parts = input.splitn(3, '\0');
    let (Some(key), Some(value), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let path = Path::new("/srv/shop/outlast.toml");
    let before = read(text);
    if let Ok(set) = set_native(text, path, key, value) {
        let after = read(&set).expect("what an edit writes is in order");
        if let Some(before) = &before {
            assert_eq!(before.0, after.0, "an edit changes no service");
        }
        let twice = set_native(&set, path, key, value).expect("it was possible");
        assert_eq!(read(&twice), Some(after), "setting twice is setting once");
        let unset = unset_native(&set, path, key).expect("what was set can be taken away");
        assert!(read(&unset).is_some(), "what an edit writes is in order");
    }
    if let Ok(unset) = unset_native(text, path, key) {
        let after = read(&unset).expect("what an edit writes is in order");
        // Taking away what was wrong puts a text in order.
        if let Some(before) = before {
            assert_eq!(before.0, after.0, "an edit changes no service");
        }
        let twice = unset_native(&unset, path, key);
        assert_eq!(twice.ok(), Some(unset), "nothing is left to take away");
    }
});

fn read(text: &str) -> Option<(Vec<Service>, NativeKeys)> {
    let host = Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    let config = parse(text, Path::new("/srv/shop/outlast.toml"), &host).ok()?;
    Some((config.services.clone(), config.native.clone()))
}
