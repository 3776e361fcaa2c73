//! The library's example under Windows: a program that installs itself, under
//! names that need care.

mod web;
mod wine;

use web::{free_port, greeting};
use wine::{Windows, eventually, told};

const PROGRAM: &str = r"C:\Programs\Grüße & Co\hello service.exe";

fn windows() -> Windows {
    let windows = Windows::boot();
    let built = told("OUTLAST_TEST_WINDOWS_PROGRAMS").join("examples/hello_service.exe");
    windows.put(&built, PROGRAM);
    windows
}

/// `PROGRAM VERB PORT NAME`, which has to succeed.
#[track_caller]
fn do_it(windows: &Windows, verb: &str, port: u16, name: &str) -> String {
    let came = windows.run(PROGRAM, &[verb, &port.to_string(), name]);
    assert_eq!(came.code, Some(0), "{verb} {name}: {came:?}");
    came.out
}

fn greets(port: u16) -> bool {
    greeting(port).is_some_and(|text| text == "hello\n")
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn it_greets_after_a_reboot_with_nobody_logged_in() {
    let windows = windows();
    let (port, name) = (free_port(), "hello");
    do_it(&windows, "install", port, name);
    assert!(!greets(port), "installing starts nothing");
    do_it(&windows, "start", port, name);
    assert!(greets(port), "it was ready");
    let status = do_it(&windows, "status", port, name);
    assert!(status.to_lowercase().contains("running"), "{status}");
    do_it(&windows, "stop", port, name);
    assert!(!greets(port));
    windows.reboot();
    eventually("it greets", || greets(port));
    do_it(&windows, "uninstall", port, name);
    assert!(!greets(port));
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn two_of_them_under_names_with_spaces_quotes_and_foreign_letters() {
    let windows = windows();
    let services = [
        (free_port(), "Grüße an 東京"),
        (free_port(), r#"the "other" one"#),
    ];
    for (port, name) in services {
        do_it(&windows, "install", port, name);
        do_it(&windows, "start", port, name);
        assert!(greets(port), "{name}");
    }
    windows.reboot();
    for (port, name) in services {
        eventually(name, || greets(port));
        do_it(&windows, "purge", port, name);
        assert!(!greets(port), "{name}");
    }
}
