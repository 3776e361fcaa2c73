//! Faults of the machine are tied to their places in the file.

use std::path::Path;

use outlast_config::{
    Colour, Config, Fault, Host, Severity, Surroundings, ad_hoc, defaults, parse,
};
use outlast_model::hang::Hang;
use outlast_model::health::Probe;
use outlast_model::limits::{Capabilities, Limit};
use outlast_model::{Limits, Sandbox, Secret, Service};

/// A machine that has nothing but the folders it lists.
struct Bare(&'static [&'static str]);

fn fault(reason: &str) -> Result<(), Fault> {
    Err(Fault {
        reason: reason.to_owned(),
        hint: Some("make one".to_owned()),
    })
}

impl Surroundings for Bare {
    fn program(&self, _: &Service) -> Result<(), Fault> {
        fault("there is no such program")
    }

    fn dir(&self, dir: &Path) -> Result<(), Fault> {
        if self.0.iter().any(|known| dir == Path::new(known)) {
            return Ok(());
        }
        fault("there is no such folder")
    }

    fn user(&self, _: &str) -> Result<(), Fault> {
        fault("there is no such account")
    }

    fn group(&self, _: &str) -> Result<(), Fault> {
        fault("there is no such group")
    }

    fn capabilities(&self, _: Capabilities) -> Result<(), Fault> {
        fault("there are no such rights")
    }

    fn umask(&self) -> Result<(), Fault> {
        fault("files have no owners")
    }

    fn unenforced(&self, limits: &Limits) -> Vec<(Limit, Fault)> {
        let fault = |limit| {
            let reason = "nobody counts".to_owned();
            (limit, Fault { reason, hint: None })
        };
        limits.set().map(fault).collect()
    }

    fn env_file(&self, _: &Path) -> Result<(), Fault> {
        fault("there is no such file")
    }

    fn sandbox(&self, _: &Sandbox) -> Result<(), Fault> {
        fault("it cannot")
    }

    fn secret(&self, _: &Secret) -> Result<(), Fault> {
        fault("nobody tells it")
    }

    fn secrecy(&self, _: &Secret) -> Result<(), Fault> {
        fault("everybody can read it")
    }

    fn webhooks(&self) -> Result<(), Fault> {
        fault("nobody sends them")
    }

    fn reload(&self) -> Result<(), Fault> {
        fault("there is no such signal")
    }

    fn notices(&self) -> Result<(), Fault> {
        fault("nobody listens")
    }

    fn sockets(&self) -> Result<(), Fault> {
        fault("no sockets here")
    }

    fn stores(&self) -> Result<(), Fault> {
        fault("nothing is kept")
    }

    fn probe(&self, probe: &Probe) -> Result<(), Fault> {
        match probe {
            Probe::Port => fault("nobody can tell"),
            _ => Ok(()),
        }
    }

    fn hang(&self, hang: Hang) -> Result<(), Fault> {
        match hang {
            Hang::Silent => Ok(()),
            Hang::Stuck | Hang::Spin => fault("nobody counts"),
        }
    }

    fn inhibitor(&self) -> Result<(), Fault> {
        fault("nobody keeps it awake")
    }

    fn network(&self) -> Result<(), Fault> {
        fault("nobody tells")
    }

    fn full_speed(&self) -> Result<(), Fault> {
        fault("this system decides alone")
    }

    fn zone(&self, _: &str) -> Result<(), Fault> {
        fault("there is no such zone")
    }

    fn sessions(&self) -> Result<(), Fault> {
        fault("nobody logs on here")
    }
}

fn host() -> Host {
    Host {
        stop: defaults::stop_sequence(&[]),
        reboot: vec!["restart-it".to_owned()],
        webhook: vec!["tell-it".to_owned()],
    }
}

/// The line of each fault, with the service it belongs to.
fn faults(config: &Config) -> Vec<(String, usize)> {
    config
        .check_surroundings(&Bare(&["/srv"]))
        .iter()
        .flat_map(|(services, diagnostic)| {
            let line = config.source().position(diagnostic.primary.span).line;
            let names = services.iter().map(ToString::to_string);
            names.map(move |name| (name, line)).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn each_fault_points_to_what_names_the_missing_thing() {
    let text = "[defaults]\nuser = 'www'\n\
                [services.a]\ncommand = [\n 'prog',\n]\nenv_file = 'x'\n\
                [services.b]\ncommand = 'b'\ndir = 'missing'\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let expected = [("a", 5), ("a", 7), ("a", 2), ("b", 2), ("b", 10)];
    assert_eq!(
        faults(&config),
        expected.map(|(name, line)| (name.to_owned(), line))
    );
}

#[test]
fn what_a_service_does_without_is_no_reason_not_to_run() {
    let text = "[services.a]\ncommand = 'a'\nsleep = 'inhibit-on-ac'\nthrottle = 'never'\n\
                network = 'online'\n\
                [services.b]\ncommand = 'b'\nsleep = 'allow'\nthrottle = 'allow'\n\
                network = 'unneeded'\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let found = config.check_surroundings(&Bare(&["/srv"]));
    let warnings: Vec<usize> = found
        .iter()
        .filter(|(_, diagnostic)| diagnostic.severity == Severity::Warning)
        .map(|(_, diagnostic)| config.source().position(diagnostic.primary.span).line)
        .collect();
    assert_eq!(warnings, [3, 4, 5]);
}

#[test]
fn what_cannot_run_in_sessions_is_pointed_to() {
    let text = "[services.a]\ncommand = 'a'\ndir = 'missing'\nsession = 'each'\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let expected = [("a", 3), ("a", 4)];
    let expected = expected.map(|(name, line)| (name.to_owned(), line));
    assert_eq!(faults(&config), expected);
}

#[test]
fn an_ad_hoc_command_is_its_own_text() {
    let words = ["no such program".to_owned(), "-x".to_owned()];
    let config = ad_hoc(&words, Path::new("/srv"), &host()).expect("it is valid");
    let found = config.check_surroundings(&Bare(&["/srv"]));
    let shown = config.source().render(&found[0].1, Colour::Off);
    assert!(shown.contains("1 | 'no such program' -x"), "{shown}");
}

#[test]
fn an_ad_hoc_command_needs_a_program() {
    assert!(ad_hoc(&[], Path::new("/"), &host()).is_err());
    assert!(ad_hoc(&[String::new()], Path::new("/"), &host()).is_err());
}

#[test]
fn what_cannot_be_told_or_asked_here_is_said() {
    let text = "[services.a]\ncommand = 'a'\ndir = '/srv'\nready = 'notify'\n\
                [services.b]\ncommand = 'b'\ndir = '/srv'\nready = 'port'\nalive = { exec = 'ask' }\nwatchdog = '5s'\n\
                [services.c]\ncommand = 'c'\ndir = '/srv'\nalive = { tcp = 'localhost:1' }\n\
                [services.d]\ncommand = 'd'\ndir = '/srv'\nhang = { silent = '5m', spin = '5m' }\n\
                [services.e]\ncommand = 'e'\ndir = '/srv'\nlisten = 80\nfd_store = 5\n";
    let path = Path::new("/srv/outlast.toml");
    let config = parse(text, path, &host()).expect("it is valid");
    let expected = [
        ("a", 2),
        ("a", 4),
        ("b", 6),
        ("b", 10),
        ("b", 8),
        ("b", 9),
        ("c", 12),
        ("d", 16),
        ("d", 18),
        ("e", 20),
        ("e", 22),
        ("e", 23),
        ("e", 23),
    ];
    let expected = expected.map(|(service, line)| (service.to_owned(), line));
    assert_eq!(faults(&config), expected);
}

#[test]
fn a_secret_that_cannot_be_had_is_an_error_and_one_that_is_none_a_warning() {
    let text = "[services.a]\ncommand = 'a'\ndir = '/srv'\nsecret.KEY = { env = 'KEY' }\n\
                [services.b]\ncommand = 'b'\ndir = '/srv'\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let found = config.check_surroundings(&Bare(&["/srv"]));
    let of_secret = |severity: Severity| {
        let found = found.iter().filter(|(_, found)| found.severity == severity);
        let lines = found.map(|(_, found)| config.source().position(found.primary.span).line);
        lines.filter(|line| *line == 4).count()
    };
    assert_eq!(of_secret(Severity::Error), 1);
    assert_eq!(of_secret(Severity::Warning), 1);
}

#[test]
fn a_sandbox_that_cannot_be_had_is_an_error_where_it_is_asked_for() {
    let text = "[defaults]\ndir = '/srv'\ncommand = 'x'\n\
                [services.a]\nsandbox = 'strict'\n\
                [services.b]\nsandbox = 'off'\n\
                [services.c]\nsandbox = { preset = 'default', write = ['data'] }\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let found = faults(&config);
    let lines: Vec<usize> = found.iter().map(|(_, line)| *line).collect();
    assert_eq!(lines, [3, 3, 3, 5, 9], "{found:?}");
}

#[test]
fn a_limit_that_cannot_be_enforced_is_said_and_is_no_reason_not_to_run() {
    let text = "[services.a]\ncommand = 'a'\ndir = '/srv'\numask = '077'\n\
                limits = { memory = '64MiB', pids = 9 }\n\
                [services.b]\ncommand = 'b'\ndir = '/srv'\ngroup = 'www'\n\
                capabilities = ['CAP_CHOWN']\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let found = config.check_surroundings(&Bare(&["/srv"]));
    let lines = |severity: Severity| -> Vec<usize> {
        let those = found.iter().filter(|(_, found)| found.severity == severity);
        those
            .map(|(_, found)| config.source().position(found.primary.span).line)
            .collect()
    };
    assert_eq!(lines(Severity::Warning), [4, 5, 5]);
    // Without these a program could do more than it shall.
    assert_eq!(lines(Severity::Error), [2, 7, 9, 10]);
}

#[test]
fn a_webhook_that_nobody_sends_is_an_error_where_it_is_asked_for() {
    let text = "[services.a]\ncommand = 'a'\ndir = '/srv'\n\
                on_failure = { webhook = { file = 'x' } }\n\
                [services.b]\ncommand = 'b'\ndir = '/srv'\nenv = { OUTLAST_WEBHOOK = 'x' }\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let found = config.check_surroundings(&Bare(&["/srv"]));
    let lines = |what: &str| -> Vec<usize> {
        let those = found.iter().filter(|(_, found)| found.primary.text == what);
        those
            .map(|(_, found)| config.source().position(found.primary.span).line)
            .collect()
    };
    assert_eq!(lines("nobody sends them"), [4]);
    assert_eq!(lines("nobody tells it"), [4]);
}

#[test]
fn what_several_services_lack_at_one_place_is_said_once() {
    let text = "[services.a]\ninstances = 2\ncommand = 'a'\ndir = '/srv'\ngroup = 'www'\n\
                on_failure = { command = 'b' }\non_suspend = { command = 'c' }\n\
                watch = ['x']\non_change = { command = 'd' }\n";
    let config = parse(text, Path::new("/srv/outlast.toml"), &host()).expect("it is valid");
    let found = config.check_surroundings(&Bare(&["/srv"]));
    let at = |line: usize| -> Vec<usize> {
        let position =
            |found: &outlast_config::Diagnostic| config.source().position(found.primary.span).line;
        let those = found.iter().filter(|(_, found)| position(found) == line);
        those.map(|(names, _)| names.len()).collect()
    };
    // Of two services, and of three programs beside each.
    assert_eq!(at(5), [8], "{found:?}");
    for line in [3, 6, 7, 9] {
        assert_eq!(at(line), [2], "{line}: {found:?}");
    }
    assert_eq!(at(1), [] as [usize; 0], "{found:?}");
}
