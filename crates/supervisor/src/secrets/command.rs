//! A program that prints a secret. It runs as the guardian does, in a process tree of
//! its own, which is killed with the wish.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use outlast_model::service::Command;
use outlast_model::{Exit, Limits};
use outlast_os::manager_link::is_own_variable;
use outlast_os::pipe::{self, Moved, PipeReader};
use outlast_os::process::{Output, Spawn, find_program};
use outlast_os::secret::{SecretRoom, SecretValue};
use outlast_os::tree::{Process, Tree};
use tokio::time::timeout;

use crate::environment;

/// How long one may take: a vault on the network, not a person who types.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the end of what was killed is waited for.
const KILLED: Duration = Duration::from_secs(1);

/// The most that is told of what one prints on standard error.
const COMPLAINT: usize = 1000;

/// What `command` prints on standard output. Nothing that is told when it fails is of
/// that.
pub(super) async fn run(
    command: &Command,
    dir: &Path,
    tree: Option<&Tree>,
) -> Result<SecretValue, String> {
    let Some(tree) = tree else {
        return Err("the service's name is too long for a command".to_owned());
    };
    let whole = Killed(tree.clone());
    let told = match start(command, dir, tree) {
        Ok(running) => timeout(PATIENCE, running.told())
            .await
            .unwrap_or_else(|_| Err(format!("it did not end within {PATIENCE:?}"))),
        Err(why) => Err(why),
    };
    drop(whole);
    // What survives is found by the next one, or by the next guardian.
    let _ = timeout(KILLED, tree.emptied()).await;
    tree.remove();
    told
}

/// Kills what is left in a tree when it is dropped: when the command has ended, took
/// too long, or the guardian ends.
struct Killed(Tree);

impl Drop for Killed {
    fn drop(&mut self) {
        if !self.0.is_empty().unwrap_or(false) {
            let _ = self.0.kill();
        }
    }
}

struct Running {
    process: Process,
    output: PipeReader,
    complaint: PipeReader,
}

fn start(command: &Command, dir: &Path, tree: &Tree) -> Result<Running, String> {
    let variables: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| !is_own_variable(name))
        .collect();
    let search_path = environment::value(&variables, "PATH");
    let program =
        find_program(&command.program, dir, search_path).map_err(|failure| failure.message)?;
    let arguments: Vec<OsString> = command.arguments.iter().map(Into::into).collect();
    let pipe = || pipe::pair().map_err(|error| format!("cannot make a pipe: {error}"));
    let (output, stdout) = pipe()?;
    let (complaint, stderr) = pipe()?;
    let process = tree
        .spawn(&Spawn {
            program: &program,
            arguments: &arguments,
            environment: &variables,
            dir,
            logon: None,
            sandbox: None,
            umask: None,
            capabilities: None,
            limits: &Limits::default(),
            stdout: Output::Pipe(&stdout),
            stderr: Output::Pipe(&stderr),
            handed: &[],
        })
        .map_err(|failure| failure.message)?;
    Ok(Running {
        process,
        output,
        complaint,
    })
}

impl Running {
    async fn told(self) -> Result<SecretValue, String> {
        let (mut room, mut complaint) = (SecretRoom::new(), [0; COMPLAINT]);
        let (printed, said) = tokio::join!(
            all(self.output, room.bytes()),
            all(self.complaint, &mut complaint)
        );
        let printed = printed.map_err(|error| format!("cannot read what it prints: {error}"))?;
        let printed = room.filled(printed);
        let (exit, _) = self.process.exited().await;
        let complaint = String::from_utf8_lossy(&complaint[..said.unwrap_or(0)]);
        let complaint = match complaint.trim() {
            "" => String::new(),
            text => format!("; it says: {text}"),
        };
        match exit {
            Exit::Code(0) => printed.map_err(|error| format!("{error}{complaint}")),
            Exit::Code(code) => Err(format!("it ended with {code}{complaint}")),
            Exit::Signal { number, .. } => Err(format!("signal {number} ended it{complaint}")),
            Exit::Unknown => Err(format!("nobody knows how it ended{complaint}")),
        }
    }
}

/// Reads to the end, and keeps as many bytes as there is `room` for; how many those
/// were.
async fn all(pipe: PipeReader, room: &mut [u8]) -> io::Result<usize> {
    let source = pipe.register()?;
    let mut length = 0;
    let mut rest = [0; 4096];
    loop {
        let free = &mut room[length..];
        let is_full = free.is_empty();
        match source.read(if is_full { &mut rest } else { free })? {
            Moved::Bytes(_) if is_full => {}
            Moved::Bytes(count) => length += count,
            Moved::Empty => source.readable().await?,
            Moved::End => return Ok(length),
        }
    }
}
