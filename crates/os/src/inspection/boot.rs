//! Where systemd goes when the machine is started: `default.target`.

use std::fs;
use std::path::{Path, PathBuf};

/// Where units are looked for, the strongest first (`systemd.unit(5)`).
pub(super) const FOLDERS: [&str; 5] = [
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

/// The unit that a boot leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BootTarget {
    /// This one, as in `multi-user.target`.
    Named(String),
    /// None: `default.target` is missing, masked, or leads nowhere.
    Missing,
}

/// Where this machine's systemd goes; `None` where it is not installed.
pub fn target() -> Option<BootTarget> {
    target_below(super::root()?)
}

/// The same of a system whose root folder is `root`.
pub fn target_below(root: &Path) -> Option<BootTarget> {
    if !FOLDERS.iter().any(|folder| root.join(folder).is_dir()) {
        return None;
    }
    let mut name = "default.target".to_owned();
    // A chain of aliases: each link's last part is the unit it stands for.
    for _ in 0..8 {
        let Some(path) = find(root, &name) else {
            return Some(BootTarget::Missing);
        };
        match fs::read_link(&path) {
            Err(_) => return Some(BootTarget::Named(name)),
            Ok(next) if next == Path::new("/dev/null") => return Some(BootTarget::Missing),
            Ok(next) => {
                let last = next.file_name().unwrap_or_default();
                name = last.to_string_lossy().into_owned();
            }
        }
    }
    Some(BootTarget::Missing)
}

fn find(root: &Path, unit: &str) -> Option<PathBuf> {
    FOLDERS
        .iter()
        .map(|folder| root.join(folder).join(unit))
        .find(|path| fs::symlink_metadata(path).is_ok())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn system() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        let vendor = root.path().join("usr/lib/systemd/system");
        fs::create_dir_all(&vendor).expect("made");
        fs::create_dir_all(root.path().join("etc/systemd/system")).expect("made");
        fs::write(vendor.join("graphical.target"), "").expect("written");
        fs::write(vendor.join("multi-user.target"), "").expect("written");
        root
    }

    fn leads_to(root: &Path, name: &str) {
        assert_eq!(target_below(root), Some(BootTarget::Named(name.to_owned())));
    }

    #[test]
    fn the_administrator_s_choice_wins_over_the_distribution_s() {
        let root = system();
        let vendor = root.path().join("usr/lib/systemd/system/default.target");
        symlink("graphical.target", vendor).expect("a link");
        leads_to(root.path(), "graphical.target");
        let own = root.path().join("etc/systemd/system/default.target");
        symlink("/usr/lib/systemd/system/multi-user.target", own).expect("a link");
        leads_to(root.path(), "multi-user.target");
    }

    #[test]
    fn none_masked_or_dangling_is_missing() {
        let root = system();
        assert_eq!(target_below(root.path()), Some(BootTarget::Missing));
        let own = root.path().join("etc/systemd/system/default.target");
        symlink("/dev/null", &own).expect("a link");
        assert_eq!(target_below(root.path()), Some(BootTarget::Missing));
        fs::remove_file(&own).expect("removed");
        symlink("kiosk.target", &own).expect("a link");
        assert_eq!(target_below(root.path()), Some(BootTarget::Missing));
    }

    #[test]
    fn without_systemd_nothing_is_known() {
        let root = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(target_below(root.path()), None);
    }
}
