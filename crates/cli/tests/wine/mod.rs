//! A Windows of its own, by Wine, driven from outside: only from there can it be
//! restarted.
//!
//! `cargo xtask test --only windows-build,go-examples,windows-reboot` prepares
//! what it needs and tells where that is: `OUTLAST_TEST_WINE` is a prefix that
//! nobody else uses, `OUTLAST_TEST_WINDOWS_PROGRAMS` the folder with
//! `outlast.exe`. It shares the network of this machine.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its own part of this, so no lint is always expected"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Nothing a test waits for takes this long on a machine that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running Windows with nothing installed. There is one at a time.
pub(crate) struct Windows {
    prefix: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

/// What a program came to.
#[derive(Debug)]
pub(crate) struct Came {
    /// The last eight bits of its exit code.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) said: String,
}

/// Wine's own failure to make a process that has not come up (`ERROR_INTERNAL_ERROR`):
/// docs/design/windows-tests.md.
const NO_PROCESS: &str = "(os error 1359)";

/// What Wine keeps the registry in, services included.
const REGISTRY: [&str; 3] = ["system.reg", "user.reg", "userdef.reg"];

impl Windows {
    /// Forgets what earlier tests have installed, copies `outlast.exe` to
    /// [`OUTLAST`], and boots.
    pub(crate) fn boot() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let windows = Self {
            prefix: told("OUTLAST_TEST_WINE"),
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        };
        windows.power_off();
        windows.forget();
        windows.put(
            &told("OUTLAST_TEST_WINDOWS_PROGRAMS").join("outlast.exe"),
            OUTLAST,
        );
        windows.power_on();
        windows
    }

    /// Ends every process and starts Windows again; nobody logs in.
    pub(crate) fn reboot(&self) {
        self.power_off();
        self.power_on();
    }

    /// Copies a file of this machine to `path` (`C:\…`).
    pub(crate) fn put(&self, file: &Path, path: &str) {
        let to = self.at(path);
        fs::create_dir_all(to.parent().expect("it is in a folder")).expect("a folder");
        fs::copy(file, &to).unwrap_or_else(|error| panic!("{file:?} to {to:?}: {error}"));
    }

    /// Where a path on its drive `C:` is on this machine.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        let path = path.strip_prefix(r"C:\").expect("all paths are on C:");
        self.prefix.join("drive_c").join(path.replace('\\', "/"))
    }

    /// Runs `outlast ARGUMENTS`.
    pub(crate) fn outlast(&self, arguments: &[&str]) -> Came {
        self.run(OUTLAST, arguments)
    }

    /// The same, which has to succeed; its standard output.
    #[track_caller]
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let mut came = self.outlast(arguments);
        // Nothing of ours has run then, so nothing is hidden by asking again.
        if came.said.contains(NO_PROCESS) {
            came = self.outlast(arguments);
        }
        assert_eq!(came.code, Some(0), "outlast {arguments:?}: {came:?}");
        came.out
    }

    /// Starts `outlast ARGUMENTS`, which nobody listens to.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command("wine")
            .arg(OUTLAST)
            .args(arguments)
            .current_dir(self.at(r"C:\"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Wine can be started")
    }

    /// Runs a program and waits for its end, [`PATIENCE`] at the most.
    ///
    /// Its output goes to files, as Wine's own processes would keep a pipe open.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Came {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = |name| fs::File::create(folder.path().join(name)).expect("a file");
        let mut child = self
            .command("wine")
            .arg(program)
            .args(arguments)
            .current_dir(self.at(r"C:\"))
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("said"))
            .spawn()
            .expect("Wine can be started");
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = child.try_wait().expect("it can be waited for") {
                break status.code();
            }
            if Instant::now() > deadline {
                child.kill().expect("it can be killed");
                child.wait().expect("it can be waited for");
                break None;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let text = |name| {
            let bytes = fs::read(folder.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\r', "")
        };
        Came {
            code,
            out: text("out"),
            said: text("said"),
        }
    }

    fn power_on(&self) {
        // Else Wine would switch itself off when its last program has ended, and
        // services do not count.
        self.ended(self.command("wineserver").arg("--persistent"));
        self.ended(self.command("wineboot").stdin(Stdio::null()));
    }

    fn power_off(&self) {
        // That nothing runs is no error.
        for option in ["--kill", "--wait"] {
            let _ = self
                .command("wineserver")
                .arg(option)
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Puts the registry back to how Wine made it, and removes what was kept.
    fn forget(&self) {
        for name in REGISTRY {
            let file = self.prefix.join(name);
            let first = file.with_extension("first");
            let (from, to) = if first.exists() {
                (first, file)
            } else {
                (file, first)
            };
            fs::copy(&from, &to).unwrap_or_else(|error| panic!("{from:?} to {to:?}: {error}"));
        }
        for kept in [r"C:\ProgramData\Outlast", r"C:\Programs"] {
            let _ = fs::remove_dir_all(self.at(kept));
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("OUTLAST_STATE_DIR")
            .env_remove("DISPLAY");
        command
    }

    #[track_caller]
    fn ended(&self, command: &mut Command) {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(
            status.as_ref().is_ok_and(std::process::ExitStatus::success),
            "{command:?}: {status:?}"
        );
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        self.power_off();
    }
}

/// Where the binary under test is.
pub(crate) const OUTLAST: &str = r"C:\Programs\outlast.exe";

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what} never came true");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The path in the variable `name`, which xtask sets.
pub(crate) fn told(name: &str) -> PathBuf {
    std::env::var_os(name)
        .unwrap_or_else(|| {
            panic!("{name} is not set; run `cargo xtask test --only windows-reboot`")
        })
        .into()
}
