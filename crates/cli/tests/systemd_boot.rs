//! A program that was installed once is there after every boot, and comes back
//! whatever happens to its guardian.

mod container;
mod web;

use container::Machine;
use container::shop::Shop;
use serde_json::Value;

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn an_installed_go_program_is_there_after_a_reboot_and_after_a_power_cut() {
    let mut shop = Shop::installed(&[]);
    assert!(!shop.answers(), "installing starts nothing");
    shop.machine.reboot();
    shop.wait_until_open();
    shop.machine.cut_power();
    shop.wait_until_open();
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn an_installed_python_program_is_there_after_a_reboot() {
    let mut machine = Machine::boot();
    let program = "../../examples/python-http/main.py";
    machine.put(program.as_ref(), "/opt/shop/main.py");
    let port = web::free_port();
    let install = ["outlast", "install", "--now", "--name", "shop", "--"];
    let command = [
        "python3",
        "/opt/shop/main.py",
        &port.to_string(),
        "good day",
    ];
    machine.succeed(&[&install[..], &command].concat());
    let answers = || web::answer(port, "/").is_some_and(|page| page == "good day\n");
    machine.eventually("Python answers", answers);
    machine.reboot();
    machine.eventually("Python answers", answers);
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_guardian_that_is_killed_comes_back_with_its_services() {
    let shop = Shop::installed(&["--now"]);
    shop.wait_until_open();
    let pid = shop.note_guardian();
    shop.machine.succeed(&["kill", "-KILL", &pid]);
    shop.wait_for_another_guardian();
    assert_eq!(shop.machine.unit("shop", "ActiveState"), "active");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_guardian_that_hangs_is_started_anew_by_the_watchdog() {
    let shop = Shop::installed(&["--now", "--set", "watchdog=2s"]);
    shop.wait_until_open();
    let pid = shop.note_guardian();
    shop.machine.succeed(&["kill", "-STOP", &pid]);
    shop.wait_for_another_guardian();
    assert!(
        shop.machine.told().contains("atchdog"),
        "it was the watchdog"
    );
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn one_guardian_has_one_line_in_the_list_whatever_its_state() {
    let shop = Shop::installed(&[]);
    let state = || {
        let text = shop.machine.succeed(&["outlast", "list", "--json"]);
        let list: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        assert_eq!(list[0]["native"]["manager"], "systemd", "{list}");
        assert_eq!(list[0]["native"]["enabled"], true, "{list}");
        list[0]["state"].clone()
    };
    let code = |words: &[&str]| shop.machine.run(words).status.code();
    assert_eq!(state(), "stopped");
    assert_eq!(code(&["outlast", "status", "shop/"]), Some(3));
    shop.machine.succeed(&["outlast", "start", "shop"]);
    assert_eq!(state(), "running");
    assert_eq!(code(&["outlast", "status", "shop/"]), Some(0));
    shop.machine.succeed(&["outlast", "stop", "shop"]);
    assert_eq!(state(), "stopped");
    assert!(!shop.answers());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn one_that_is_started_by_hand_stays_down_after_a_reboot() {
    let mut shop = Shop::installed(&["--now", "--set", "start=manual"]);
    shop.wait_until_open();
    shop.machine.reboot();
    assert_eq!(shop.machine.unit("shop", "ActiveState"), "inactive");
    shop.machine
        .succeed(&["outlast", "config", "set", "shop", "start=auto"]);
    shop.machine.reboot();
    shop.wait_until_open();
}
