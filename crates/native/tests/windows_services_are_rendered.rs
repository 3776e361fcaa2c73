//! What Windows is told about a service, looked at on every system.

use std::path::PathBuf;
use std::time::Duration;

use outlast_native::windows::{FailureKind, Service, Start};
use outlast_native::{
    Account, Call, Definition, Error, ManagerKind, NativeName, Network, Protocol, Sandbox, Scope,
    Secret, Shortfall, StartType, Step, Trigger,
};

fn shop() -> Definition {
    Definition {
        name: NativeName::new("shop").expect("a name"),
        scope: Scope::System,
        program: PathBuf::from(r"\\?\C:\Program Files\Outlast\outlast.exe"),
        arguments: ["run", r"C:\Läden\shop one\", "--native", "windows"]
            .map(String::from)
            .to_vec(),
        dir: PathBuf::from(r"C:\Läden"),
        environment: vec![("A".to_owned(), "b c".to_owned())],
        display_name: Some("Der Laden".to_owned()),
        description: Some("Sells".to_owned()),
        start: StartType::Auto,
        account: Account::Virtual,
        groups: Vec::new(),
        capabilities: Vec::new(),
        sandbox: Sandbox::Off,
        depends_on: vec!["RpcSs".to_owned()],
        network: Network::Unneeded,
        protocol: Protocol::Native { watchdog: None },
        restart_delay: Duration::from_millis(1500),
        stop_timeout: Duration::from_secs(20),
        state_dir: Some(PathBuf::from(r"C:\ProgramData\Outlast\shop")),
    }
}

fn steps(definition: &Definition) -> Vec<Step> {
    let manager = ManagerKind::Windows.manager();
    manager.render(definition).expect("expressible").steps
}

fn service(definition: &Definition) -> Service {
    match steps(definition).pop() {
        Some(Step::Call(Call::Service(service))) => *service,
        other => panic!("the last step is {other:?}"),
    }
}

fn refusal(change: impl FnOnce(&mut Definition)) -> String {
    let mut definition = shop();
    change(&mut definition);
    match ManagerKind::Windows.manager().render(&definition) {
        Err(Error::Inexpressible { reason, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn an_installation_reads_as_what_it_does() {
    let lines: Vec<String> = steps(&shop()).iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            r"make the folder C:\ProgramData\Outlast\shop (mode 700, owner NT SERVICE\shop)",
            "register the Event Log source shop",
            r#"register the service shop as NT SERVICE\shop to run "C:\Program Files\Outlast\outlast.exe" run "C:\Läden\shop one\\" --native windows"#,
        ]
    );
}

#[test]
fn every_property_arrives() {
    let service = service(&shop());
    assert_eq!(service.display_name, "Der Laden");
    assert_eq!(service.description.as_deref(), Some("Sells"));
    assert_eq!(service.start, Start::Auto);
    assert_eq!(service.account, r"NT SERVICE\shop");
    assert_eq!(service.depends_on, ["RpcSs"]);
    assert_eq!(service.environment, ["A=b c"]);
    assert_eq!(service.preshutdown, Some(Duration::from_secs(25)));
}

#[test]
fn it_is_started_again_for_ever_also_after_an_end_that_it_reports() {
    let failures = service(&shop()).failures.expect("they are set");
    assert_eq!(failures.actions.len(), 3);
    for action in failures.actions {
        assert_eq!(action.kind, FailureKind::Restart);
        assert_eq!(action.delay, Duration::from_millis(1500));
    }
    assert!(failures.when_reported);
    assert_eq!(failures.reset_after, Some(Duration::from_secs(86_400)));
}

#[test]
fn start_types_are_those_of_windows() {
    let cases = [
        (StartType::Auto, Start::Auto),
        (StartType::Delayed, Start::Delayed),
        (StartType::Manual, Start::Manual),
        (StartType::Disabled, Start::Disabled),
        (StartType::Trigger(Trigger::Network), Start::FirstAddress),
    ];
    for (start, expected) in cases {
        let definition = Definition { start, ..shop() };
        assert_eq!(service(&definition).start, expected);
    }
}

#[test]
fn a_users_account_gets_the_right_to_log_on_first_and_its_password_is_stored_nowhere() {
    let definition = Definition {
        account: Account::User {
            name: "bob".to_owned(),
            password: Some(Secret::new("geheim".to_owned())),
        },
        ..shop()
    };
    let steps = steps(&definition);
    let Step::Call(Call::LogonRight { account, password }) = &steps[0] else {
        panic!("the first step is {:?}", steps[0]);
    };
    assert_eq!(account, r".\bob");
    assert!(password.is_some(), "it is checked before anything is done");
    assert!(service(&definition).password.is_some());
    let stored = serde_json::to_string(&steps).expect("JSON");
    assert!(!stored.contains("geheim"));
    assert!(!format!("{steps:?}").contains("geheim"));
}

#[test]
fn managed_accounts_need_no_password_and_get_the_right_too() {
    let definition = Definition {
        account: Account::Managed(r"CORP\web$".to_owned()),
        ..shop()
    };
    let first = &steps(&definition)[0];
    assert!(matches!(
        first,
        Step::Call(Call::LogonRight { account, password: None }) if account == r"CORP\web$"
    ));
}

#[test]
fn what_windows_does_otherwise_is_said() {
    let definition = Definition {
        groups: vec!["www".to_owned()],
        capabilities: vec!["CAP_NET_BIND_SERVICE".to_owned()],
        sandbox: Sandbox::Strict,
        network: Network::Online,
        protocol: Protocol::Native {
            watchdog: Some(Duration::from_secs(30)),
        },
        ..shop()
    };
    let rendered = ManagerKind::Windows.manager().render(&definition);
    let said: Vec<&str> = rendered
        .expect("expressible")
        .fidelity
        .shortfalls
        .iter()
        .map(|shortfall| match shortfall {
            Shortfall::Approximated { property, .. } | Shortfall::Missing { property, .. } => {
                *property
            }
        })
        .collect();
    assert_eq!(
        said,
        [
            "dir",
            "groups",
            "capabilities",
            "sandbox",
            "network",
            "watchdog",
            "stop_timeout"
        ]
    );
    let depends_on = service(&definition).depends_on;
    assert_eq!(depends_on, ["RpcSs", "Tcpip", "Dnscache"]);
}

#[test]
fn what_windows_cannot_have_is_refused_with_what_would_do() {
    let name = |text: &str| NativeName::new(text).expect("a name");
    assert!(refusal(|it| it.name = name(r"a\b")).contains("'\\\\'"));
    assert!(refusal(|it| it.name = name("a/b")).contains("'/'"));
    assert!(refusal(|it| it.display_name = Some("x".repeat(257))).contains("256"));
    assert!(refusal(|it| it.scope = Scope::User).contains("--user"));
    assert!(refusal(|it| it.protocol = Protocol::Silent).contains("guardian"));
    assert!(refusal(|it| it.account = Account::Dynamic).contains("virtual"));
    assert!(refusal(|it| it.account = Account::Managed("web$".into())).contains("DOMAIN"));
    let path = StartType::Trigger(Trigger::Path(PathBuf::from(r"C:\x")));
    assert!(refusal(|it| it.start = path).contains("start"));
    assert!(refusal(|it| it.arguments = vec!["x".repeat(33_000)]).contains("characters"));
    assert!(refusal(|it| it.depends_on = vec![String::new()]).contains("name"));
}

#[test]
fn a_removal_deletes_the_service_and_leaves_the_right_to_log_on() {
    let definition = Definition {
        account: Account::Managed(r"CORP\web$".to_owned()),
        ..shop()
    };
    let removals: Vec<Option<Step>> = steps(&definition).iter().map(Step::reversal).collect();
    assert_eq!(removals[0], None);
    assert!(matches!(
        &removals[3],
        Some(Step::Call(Call::NoService { name, .. })) if name == "shop"
    ));
}
