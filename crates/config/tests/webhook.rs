//! What is made of `on_failure.webhook`.

use std::path::{Path, PathBuf};

use outlast_config::{Host, defaults, parse};
use outlast_model::sandbox::Preset;
use outlast_model::service::{Command, Inherit, LogPolicy};
use outlast_model::{Delivery, Limits, Secret, SecretSource, Service};

fn services(text: &str) -> Vec<Service> {
    let host = Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    };
    match parse(text, Path::new("/srv/My Shop/outlast.toml"), &host) {
        Ok(config) => config.into_services(),
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

/// The service and what sends its webhook.
fn with_webhook(keys: &str, webhook: &str) -> (Service, Service) {
    let text =
        format!("[services.a]\ncommand = 'a'\n{keys}\non_failure = {{ webhook = {webhook} }}\n");
    let services = services(&text);
    let [a, tell] = &services[..] else {
        panic!("{} services", services.len());
    };
    (a.clone(), tell.clone())
}

#[test]
fn a_webhook_is_sent_by_a_service_of_the_guardians_own() {
    let keys = "user = 'www'\ngroup = 'www'\numask = '027'\ndir = 'of-www'\nenv_file = 'of-www/env'\n\
                env = { LD_PRELOAD = 'x' }\ninherit_env = true\nsandbox = 'strict'\nlog = false\n\
                capabilities = []\nlimits = { memory = '1MiB' }\nsecret = { S = { file = 's' } }";
    let (a, tell) = with_webhook(keys, "'https://example.com/hook'");
    assert_eq!(tell.name.as_str(), "a.webhook");
    assert_eq!(a.on_failure.start, std::slice::from_ref(&tell.name));
    assert_eq!(tell.part_of.as_ref(), Some(&a.name));
    assert_eq!(tell.time_limit, Some(defaults::ON_FAILURE_TIMEOUT));
    assert_eq!(tell.command.program, "tell-it");
    assert_eq!(tell.command.arguments, Vec::<String>::new());
    assert_eq!(
        (&tell.user, &tell.group, tell.umask, tell.capabilities),
        (&None, &None, None, None)
    );
    assert_eq!(tell.dir, Path::new("/srv/My Shop"));
    assert_eq!(tell.environment.file, None);
    assert_ne!(tell.environment.inherit, Inherit::Everything);
    let set = tell.environment.set.iter();
    let set: Vec<(&str, &str)> = set.map(|(name, value)| (&**name, &**value)).collect();
    let expected = [
        ("OUTLAST_FAILED_SERVICE", "a"),
        ("OUTLAST_WEBHOOK", "https://example.com/hook"),
    ];
    assert_eq!(set, expected);
    assert_eq!(tell.sandbox.preset, Preset::Off);
    assert_eq!(tell.limits, Limits::default());
    assert!(tell.secrets.is_empty());
    assert_eq!(tell.log, defaults::LOG, "its output says what was answered");
    assert_eq!(a.log, LogPolicy::Discard);
}

#[test]
fn the_address_of_a_webhook_has_the_sources_of_a_secret() {
    let dir = PathBuf::from("/srv/My Shop");
    let command = Command {
        program: "pass".to_owned(),
        arguments: vec!["hook".to_owned()],
    };
    for (written, source) in [
        ("{ file = 'hook' }", SecretSource::File(dir.join("hook"))),
        (
            "{ env = 'HOOK' }",
            SecretSource::Variable("HOOK".to_owned()),
        ),
        (
            "{ keyring = 'hook' }",
            SecretSource::Keyring("hook".to_owned()),
        ),
        (
            "{ command = ['pass', 'hook'] }",
            SecretSource::Command { command, dir },
        ),
    ] {
        let (_, tell) = with_webhook("", written);
        let expected = Secret {
            source,
            delivery: Delivery::Variable,
        };
        assert_eq!(tell.secrets.get("OUTLAST_WEBHOOK"), Some(&expected));
        assert!(!tell.environment.set.contains_key("OUTLAST_WEBHOOK"));
    }
}
