//! From a definition to a running process.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use outlast_model::exit::StartStep;
use outlast_model::service::LogPolicy;
use outlast_model::{InstanceId, Service, StartFailure};
use outlast_os::account::Logon;
use outlast_os::pipe::{self, PipeReader, PipeWriter};
use outlast_os::process::{Handed, Output, Spawn, find_program};
use outlast_os::sandbox::{Needs, Sandbox};
use outlast_os::secret::FOLDER_VARIABLE;
use outlast_os::tree::{Process, Tree};

use crate::environment;

/// A new instance and the reading ends of its output, when it is captured.
pub(crate) struct Spawned {
    /// Its main process.
    pub(crate) process: Process,
    /// Standard output and standard error.
    pub(crate) output: Option<[PipeReader; 2]>,
}

/// What is to be started.
#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    /// Of which service.
    pub(crate) service: &'a Service,
    /// Its number.
    pub(crate) instance: InstanceId,
    /// Under which account; `None`: the guardian's.
    pub(crate) logon: Option<&'a Logon>,
    /// The address of its channel, if it has one.
    pub(crate) channel: Option<&'a OsStr>,
    /// Variables that are for this instance alone; they win over all others.
    pub(crate) variables: &'a [(OsString, OsString)],
    /// What it is given of what is kept for it.
    pub(crate) handed: &'a [Handed<'a>],
}

/// Starts an instance in `tree`; `ready` is called when everything is prepared
/// and the next thing is the process itself.
///
/// It blocks until the program has been executed: normally some 100 µs, but a
/// program on a network drive that does not answer takes as long as the drive.
///
/// # Errors
/// Nothing of the instance is left; the failure tells the step and its subject.
pub(crate) fn spawn(
    order: Order<'_>,
    tree: &Tree,
    ready: impl FnOnce(),
) -> Result<Spawned, StartFailure> {
    let Order { service, logon, .. } = order;
    let variables = environment::build(order)?;
    let search_path = environment::value(&variables, "PATH");
    let program = find_program(&service.command.program, &service.dir, search_path)?;
    let arguments: Vec<OsString> = service.command.arguments.iter().map(Into::into).collect();
    let sandbox = sandbox(order, &program, &variables)?;
    let pipes = Pipes::make(&service.log)?;
    ready();
    let process = tree.spawn(&Spawn {
        program: &program,
        arguments: &arguments,
        environment: &variables,
        dir: &service.dir,
        logon,
        sandbox: sandbox.as_ref(),
        umask: service.umask,
        capabilities: service.capabilities,
        limits: &service.limits,
        stdout: pipes.output(0),
        stderr: pipes.output(1),
        handed: order.handed,
    })?;
    Ok(Spawned {
        process,
        output: pipes.into_readers(),
    })
}

/// Whatever hides things leaves it the files with its secrets and its channel, in which
/// it makes a socket.
fn sandbox(
    order: Order<'_>,
    program: &Path,
    variables: &[(OsString, OsString)],
) -> Result<Option<Sandbox>, StartFailure> {
    let secrets = environment::value(variables, FOLDER_VARIABLE).map(Path::new);
    let channel = order.channel.map(Path::new);
    let own = secrets.filter(|_| !order.service.secrets.is_empty());
    Sandbox::plan(
        &order.service.sandbox,
        Needs {
            dir: &order.service.dir,
            program,
            read: own.as_slice(),
            write: channel.as_slice(),
        },
    )
}

/// Where the two output streams go.
enum Pipes {
    Captured([(PipeReader, PipeWriter); 2]),
    Inherited,
    Discarded,
}

impl Pipes {
    fn make(policy: &LogPolicy) -> Result<Self, StartFailure> {
        match policy {
            LogPolicy::Capture(_) => Ok(Self::Captured([make_pipe()?, make_pipe()?])),
            LogPolicy::Inherit => Ok(Self::Inherited),
            LogPolicy::Discard => Ok(Self::Discarded),
        }
    }

    fn output(&self, stream: usize) -> Output<'_> {
        match self {
            Self::Captured(pipes) => Output::Pipe(&pipes[stream].1),
            Self::Inherited => Output::Inherit,
            Self::Discarded => Output::Null,
        }
    }

    /// Drops the writing ends, so that the end of the output can be seen.
    fn into_readers(self) -> Option<[PipeReader; 2]> {
        match self {
            Self::Captured(pipes) => Some(pipes.map(|(reader, _)| reader)),
            Self::Inherited | Self::Discarded => None,
        }
    }
}

fn make_pipe() -> Result<(PipeReader, PipeWriter), StartFailure> {
    pipe::pair().map_err(|error| StartFailure {
        step: StartStep::Prepare,
        subject: PathBuf::from("pipe"),
        os_error: error.raw_os_error(),
        message: format!("cannot make a pipe for its output: {error}"),
    })
}
