//! `outlast doctor` about an installed guardian under Windows. What Wine tells of
//! sleep and power is Wine's: here it is only seen that asking never fails.

mod web;
mod wine;

use serde_json::Value;
use wine::{OUTLAST, Windows, eventually};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn a_log_off_that_ends_nothing_is_as_promised() {
    let windows = Windows::boot();
    // A program that stays: the guardian's own, which waits for nobody.
    let follow = ["--state-dir", r"C:\Programs", "events", "--follow"];
    let install = ["install", "--now", "--name", "shop", "--", OUTLAST];
    windows.succeed(&[&install[..], &follow].concat());
    let test = ["doctor", "shop", "--json", "--selftest", "logoff"];
    eventually("there is something to watch", || {
        windows.outlast(&test).code == Some(0)
    });
    let told = json(&windows.succeed(&test));
    assert_eq!(told["as"], "machine-service", "{told}");
    assert_eq!(told["promised"], "goes-on", "{told}");
    assert_eq!(told["result"], "as-promised", "{told}");
    assert_eq!(told["false_restarts"], 0, "{told}");
    assert!(told["machine"]["saving_energy"].is_boolean(), "{told}");
    windows.succeed(&["uninstall", "shop", "--purge"]);
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn what_will_happen_is_told_whatever_the_machine_says() {
    let windows = Windows::boot();
    let file = windows.at(r"C:\Programs\file\outlast.toml");
    std::fs::create_dir_all(file.parent().expect("it has one")).expect("a folder");
    std::fs::write(&file, "[services.api]\ncommand = ['cmd']\n").expect("a file");
    let came = windows.outlast(&["doctor", r"C:\Programs\file\outlast.toml", "--json"]);
    let report = json(&came.out);
    let prospects = report["prospects"].as_array().expect("a list");
    assert_eq!(prospects.len(), 8, "{report}");
    let terminal = prospects
        .iter()
        .find(|prospect| prospect["as"] == "terminal" && prospect["at"] == "logoff");
    assert_eq!(terminal.expect("told")["fate"], "ends", "{report}");
    // Whatever folders there are, Windows has no logind.
    assert!(report["machine"]["logind"].is_null(), "{report}");
    let plan = &report["machine"]["power_plan"];
    assert!(plan.is_null() || plan.is_object(), "{report}");
}
