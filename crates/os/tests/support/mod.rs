//! Starting victims and reading what they say.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod channel;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_model::limits::{Capabilities, Limits};
use outlast_model::{Exit, ServiceName, StartFailure};
use outlast_os::account::Logon;
use outlast_os::pipe::{self, Moved, PipeSource, PipeWriter};
use outlast_os::process::{Output, Spawn};
use outlast_os::tree::{Containment, Forest, Means, Process, Tree};
use outlast_testkit::victim_path;

/// Longer than anything takes; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A forest of its own for each test, tended.
pub(crate) fn forest(name: &str, means: Means) -> Forest {
    let key = format!("test-{}-{name}", std::process::id());
    let forest = Forest::open_with(&key, means).expect("a forest can be opened");
    tokio::spawn(forest.tend());
    forest
}

/// The means that differ on this machine. Says so when there is but one.
pub(crate) fn all_means() -> Vec<Means> {
    let best = Forest::open("test-means").expect("a forest can be opened");
    let differ = matches!(best.containment(), Containment::ControlGroup { .. });
    best.close();
    if differ {
        return vec![Means::Best, Means::Walk];
    }
    eprintln!("SKIPPED for control groups: there are none that this user may use");
    vec![Means::Walk]
}

/// Waits until so many processes are in `tree`. No system tells of their number.
pub(crate) async fn count_reaches(tree: &Tree, wanted: usize) {
    in_time(async {
        while tree.processes().expect("listed").len() != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

pub(crate) fn service(name: &str) -> ServiceName {
    ServiceName::new(name).expect("a valid name")
}

/// What to start, with everything that tests seldom change.
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) dir: PathBuf,
    pub(crate) logon: Option<Logon>,
    pub(crate) umask: Option<u32>,
    pub(crate) capabilities: Option<Capabilities>,
    pub(crate) limits: Limits,
}

pub(crate) fn victim(arguments: &[&str]) -> Start {
    Start {
        program: victim_path().to_owned(),
        arguments: arguments.iter().map(OsString::from).collect(),
        environment: Vec::new(),
        dir: PathBuf::from("/"),
        logon: None,
        umask: None,
        capabilities: None,
        limits: Limits::default(),
    }
}

pub(crate) fn program(path: impl AsRef<Path>) -> Start {
    Start {
        program: path.as_ref().to_owned(),
        arguments: Vec::new(),
        ..victim(&[])
    }
}

impl Start {
    pub(crate) fn spawn<'a>(&'a self, output: Output<'a>) -> Spawn<'a> {
        Spawn {
            program: &self.program,
            arguments: &self.arguments,
            environment: &self.environment,
            dir: &self.dir,
            logon: self.logon.as_ref(),
            sandbox: None,
            umask: self.umask,
            capabilities: self.capabilities,
            limits: &self.limits,
            stdout: output,
            stderr: Output::Inherit,
            handed: &[],
        }
    }

    /// Starts it with its output in a pipe.
    pub(crate) fn talking(&self, tree: &Tree) -> Result<(Process, PipeSource), StartFailure> {
        let (reader, writer): (_, PipeWriter) = pipe::pair().expect("a pipe");
        let process = tree.spawn(&self.spawn(Output::Pipe(&writer)))?;
        Ok((process, reader.register().expect("a runtime is there")))
    }

    pub(crate) fn silent(&self, tree: &Tree) -> Result<Process, StartFailure> {
        tree.spawn(&self.spawn(Output::Null))
    }

    /// Runs it to its end and gives all it said.
    pub(crate) async fn said(&self, tree: &Tree) -> Vec<u8> {
        let (process, source) = self.talking(tree).expect("it starts");
        let said = read_to_end(&source).await;
        assert_eq!(exit_of(process).await, Exit::Code(0));
        said
    }
}

pub(crate) async fn exit_of(process: Process) -> Exit {
    let (exit, _) = in_time(process.exited()).await;
    exit
}

pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it happens in time")
}

pub(crate) async fn read_to_end(source: &PipeSource) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 65536];
    loop {
        match source.read(&mut buffer).expect("readable") {
            Moved::Bytes(count) => all.extend_from_slice(&buffer[..count]),
            Moved::Empty => in_time(source.readable()).await.expect("polled"),
            Moved::End => return all,
        }
    }
}

/// Reads one line: the victims say `ready`, or a process number.
pub(crate) async fn read_line(source: &PipeSource) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        match source.read(&mut byte).expect("readable") {
            Moved::Bytes(_) if byte == *b"\n" => break,
            Moved::Bytes(_) => line.push(byte[0]),
            Moved::Empty => in_time(source.readable()).await.expect("polled"),
            Moved::End => break,
        }
    }
    String::from_utf8(line).expect("victims speak ASCII")
}
