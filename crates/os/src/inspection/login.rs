//! What systemd's logind does with a user's programs at log-out, and with the
//! machine when its lid is shut: `logind.conf(5)`, read as that page says.

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

/// What logind is set to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginPolicy {
    /// Whether what a session has started is killed at its end; `None`: as the
    /// distribution has built it.
    pub kills_user_processes: Option<bool>,
    /// What happens when the lid is shut, in logind's words: `suspend`,
    /// `ignore`, …
    pub lid_switch: String,
    /// The same on external power.
    pub lid_switch_on_power: String,
    /// What happens when nobody uses the machine.
    pub idle_action: String,
}

/// The policy of this machine; `None` where no logind is set up.
pub fn policy() -> Option<LoginPolicy> {
    policy_below(Path::new("/"))
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
    let lid_switch = value("HandleLidSwitch").unwrap_or_else(|| "suspend".to_owned());
    Some(LoginPolicy {
        kills_user_processes: value("KillUserProcesses").and_then(|value| boolean(&value)),
        lid_switch_on_power: value("HandleLidSwitchExternalPower")
            .unwrap_or_else(|| lid_switch.clone()),
        lid_switch,
        idle_action: value("IdleAction").unwrap_or_else(|| "ignore".to_owned()),
    })
}

/// Whether the services of `user` go on when its last session has ended; `None`
/// where there is no logind.
pub fn lingers(user: &str) -> Option<bool> {
    lingers_below(Path::new("/"), user)
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
            settings.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
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
    fn who_lingers_has_a_file() {
        let root = system(&[("var/lib/systemd/linger/ann", "")]);
        assert_eq!(lingers_below(root.path(), "ann"), Some(true));
        assert_eq!(lingers_below(root.path(), "bob"), Some(false));
    }
}
