//! What systemd is given for a definition, as text: `systemd_units/*.txt`.
//!
//! `OUTLAST_UPDATE_EXPECTED=1 cargo test -p outlast-native` writes them anew.

mod support;

use std::path::PathBuf;
use std::time::Duration;

use outlast_native::systemd::{Folders, Systemd, User};
use outlast_native::{
    Account, Definition, Error, Manager as _, NativeName, Network, Protocol, Sandbox, Scope,
    StartType, Trigger,
};
use support::{expected, rendered};

fn guardian() -> Definition {
    Definition {
        program: PathBuf::from("/usr/bin/outlast"),
        arguments: ["run", "/srv/shop/outlast.toml", "--native", "systemd"]
            .map(str::to_owned)
            .to_vec(),
        protocol: Protocol::Native {
            watchdog: Some(Duration::from_secs(30)),
        },
        ..rendered::guardian()
    }
}

fn shown(definition: &Definition) -> String {
    let user = User {
        name: "ann".to_owned(),
        units: PathBuf::from("/home/ann/.config/systemd/user"),
    };
    let systemd = Systemd::with(Folders { user: Some(user) });
    rendered::shown(&systemd, definition)
}

#[test]
fn a_guardian_of_the_machine() {
    expected::check("systemd_units/machine.txt", &shown(&guardian()));
}

#[test]
fn everything_at_once() {
    let mut all = guardian();
    all.arguments = [
        "",
        "a b",
        "$HOME",
        "100%",
        ";",
        "it's \"so\"",
        "C:\\",
        "ä\n",
    ]
    .map(str::to_owned)
    .to_vec();
    all.dir = PathBuf::from("/srv/my shop ");
    all.environment = vec![("TEXT".to_owned(), "50% \"off\"".to_owned())];
    all.display_name = Some("The shop".to_owned());
    all.description = Some("Sells 100% of everything".to_owned());
    all.start = StartType::Delayed;
    all.account = Account::User {
        name: "www-data".to_owned(),
        password: None,
    };
    all.groups = vec!["dialout".to_owned(), "video".to_owned()];
    all.capabilities = vec!["CAP_NET_BIND_SERVICE".to_owned()];
    all.sandbox = Sandbox::Strict;
    all.depends_on = vec!["postgresql".to_owned(), "remote-fs.target".to_owned()];
    all.network = Network::Online;
    all.restart_delay = Duration::from_millis(1500);
    expected::check("systemd_units/everything.txt", &shown(&all));
}

#[test]
fn a_dynamic_user_keeps_its_state_where_systemd_makes_it() {
    let mut dynamic = guardian();
    dynamic.account = Account::Dynamic;
    dynamic.protocol = Protocol::Silent;
    expected::check("systemd_units/dynamic.txt", &shown(&dynamic));
}

#[test]
fn a_users_guardian_lingers() {
    let mut users = guardian();
    users.scope = Scope::User;
    users.network = Network::Online;
    users.state_dir = Some(PathBuf::from("/home/ann/.local/state/outlast/shop"));
    expected::check("systemd_units/user.txt", &shown(&users));
}

#[test]
fn a_file_that_comes_into_being_starts_it() {
    let mut triggered = guardian();
    triggered.start = StartType::Trigger(Trigger::Path(PathBuf::from("/media/my disk")));
    expected::check("systemd_units/on_path.txt", &shown(&triggered));
}

#[test]
fn the_first_network_address_starts_it() {
    let mut triggered = guardian();
    triggered.start = StartType::Trigger(Trigger::Network);
    expected::check("systemd_units/on_network.txt", &shown(&triggered));
}

#[test]
fn nothing_starts_it_by_itself() {
    for start in [StartType::Manual, StartType::Disabled] {
        let mut manual = guardian();
        manual.start = start.clone();
        let text = shown(&manual);
        assert!(!text.contains("link "), "{text}");
        let refuses = text.contains("RefuseManualStart=yes");
        assert_eq!(refuses, start == StartType::Disabled);
    }
}

#[test]
fn what_systemd_cannot_have_is_refused() {
    type Change = fn(&mut Definition);
    let changes: [Change; 8] = [
        |it| it.name = NativeName::new("my shop").expect("others may"),
        |it| it.name = NativeName::new("shop@1").expect("others may"),
        |it| it.name = NativeName::new(&"x".repeat(250)).expect("others may"),
        |it| it.program = PathBuf::from("/opt/it's/run"),
        |it| it.description = Some("two\nlines".to_owned()),
        |it| it.environment = vec![("A B".to_owned(), String::new())],
        |it| it.account = Account::Virtual,
        |it| {
            it.account = Account::Dynamic;
            it.state_dir = Some(PathBuf::from("/srv/state"));
        },
    ];
    for change in changes {
        let mut definition = guardian();
        change(&mut definition);
        let systemd = Systemd::with(Folders { user: None });
        let refused = systemd.render(&definition);
        assert!(
            matches!(refused, Err(Error::Inexpressible { .. })),
            "{refused:?}"
        );
    }
}
