//! What `[native]` means, and how long a guardian may take to stop.

use std::path::Path;
use std::time::Duration;

use outlast_config::native::{Account, NativeKeys, Network, Sandbox, Start};
use outlast_config::{Config, Host, ad_hoc, defaults, parse, stop_timeout};
use outlast_model::Signal;
use outlast_model::service::Ask;

const SECOND: Duration = Duration::from_secs(1);

fn host() -> Host {
    Host {
        stop: defaults::stop_sequence(&[Ask::Signal(Signal::Term)]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    }
}

fn config(text: &str) -> Config {
    match parse(text, Path::new("/srv/shop/outlast.toml"), &host()) {
        Ok(config) => config,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

fn native(keys: &str) -> NativeKeys {
    config(&format!("[services.a]\ncommand = 'a'\n[native]\n{keys}")).native
}

#[test]
fn what_is_not_said_has_its_default() {
    assert_eq!(native(""), defaults::NATIVE);
    assert_eq!(config("services.a.command = 'a'").native, defaults::NATIVE);
    let command = ["./server".to_owned()];
    let config = ad_hoc(&command, Path::new("/srv"), &host()).expect("it is valid");
    assert_eq!(config.native, defaults::NATIVE);
}

#[test]
fn the_written_defaults_are_the_defaults() {
    let written: String = defaults::TABLE
        .iter()
        .filter(|default| !default.written.is_empty())
        .filter_map(|default| {
            let key = default.key.strip_prefix("native.")?;
            Some(format!("{key} = {}\n", default.written))
        })
        .collect();
    assert!(written.contains("watchdog"), "{written}");
    assert_eq!(native(&written), defaults::NATIVE);
}

#[test]
fn every_key_is_read() {
    let read = native(
        r#"
        display_name = "The shop"
        description = "Sells things"
        start = "delayed"
        account = "shop"
        groups = ["video", "dialout"]
        capabilities = ["CAP_NET_BIND_SERVICE"]
        sandbox = "strict"
        depends_on = ["postgresql.service"]
        network = "online"
        restart_delay = "5s"
        watchdog = false
        stop_timeout = "2m"
        "#,
    );
    let expected = NativeKeys {
        display_name: Some("The shop".to_owned()),
        description: Some("Sells things".to_owned()),
        start: Start::Delayed,
        account: Some(Account::Named("shop".to_owned())),
        groups: vec!["video".to_owned(), "dialout".to_owned()],
        capabilities: vec!["CAP_NET_BIND_SERVICE".to_owned()],
        sandbox: Sandbox::Strict,
        depends_on: vec!["postgresql.service".to_owned()],
        network: Network::Online,
        restart_delay: 5 * SECOND,
        watchdog: None,
        stop_timeout: Some(120 * SECOND),
    };
    assert_eq!(read, expected);
}

#[test]
fn a_start_is_a_word_or_a_trigger() {
    for (written, start) in [
        ("'auto'", Start::Auto),
        ("'manual'", Start::Manual),
        ("'disabled'", Start::Disabled),
        ("{ trigger = 'network' }", Start::OnNetwork),
        (
            "{ trigger = 'path', path = './inbox' }",
            Start::OnPath("/srv/shop/inbox".into()),
        ),
        (
            "{ trigger = 'path', path = '/var/spool/in' }",
            Start::OnPath("/var/spool/in".into()),
        ),
    ] {
        assert_eq!(native(&format!("start = {written}")).start, start);
    }
}

#[test]
fn an_account_is_a_word_or_a_name() {
    for (written, account) in [
        ("system", Account::System),
        ("local-service", Account::LocalService),
        ("network-service", Account::NetworkService),
        ("virtual", Account::Virtual),
        ("dynamic", Account::Dynamic),
        ("CORP\\web$", Account::Managed("CORP\\web$".to_owned())),
        ("CORP\\ann", Account::Named("CORP\\ann".to_owned())),
        ("www-data", Account::Named("www-data".to_owned())),
    ] {
        let read = native(&format!("account = '{written}'"));
        assert_eq!(read.account, Some(account));
    }
}

#[test]
fn a_time_that_is_too_short_for_the_services_is_warned_of() {
    let services = "[services.a]\ncommand = 'a'\nstop.timeout = '1m'\n[native]\n";
    let enough = config(&format!("{services}stop_timeout = '70s'"));
    assert!(enough.warnings().is_empty(), "{}", enough.warnings());
    let short = config(&format!("{services}stop_timeout = '69s'"));
    assert_eq!(short.native.stop_timeout, Some(69 * SECOND));
    assert_eq!(short.warnings().iter().len(), 1);
}

fn stops_within(services: &str) -> Duration {
    stop_timeout(&config(services).services)
}

#[test]
fn services_that_stop_side_by_side_take_as_long_as_the_slowest() {
    let text = "[services.a]\ncommand='a'\nstop.timeout='20s'\n\
                [services.b]\ncommand='b'\nstop.timeout='30s'";
    assert_eq!(stops_within(text), 40 * SECOND);
}

#[test]
fn services_that_depend_on_each_other_stop_one_after_the_other() {
    let text = "[services.web]\ncommand='a'\nstop.timeout='20s'\ndepends_on=['api', 'cache']\n\
                [services.api]\ncommand='b'\nstop.timeout='5s'\ndepends_on=['db']\n\
                [services.cache]\ncommand='c'\nstop.timeout='7s'\n\
                [services.db]\ncommand='d'\nstop=[{signal='INT', wait='1m'}, {signal='TERM', wait='3s'}]";
    assert_eq!(stops_within(text), (20 + 5 + 63 + 10) * SECOND);
}

#[test]
fn the_order_in_the_file_does_not_matter() {
    let text = "[services.db]\ncommand='d'\nstop.timeout='3s'\n\
                [services.api]\ncommand='b'\nstop.timeout='5s'\ndepends_on=['db']\n\
                [services.web]\ncommand='a'\nstop.timeout='7s'\ndepends_on=['api', 'db']";
    assert_eq!(stops_within(text), (3 + 5 + 7 + 10) * SECOND);
}

#[test]
fn a_long_chain_is_added_up() {
    let mut text = "[services.s0]\ncommand='a'\nstop.timeout='1s'\n".to_owned();
    for index in 1..1000 {
        text += &format!(
            "[services.s{index}]\ncommand='a'\nstop.timeout='1s'\ndepends_on=['s{}']\n",
            index - 1
        );
    }
    assert_eq!(stops_within(&text), 1010 * SECOND);
}
