//! A guardian that somebody has started in a session of Windows, which is no service.
#![cfg(windows)]

mod guarded;

use guarded::{Guarded, eventually, toml};
use outlast_os::account::{Account, Starter};
use outlast_os::session;
use outlast_testkit::victim_path;

#[test]
fn what_runs_in_users_sessions_runs_in_its_own() {
    if session::obstacle(Starter::ThisProcess).is_some() {
        // Tests that run as a service are in nobody's session.
        return;
    }
    let own = Account::current().expect("it has one");
    let user = own.name().rsplit('\\').next().expect("a name");
    let victim = toml(victim_path());
    let guarded = Guarded::run(&format!(
        "[services.core]\ncommand = [{victim}, \"hang\"]\n\
         [services.tray]\ncommand = [{victim}, \"hang\"]\nsession = \"each\"\n\
         [services.clip]\ncommand = [{victim}, \"hang\"]\nsession = \"active\"\n"
    ));
    for template in ["tray", "clip"] {
        let name = format!("{template}@{user}");
        // They log on beside each other, and either may be first.
        eventually("it runs", || {
            guarded.outlast(&["status", &name]).status.success()
        });
        assert_eq!(guarded.status(&name)["state"], "running");
    }
    guarded.succeed(&["stop", "tray"]);
    assert_eq!(guarded.status(&format!("tray@{user}"))["state"], "stopped");
    guarded.shut_down();
}
