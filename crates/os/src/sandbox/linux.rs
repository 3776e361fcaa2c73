//! What there is of the file system, by a mount namespace; see
//! `docs/design/sandbox.md` for the table of presets.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use libc::sock_filter;
use outlast_model::StartFailure;
use outlast_model::sandbox::{Preset, Sandbox as Definition};

use super::{Needs, Obstacle, calls, failure};

/// Folders in which everybody writes: each service has its own, empty and gone with
/// it (`PrivateTmp`).
const PRIVATE: &[&str] = &["/tmp", "/var/tmp"];

/// The system, its settings, people's files, and what tunes the kernel
/// (`ProtectSystem=full`, `ProtectHome=read-only`, `ProtectKernelTunables`,
/// `ProtectControlGroups`).
const READ_ONLY: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/boot",
    "/efi",
    "/etc",
    "/home",
    "/root",
    "/proc/sys",
    "/sys",
];

/// What strict hides (`ProtectHome=tmpfs`); all else is read-only there
/// (`ProtectSystem=strict`).
const HIDDEN: &[&str] = &["/home", "/root"];

/// What strict leaves as it is, as systemd does: devices, and what a process tells
/// the kernel about itself.
const LEFT: &[&str] = &["/dev", "/proc"];

/// Of that, what is read-only all the same.
const TUNABLES: &str = "/proc/sys";

/// What is done in the new process. Nothing of it changes once it is made.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is written to `uid_map` and `gid_map`, when a user namespace is needed.
    pub(crate) user_namespace: Option<[CString; 2]>,
    /// Everything that is not a place of its own can be read only.
    pub(crate) rest_is_read_only: bool,
    /// Outer ones first.
    pub(crate) places: Vec<Place>,
    /// Which system calls are refused.
    pub(crate) filter: Vec<sock_filter>,
}

/// A folder that is another one than outside.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: CString,
    /// What has to be made in an empty folder around it, outer ones first; the last
    /// is the place itself.
    pub(crate) made: Vec<CString>,
    pub(crate) content: Content,
}

/// What is found there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The same as outside.
    Same,
    /// The same, and it cannot be changed.
    ReadOnly,
    /// Nothing, and everybody may write.
    Private,
    /// Nothing.
    Hidden,
}

/// As many as places of [`Plan`] can be at the most: those of the presets, the
/// exceptions of a file, and what a service needs.
pub(crate) const MOST_PLACES: usize = 64;

impl Plan {
    pub(super) fn new(definition: &Definition, needs: Needs<'_>) -> Result<Self, StartFailure> {
        let is_strict = definition.preset == Preset::Strict;
        let mut found = Found(Vec::new());
        // The first to name a path says what is there.
        let mut writable: Vec<&Path> = definition.write.iter().map(PathBuf::as_path).collect();
        writable.extend([needs.dir].iter().chain(needs.write));
        for path in writable {
            found.add_needed(path, Content::Same)?;
        }
        let readable = definition.read.iter().map(PathBuf::as_path);
        for path in readable.chain(needs.read.iter().copied()) {
            found.add_needed(path, Content::ReadOnly)?;
        }
        found.add_all(PRIVATE, Content::Private);
        if is_strict {
            found.add_all(HIDDEN, Content::Hidden);
            found.add_all(LEFT, Content::Same);
            found.add_all(&[TUNABLES], Content::ReadOnly);
        } else {
            found.add_all(READ_ONLY, Content::ReadOnly);
        }
        found.add_program(needs.program);
        let places = found.places()?;
        if places.len() > MOST_PLACES {
            return Err(failure(needs.dir, "it has too many exceptions"));
        }
        Ok(Self {
            user_namespace: (!may_mount()).then(own_maps),
            rest_is_read_only: is_strict,
            places,
            filter: calls::filter(definition.preset),
        })
    }
}

/// Paths without links, and what is there.
struct Found(Vec<(PathBuf, Content)>);

impl Found {
    fn add_needed(&mut self, path: &Path, content: Content) -> Result<(), StartFailure> {
        let real = fs::canonicalize(path).map_err(|error| StartFailure {
            os_error: error.raw_os_error(),
            ..failure(
                path,
                &format!("{}, which it is to reach: {error}", path.display()),
            )
        })?;
        self.add(real, content);
        Ok(())
    }

    fn add_all(&mut self, paths: &[&str], content: Content) {
        for path in paths {
            // What this machine does not have, nobody has to be kept from.
            if let Ok(real) = fs::canonicalize(path) {
                self.add(real, content);
            }
        }
    }

    fn add(&mut self, path: PathBuf, content: Content) {
        let is_new = !self.0.iter().any(|(known, _)| *known == path);
        if is_new && path != Path::new("/") {
            self.0.push((path, content));
        }
    }

    /// It may lie where nothing is any more.
    fn add_program(&mut self, program: &Path) {
        let Some(folder) = program.parent().and_then(|dir| fs::canonicalize(dir).ok()) else {
            return;
        };
        let around = self.0.iter().filter(|(path, _)| folder.starts_with(path));
        let nearest = around.max_by_key(|(path, _)| path.components().count());
        let is_gone = nearest.is_some_and(|(_, content)| content.is_empty());
        if is_gone && !self.0.iter().any(|(path, _)| *path == folder) {
            self.add(folder, Content::ReadOnly);
        }
    }

    fn places(mut self) -> Result<Vec<Place>, StartFailure> {
        self.0.sort_by_key(|(path, _)| path.components().count());
        let empty: Vec<PathBuf> = self
            .0
            .iter()
            .filter(|(_, content)| content.is_empty())
            .map(|(path, _)| path.clone())
            .collect();
        let place = |(path, content): &(PathBuf, Content)| {
            let around = empty
                .iter()
                .find(|around| path.starts_with(around) && *around != path);
            let mut made: Vec<&Path> = path
                .ancestors()
                .take_while(|folder| around.is_some_and(|around| *folder != around))
                .collect();
            made.reverse();
            let made: io::Result<Vec<CString>> = made.into_iter().map(terminated).collect();
            Ok(Place {
                path: terminated(path)?,
                made: made?,
                content: *content,
            })
        };
        let places: io::Result<Vec<Place>> = self.0.iter().map(place).collect();
        places.map_err(|error| failure(Path::new("/"), &error.to_string()))
    }
}

impl Content {
    const fn is_empty(self) -> bool {
        matches!(self, Self::Private | Self::Hidden)
    }
}

fn terminated(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

/// `CAP_SYS_ADMIN`. Else a user namespace gives it to the child, as far as the
/// namespace goes.
fn may_mount() -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    set.is_some_and(|set| set & SYS_ADMIN != 0)
}

fn own_maps() -> [CString; 2] {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    let map = |id: u32| CString::new(format!("{id} {id} 1")).unwrap_or_default();
    [map(uid.as_raw()), map(gid.as_raw())]
}

pub(super) fn obstacle() -> Option<Obstacle> {
    // SAFETY: asks only; there is no such descriptor.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            -1,
            c"".as_ptr(),
            0,
            std::ptr::null::<u8>(),
            0_usize,
        )
    };
    if result < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ENOSYS) {
        return Some(Obstacle {
            reason: "this kernel is older than 5.12, or a filter refuses `mount_setattr`"
                .to_owned(),
            hint: "leave `sandbox` out here",
        });
    }
    if may_mount() {
        return None;
    }
    let refusals = [
        ("/proc/sys/user/max_user_namespaces", "0"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
        ),
    ];
    let refusal = refusals.into_iter().find(|(path, refused)| {
        fs::read_to_string(path).is_ok_and(|value| value.trim() == *refused)
    });
    refusal.map(|(path, value)| Obstacle {
        reason: format!("{path} is {value}: only root may make namespaces here"),
        hint: "run the guardian as root, with `user` for the service, or allow it to make user namespaces",
    })
}
