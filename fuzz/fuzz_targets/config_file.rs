//! The user's file: services or reasons, and every reason points into the text.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use outlast_config::{Colour, Diagnostics, Host, defaults, parse};

fuzz_target!(|text: &str| {
    let host = Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    let read = || parse(text, Path::new("/srv/shop/outlast.toml"), &host);
    match read() {
        Ok(config) => {
            assert!(!config.services.is_empty(), "a guardian guards something");
            for service in &config.services {
                assert!(service.dir.is_absolute() && service.command.program.len() <= text.len());
            }
            check(config.warnings(), text);
            let again = read().expect("it was in order a moment ago");
            assert_eq!(config.into_services(), again.into_services());
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "a refusal says why");
            check(&diagnostics, text);
        }
    }
});

fn check(diagnostics: &Diagnostics, text: &str) {
    assert!(diagnostics.iter().len() <= Diagnostics::MAX);
    for diagnostic in diagnostics.iter() {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        for label in labels {
            let range = label.span.range();
            assert!(
                range.start <= range.end && range.end <= text.len(),
                "{diagnostic:?}"
            );
        }
        assert!(diagnostics.position(diagnostic).line <= text.matches('\n').count() + 1);
    }
    let shown = diagnostics.render(Colour::Off);
    assert!(!shown.contains('\u{1b}'), "the terminal is left alone");
}
