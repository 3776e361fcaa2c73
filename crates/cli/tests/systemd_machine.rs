//! The machines that the other `systemd_*` tests use.

mod container;
mod web;

use container::Machine;

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_machine_keeps_its_files_through_a_reboot_and_a_power_cut() {
    let mut machine = Machine::boot();
    machine.write("/var/lib/note", "kept\n");
    let boot_id = |machine: &Machine| machine.succeed(&["journalctl", "--list-boots", "-q"]);
    let first = boot_id(&machine);
    machine.reboot();
    assert_eq!(machine.succeed(&["cat", "/var/lib/note"]), "kept");
    assert_ne!(boot_id(&machine), first);
    machine.cut_power();
    assert_eq!(machine.succeed(&["cat", "/var/lib/note"]), "kept");
    assert!(machine.succeed(&["outlast", "version"]).contains("outlast"));
}
