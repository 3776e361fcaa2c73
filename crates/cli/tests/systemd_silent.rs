//! A systemd that does not answer, or can only be asked by its tools.

mod container;
mod web;

use container::Machine;

/// What an installation could touch.
fn files(machine: &Machine) -> String {
    machine.succeed(&["find", "/etc/systemd", "/var/lib/outlast", "-type", "f"])
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_systemd_that_hangs_is_waited_for_with_a_bound() {
    let machine = Machine::boot();
    machine.succeed(&[
        "outlast", "install", "--name", "first", "--dir", "/srv", "--", "sleep", "1000",
    ]);
    let before = files(&machine);
    machine.halt();
    let refused = machine.run(&[
        "outlast", "install", "--name", "second", "--dir", "/srv", "--", "sleep", "1000",
    ]);
    let listed = machine.run(&["outlast", "list"]);
    machine.go_on();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("second.service within"), "{told}");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("unknown"));
    assert_eq!(files(&machine), before);
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn without_a_bus_its_tools_are_used() {
    let machine = Machine::boot();
    machine.succeed(&["systemctl", "stop", "dbus.socket", "dbus.service"]);
    machine.succeed(&[
        "outlast", "install", "--name", "shop", "--now", "--dir", "/srv", "--", "sleep", "1000",
    ]);
    assert_eq!(machine.unit("shop", "ActiveState"), "active");
    machine.succeed(&["outlast", "status", "shop/"]);
    let start = machine.succeed(&["outlast", "config", "get", "shop/", "start"]);
    assert!(start.contains("auto"), "{start}");
    machine.succeed(&["outlast", "uninstall", "shop", "--purge"]);
    assert_eq!(machine.unit("shop", "LoadState"), "not-found");
}
