//! Running a small tool of the system to its end, as commands of a person do;
//! the guardian runs none.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::sys::TOOL_FOLDERS;

/// The most that is kept of what a tool prints, for each stream; a tool that
/// prints more is still read to its end.
const MAX_OUTPUT: u64 = 1 << 20;

/// Variables that a tool may need to find the caller's session; all others stay
/// behind.
const KEPT: [&str; 8] = [
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "DBUS_SYSTEM_BUS_ADDRESS",
    "SystemRoot",
    "TEMP",
];

/// How a tool ended and what it printed; text that is no UTF-8 is shown as far
/// as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolEnded {
    /// Whether it ended with code 0.
    pub is_success: bool,
    /// Its code; `None`: a signal ended it.
    pub code: Option<i32>,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

/// Runs the tool `program`, a bare name that is looked for in the system's own
/// folders and not in the caller's `PATH`, or an absolute path. It gets nothing
/// on standard input, speaks English, and is killed when it has not ended after
/// `patience`. Blocks until then.
///
/// # Errors
/// `NotFound` when there is no such tool, `TimedOut` when it did not end, and as
/// the system tells them.
pub fn run_tool(program: &str, arguments: &[String], patience: Duration) -> io::Result<ToolEnded> {
    let mut child = Command::new(find(program)?)
        .args(arguments)
        .env_clear()
        .envs(environment())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(child, patience)?;
    // A daemon that the tool has left behind may hold its pipes for ever, so
    // the text is waited for no longer than the tool was.
    let text = |stream: std::sync::mpsc::Receiver<Vec<u8>>| {
        let bytes = stream
            .recv_timeout(Duration::from_secs(2))
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(ToolEnded {
        is_success: status.success(),
        code: status.code(),
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

fn find(program: &str) -> io::Result<PathBuf> {
    let given = PathBuf::from(program);
    if given.is_absolute() {
        return Ok(given);
    }
    let found = TOOL_FOLDERS
        .iter()
        .map(|folder| PathBuf::from(folder).join(program))
        .find(|path| path.is_file());
    found.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("{program} is in none of {}", TOOL_FOLDERS.join(", ")),
        )
    })
}

fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    let path = (!TOOL_FOLDERS.is_empty()).then(|| ("PATH".into(), TOOL_FOLDERS.join(":").into()));
    let kept = KEPT
        .iter()
        .filter_map(|name| Some((OsString::from(name), env::var_os(name)?)));
    kept.chain(path).chain([
        ("LC_ALL".into(), "C".into()),
        ("SYSTEMD_PAGER".into(), "".into()),
    ])
}

fn drain(stream: Option<impl Read + Send + 'static>) -> std::sync::mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let Some(mut stream) = stream else { return };
        let mut kept = Vec::new();
        let _ = stream.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept);
        let _ = io::copy(&mut stream, &mut io::sink());
        let _ = sender.send(kept);
    });
    receiver
}

/// The standard library cannot wait with a bound, so a thread waits.
fn wait(mut child: Child, patience: Duration) -> io::Result<ExitStatus> {
    let (sender, receiver) = channel();
    let (stop, stopped) = channel::<()>();
    thread::spawn(move || {
        loop {
            match child.try_wait() {
                Ok(None) => {}
                ended => {
                    let _ = sender.send(ended.and_then(|status| {
                        status.ok_or_else(|| io::Error::other("it has not ended"))
                    }));
                    return;
                }
            }
            // Polled: a thread inside `wait` could not be told to kill.
            match stopped.recv_timeout(Duration::from_millis(5)) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return;
                }
            }
        }
    });
    receiver.recv_timeout(patience).unwrap_or_else(|_| {
        let _ = stop.send(());
        Err(io::Error::from(io::ErrorKind::TimedOut))
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use super::run_tool;

    fn shell(line: &str, patience: Duration) -> std::io::Result<super::ToolEnded> {
        run_tool("sh", &["-c".to_owned(), line.to_owned()], patience)
    }

    #[test]
    fn its_code_and_both_streams_are_told() {
        let ended = shell("echo out; echo err >&2; exit 3", Duration::from_secs(30))
            .expect("every Unix has a shell");
        assert_eq!(ended.code, Some(3));
        assert_eq!(
            (ended.stdout.as_str(), ended.stderr.as_str()),
            ("out\n", "err\n")
        );
    }

    #[test]
    fn one_that_does_not_end_is_killed() {
        let error = shell("exec sleep 600", Duration::from_millis(50)).expect_err("it sleeps");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn the_callers_path_does_not_matter() {
        let error = run_tool("no-such-tool", &[], Duration::from_secs(1)).expect_err("none");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
