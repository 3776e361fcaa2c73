//! This machine.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_os::access;
use outlast_os::account::Account;
use outlast_os::bus;
use outlast_os::inspection::boot::{self, BootTarget};
use outlast_os::inspection::exposure::{self, Exposure};
use outlast_os::inspection::listeners::{self, Listener};
use outlast_os::inspection::login::{self, LoginPolicy, Place};
use outlast_os::inspection::power::{self, PowerPlan, SleepKind};
use outlast_os::inspection::systemd_sleep::{self, SystemdSleep};
use outlast_os::inspection::{machine, program};
use outlast_os::process;

use super::facts::{Facts, Identity};

/// No more of a file is looked at, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// How long logind may take to say what no file says.
const PATIENCE: Duration = Duration::from_secs(2);

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here;

impl Facts for Here {
    fn exposures(&self, path: &Path) -> io::Result<Vec<Exposure>> {
        exposure::exposures(path)
    }

    fn identity(&self, account: &str) -> Option<Identity> {
        let found = Account::find(account).ok()?;
        Some(Identity {
            name: found.name().to_owned(),
            id: Some(found.id()),
            group: found.gid().map(|number| number.to_string()),
        })
    }

    fn own_account(&self) -> Option<String> {
        Some(Account::current().ok()?.name().to_owned())
    }

    fn listeners(&self, pid: u32) -> Option<Vec<Listener>> {
        listeners::listeners(pid)
    }

    fn login_policy(&self) -> Option<LoginPolicy> {
        let policy = login::policy()?;
        Some(LoginPolicy {
            kills_user_processes: policy.kills_user_processes.or_else(as_built),
            ..policy
        })
    }

    fn lingers(&self, user: &str) -> Option<bool> {
        login::lingers(user)
    }

    fn place(&self) -> Option<Place> {
        login::place()
    }

    fn systemd_sleep(&self) -> Option<SystemdSleep> {
        systemd_sleep::systemd_sleep()
    }

    fn sleep_kinds(&self) -> Option<Vec<SleepKind>> {
        power::kinds()
    }

    fn power_plan(&self) -> Option<PowerPlan> {
        power::plan()
    }

    fn has_fast_startup(&self) -> Option<bool> {
        power::has_fast_startup()
    }

    fn is_saving(&self) -> Option<bool> {
        power::is_saving()
    }

    fn boot_target(&self) -> Option<BootTarget> {
        boot::target()
    }

    fn find_program(&self, program: &str, dir: &Path, search_path: &OsStr) -> Option<PathBuf> {
        process::find_program(program, dir, Some(search_path)).ok()
    }

    fn search_path_of_services(&self) -> Option<OsString> {
        machine::search_path_of_services()
    }

    fn search_path_of_session(&self) -> Option<OsString> {
        std::env::var_os("PATH")
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_readable_by_everybody(&self, path: &Path) -> bool {
        access::mode_of(path).is_ok_and(|mode| mode & 0o004 != 0)
    }

    fn text(&self, path: &Path) -> Option<String> {
        // A pipe would be waited for, for ever.
        if !fs::metadata(path).ok()?.is_file() {
            return None;
        }
        let mut text = String::new();
        let file = File::open(path).ok()?;
        file.take(LONGEST).read_to_string(&mut text).ok()?;
        Some(text)
    }

    fn is_on_mapped_drive(&self, path: &Path) -> bool {
        machine::is_on_mapped_drive(path)
    }

    fn is_graphical(&self, path: &Path) -> bool {
        program::is_graphical(path).unwrap_or(false)
    }

    fn is_portable(&self) -> Option<bool> {
        machine::is_portable()
    }

    fn image_path(&self, name: &str) -> Option<String> {
        machine::image_path(name)
    }
}

/// Whether logind kills what users leave behind, where that was decided when it
/// was built: only itself can tell.
fn as_built() -> Option<bool> {
    let settings = bus::login_settings(PATIENCE).ok()?;
    settings
        .get("KillUserProcesses")
        .map(|value| value == "yes")
}
