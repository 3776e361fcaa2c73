//! What is left on a machine: nothing of ours, everything of others.

mod container;
mod web;

use container::shop::Shop;
use container::{Machine, assert_same};

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn an_uninstall_leaves_the_logs_and_a_purge_leaves_nothing() {
    let shop = Shop::open();
    let before = shop.machine.files();
    shop.install(&["--now"]);
    shop.wait_until_open();
    shop.machine.succeed(&["outlast", "uninstall", "shop"]);
    assert!(!shop.answers());
    assert_eq!(shop.machine.unit("shop", "LoadState"), "not-found");
    let left = shop.machine.files();
    let foreign = left.difference(&before).filter(|line| !is_state(line));
    assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(shop.machine.at("/var/lib/outlast/shop/events").exists());

    shop.install(&["--now"]);
    shop.wait_until_open();
    shop.machine
        .succeed(&["outlast", "uninstall", "shop", "--purge"]);
    assert_same(&before, &shop.machine.files());
}

fn is_state(line: &str) -> bool {
    line.starts_with("/var/lib/outlast ")
        || line.starts_with("/var/lib/outlast/shop")
        || line.starts_with("/var/lib/outlast/.native")
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_name_that_is_taken_is_refused_and_its_owner_untouched() {
    let machine = Machine::boot();
    machine.write(
        "/etc/systemd/system/theirs.service",
        "[Service]\nExecStart=/bin/sleep 1000\n",
    );
    machine.succeed(&["systemctl", "daemon-reload"]);
    let before = machine.files();
    for name in ["dbus", "theirs", "systemd-journald"] {
        let line = [
            "outlast",
            "install",
            "--name",
            name,
            "--",
            "/bin/sleep",
            "1000",
        ];
        let refused = machine.run(&line);
        assert_eq!(refused.status.code(), Some(1), "{name}: {refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains(name), "{said}");
        let gone = machine.run(&["outlast", "uninstall", name]);
        assert!(!gone.status.success(), "{name}: {gone:?}");
    }
    assert_same(&before, &machine.files());
    assert_eq!(machine.unit("dbus", "ActiveState"), "active");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn an_install_that_is_killed_leaves_the_old_state_or_the_new() {
    let shop = Shop::open();
    let files = || {
        let mut files = shop.machine.files();
        files.retain(|line| !is_empty_register(line));
        files
    };
    let old = files();
    shop.install(&[]);
    let new = files();
    shop.machine.succeed(&["outlast", "uninstall", "shop"]);
    for hundredths in 0..24 {
        kill_install_after(&shop, hundredths);
        // The next command for the name ends what the killed one began.
        if hundredths % 2 == 0 {
            shop.install(&[]);
            assert_same(&new, &files());
        }
        // 5: nothing had been done yet.
        let gone = shop.machine.run(&["outlast", "uninstall", "shop"]);
        assert!(matches!(gone.status.code(), Some(0 | 5)), "{gone:?}");
        assert_same(&old, &files());
    }
}

/// A process that is killed cannot remove its lock, which has its number in it.
fn is_empty_register(line: &str) -> bool {
    let paths = [
        "/var/lib/outlast ",
        "/var/lib/outlast/.native ",
        "/var/lib/outlast/.native/lock ",
    ];
    paths.iter().any(|path| line.starts_with(path))
}

fn kill_install_after(shop: &Shop, hundredths: u32) {
    let script = format!(
        "cd /opt/shop; outlast install --name shop -- /opt/shop/go-http {} 'good morning' & \
         sleep 0.{hundredths:02}; kill -KILL $! 2>/dev/null; wait; true",
        shop.port
    );
    shop.machine.succeed(&["sh", "-c", &script]);
}

#[test]
#[ignore = "copies a container; `cargo xtask test` does"]
fn without_a_manager_the_error_says_what_to_do_instead() {
    let machine = Machine::off();
    let refused = machine.run_without_init(&["outlast", "install", "--", "/bin/sleep", "1000"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("outlast run"), "{said}");
    assert!(!machine.at("/var/lib/outlast").exists());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn without_rights_and_without_an_installation_the_exit_codes_say_so() {
    let machine = Machine::boot();
    machine.succeed(&["useradd", "--create-home", "--shell=/bin/sh", "ann"]);
    let code = |words: &[&str]| machine.run(words).status.code();
    let before = machine.files();
    let install = "outlast install --name shop -- /bin/sleep 1000";
    assert_eq!(code(&["su", "ann", "--command", install]), Some(4));
    assert_eq!(code(&["outlast", "uninstall", "nobodys"]), Some(5));
    assert_eq!(
        code(&[
            "outlast",
            "install",
            "--name",
            "Not A Name",
            "--",
            "/bin/true"
        ]),
        Some(2)
    );
    assert_eq!(
        code(&["outlast", "install", "--name", "shop", "--", "/no/such"]),
        Some(6)
    );
    assert_same(&before, &machine.files());
}
