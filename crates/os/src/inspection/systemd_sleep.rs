//! What systemd does with users when it puts the machine to sleep.
//!
//! From version 256 on, systemd-sleep(8) freezes `user.slice` before the machine
//! is suspended and thaws it afterwards: every session, and the services of every
//! user, lingering or not. A service of the machine is not in that slice. A
//! thawing that fails leaves them frozen on a machine that runs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::boot::{self, FOLDERS};
use super::login::boolean;

/// The version that began to freeze users.
const FIRST_TO_FREEZE: u32 = 256;

/// The variable by which a service of [`SERVICES`] is told not to.
const VARIABLE: &str = "SYSTEMD_SLEEP_FREEZE_USER_SESSIONS";

/// What puts the machine to sleep, each in its way.
const SERVICES: [&str; 4] = [
    "systemd-suspend.service",
    "systemd-hibernate.service",
    "systemd-hybrid-sleep.service",
    "systemd-suspend-then-hibernate.service",
];

/// Where systemd's own library is, whose name has the version.
const LIBRARIES: [&str; 5] = [
    "usr/lib/systemd",
    "lib/systemd",
    "usr/lib64/systemd",
    "usr/lib",
    "usr/lib64",
];

/// Where control groups of version 2 are, alone and beside those of version 1.
const GROUPS: [&str; 2] = ["sys/fs/cgroup", "sys/fs/cgroup/unified"];

/// How systemd is set up for the machine's sleep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemdSleep {
    /// The version that is installed, which is the one that would act.
    pub version: Option<u32>,
    /// The services of systemd that freeze all users when they put the machine
    /// to sleep; `None`: not known.
    pub freezing: Option<Vec<String>>,
    /// Whether users' sessions and services are frozen now.
    pub are_users_frozen: Option<bool>,
    /// Whether systemd refuses to put the machine to sleep at all.
    pub is_masked: bool,
}

/// How this machine's systemd is set up; `None` where there is none.
pub fn systemd_sleep() -> Option<SystemdSleep> {
    systemd_sleep_below(super::root()?)
}

/// The same of a system whose root folder is `root`.
pub fn systemd_sleep_below(root: &Path) -> Option<SystemdSleep> {
    boot::target_below(root)?;
    let version = version(root);
    Some(SystemdSleep {
        version,
        freezing: version.map(|version| freezing(root, version)),
        are_users_frozen: are_users_frozen(root),
        is_masked: is_masked(root, "sleep.target"),
    })
}

/// By the name of the library that `systemd-sleep` uses, `libsystemd-shared-257.so`
/// or `libsystemd-shared-257.4-1.so`. Asking the running systemd would not do: what
/// acts is the program on the disk.
fn version(root: &Path) -> Option<u32> {
    let mut folders: Vec<PathBuf> = LIBRARIES.iter().map(|folder| root.join(folder)).collect();
    // Debian's: usr/lib/x86_64-linux-gnu/systemd.
    let below = fs::read_dir(root.join("usr/lib")).into_iter().flatten();
    folders.extend(below.flatten().map(|entry| entry.path().join("systemd")));
    let names = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let names = names.flatten().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| version_of(&name)).max()
}

fn version_of(library: &OsString) -> Option<u32> {
    let rest = library.to_str()?.strip_prefix("libsystemd-shared-")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn freezing(root: &Path, version: u32) -> Vec<String> {
    if version < FIRST_TO_FREEZE {
        return Vec::new();
    }
    let freezes = |service: &str| {
        let is_there = FOLDERS
            .iter()
            .any(|folder| root.join(folder).join(service).exists());
        let said = variable(root, service);
        is_there && said.and_then(|said| boolean(&said)).unwrap_or(true)
    };
    let freezing = SERVICES.into_iter().filter(|service| freezes(service));
    freezing.map(str::to_owned).collect()
}

/// What `service` is given as [`VARIABLE`]: by its unit, then by its drop-ins, the
/// last one's word.
fn variable(root: &Path, service: &str) -> Option<String> {
    let unit = FOLDERS
        .iter()
        .map(|folder| root.join(folder).join(service))
        .find(|path| path.exists());
    let mut drop_ins: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    // systemd.unit(5): those of a more special name and of a stronger folder hide
    // their namesakes.
    for name in ["service.d", "systemd-.service.d", &format!("{service}.d")] {
        for folder in FOLDERS.iter().rev() {
            let entries = fs::read_dir(root.join(folder).join(name));
            for entry in entries.into_iter().flatten().flatten() {
                let path = entry.path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "conf")
                {
                    drop_ins.insert(entry.file_name(), path);
                }
            }
        }
    }
    let mut value = None;
    for path in unit.into_iter().chain(drop_ins.into_values()) {
        let text = fs::read_to_string(path).unwrap_or_default();
        for line in text.lines() {
            let Some(assigned) = line.trim().strip_prefix("Environment=") else {
                continue;
            };
            if assigned.trim().is_empty() {
                value = None;
            }
            let words = assigned.split_whitespace();
            let words = words.map(|word| word.trim_matches(['"', '\'']));
            let mut ours = words.filter_map(|word| word.strip_prefix(VARIABLE)?.strip_prefix('='));
            value = ours.next_back().map(str::to_owned).or(value);
        }
    }
    value
}

fn are_users_frozen(root: &Path) -> Option<bool> {
    let events = GROUPS
        .iter()
        .map(|groups| root.join(groups).join("user.slice/cgroup.events"))
        .find_map(|path| fs::read_to_string(path).ok())?;
    let frozen = events
        .lines()
        .find_map(|line| line.strip_prefix("frozen "))?;
    Some(frozen.trim() == "1")
}

/// A unit is masked by a link to `/dev/null`, or by an empty file.
fn is_masked(root: &Path, unit: &str) -> bool {
    let found = FOLDERS
        .iter()
        .map(|folder| root.join(folder).join(unit))
        .find(|path| fs::symlink_metadata(path).is_ok());
    found.is_some_and(|path| {
        fs::read_link(&path).is_ok_and(|target| target == Path::new("/dev/null"))
            || fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-257.so";
    const UNITS: &str = "usr/lib/systemd/system";

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// A machine with this systemd, which can suspend and hibernate.
    fn system(library: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        write(root.path(), library, "");
        for service in &SERVICES[..2] {
            write(root.path(), &format!("{UNITS}/{service}"), "[Service]\n");
        }
        root
    }

    fn sleep(root: &tempfile::TempDir) -> SystemdSleep {
        systemd_sleep_below(root.path()).expect("systemd is there")
    }

    #[test]
    fn without_systemd_nothing_is_known() {
        let root = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(systemd_sleep_below(root.path()), None);
    }

    #[test]
    fn users_are_frozen_from_version_256_on() {
        let older = sleep(&system("usr/lib/systemd/libsystemd-shared-255.so"));
        assert_eq!(older.freezing, Some(Vec::new()));
        let fedora = sleep(&system("usr/lib/systemd/libsystemd-shared-256.7-1.fc41.so"));
        assert_eq!(fedora.version, Some(256));
        let debian = sleep(&system(LIBRARY));
        assert_eq!(
            debian.freezing.expect("known"),
            ["systemd-suspend.service", "systemd-hibernate.service"]
        );
        let unknown = sleep(&system("usr/lib/systemd/libother.so"));
        assert_eq!((unknown.version, unknown.freezing), (None, None));
    }

    #[test]
    fn a_drop_in_can_keep_one_way_to_sleep_from_freezing() {
        let root = system(LIBRARY);
        let drop_in = "etc/systemd/system/systemd-suspend.service.d/users.conf";
        let text = format!("[Service]\nEnvironment=A=1 \"{VARIABLE}=false\"\n");
        write(root.path(), drop_in, &text);
        let freezing = sleep(&root).freezing.expect("known");
        assert_eq!(freezing, ["systemd-hibernate.service"]);
        let later = "usr/lib/systemd/system/systemd-suspend.service.d/zz.conf";
        write(root.path(), later, "[Service]\nEnvironment=\n");
        assert_eq!(sleep(&root).freezing.expect("known").len(), 2);
    }

    #[test]
    fn a_stronger_folder_hides_its_namesake() {
        let root = system(LIBRARY);
        for (folder, value) in [(UNITS, "false"), ("etc/systemd/system", "true")] {
            let text = format!("[Service]\nEnvironment={VARIABLE}={value}\n");
            let path = format!("{folder}/systemd-.service.d/users.conf");
            write(root.path(), &path, &text);
        }
        assert_eq!(sleep(&root).freezing.expect("known").len(), 2);
    }

    #[test]
    fn frozen_users_are_seen_by_their_control_group() {
        for groups in GROUPS {
            let root = system(LIBRARY);
            assert_eq!(sleep(&root).are_users_frozen, None);
            let events = format!("{groups}/user.slice/cgroup.events");
            write(root.path(), &events, "populated 1\nfrozen 1\n");
            assert_eq!(sleep(&root).are_users_frozen, Some(true));
            write(root.path(), &events, "populated 1\nfrozen 0\n");
            assert_eq!(sleep(&root).are_users_frozen, Some(false));
        }
    }

    #[test]
    fn sleep_can_be_forbidden() {
        let root = system(LIBRARY);
        write(root.path(), &format!("{UNITS}/sleep.target"), "[Unit]\n");
        assert!(!sleep(&root).is_masked);
        write(root.path(), "etc/systemd/system/sleep.target", "");
        assert!(sleep(&root).is_masked);
    }
}
