//! A Wine prefix: the `C:` drive and registry that the tests see. Made once, then kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, output_of};
use crate::wine::COMPILER;
use crate::workspace::Workspace;

/// Counts the ways in which [`Prefix::make`] has changed; an older prefix is made again.
const LAYOUT: u32 = 1;

/// The longest of these takes ten seconds on an idle machine.
const STEP_LIMIT: Duration = Duration::from_secs(180);

/// A directory that Wine treats as a Windows installation.
pub(crate) struct Prefix {
    dir: PathBuf,
}

impl Prefix {
    /// The prefix in `dir`, as it is.
    pub(crate) fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The workspace's prefix `name`, made first if it is missing or of another Wine. Nothing runs in it afterwards.
    pub(crate) fn prepare(workspace: &Workspace, name: &str, log: &Log) -> Result<Self, Error> {
        let prefix = Self::at(workspace.target_dir().join(name));
        let wine_version = output_of(prefix.command("wine").arg("--version")).unwrap_or_default();
        let identity = format!("layout {LAYOUT}, {wine_version}\n");
        let identity_path = prefix.dir.join("outlast-identity");
        prefix.end_all();
        if fs::read_to_string(&identity_path).is_ok_and(|found| found == identity) {
            return Ok(prefix);
        }
        prefix.make(workspace, log)?;
        // Last, so that a prefix that was left half made has none.
        write_file(&identity_path, &identity)?;
        Ok(prefix)
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// `program`, one of Wine's, acting on this prefix.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("WINEPREFIX", &self.dir)
            .env("WINEDEBUG", "-all");
        // No offer to install .NET or a browser.
        command.env("WINEDLLOVERRIDES", "mscoree=;mshtml=");
        // Else letters outside ASCII in arguments and file names become question marks.
        command.env("LC_ALL", "C.UTF-8");
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Ends every process of the prefix, Wine's own included. That there are none is no error.
    pub(crate) fn end_all(&self) {
        if self.dir.is_dir() {
            let _ = output_of(self.command("wineserver").arg("--kill"));
            let _ = output_of(self.command("wineserver").arg("--wait"));
        }
    }

    fn make(&self, workspace: &Workspace, log: &Log) -> Result<(), Error> {
        let file_error = |attempt, source| Error::File {
            attempt,
            path: self.dir.clone(),
            source,
        };
        if self.dir.exists() {
            fs::remove_dir_all(&self.dir)
                .map_err(|source| file_error("remove the old Wine prefix", source))?;
        }
        fs::create_dir_all(&self.dir)
            .map_err(|source| file_error("create the Wine prefix", source))?;
        process::run(self.command("wineboot").arg("--init"), log, STEP_LIMIT)?;
        self.use_null_graphics(log)?;
        self.add_random_numbers(workspace, log)?;
        // The registry is written to disk when the server ends.
        process::run(self.command("wineserver").arg("--kill"), log, STEP_LIMIT)?;
        process::run(self.command("wineserver").arg("--wait"), log, STEP_LIMIT)
    }

    /// Windows and consoles that nobody sees, where there is no X server to show them.
    fn use_null_graphics(&self, log: &Log) -> Result<(), Error> {
        let mut command = self.command("wine");
        command.args([
            "reg",
            "add",
            r"HKCU\Software\Wine\Drivers",
            "/v",
            "Graphics",
            "/d",
            "null",
            "/f",
        ]);
        process::run(&mut command, log, STEP_LIMIT)
    }

    /// The library that Rust's standard library takes random numbers from; Wine has it from version 9.
    fn add_random_numbers(&self, workspace: &Workspace, log: &Log) -> Result<(), Error> {
        let library = self
            .dir
            .join("drive_c/windows/system32/bcryptprimitives.dll");
        if library.exists() {
            return Ok(());
        }
        let mut command = Command::new(COMPILER);
        command.args(["-shared", "-O2", "-s", "-o"]).arg(library);
        command
            .arg(workspace.root().join("xtask/wine/bcryptprimitives.c"))
            .arg("-ladvapi32");
        process::run(&mut command, log, STEP_LIMIT)
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::File {
        attempt: "write",
        path: path.to_path_buf(),
        source,
    })
}
