//! What systemd's logind does with a user's programs at log-out, and with the
//! machine when its lid is shut: `logind.conf(5)`, read as that page says. And
//! what it counts this process as.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders with settings, the strongest first.
const FOLDERS: [&str; 4] = [
    "etc/systemd",
    "run/systemd",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
];

/// The settings of which several add up, until an empty one.
const LISTS: [&str; 2] = ["KillOnlyUsers", "KillExcludeUsers"];

/// What logind is set to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginPolicy {
    /// Whether what a session has started is killed at its end; `None`: as the
    /// distribution has built it. [`kills`](Self::kills) says whose.
    pub kills_user_processes: Option<bool>,
    /// Whose processes are killed in any case (`KillOnlyUsers`).
    pub killed_users: Vec<String>,
    /// Whose are never (`KillExcludeUsers`).
    pub spared_users: Vec<String>,
    /// What happens when the lid is shut, in logind's words: `suspend`,
    /// `ignore`, …
    pub lid_switch: String,
    /// The same on external power.
    pub lid_switch_on_power: String,
    /// Whether the lid does so although somebody inhibits sleep.
    pub lid_ignores_inhibitors: bool,
    /// What happens when nobody uses the machine.
    pub idle_action: String,
    /// How long a session may be idle before it is ended, in logind's words;
    /// `None`: for ever.
    pub idle_session_limit: Option<String>,
    /// How long a sleep or a shutdown waits for those who delay it, in logind's
    /// words.
    pub delay_limit: String,
}

impl LoginPolicy {
    /// Whether what a session of `user` has started is killed at its end; `None`:
    /// as the distribution has built it. As logind's `manager_shall_kill` decides.
    pub fn kills(&self, user: &str) -> Option<bool> {
        let is_in = |users: &[String]| users.iter().any(|one| one == user);
        if is_in(&self.spared_users) || (self.spared_users.is_empty() && user == "root") {
            return Some(false);
        }
        if !self.killed_users.is_empty() {
            return Some(is_in(&self.killed_users));
        }
        self.kills_user_processes
    }
}

/// What logind counts a process as, by its control group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Part of a user's session.
    Session,
    /// Part of a user's services: a desktop starts its programs so.
    UserServices,
    /// Neither, as services of the machine are.
    Elsewhere,
}

/// What this process counts as; `None` where there are no control groups.
pub fn place() -> Option<Place> {
    place_of(&fs::read_to_string("/proc/self/cgroup").ok()?)
}

/// The same of a process with this `/proc/PID/cgroup`. systemd's own hierarchy
/// counts, which is the only one (`0::`) or has its name.
fn place_of(groups: &str) -> Option<Place> {
    let of = |hierarchy: &str| {
        let mut lines = groups.lines().filter_map(|line| line.split_once(':'));
        let path = lines.find_map(|(_, rest)| rest.strip_prefix(hierarchy));
        path.map(str::to_owned)
    };
    let path = of("name=systemd:").or_else(|| of(":"))?;
    let has = |start: &str, end: &str| {
        path.split('/')
            .any(|part| part.starts_with(start) && part.ends_with(end))
    };
    Some(if has("user@", ".service") {
        Place::UserServices
    } else if has("session-", ".scope") {
        Place::Session
    } else {
        Place::Elsewhere
    })
}

/// The policy of this machine; `None` where no logind is set up.
pub fn policy() -> Option<LoginPolicy> {
    policy_below(super::root()?)
}

/// The same of a system whose root folder is `root`.
pub fn policy_below(root: &Path) -> Option<LoginPolicy> {
    let is_there = [
        "run/systemd/seats",
        "usr/lib/systemd/systemd-logind",
        "lib/systemd/systemd-logind",
    ]
    .iter()
    .any(|path| root.join(path).exists());
    if !is_there {
        return None;
    }
    let settings = settings(root);
    let value = |key: &str| settings.get(key).filter(|value| !value.is_empty()).cloned();
    let names = |key: &str| -> Vec<String> {
        let value = value(key).unwrap_or_default();
        value.split_whitespace().map(str::to_owned).collect()
    };
    let lid_switch = value("HandleLidSwitch").unwrap_or_else(|| "suspend".to_owned());
    Some(LoginPolicy {
        kills_user_processes: value("KillUserProcesses").and_then(|value| boolean(&value)),
        lid_switch_on_power: value("HandleLidSwitchExternalPower")
            .unwrap_or_else(|| lid_switch.clone()),
        lid_switch,
        killed_users: names("KillOnlyUsers"),
        spared_users: names("KillExcludeUsers"),
        lid_ignores_inhibitors: value("LidSwitchIgnoreInhibited")
            .and_then(|value| boolean(&value))
            .unwrap_or(true),
        idle_action: value("IdleAction").unwrap_or_else(|| "ignore".to_owned()),
        idle_session_limit: value("StopIdleSessionSec").filter(|value| value != "infinity"),
        delay_limit: value("InhibitDelayMaxSec").unwrap_or_else(|| "5s".to_owned()),
    })
}

/// Whether shutting the lid has the machine sleep whatever inhibitors say;
/// `false` where there is no logind.
pub fn lid_overrides_inhibitors() -> bool {
    lid_overrides_inhibitors_below(Path::new("/"))
}

/// The same of a system whose root folder is `root`.
pub fn lid_overrides_inhibitors_below(root: &Path) -> bool {
    let sleeps = |action: &str| action != "ignore" && action != "lock";
    policy_below(root).is_some_and(|policy| {
        let ignores = settings(root)
            .get("LidSwitchIgnoreInhibited")
            .and_then(|value| boolean(value));
        ignores != Some(false)
            && (sleeps(&policy.lid_switch) || sleeps(&policy.lid_switch_on_power))
    })
}

/// Whether the services of `user` go on when its last session has ended; `None`
/// where there is no logind.
pub fn lingers(user: &str) -> Option<bool> {
    lingers_below(super::root()?, user)
}

/// The same of a system whose root folder is `root`.
pub fn lingers_below(root: &Path, user: &str) -> Option<bool> {
    policy_below(root)?;
    // `logind-user.c` writes the name as `cescape` does; names of accounts have
    // nothing to escape.
    Some(root.join("var/lib/systemd/linger").join(user).exists())
}

/// The main file of the strongest folder that has one, then all drop-ins by
/// name; of two with one name the stronger folder's counts.
fn settings(root: &Path) -> BTreeMap<String, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut main = FOLDERS
        .iter()
        .map(|folder| root.join(folder).join("logind.conf"));
    files.extend(main.find(|path| path.exists()));
    let mut extra: BTreeMap<std::ffi::OsString, PathBuf> = BTreeMap::new();
    for folder in FOLDERS.iter().rev() {
        let entries = fs::read_dir(root.join(folder).join("logind.conf.d"));
        for entry in entries.into_iter().flatten().flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "conf")
            {
                extra.insert(entry.file_name(), entry.path());
            }
        }
    }
    files.extend(extra.into_values());
    let mut settings = BTreeMap::new();
    for file in files {
        // One that cannot be read has no effect that could be told.
        let text = fs::read_to_string(file).unwrap_or_default();
        assignments(&text, &mut settings);
    }
    settings
}

fn assignments(text: &str, settings: &mut BTreeMap<String, String>) {
    let mut is_ours = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            is_ours = line == "[Login]";
        } else if let Some((key, value)) = line.split_once('=')
            && is_ours
        {
            let (key, value) = (key.trim(), value.trim());
            let before = settings.get(key).filter(|_| LISTS.contains(&key));
            let value = match before {
                Some(before) if !value.is_empty() => format!("{before} {value}"),
                _ => value.to_owned(),
            };
            settings.insert(key.to_owned(), value);
        }
    }
}

/// A truth as systemd's files have it.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (path, text) in [("usr/lib/systemd/systemd-logind", "")].iter().chain(files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("made");
            fs::write(path, text).expect("written");
        }
        root
    }

    #[test]
    fn without_logind_nothing_is_known() {
        let root = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(policy_below(root.path()), None);
        assert_eq!(lingers_below(root.path(), "ann"), None);
    }

    #[test]
    fn what_is_not_set_has_logind_s_default() {
        let root = system(&[(
            "etc/systemd/logind.conf",
            "[Login]\n#KillUserProcesses=yes\n",
        )]);
        let policy = policy_below(root.path()).expect("it is there");
        assert_eq!(policy.kills_user_processes, None);
        assert_eq!(policy.lid_switch, "suspend");
        assert_eq!(policy.idle_action, "ignore");
    }

    #[test]
    fn drop_ins_win_by_name_and_a_stronger_folder_hides_its_namesake() {
        let root = system(&[
            (
                "etc/systemd/logind.conf",
                "[Login]\nKillUserProcesses=no\nHandleLidSwitch=ignore\n",
            ),
            (
                "usr/lib/systemd/logind.conf.d/10-a.conf",
                "[Login]\nKillUserProcesses=yes\n",
            ),
            (
                "usr/lib/systemd/logind.conf.d/20-b.conf",
                "[Login]\nHandleLidSwitch=lock\n",
            ),
            (
                "etc/systemd/logind.conf.d/20-b.conf",
                "[Other]\nHandleLidSwitch=halt\n",
            ),
        ]);
        let policy = policy_below(root.path()).expect("it is there");
        assert_eq!(policy.kills_user_processes, Some(true));
        assert_eq!(policy.lid_switch, "ignore");
        assert_eq!(policy.lid_switch_on_power, "ignore");
    }

    fn policy_of(text: &str) -> LoginPolicy {
        let root = system(&[("etc/systemd/logind.conf", &format!("[Login]\n{text}"))]);
        policy_below(root.path()).expect("it is there")
    }

    #[test]
    fn root_is_spared_until_others_are() {
        let policy = policy_of("KillUserProcesses=yes\n");
        assert_eq!(policy.kills("ann"), Some(true));
        assert_eq!(policy.kills("root"), Some(false));
        let policy = policy_of("KillUserProcesses=yes\nKillExcludeUsers=ann\n");
        assert_eq!(policy.kills("ann"), Some(false));
        assert_eq!(policy.kills("root"), Some(true));
    }

    #[test]
    fn who_is_named_is_killed_and_nobody_else() {
        let policy = policy_of("KillOnlyUsers=ann\nKillOnlyUsers=bob\n");
        assert_eq!(policy.kills("ann"), Some(true));
        assert_eq!(policy.kills("bob"), Some(true));
        assert_eq!(policy.kills("eve"), Some(false));
        let none = policy_of("KillOnlyUsers=ann\nKillOnlyUsers=\n");
        assert_eq!(none.kills("ann"), None);
    }

    #[test]
    fn times_are_told_in_logind_s_words() {
        let policy = policy_of("StopIdleSessionSec=30min\nInhibitDelayMaxSec=20\n");
        assert_eq!(policy.idle_session_limit.as_deref(), Some("30min"));
        assert_eq!(policy.delay_limit, "20");
        let policy = policy_of("StopIdleSessionSec=infinity\nLidSwitchIgnoreInhibited=no\n");
        assert_eq!(policy.idle_session_limit, None);
        assert_eq!(policy.delay_limit, "5s");
        assert!(!policy.lid_ignores_inhibitors);
        assert!(policy_of("").lid_ignores_inhibitors);
    }

    #[test]
    fn a_process_is_told_by_its_control_group() {
        let user = "0::/user.slice/user-1000.slice";
        let of = |rest: &str| place_of(&format!("{user}/{rest}\n"));
        assert_eq!(of("session-3.scope"), Some(Place::Session));
        let terminal = "user@1000.service/app.slice/app-console.scope";
        assert_eq!(of(terminal), Some(Place::UserServices));
        let service = place_of("0::/system.slice/ssh.service\n");
        assert_eq!(service, Some(Place::Elsewhere));
        let older = "9:name=systemd:/user.slice/user-1000.slice/session-c1.scope\n0::/\n";
        assert_eq!(place_of(older), Some(Place::Session));
        assert_eq!(place_of("4:memory:/\n"), None);
    }

    #[test]
    fn an_empty_value_is_the_default_again() {
        let root = system(&[
            (
                "etc/systemd/logind.conf",
                "[Login]\nHandleLidSwitch=ignore\n",
            ),
            (
                "run/systemd/logind.conf.d/x.conf",
                "[Login]\nHandleLidSwitch=\n",
            ),
        ]);
        assert_eq!(
            policy_below(root.path()).expect("there").lid_switch,
            "suspend"
        );
    }

    #[test]
    fn a_lid_overrides_inhibitors_unless_it_is_set_not_to() {
        let overrides = |settings: &str| {
            let root = system(&[("etc/systemd/logind.conf", settings)]);
            lid_overrides_inhibitors_below(root.path())
        };
        assert!(overrides(""));
        assert!(!overrides("[Login]\nLidSwitchIgnoreInhibited=no\n"));
        assert!(!overrides("[Login]\nHandleLidSwitch=ignore\n"));
        let docked = "[Login]\nHandleLidSwitch=ignore\nHandleLidSwitchExternalPower=suspend\n";
        assert!(overrides(docked));
    }

    #[test]
    fn who_lingers_has_a_file() {
        let root = system(&[("var/lib/systemd/linger/ann", "")]);
        assert_eq!(lingers_below(root.path(), "ann"), Some(true));
        assert_eq!(lingers_below(root.path(), "bob"), Some(false));
    }
}
