//! What is found about which guardian on which machine.

use std::time::Duration;

use outlast_native::{Account, ManagerKind, StartType};
use outlast_os::inspection::boot::BootTarget;
use outlast_os::inspection::exposure::Power;
use outlast_os::inspection::login::LoginPolicy;
use outlast_os::inspection::power::{IdleSleep, LidAction, PlanSide, PowerPlan, SleepKind};
use outlast_os::inspection::systemd_sleep::SystemdSleep;

use super::Severity::{Danger, Note, Warning};
use super::fake::{Fake, Guardian, account, everybody, group, listener};

const PLAIN: &str = "[services.api]\ncommand = 'api'";

fn plain() -> Guardian {
    Guardian::of(PLAIN)
}

fn policy() -> LoginPolicy {
    LoginPolicy {
        kills_user_processes: Some(true),
        killed_users: Vec::new(),
        spared_users: Vec::new(),
        lid_switch: "suspend".to_owned(),
        lid_switch_on_power: "ignore".to_owned(),
        lid_ignores_inhibitors: true,
        idle_action: "ignore".to_owned(),
        idle_session_limit: None,
        delay_limit: "5s".to_owned(),
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    plain().has(&Fake::default(), &[]);
}

#[test]
fn a_program_that_another_can_change_is_a_danger() {
    for path in ["/usr/bin/api", "/usr/bin/outlast"] {
        for who in [account("bob"), everybody(), group(&["ann", "bob"])] {
            // Bob has another number than ann.
            let who = outlast_os::inspection::exposure::Principal {
                id: "1001".to_owned(),
                ..who
            };
            let machine = Fake::default().exposed(path, who, Power::Write);
            plain().has(&machine, &[("writable-program", Danger)]);
        }
    }
}

#[test]
fn what_belongs_to_whom_it_runs_as_is_no_danger() {
    let machine = Fake::default()
        .exposed("/usr/bin/api", account("ann"), Power::Own)
        .exposed("/srv/shop/outlast.toml", account("ann"), Power::Own)
        .exposed("/srv/shop/outlast.toml", group(&[]), Power::Write);
    plain().has(&machine, &[]);
    plain().of_user().has(&machine, &[]);
}

#[test]
fn a_group_with_others_in_it_is_a_danger() {
    let machine = Fake::default().exposed("/usr/bin/api", group(&["ann", "bob"]), Power::Write);
    plain().has(&machine, &[("writable-program", Danger)]);
}

#[test]
fn what_root_runs_must_be_root_s() {
    let machine = Fake::default().exposed("/srv/shop/outlast.toml", account("ann"), Power::Own);
    let expected = [("writable-config", Danger), ("powerful-account", Warning)];
    plain().run_by_root().has(&machine, &expected);
    let finding = &plain().run_by_root().findings(&machine)[0];
    assert!(
        finding.fix.contains("chown root /srv/shop/outlast.toml"),
        "{finding:?}"
    );
    assert!(finding.fix.contains("account = \"ann\""), "{finding:?}");
}

#[test]
fn a_service_s_own_user_counts_for_its_program() {
    let text = "[services.api]\ncommand = 'api'\nuser = 'ann'";
    let machine = Fake::default().exposed("/usr/bin/api", account("ann"), Power::Own);
    Guardian::of(text).run_by_root().has(&machine, &[]);
    let text = "[services.api]\ncommand = 'api'\nuser = 'LocalService'";
    let told = account(r"NT AUTHORITY\LOCAL SERVICE");
    let machine = Fake::default().exposed("/usr/bin/api", told, Power::Own);
    let on_windows = Guardian::of(text).run_by_root().with(ManagerKind::Windows);
    on_windows.has(&machine, &[]);
}

#[test]
fn scripts_and_environment_files_are_looked_at() {
    let text = "[services.api]\ncommand = 'python3 -u app.py'\nenv_file = '.env'";
    let mut machine = Fake::default()
        .exposed("/srv/shop/app.py", everybody(), Power::Write)
        .exposed("/srv/shop/.env", everybody(), Power::Write);
    machine.files = vec![("/srv/shop/app.py".into(), String::new())];
    Guardian::of(text).has(
        &machine,
        &[("writable-script", Danger), ("writable-env-file", Danger)],
    );
}

#[test]
fn a_dynamic_user_is_less_than_the_person_who_owns_its_program() {
    let dynamic = || plain().with_account(Account::Dynamic);
    let machine = Fake::default().exposed("/usr/bin/api", account("ann"), Power::Own);
    dynamic().has(&machine, &[("writable-program", Warning)]);
    let machine = Fake::default().exposed("/usr/bin/api", everybody(), Power::Write);
    dynamic().has(&machine, &[("writable-program", Danger)]);
}

#[test]
fn what_cannot_be_looked_at_is_unknown_and_not_safe() {
    let machine = Fake {
        hidden: vec!["/usr/bin/api".into()],
        ..Fake::default()
    };
    plain().has(&machine, &[("writable-program", Note)]);
}

#[test]
fn a_path_without_quotes_is_a_danger() {
    let machine = Fake {
        image_path: Some(r"C:\Program Files\Outlast\outlast.exe run".to_owned()),
        ..Fake::default()
    };
    plain().has(&machine, &[("unquoted-path", Danger)]);
}

#[test]
fn secrets_are_found_and_never_told() {
    let text =
        "[services.api]\ncommand = ['api', '--api-key', 'hunter2']\nenv.DB_PASSWORD = 'hunter2'";
    let mut guardian = Guardian::of(text).installed();
    guardian.files = vec!["/etc/systemd/system/shop.service".into()];
    let unit = "[Service]\nEnvironment=API_TOKEN=hunter2 DB_PASSWORD=hunter2\n";
    let machine = Fake {
        files: vec![(guardian.files[0].clone(), unit.to_owned())],
        ..Fake::default()
    };
    guardian.has(&machine, &[("password", Warning); 3]);
    for finding in guardian.findings(&machine) {
        assert!(!format!("{finding:?}").contains("hunter2"), "{finding:?}");
    }
}

#[test]
fn the_address_of_a_webhook_has_a_file_of_its_own() {
    let token = "x7Kq2mVb9RtYw3LpZs8N";
    let with = |webhook: &str| {
        let text =
            format!("[services.api]\ncommand = 'api'\non_failure = {{ webhook = {webhook} }}");
        Guardian::of(&text)
    };
    let open = with(&format!("'https://example.com/{token}'"));
    open.has(&Fake::default(), &[("password", Warning)]);
    for finding in open.findings(&Fake::default()) {
        assert!(!format!("{finding:?}").contains(token), "{finding:?}");
        assert!(finding.fix.contains("webhook = { file"), "{finding:?}");
    }
    with("{ file = 'hook' }").has(&Fake::default(), &[]);
}

#[test]
fn an_environment_file_is_for_secrets_unless_everybody_can_read_it() {
    let guardian = Guardian::of("[services.api]\ncommand = 'api'\nenv_file = '.env'");
    let mut machine = Fake {
        files: vec![(
            "/srv/shop/.env".into(),
            "# none\nexport API_TOKEN='hunter2'\n".to_owned(),
        )],
        ..Fake::default()
    };
    guardian.has(&machine, &[]);
    machine.readable = vec!["/srv/shop/.env".into()];
    guardian.has(&machine, &[("password", Warning)]);
    let finding = &guardian.findings(&machine)[0];
    // The separators in it are those of the system that runs the test.
    let (is_closed, names_it) = (
        finding.fix.starts_with("chmod 600 "),
        finding.fix.contains(".env, "),
    );
    assert!(is_closed && names_it, "{finding:?}");
}

#[test]
fn root_needs_a_reason() {
    let machine = Fake::default();
    plain()
        .run_by_root()
        .has(&machine, &[("powerful-account", Warning)]);
    let as_ann = "[services.api]\ncommand = 'api'\nuser = 'ann'";
    Guardian::of(as_ann).run_by_root().has(&machine, &[]);
    plain().of_user().has(&machine, &[]);
}

#[test]
fn a_low_port_may_be_the_reason() {
    let machine = Fake {
        listeners: Some(vec![listener("127.0.0.1:80")]),
        ..Fake::default()
    };
    plain()
        .run_by_root()
        .running()
        .has(&machine, &[("powerful-account", Note)]);
}

#[test]
fn capabilities_that_lead_to_root_are_named() {
    let mut guardian = plain();
    guardian.definition.capabilities = vec![
        "CAP_NET_BIND_SERVICE".to_owned(),
        "CAP_SYS_ADMIN".to_owned(),
    ];
    guardian.has(&Fake::default(), &[("powerful-capability", Warning)]);
}

#[test]
fn root_on_the_network_is_warned_of() {
    let guardian = || plain().run_by_root().running();
    let reachable = |address: &str| Fake {
        listeners: Some(vec![listener(address)]),
        ..Fake::default()
    };
    let account = ("powerful-account", Warning);
    for address in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080"] {
        guardian().has(
            &reachable(address),
            &[account, ("powerful-listener", Warning)],
        );
    }
    for address in ["127.0.0.1:8080", "[::1]:8080"] {
        guardian().has(&reachable(address), &[account]);
    }
    let unknown = Fake {
        listeners: None,
        ..Fake::default()
    };
    guardian().has(&unknown, &[account, ("powerful-listener", Note)]);
    plain().running().has(&reachable("0.0.0.0:8080"), &[]);
}

#[test]
fn a_user_s_service_needs_a_user_that_lingers() {
    let lingering = |lingers| Fake {
        lingers,
        policy: Some(policy()),
        ..Fake::default()
    };
    let of_user = || plain().of_user().installed();
    of_user().has(&lingering(Some(false)), &[("no-linger", Warning)]);
    of_user().has(&lingering(None), &[("no-linger", Note)]);
    plain().installed().has(&lingering(Some(false)), &[]);
    let finding = &of_user().findings(&lingering(Some(false)))[0];
    assert!(finding.why.contains("KillUserProcesses"), "{finding:?}");
    assert_eq!(finding.fix, "loginctl enable-linger ann");
}

#[test]
fn a_machine_needs_somewhere_to_boot_to() {
    let booting = |boot_target| Fake {
        boot_target,
        ..Fake::default()
    };
    let rescue = BootTarget::Named("rescue.target".to_owned());
    plain().has(
        &booting(Some(BootTarget::Missing)),
        &[("no-boot-target", Warning)],
    );
    plain().has(&booting(Some(rescue)), &[("no-boot-target", Note)]);
    plain().has(&booting(None), &[("no-boot-target", Note)]);
    let mut manual = plain();
    manual.definition.start = StartType::Manual;
    manual.has(&booting(Some(BootTarget::Missing)), &[]);
    plain()
        .with(ManagerKind::OpenRc)
        .has(&booting(Some(BootTarget::Missing)), &[]);
}

#[test]
fn a_program_of_the_session_s_path_is_warned_of() {
    let machine = Fake {
        found_by: vec![("api", "session")],
        ..Fake::default()
    };
    plain().has(&machine, &[("session-path", Warning)]);
    let own = "[services.api]\ncommand = 'api'\nenv.PATH = 'session'";
    Guardian::of(own).has(&machine, &[]);
}

#[test]
fn windows_services_have_no_mapped_drives_and_no_desktop() {
    let machine = Fake {
        mapped: vec!["/srv/shop/outlast.toml".into()],
        graphical: vec!["/usr/bin/api".into()],
        ..Fake::default()
    };
    let on_windows = plain()
        .with(ManagerKind::Windows)
        .with_account(Account::Virtual);
    on_windows.has(
        &machine,
        &[("mapped-drive", Warning), ("graphical-program", Warning)],
    );
    plain().has(&machine, &[]);
}

#[test]
fn a_laptop_that_sleeps_is_noted() {
    let laptop = |policy| Fake {
        is_portable: Some(true),
        policy,
        ..Fake::default()
    };
    let guardian = plain().installed();
    guardian.has(&laptop(Some(policy())), &[("sleep", Note)]);
    guardian.has(&laptop(None), &[("sleep", Note)]);
    let finding = &guardian.findings(&laptop(Some(policy())))[0];
    assert!(
        finding.why.contains("LidSwitchIgnoreInhibited"),
        "{finding:?}"
    );
    let awake = LoginPolicy {
        lid_switch: "ignore".to_owned(),
        ..policy()
    };
    guardian.has(&laptop(Some(awake)), &[]);
}

#[test]
fn a_machine_that_cannot_sleep_is_not_said_to() {
    let laptop = Fake {
        is_portable: Some(true),
        policy: Some(policy()),
        ..Fake::default()
    };
    let incapable = Fake {
        sleep_kinds: Some(Vec::new()),
        ..laptop.clone()
    };
    plain().installed().has(&incapable, &[]);
    let masked = Fake {
        systemd_sleep: Some(SystemdSleep {
            is_masked: true,
            ..systemd(252)
        }),
        ..laptop
    };
    plain().installed().has(&masked, &[]);
}

#[test]
fn a_windows_machine_that_sleeps_unused_is_noted_with_a_battery_or_without() {
    let side = |idle| PlanSide {
        lid: Some(LidAction::Sleep),
        idle: Some(idle),
    };
    let machine = |idle, is_portable| Fake {
        is_portable: Some(is_portable),
        power_plan: Some(PowerPlan {
            on_mains: side(idle),
            on_battery: side(IdleSleep::Never),
        }),
        ..Fake::default()
    };
    let guardian = on_windows();
    let after = IdleSleep::After(Duration::from_mins(30));
    guardian.has(&machine(after, false), &[("sleep", Note)]);
    let finding = &guardian.findings(&machine(after, false))[0];
    assert!(finding.what.contains("30 min"), "{finding:?}");
    assert!(!finding.what.contains("lid"), "{finding:?}");
    assert!(finding.fix.contains("powercfg"), "{finding:?}");
    guardian.has(&machine(IdleSleep::Never, false), &[]);
    guardian.has(&machine(IdleSleep::Never, true), &[("sleep", Note)]);
}

fn on_windows() -> Guardian {
    plain()
        .with(ManagerKind::Windows)
        .with_account(Account::Virtual)
}

/// This version, with which the machine can suspend.
fn systemd(version: u32) -> SystemdSleep {
    let freezing = if version < 256 {
        Vec::new()
    } else {
        vec!["systemd-suspend.service".to_owned()]
    };
    SystemdSleep {
        version: Some(version),
        freezing: Some(freezing),
        are_users_frozen: Some(false),
        is_masked: false,
    }
}

fn with_systemd(systemd_sleep: SystemdSleep) -> Fake {
    Fake {
        systemd_sleep: Some(systemd_sleep),
        ..Fake::default()
    }
}

#[test]
fn user_services_that_systemd_freezes_are_noted() {
    let guardian = || plain().of_user().installed();
    let newer = with_systemd(systemd(257));
    guardian().has(&newer, &[("users-are-frozen", Note)]);
    let finding = &guardian().findings(&newer)[0];
    assert!(
        finding.fix.contains("systemd-suspend.service.d"),
        "{finding:?}"
    );
    guardian().has(&with_systemd(systemd(255)), &[]);
    plain().installed().has(&newer, &[]);
    let unknown = SystemdSleep {
        version: None,
        freezing: None,
        ..systemd(257)
    };
    guardian().has(&with_systemd(unknown), &[]);
}

#[test]
fn users_that_were_left_frozen_are_warned_of() {
    let machine = with_systemd(SystemdSleep {
        are_users_frozen: Some(true),
        ..systemd(255)
    });
    for guardian in [plain(), plain().of_user()] {
        guardian.has(&machine, &[("users-left-frozen", Warning)]);
        let finding = &guardian.findings(&machine)[0];
        assert_eq!(finding.fix, "systemctl thaw user.slice");
    }
}

#[test]
fn a_logind_that_ends_sessions_whole_is_noted_until_it_is_installed() {
    let machine = Fake {
        policy: Some(policy()),
        ..Fake::default()
    };
    plain().has(&machine, &[("session-kill", Note)]);
    plain().installed().has(&machine, &[]);
    let spared = Fake {
        policy: Some(LoginPolicy {
            spared_users: vec!["ann".to_owned()],
            ..policy()
        }),
        ..Fake::default()
    };
    plain().has(&spared, &[]);
}

#[test]
fn what_windows_calls_a_shutdown_and_sleep_is_told() {
    let standby = Fake {
        sleep_kinds: Some(vec![SleepKind::ModernStandby]),
        ..Fake::default()
    };
    on_windows().has(&standby, &[("modern-standby", Warning)]);
    let fast = |has_fast_startup| Fake {
        has_fast_startup,
        ..Fake::default()
    };
    on_windows().has(&fast(Some(true)), &[("fast-startup", Note)]);
    on_windows().has(&fast(None), &[("fast-startup", Note)]);
    on_windows().has(&fast(Some(false)), &[]);
    plain().has(&fast(Some(true)), &[]);
}

#[test]
fn a_machine_that_saves_energy_is_noted() {
    let machine = |is_saving| Fake {
        is_saving,
        ..Fake::default()
    };
    plain().has(&machine(Some(true)), &[("battery-saver", Note)]);
    plain().has(&machine(None), &[]);
}
