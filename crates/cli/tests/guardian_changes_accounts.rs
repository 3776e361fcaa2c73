//! A service has the account that its `user` names, or does not start.

mod guarded;

use guarded::{Guarded, outlast, toml};
use outlast_os::account::{Account, Starter};
use outlast_testkit::victim_path;

fn service(name: &str, behaviour: &str, user: &str) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.{name}]\ncommand = [{victim}, \"{behaviour}\"]\nuser = {user:?}\nrestart = \"never\"\n\
         log = {{ rotate = \"1MiB\" }}\n"
    )
}

/// The variables that the service prints, each with a zero behind it.
fn environment(guarded: &Guarded, service: &str) -> Vec<String> {
    let printed = guarded.succeed(&["logs", service, "--stdout"]);
    printed.split('\0').map(str::to_owned).collect()
}

#[test]
fn a_service_may_name_the_guardian_s_own_account() {
    let own = Account::current().expect("whoever runs tests has an account");
    let mut guarded = Guarded::run(&service("web", "environment", own.name()));
    let death = guarded.wait_for("death", Some("web"));
    assert_eq!(death["success"], true, "{death}");
    let variables = environment(&guarded, "web");
    let has = |start: &str| variables.iter().any(|line| line.starts_with(start));
    assert!(has("PATH=") || has("Path="), "{variables:?}");
    assert!(has("OUTLAST_SERVICE=web"), "{variables:?}");
    guarded.shut_down();
}

#[test]
fn a_service_of_another_account_has_its_name_and_its_home() {
    let nobody = Account::find("nobody").ok();
    let Some(nobody) = nobody.filter(|_| Account::is_privileged()) else {
        eprintln!("SKIPPED: only root of a Unix may run programs as nobody");
        return;
    };
    let mut guarded = Guarded::run(&service("web", "environment", "nobody"));
    guarded.wait_for("death", Some("web"));
    let variables = environment(&guarded, "web");
    let home = nobody.home().expect("a Unix knows it").display();
    for expected in [format!("HOME={home}"), "USER=nobody".to_owned()] {
        assert!(variables.contains(&expected), "{expected}: {variables:?}");
    }
    guarded.shut_down();
}

#[test]
fn a_service_whose_account_is_unknown_fails_alone_and_says_why() {
    let own = Account::current().expect("whoever runs tests has an account");
    let config = service("bad", "hang", "no-such-user-here") + &service("good", "hang", own.name());
    let mut guarded = Guarded::run(&config);
    let failed = guarded.wait_for("start-failed", Some("bad"));
    let message = failed["failure"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("no-such-user-here"), "{failed}");
    assert_eq!(guarded.status("bad")["state"], "failed");
    while guarded.status("good")["state"] != "running" {
        guarded.wait_for("started", Some("good"));
    }
    guarded.succeed(&["stop", "good"]);
    guarded.shut_down();
}

#[test]
fn a_restart_changes_to_the_account_again() {
    let own = Account::current().expect("whoever runs tests has an account");
    let mut guarded = Guarded::run(&service("web", "hang", own.name()));
    guarded.wait_for("started", Some("web"));
    let first = guarded.service_pid("web");
    guarded.succeed(&["restart", "web"]);
    assert_ne!(guarded.service_pid("web"), first);
    guarded.shut_down();
}

#[test]
fn a_guardian_that_may_not_change_accounts_says_so_and_what_to_do() {
    // On Windows an administrator may not either, and may install one that may.
    let others = ["LocalService", "root"].map(|name| Account::find(name).ok());
    let may_not = |other: &Account| other.obstacle(Starter::ThisProcess).is_some();
    let Some(other) = others.into_iter().flatten().find(may_not) else {
        eprintln!("SKIPPED: whoever runs this may change accounts");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("outlast.toml");
    std::fs::write(&file, service("web", "hang", other.name())).expect("written");
    let refused = outlast()
        .arg("run")
        .arg(&file)
        .arg("--state-dir")
        .arg(folder.path().join("state"))
        .output()
        .expect("the command can be run");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(6), "{said}");
    assert!(
        said.contains("another account") && said.contains("help: "),
        "{said}"
    );
    let checked = outlast()
        .arg("check")
        .arg(&file)
        .output()
        .expect("the command can be run");
    let may_install = other.obstacle(Starter::NativeService).is_none();
    assert_eq!(checked.status.success(), may_install, "{checked:?}");
}
