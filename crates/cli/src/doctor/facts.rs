//! What the checks ask about the machine.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use outlast_os::inspection::boot::BootTarget;
use outlast_os::inspection::exposure::Exposure;
use outlast_os::inspection::listeners::Listener;
use outlast_os::inspection::login::{LoginPolicy, Place};
use outlast_os::inspection::power::{PowerPlan, SleepKind};
use outlast_os::inspection::systemd_sleep::SystemdSleep;

/// An account of this machine, in the form in which [`Exposure`]s name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) name: String,
    /// Its number, on Windows its security identifier.
    pub(crate) id: Option<String>,
    /// The number of its primary group; `None` on Windows.
    pub(crate) group: Option<String>,
}

/// The machine. `None` means that it cannot be found out, here or by this user.
pub(crate) trait Facts {
    /// Who can change what is found under an absolute path.
    fn exposures(&self, path: &Path) -> io::Result<Vec<Exposure>>;
    /// The account called so.
    fn identity(&self, account: &str) -> Option<Identity>;
    /// Whoever runs this command.
    fn own_account(&self) -> Option<String>;
    /// What the process and its descendants listen on.
    fn listeners(&self, pid: u32) -> Option<Vec<Listener>>;
    /// What logind is set to do.
    fn login_policy(&self) -> Option<LoginPolicy>;
    /// Whether the services of this user outlive its sessions.
    fn lingers(&self, user: &str) -> Option<bool>;
    /// What logind counts this command as, and with it whatever is started from
    /// where it was.
    fn place(&self) -> Option<Place>;
    /// What systemd does when it puts the machine to sleep.
    fn systemd_sleep(&self) -> Option<SystemdSleep>;
    /// The ways in which the machine can sleep.
    fn sleep_kinds(&self) -> Option<Vec<SleepKind>>;
    /// When the machine sleeps by the system's own power plan.
    fn power_plan(&self) -> Option<PowerPlan>;
    /// Whether a shutdown hibernates all services.
    fn has_fast_startup(&self) -> Option<bool>;
    /// Whether energy is saved at the cost of speed.
    fn is_saving(&self) -> Option<bool>;
    /// Where a boot leads to.
    fn boot_target(&self) -> Option<BootTarget>;
    /// Where a program is found with this `PATH`.
    fn find_program(&self, program: &str, dir: &Path, search_path: &OsStr) -> Option<PathBuf>;
    /// The `PATH` of services.
    fn search_path_of_services(&self) -> Option<OsString>;
    /// The `PATH` of whoever runs this command.
    fn search_path_of_session(&self) -> Option<OsString>;
    /// Whether there is such a file.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether the file's permissions let everybody read it.
    fn is_readable_by_everybody(&self, path: &Path) -> bool;
    /// The text of a file.
    fn text(&self, path: &Path) -> Option<String>;
    /// Whether the drive belongs to one session.
    fn is_on_mapped_drive(&self, path: &Path) -> bool;
    /// Whether the program shows windows and has no console.
    fn is_graphical(&self, path: &Path) -> bool;
    /// Whether the machine has a battery.
    fn is_portable(&self) -> Option<bool>;
    /// The command line of a Windows service as it is registered.
    fn image_path(&self, name: &str) -> Option<String>;
}
