//! A program that was installed once under Windows is there after every reboot,
//! with nobody logged in.

mod web;
mod wine;

use serde_json::Value;
use web::{answer, free_port};
use wine::{OUTLAST, Windows, eventually, told};

/// Spaces, quotes, backslashes before a quote and at the end, foreign letters.
const GREETING: &str = r#"say "good day" \"quietly\" to Jürgen & 東京 \\ C:\"#;

/// The Go program with a guardian of its own.
struct Shop<'a> {
    windows: &'a Windows,
    name: &'static str,
    folder: String,
    port: u16,
}

impl<'a> Shop<'a> {
    /// Copies the program into a folder of this name.
    fn open(windows: &'a Windows, name: &'static str, folder: &str) -> Self {
        let folder = format!(r"C:\Programs\{folder}");
        let program = told("OUTLAST_TEST_PROGRAMS").join("go-http.exe");
        windows.put(&program, &format!(r"{folder}\go http.exe"));
        Self {
            windows,
            name,
            folder,
            port: free_port(),
        }
    }

    #[track_caller]
    fn install(&self, options: &[&str]) {
        let (program, port) = (
            format!(r"{}\go http.exe", self.folder),
            self.port.to_string(),
        );
        let line = [
            &["install", "--name", self.name, "--dir", &self.folder],
            options,
            &["--", &program, &port, GREETING],
        ];
        self.windows.succeed(&line.concat());
    }

    fn answers(&self) -> bool {
        answer(self.port, "/").is_some_and(|page| page.trim_end_matches('\n') == GREETING)
    }

    #[track_caller]
    fn wait_until_open(&self) {
        eventually("the shop is open", || self.answers());
    }

    fn state(&self) -> String {
        let text = self.windows.succeed(&["list", "--json"]);
        let list: Value = serde_json::from_str(&text).expect("JSON");
        let list = list.as_array().expect("a list");
        let found = list.iter().find(|guardian| guardian["name"] == self.name);
        found
            .map_or("absent", |guardian| {
                guardian["state"].as_str().expect("text")
            })
            .to_owned()
    }
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn an_installed_go_program_answers_after_a_reboot_with_nobody_logged_in() {
    let windows = Windows::boot();
    let shop = Shop::open(&windows, "shop", "Laden für Grüße");
    shop.install(&[]);
    assert_eq!(shop.state(), "stopped", "installing starts nothing");
    windows.succeed(&["start", "shop"]);
    shop.wait_until_open();
    assert_eq!(shop.state(), "running");
    windows.succeed(&["stop", "shop"]);
    assert_eq!(shop.state(), "stopped");
    assert!(!shop.answers());

    windows.reboot();
    shop.wait_until_open();
    windows.succeed(&["uninstall", "shop"]);
    assert!(!shop.answers());
    assert_eq!(shop.state(), "absent");
    windows.reboot();
    assert_eq!(windows.outlast(&["uninstall", "nobodys"]).code, Some(5));
    assert!(!shop.answers());
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn every_property_is_read_back_from_the_manager() {
    // Wine 8 forgets failure actions, delayed starts and dependencies; that they
    // are asked for is seen in the native crate's tests.
    let windows = Windows::boot();
    let shop = Shop::open(&windows, "shop", r"Laden 'für' $Grüße & %PATH%");
    shop.install(&[
        "--set",
        "display_name=Der \"Laden\" für 東京\\",
        "--set",
        "description=Sells \"things\" & more \\",
        "--set",
        "start=manual",
        "--set",
        "account=system",
        "--set",
        "stop_timeout=44s",
    ]);
    let text = windows.succeed(&["config", "get", "shop", "--json"]);
    let told: Value = serde_json::from_str(&text).expect("JSON");
    for (key, value) in [
        ("display_name", "Der \"Laden\" für 東京\\"),
        ("description", "Sells \"things\" & more \\"),
        ("start", "manual"),
        ("account", "system"),
        ("stop_timeout", "44s"),
        ("program", OUTLAST),
    ] {
        assert_eq!(told[key], value, "{key}: {told}");
    }
    let arguments = told["arguments"].as_str().expect("text");
    let arguments: Vec<String> = serde_json::from_str(arguments).expect("a list");
    assert_eq!(arguments.last().map(String::as_str), Some(GREETING));
    assert!(arguments.contains(&shop.folder), "{arguments:?}");
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn two_guardians_live_side_by_side() {
    let windows = Windows::boot();
    let first = Shop::open(&windows, "first", "one");
    let second = Shop::open(&windows, "second", "two");
    for shop in [&first, &second] {
        shop.install(&["--now"]);
        shop.wait_until_open();
    }
    windows.succeed(&["stop", "first"]);
    assert!(!first.answers() && second.answers());
    windows.reboot();
    first.wait_until_open();
    second.wait_until_open();
    windows.succeed(&["uninstall", "second", "--purge"]);
    assert!(first.answers() && !second.answers());
    assert!(!windows.at(r"C:\ProgramData\Outlast\second").exists());
    assert!(windows.at(r"C:\ProgramData\Outlast\first").exists());
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn a_name_that_is_taken_is_refused_and_its_owner_untouched() {
    let windows = Windows::boot();
    let before = windows.run("sc", &["query", "Spooler"]);
    let refused = windows.outlast(&["install", "--name", "spooler", "--", OUTLAST, "version"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.said.contains("spooler"), "{refused:?}");
    assert_ne!(windows.outlast(&["uninstall", "spooler"]).code, Some(0));
    assert_eq!(windows.run("sc", &["query", "Spooler"]).out, before.out);
    assert!(before.out.contains("Spooler"), "{before:?}");
}
