//! What the processes of a session were started with (`proc_pid_environ(5)`).
//!
//! A process is looked at through one descriptor of its folder in `/proc`, so that
//! what is read belongs to the process whose user was looked at, whatever becomes
//! of its number. Nothing is followed, and only so much is read.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{Mode, OFlags, fstat, open, openat};

use crate::environment::merged;
use crate::session::foreign;
use crate::tree::table;

pub(super) type Variables = Vec<(OsString, OsString)>;

/// Longer than what a desktop's programs are started with; the rest is left out.
const LONGEST: u64 = 1 << 20;

/// Longer than any line of theirs: a path, twelve times.
const LONGEST_CGROUP: u64 = 64 * 1024;

/// So many of each place are looked at, the oldest first: those that the session
/// began with.
const MOST: usize = 64;

/// What the processes of the user `uid` have that belong to a session: those of its
/// scope, which is a unit and the session's id; for one with a screen also those of
/// the user's own services. Empty when none can be read.
///
/// The oldest that says that it is of this session counts: `sshd` has written its
/// title over its own. Desktops start their programs by the user's systemd, where
/// only the screen tells whose they are.
pub(super) fn of_session(
    (scope, id): (&str, &str),
    user_service: Option<&str>,
    uid: u32,
) -> Variables {
    let mut rows = table::rows().unwrap_or_default();
    rows.sort_unstable_by_key(|row| row.start);
    let of_user: Vec<(OwnedFd, Vec<u8>)> = (rows.iter())
        .filter_map(|row| look_at(row.pid, uid))
        .collect();
    let of_unit = |unit: &str| -> Vec<Variables> {
        let members = of_user
            .iter()
            .filter(|(_, cgroup)| foreign::is_in_unit(cgroup, unit));
        let members = members.take(MOST);
        members.map(|(folder, _)| environment(folder)).collect()
    };
    let is_at_a_screen = user_service.is_some();
    let begun = first_of_session(of_unit(scope), id, is_at_a_screen);
    let needs_screen = is_at_a_screen && !begun.as_ref().is_some_and(has_screen);
    let started = user_service
        .filter(|_| needs_screen)
        .and_then(|unit| first_with_screen(of_unit(unit), id));
    merged(
        begun
            .into_iter()
            .flatten()
            .chain(started.into_iter().flatten()),
    )
}

/// Of `all`, oldest first, the first that says that it is of the session `id`; if
/// one of them has a screen where there is one, the first that has.
fn first_of_session(all: Vec<Variables>, id: &str, is_at_a_screen: bool) -> Option<Variables> {
    let mut of_session: Vec<Variables> = (all.into_iter())
        .filter(|variables| value(variables, "XDG_SESSION_ID").is_some_and(|of| of == id))
        .collect();
    let with_screen = of_session.iter().position(has_screen);
    let best = with_screen.filter(|_| is_at_a_screen).unwrap_or(0);
    (best < of_session.len()).then(|| of_session.swap_remove(best))
}

/// The first that has a screen and is of no other session.
fn first_with_screen(all: Vec<Variables>, id: &str) -> Option<Variables> {
    all.into_iter().find(|variables| {
        has_screen(variables) && value(variables, "XDG_SESSION_ID").is_none_or(|of| of == id)
    })
}

pub(super) fn has_screen(variables: &Variables) -> bool {
    let has = |name| value(variables, name).is_some_and(|value| !value.is_empty());
    has("WAYLAND_DISPLAY") || has("DISPLAY")
}

fn value<'a>(variables: &'a Variables, wanted: &str) -> Option<&'a OsStr> {
    let found = variables.iter().find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.as_os_str())
}

/// The folder of the process `pid`, and its control groups; `None`: it is not that
/// user's, or gone. One that may do more than its user, or has changed its user,
/// is shown as root's.
fn look_at(pid: libc::pid_t, uid: u32) -> Option<(OwnedFd, Vec<u8>)> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(format!("/proc/{pid}"), flags, Mode::empty()).ok()?;
    if fstat(&folder).ok()?.st_uid != uid {
        return None;
    }
    let (cgroup, _) = read(&folder, "cgroup", LONGEST_CGROUP)?;
    Some((folder, cgroup))
}

fn environment(folder: &OwnedFd) -> Variables {
    let Some((environment, is_whole)) = read(folder, "environ", LONGEST) else {
        return Vec::new();
    };
    let owned = |bytes| OsStr::from_bytes(bytes).to_owned();
    let variables = foreign::variables(&environment, is_whole).into_iter();
    variables
        .map(|(name, value)| (owned(name), owned(value)))
        .collect()
}

/// The file `name` of a process, and whether that is all of it.
fn read(folder: &OwnedFd, name: &str, longest: u64) -> Option<(Vec<u8>, bool)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(openat(folder.as_fd(), name, flags, Mode::empty()).ok()?);
    let mut bytes = Vec::new();
    file.take(longest).read_to_end(&mut bytes).ok()?;
    let is_whole = (bytes.len() as u64) < longest;
    Some((bytes, is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)]) -> Variables {
        let owned = all.iter().map(|(name, value)| (name.into(), value.into()));
        owned.collect()
    }

    fn mark(variables: Option<Variables>) -> Option<String> {
        Some(value(&variables?, "MARK")?.to_string_lossy().into_owned())
    }

    fn session(id: &str, mark: &str, more: &[(&str, &str)]) -> Variables {
        let mut all = variables(&[("XDG_SESSION_ID", id), ("MARK", mark)]);
        all.extend(variables(more));
        all
    }

    #[test]
    fn the_oldest_process_counts_that_says_that_it_is_of_the_session() {
        let daemon = variables(&[("MARK", "sshd")]);
        let all = vec![
            daemon,
            session("2", "other", &[]),
            session("3", "shell", &[]),
            session("3", "program", &[("DISPLAY", ":0")]),
        ];
        let at_a_terminal = first_of_session(all.clone(), "3", false);
        assert_eq!(mark(at_a_terminal).as_deref(), Some("shell"));
        let at_a_screen = first_of_session(all.clone(), "3", true);
        assert_eq!(mark(at_a_screen).as_deref(), Some("program"));
        assert_eq!(first_of_session(all, "4", false), None);
    }

    #[test]
    fn of_a_user_s_services_those_count_that_have_a_screen_and_no_other_session() {
        let screen = [("WAYLAND_DISPLAY", "wayland-0")];
        let mut shell = variables(&[("MARK", "shell")]);
        shell.extend(variables(&screen));
        let all = vec![
            variables(&[("MARK", "pipewire")]),
            variables(&[("MARK", "empty"), ("DISPLAY", "")]),
            session("2", "other", &screen),
            shell,
        ];
        assert_eq!(mark(first_with_screen(all, "3")).as_deref(), Some("shell"));
    }

    #[test]
    fn a_process_is_looked_at_as_its_user_s_and_nobody_else_s() {
        let own = std::process::id().cast_signed();
        let uid = rustix::process::geteuid().as_raw();
        let (folder, cgroup) = look_at(own, uid).expect("it is there");
        assert!(cgroup.contains(&b':'));
        assert!(value(&environment(&folder), "PATH").is_some());
        assert!(look_at(own, uid + 1).is_none());
    }
}
