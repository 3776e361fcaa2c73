//! The starter file keeps its word.

use std::path::Path;

use outlast_config::{Config, Host, defaults, example, parse};

fn parse_example(text: &str) -> Config {
    let host = Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    match parse(text, Path::new("/srv/outlast.toml"), &host) {
        Ok(config) => config,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

#[test]
fn it_is_valid_as_it_is() {
    let config = parse_example(example());
    assert_eq!(config.services.len(), 1);
    assert!(config.warnings().is_empty());
}

#[test]
fn every_key_that_it_shows_exists() {
    let on: String = example()
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.starts_with(' ') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let config = parse_example(&on);
    assert_eq!(config.services.len(), 4);
    assert!(config.warnings().is_empty(), "{}", config.warnings());
}
