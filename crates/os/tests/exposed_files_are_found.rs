//! Who can change a file is found, wherever on the way to it the hole is.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use outlast_os::account::Account;
use outlast_os::inspection::exposure::{Exposure, Power, PrincipalKind, exposures};

/// Not the number of any account of the machine.
const ANN: u32 = 54_321;

/// A folder of root's below `/`, so that nobody else has a say on the way.
struct Ground(tempfile::TempDir);

impl Ground {
    /// `None` when this is not root, who alone can build what is looked at.
    fn new() -> Option<Self> {
        if !Account::is_privileged() {
            eprintln!("skipped: only root can give files away");
            return None;
        }
        Some(Self(tempfile::tempdir_in("/var/lib").expect("a folder")))
    }

    fn dir(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(&path).expect("made");
        set(&path, mode);
        path
    }

    fn file(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, "").expect("written");
        set(&path, mode);
        path
    }
}

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
}

fn give(path: &Path, uid: u32, gid: u32) {
    chown(path, Some(uid), Some(gid)).expect("given");
}

fn found(path: &Path) -> Vec<Exposure> {
    exposures(path).expect("it can be looked at")
}

/// The only exposure of `path`: where, whose number, which power.
#[track_caller]
fn only(path: &Path) -> (PathBuf, String, Power) {
    let found = found(path);
    let [exposure] = found.as_slice() else {
        panic!("not one: {found:?}");
    };
    (
        exposure.path.clone(),
        exposure.who.id.clone(),
        exposure.power,
    )
}

#[test]
fn a_file_of_root_s_in_folders_of_root_s_is_safe() {
    let Some(ground) = Ground::new() else { return };
    ground.dir("opt/shop", 0o755);
    assert_eq!(found(&ground.file("opt/shop/api", 0o755)), []);
}

#[test]
fn owners_can_change_what_is_theirs() {
    let Some(ground) = Ground::new() else { return };
    let file = ground.file("api", 0o555);
    give(&file, ANN, 0);
    assert_eq!(only(&file), (file.clone(), ANN.to_string(), Power::Own));
}

#[test]
fn a_folder_anywhere_on_the_way_counts() {
    let Some(ground) = Ground::new() else { return };
    let of_ann = ground.dir("a", 0o755);
    ground.dir("a/b/c", 0o755);
    let file = ground.file("a/b/c/api", 0o755);
    give(&of_ann, ANN, 0);
    assert_eq!(only(&file), (of_ann, ANN.to_string(), Power::Own));
}

#[test]
fn everybody_and_groups_are_told_apart() {
    let Some(ground) = Ground::new() else { return };
    let file = ground.file("api", 0o757);
    let (_, who, power) = only(&file);
    assert_eq!((who.as_str(), power), ("everyone", Power::Write));
    let file = ground.file("db", 0o775);
    give(&file, 0, ANN);
    let shared = found(&file);
    assert_eq!(shared[0].who.kind, PrincipalKind::Group);
    assert_eq!(only(&file), (file, ANN.to_string(), Power::Write));
}

#[test]
fn in_a_sticky_folder_only_the_owner_of_the_entry_replaces_it() {
    let Some(ground) = Ground::new() else { return };
    let shared = ground.dir("shared", 0o1777);
    let file = ground.file("shared/api", 0o755);
    assert_eq!(found(&file), []);
    set(&shared, 0o777);
    assert_eq!(
        only(&file),
        (shared.clone(), "everyone".to_owned(), Power::Replace)
    );
    set(&shared, 0o1777);
    ground.dir("shared/sub", 0o755);
    let inside = ground.file("shared/sub/api", 0o755);
    give(&shared.join("sub"), ANN, 0);
    assert!(
        found(&inside)
            .iter()
            .all(|exposure| exposure.who.id == ANN.to_string())
    );
}

#[test]
fn both_ends_of_a_link_count() {
    let Some(ground) = Ground::new() else { return };
    let open = ground.dir("open", 0o777);
    ground.dir("closed", 0o755);
    let file = ground.file("closed/api", 0o755);
    let link = open.join("api");
    symlink("../closed/api", &link).expect("a link");
    assert_eq!(
        only(&link),
        (open.clone(), "everyone".to_owned(), Power::Replace)
    );
    let link = ground.0.path().join("closed/link");
    let target = ground.file("open/tool", 0o755);
    symlink(&target, &link).expect("a link");
    assert_eq!(only(&link), (open, "everyone".to_owned(), Power::Replace));
    assert_eq!(found(&file), []);
}

#[test]
fn a_link_to_itself_ends() {
    let Some(ground) = Ground::new() else { return };
    let link = ground.0.path().join("link");
    symlink("link", &link).expect("a link");
    assert!(exposures(&link).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn an_access_list_names_its_writers() {
    let Some(ground) = Ground::new() else { return };
    let file = ground.file("api", 0o644);
    let mut list = 2_u32.to_le_bytes().to_vec();
    // Owner rw-, ann rw-, group r--, mask rw-, others r--.
    let none = u32::MAX;
    for (tag, permissions, id) in [
        (1_u16, 6_u16, none),
        (2, 6, ANN),
        (4, 4, none),
        (16, 6, none),
        (32, 4, none),
    ] {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    let flags = rustix::fs::XattrFlags::empty();
    if rustix::fs::setxattr(&file, "system.posix_acl_access", &list, flags).is_err() {
        eprintln!("skipped: this file system has no access lists");
        return;
    }
    assert_eq!(only(&file), (file, ANN.to_string(), Power::Write));
}
