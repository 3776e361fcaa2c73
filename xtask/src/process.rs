//! Running other programs: output into a log file, with a time limit.
//!
//! Output goes to a file and not through a pipe, because programs leave others behind that keep a pipe open
//! (Wine's services, a test's survivors): whoever reads it to its end waits for all of those.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::Error;

/// The file that collects what the programs of one part print.
pub(crate) struct Log {
    path: PathBuf,
}

impl Log {
    /// Starts an empty log at `path`.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Error> {
        let result = match path.parent() {
            Some(parent) => fs::create_dir_all(parent).and_then(|()| File::create(&path)),
            None => File::create(&path),
        };
        match result {
            Ok(_) => Ok(Self { path }),
            Err(source) => Err(Error::File {
                attempt: "create the log",
                path,
                source,
            }),
        }
    }

    /// Everything printed so far. A log that cannot be read is empty: it only ever explains something else.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap_or_default()
    }

    /// Adds a line of xtask's own.
    pub(crate) fn line(&self, text: &str) -> Result<(), Error> {
        let file_error = |source| Error::File {
            attempt: "write to the log",
            path: self.path.clone(),
            source,
        };
        let mut file = self.open().map_err(file_error)?;
        writeln!(file, "{text}").map_err(file_error)
    }

    fn open(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.path)
    }
}

/// Runs `command` to its end and expects success; its output goes to `log`, its input is empty.
///
/// After `limit` the program and its descendants are killed. The descendants are found by their parents, so one
/// that has detached itself survives.
pub(crate) fn run(command: &mut Command, log: &Log, limit: Duration) -> Result<(), Error> {
    let program = describe(command);
    log.line(&format!("$ {program}"))?;
    let file_error = |source| Error::File {
        attempt: "open the log",
        path: log.path.clone(),
        source,
    };
    command.stdin(Stdio::null());
    command.stdout(log.open().map_err(file_error)?);
    command.stderr(log.open().map_err(file_error)?);
    let status = wait(command, limit)?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Status { program, status })
    }
}

/// Runs `command` with the standard streams it was given, at most for `limit`.
pub(crate) fn wait(command: &mut Command, limit: Duration) -> Result<ExitStatus, Error> {
    let program = describe(command);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(source) => return Err(Error::Start { program, source }),
    };
    let pid = child.id();
    let (sender, ended) = mpsc::channel();
    let waiter = thread::spawn(move || {
        // Nobody listens any more when the time is over.
        let _ = sender.send(child.wait());
    });
    match ended.recv_timeout(limit) {
        Ok(Ok(status)) => Ok(status),
        Ok(Err(source)) => Err(Error::Start { program, source }),
        Err(_) => {
            // The pid is the child's as long as the waiter has not returned; a child that ends by itself in this very
            // moment could in theory hand its number to somebody else.
            kill_tree(pid);
            let _ = waiter.join();
            Err(Error::TimedOut { program, limit })
        }
    }
}

/// Runs `command` and returns what it prints, or nothing when it cannot be started or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `name` is an executable on PATH, or the path of one.
pub(crate) fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
}

/// The command as one would type it, for messages.
pub(crate) fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

fn kill_tree(root: u32) {
    let mut pids = descendants(root, &parents());
    pids.push(root);
    // `kill` is built into every sh, while /bin/kill is missing from small installations.
    let list = pids
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(" ");
    let (program, option, script) = if cfg!(windows) {
        ("taskkill", "/F", format!("/T /PID {root}"))
    } else {
        ("sh", "-c", format!("kill -KILL {list}"))
    };
    let mut command = Command::new(program);
    command.arg(option);
    if cfg!(windows) {
        command.args(script.split(' '))
    } else {
        command.arg(script)
    };
    let _ = output_of(&mut command);
}

/// Every process with its parent, where there is a /proc to read them from; elsewhere none are known.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parent_in_stat(&stat)?))
        })
        .collect()
}

/// The fourth field of `/proc/PID/stat`; the second is a name in parentheses that may contain anything.
fn parent_in_stat(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

fn descendants(root: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(current) = open.pop() {
        for &(pid, parent) in parents {
            if parent == current && !found.contains(&pid) {
                found.push(pid);
                open.push(pid);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_parent_behind_a_name_with_parentheses() {
        assert_eq!(parent_in_stat("17 (a) b) S 4 17 17 0"), Some(4));
        assert_eq!(parent_in_stat("nonsense"), None);
    }

    #[test]
    fn descendants_are_children_of_children_and_nobody_else() {
        let mut found = descendants(1, &[(2, 1), (3, 2), (4, 9), (5, 3)]);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 5]);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "sleep 600 & wait"])
            .stdout(Stdio::null());
        let result = wait(&mut command, Duration::from_millis(200));
        assert!(matches!(result, Err(Error::TimedOut { .. })), "{result:?}");
    }
}
