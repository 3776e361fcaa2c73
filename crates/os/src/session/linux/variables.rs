//! The environment of a session, from what is known of it. Pure.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::processes::Variables;
use crate::bus::SessionProperties;
use crate::environment::merged;
use crate::manager_link::is_own_variable;

/// What one process has been told, and what is true of it alone: where it was
/// started from, which unit of systemd it is, which window it belongs to. In
/// another program it would be wrong.
const OF_ONE_PROCESS: [&str; 20] = [
    "_",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "MAINPID",
    "MANAGERPID",
    "MANAGERPIDFDID",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "SYSTEMD_EXEC_PID",
    "SYSTEMD_NSS_DYNAMIC_BYPASS",
    "CREDENTIALS_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "DESKTOP_STARTUP_ID",
    "XDG_ACTIVATION_TOKEN",
    "GIO_LAUNCHED_DESKTOP_FILE",
    "GIO_LAUNCHED_DESKTOP_FILE_PID",
    "WINDOWID",
];

/// What logind says of a session.
pub(super) struct Told {
    /// Those that are so, whatever anybody says.
    certain: Vec<(&'static str, String)>,
    /// Those that are so unless the session's own processes say otherwise.
    likely: Vec<(&'static str, String)>,
    runtime_dir: Option<PathBuf>,
    scope: String,
    user_service: Option<String>,
}

impl Told {
    pub(super) fn new(id: &str, told: &SessionProperties) -> Self {
        let known = |name: &str| {
            told.session
                .get(name)
                .filter(|text| !text.is_empty())
                .cloned()
        };
        let kind = known("Type").filter(|kind| kind != "unspecified");
        let is_graphical = matches!(kind.as_deref(), Some("x11" | "wayland" | "mir"));
        let runtime_dir = told
            .user
            .get("RuntimePath")
            .filter(|path| path.starts_with('/'));
        let certain = [
            ("XDG_SESSION_ID", Some(id.to_owned())),
            ("XDG_RUNTIME_DIR", runtime_dir.cloned()),
            ("XDG_SESSION_TYPE", kind),
            ("XDG_SESSION_CLASS", known("Class")),
            ("XDG_SEAT", told.seat.clone()),
            ("XDG_VTNR", known("VTNr").filter(|number| number != "0")),
        ];
        let likely = [
            ("XDG_SESSION_DESKTOP", known("Desktop")),
            ("DISPLAY", known("Display")),
        ];
        let present = |(name, value): (_, Option<String>)| Some((name, value?));
        Self {
            certain: certain.into_iter().filter_map(present).collect(),
            likely: likely.into_iter().filter_map(present).collect(),
            runtime_dir: runtime_dir.map(PathBuf::from),
            scope: known("Scope").unwrap_or_else(|| format!("session-{id}.scope")),
            user_service: is_graphical.then(|| format!("user@{}.service", told.uid)),
        }
    }

    /// systemd's unit of what is started in the session.
    pub(super) fn scope(&self) -> (&str, &str) {
        let id = self.certain.first().map_or("", |(_, id)| id.as_str());
        (&self.scope, id)
    }

    /// That of the user's own services, if those of the session's screen may be
    /// among them.
    pub(super) fn user_service(&self) -> Option<&str> {
        self.user_service.as_deref()
    }

    /// Where the user's own bus would be.
    pub(super) fn bus_path(&self) -> Option<PathBuf> {
        Some(self.runtime_dir.as_ref()?.join("bus"))
    }
}

/// What a program of the session finds, but for what its account says: of two that
/// are called the same, what its processes have, unless logind knows better.
pub(super) fn all(told: &Told, bus: Option<&Path>, seen: &Variables) -> Variables {
    let text = |(name, value): &(&str, String)| (OsString::from(name), OsString::from(value));
    let address = bus.map(|bus| {
        let mut address = OsString::from("unix:path=");
        address.push(bus);
        ("DBUS_SESSION_BUS_ADDRESS".into(), address)
    });
    let theirs = seen.iter().filter(|(name, _)| is_for_others(name)).cloned();
    merged(
        (told.likely.iter().map(text))
            .chain(address)
            .chain(theirs)
            .chain(told.certain.iter().map(text)),
    )
}

/// Whether a variable says something to more than the process that has it.
fn is_for_others(name: &OsStr) -> bool {
    let is_ours = name.as_encoded_bytes().starts_with(b"OUTLAST_");
    let is_of_one = OF_ONE_PROCESS.iter().any(|one| name == OsStr::new(one));
    !is_ours && !is_of_one && !is_own_variable(name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn told(session: &[(&str, &str)]) -> Told {
        let owned = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = all
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            owned.collect()
        };
        Told::new(
            "3",
            &SessionProperties {
                uid: 1000,
                seat: Some("seat0".to_owned()),
                session: owned(session),
                user: owned(&[("RuntimePath", "/run/user/1000")]),
            },
        )
    }

    fn lines(variables: &Variables) -> Vec<String> {
        let line = |(name, value): &(OsString, OsString)| {
            format!("{}={}", name.display(), value.display())
        };
        variables.iter().map(line).collect()
    }

    fn seen(all: &[(&str, &str)]) -> Variables {
        let owned = all.iter().map(|(name, value)| (name.into(), value.into()));
        owned.collect()
    }

    #[test]
    fn logind_alone_describes_a_session_at_a_terminal() {
        let told = told(&[
            ("Type", "tty"),
            ("Class", "user"),
            ("VTNr", "2"),
            ("Display", ""),
        ]);
        let bus = told.bus_path().expect("it has a folder");
        assert_eq!(
            lines(&all(&told, Some(&bus), &Vec::new())),
            [
                "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus",
                "XDG_RUNTIME_DIR=/run/user/1000",
                "XDG_SEAT=seat0",
                "XDG_SESSION_CLASS=user",
                "XDG_SESSION_ID=3",
                "XDG_SESSION_TYPE=tty",
                "XDG_VTNR=2",
            ]
        );
        assert_eq!(told.scope(), ("session-3.scope", "3"));
        assert_eq!(told.user_service(), None);
    }

    #[test]
    fn its_processes_know_its_screen_and_logind_which_session_it_is() {
        let told = told(&[("Type", "wayland"), ("Display", ":0"), ("Scope", "s.scope")]);
        assert_eq!(told.scope(), ("s.scope", "3"));
        assert_eq!(told.user_service(), Some("user@1000.service"));
        let seen = seen(&[
            ("WAYLAND_DISPLAY", "wayland-0"),
            ("DISPLAY", ":1"),
            ("XDG_SESSION_ID", "9"),
            ("PATH", "/home/ann/bin:/usr/bin"),
        ]);
        let lines = lines(&all(&told, None, &seen));
        for expected in [
            "WAYLAND_DISPLAY=wayland-0",
            "DISPLAY=:1",
            "XDG_SESSION_ID=3",
            "PATH=/home/ann/bin:/usr/bin",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{lines:?}");
        }
    }

    #[test]
    fn what_is_one_process_s_own_or_a_guardian_s_is_nobody_else_s() {
        let seen = seen(&[
            ("PWD", "/"),
            ("INVOCATION_ID", "x"),
            ("NOTIFY_SOCKET", "@x"),
            ("OUTLAST_TREE", "forged/x"),
            ("EDITOR", "vi"),
        ]);
        let all = all(&told(&[]), None, &seen);
        let names: Vec<_> = all
            .iter()
            .map(|(name, _)| name.display().to_string())
            .collect();
        assert!(names.contains(&"EDITOR".to_owned()));
        for name in ["PWD", "INVOCATION_ID", "NOTIFY_SOCKET", "OUTLAST_TREE"] {
            assert!(!names.contains(&name.to_owned()), "{names:?}");
        }
    }
}
