//! Whom an installed guardian runs as.

mod container;
mod web;

use container::Machine;
use container::shop::Shop;

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_dynamic_user_owns_the_state_and_nothing_else() {
    let mut shop = Shop::open();
    let before = shop.machine.files();
    shop.install(&["--now", "--set", "account=dynamic"]);
    shop.wait_until_open();
    // systemd takes these users from a range of its own (systemd.exec(5)).
    let user: u32 = shop.account().parse().expect("a user without a name");
    assert!((61184..=65519).contains(&user), "{user}");
    let known = shop.machine.run(&["grep", "^shop:", "/etc/passwd"]);
    assert_eq!(known.status.code(), Some(1), "it is in no file: {known:?}");
    let logs = shop.machine.succeed(&["outlast", "logs", "shop/"]);
    assert!(logs.contains("listening"), "{logs}");
    shop.machine.reboot();
    shop.wait_until_open();
    shop.machine
        .succeed(&["outlast", "uninstall", "shop", "--purge"]);
    container::assert_same(&before, &shop.machine.files());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn the_owner_of_the_folder_is_whom_it_runs_as() {
    let shop = Shop::open();
    shop.machine.succeed(&["useradd", "--system", "ann"]);
    shop.machine
        .succeed(&["chown", "-R", "ann:ann", "/opt/shop"]);
    shop.install(&["--now"]);
    shop.wait_until_open();
    assert_eq!(shop.account(), "ann");
    let owner = shop
        .machine
        .succeed(&["stat", "-c", "%U %a", "/var/lib/outlast/shop"]);
    assert_eq!(owner, "ann 700");
    let pid = shop.note_guardian();
    shop.machine.succeed(&["kill", "-KILL", &pid]);
    shop.wait_for_another_guardian();
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_named_account_is_taken_and_an_unknown_one_refused() {
    let shop = Shop::open();
    shop.machine.succeed(&["useradd", "--system", "ben"]);
    let before = shop.machine.files();
    let unknown = shop.machine.run(&[
        "outlast",
        "install",
        "--name",
        "shop",
        "--set",
        "account=nobody-at-all",
        "--",
        "/bin/true",
    ]);
    assert!(!unknown.status.success(), "{unknown:?}");
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(said.contains("nobody-at-all"), "{said}");
    container::assert_same(&before, &shop.machine.files());
    shop.install(&["--now", "--set", "account=ben"]);
    shop.wait_until_open();
    assert_eq!(shop.account(), "ben");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_users_service_outlives_the_session_and_a_reboot() {
    let mut machine = Machine::boot();
    machine.put(
        "../../examples/python-http/main.py".as_ref(),
        "/opt/shop/main.py",
    );
    machine.succeed(&["useradd", "--create-home", "--shell=/bin/sh", "bea"]);
    let port = web::free_port();
    let line = format!(
        "outlast install --user --now --name shop -- python3 /opt/shop/main.py {port} hello"
    );
    // A login session, which is over when its command has ended.
    machine.succeed(&["su", "--login", "bea", "--command", &line]);
    let answers = || web::answer(port, "/").is_some();
    machine.eventually("it answers", answers);
    machine.eventually("nobody is logged in", || {
        machine
            .succeed(&["loginctl", "list-sessions", "--no-legend"])
            .is_empty()
    });
    assert!(answers(), "it outlives the session");
    machine.reboot();
    machine.eventually("it answers with nobody logged in", answers);
    machine.succeed(&[
        "su",
        "--login",
        "bea",
        "--command",
        "outlast uninstall shop --purge",
    ]);
    machine.eventually("it is gone", || !answers());
    assert!(!machine.at("/var/lib/systemd/linger/bea").exists());
}
