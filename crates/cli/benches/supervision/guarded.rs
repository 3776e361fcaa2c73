//! A guardian under measurement.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Whether the services' output is captured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Captured,
    Discarded,
}

/// A running guardian with `count` services of one command.
pub(crate) struct Guarded {
    process: Child,
    pub(crate) folder: TempDir,
}

impl Guarded {
    /// Runs `count` services of `command`, restarted without a delay.
    pub(crate) fn run(folder: TempDir, count: usize, command: &[&str], output: Output) -> Self {
        Self::run_file(folder, &definitions(count, command, output))
    }

    /// Runs what `file` says.
    pub(crate) fn run_file(folder: TempDir, file: &str) -> Self {
        let config = folder.path().join("outlast.toml");
        std::fs::write(&config, file).expect("the file can be written");
        let process = Command::new(env!("CARGO_BIN_EXE_outlast"))
            .arg("run")
            .arg(&config)
            .arg("--state-dir")
            .arg(folder.path().join("state"))
            .arg("--quiet")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the guardian can be started");
        Self { process, folder }
    }

    /// The guardian's process number.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The guardian's folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SIGTERM by way of kill(1): this crate forbids unsafe code.
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

fn definitions(count: usize, command: &[&str], output: Output) -> String {
    let mut text = String::new();
    for index in 0..count {
        let log = if output == Output::Captured {
            ""
        } else {
            "log = false\n"
        };
        write!(
            text,
            "[services.s{index:05}]\ncommand = {command:?}\n{log}restart = {{ policy = \"always\", delay = \"0s\", max_delay = \"0s\", limit = 0 }}\n"
        )
        .expect("writing to a string cannot fail");
    }
    text
}

/// This program, which is also what is supervised.
pub(crate) fn child() -> String {
    std::env::current_exe()
        .expect("a program knows its path")
        .display()
        .to_string()
}

/// The median of `values`.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
