//! Has ends diagnosed, one after the other, by a process of its own: this very program,
//! which has a verb for that. What parses the words of programs and asks the kernel is
//! no part of the process that must not die.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_journal::events::StoredVerdict;
use outlast_model::{Event, InstanceId, Limits, ServiceName};
use outlast_os::clock;
use outlast_os::manager_link::is_own_variable;
use outlast_os::pipe::{self, Moved, PipeReader};
use outlast_os::process::{Output, Spawn, own_program};
use outlast_os::tree::{Process, Tree};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::wake::Wake;

/// The verb of the command line that diagnoses.
pub const DIAGNOSE_VERB: &str = "__diagnose";

/// How long one run may take: some of what it asks may hang as the service did.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the end of what was killed is waited for.
const KILLED: Duration = Duration::from_secs(1);

/// After a run nothing is found out for so many times as long as it took: services that
/// die one after the other shall not cost a whole processor.
const PAUSE: u32 = 4;

/// And no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// So many ends are given to one run.
const AT_ONCE: usize = 16;

/// So many wait at the most. What comes beyond that has no verdict of its own, and is
/// found by whoever asks why.
const WAITING: usize = 256;

/// A verdict is bounded by whoever makes it; this is no line of one.
const LINE: usize = 256 * 1024;

/// An end whose reason somebody will want to know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Incident {
    /// Of which service.
    pub(crate) service: ServiceName,
    /// Of which instance.
    pub(crate) instance: InstanceId,
}

/// The incident that `event` tells the verdict about, if it is that.
pub(crate) fn concluded(event: &Event) -> Option<Incident> {
    match event {
        Event::Diagnosed {
            service, instance, ..
        } => Some(Incident {
            service: service.clone(),
            instance: *instance,
        }),
        _ => None,
    }
}

/// The name of the process tree in which it is done. No service of a file has it.
pub(crate) fn tree_name() -> ServiceName {
    ServiceName::new("outlast.diagnosis").expect("it is a valid name")
}

/// What is being found out, and who waits for it.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    tree: Tree,
    tell: UnboundedSender<Incident>,
    open: HashMap<Incident, Vec<oneshot::Sender<Infallible>>>,
}

impl Diagnosis {
    /// Begins to wait for incidents.
    pub(crate) fn begin(state_dir: &Path, tree: Tree, wakes: UnboundedSender<Wake>) -> Self {
        let (tell, told) = unbounded_channel();
        let state_dir = state_dir.to_owned();
        tokio::spawn(diagnose_all(told, (state_dir, tree.clone()), wakes));
        Self {
            tree,
            tell,
            open: HashMap::new(),
        }
    }

    /// From here on `incident` is being found out about; whom to tell of it.
    pub(crate) fn open(&mut self, incident: Incident) -> UnboundedSender<Incident> {
        self.open.entry(incident).or_default();
        self.tell.clone()
    }

    /// Nothing more will be found out about it. Whoever waits goes on.
    pub(crate) fn close(&mut self, incident: &Incident) {
        self.open.remove(incident);
    }

    /// Nobody wants to know any more: what is being found out is found by whoever asks.
    pub(crate) fn end(&self) {
        if !self.tree.is_empty().unwrap_or(true) {
            let _ = self.tree.kill();
        }
        self.tree.remove();
    }

    /// A wait for the verdict about `incident`, which ends as it comes, or is not to be
    /// expected any more; `None`: there is nothing to wait for.
    pub(crate) fn wait(&mut self, incident: &Incident) -> Option<oneshot::Receiver<Infallible>> {
        let waiting = self.open.get_mut(incident)?;
        let (sender, receiver) = oneshot::channel();
        waiting.push(sender);
        Some(receiver)
    }
}

async fn diagnose_all(
    mut told: UnboundedReceiver<Incident>,
    (state_dir, tree): (PathBuf, Tree),
    wakes: UnboundedSender<Wake>,
) {
    while let Some(first) = told.recv().await {
        let mut incidents = vec![first];
        while incidents.len() < AT_ONCE
            && let Ok(next) = told.try_recv()
        {
            incidents.push(next);
        }
        while told.len() > WAITING
            && let Ok(left_out) = told.try_recv()
        {
            let _ = wakes.send(Wake::Undiagnosed(left_out));
        }
        let run = Run {
            state_dir: &state_dir,
            tree: &tree,
            wakes: &wakes,
        };
        let begun = clock::now().awake;
        // What it does not tell is found by whoever asks why.
        let _ = run.diagnose(&incidents).await;
        for incident in incidents {
            let _ = wakes.send(Wake::Undiagnosed(incident));
        }
        let took = clock::now().awake.since(begun);
        tokio::time::sleep((took * PAUSE).min(LONGEST_PAUSE)).await;
    }
}

struct Run<'a> {
    state_dir: &'a Path,
    tree: &'a Tree,
    wakes: &'a UnboundedSender<Wake>,
}

impl Run<'_> {
    async fn diagnose(&self, incidents: &[Incident]) -> io::Result<()> {
        let (process, output) = self.start(incidents)?;
        let told = timeout(PATIENCE, async {
            self.listen(output, incidents).await?;
            process.exited().await;
            Ok(())
        });
        let told = told.await;
        if !self.tree.is_empty().unwrap_or(false) {
            let _ = self.tree.kill();
            let _ = timeout(KILLED, self.tree.emptied()).await;
        }
        self.tree.remove();
        told.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    fn start(&self, incidents: &[Incident]) -> io::Result<(Process, PipeReader)> {
        let program = own_program()?;
        let variables: Vec<(OsString, OsString)> = std::env::vars_os()
            .filter(|(name, _)| !is_own_variable(name))
            .collect();
        let mut arguments: Vec<OsString> = vec![
            DIAGNOSE_VERB.into(),
            "--state-dir".into(),
            self.state_dir.into(),
        ];
        let named = |incident: &Incident| format!("{}={}", incident.service, incident.instance.0);
        arguments.extend(incidents.iter().map(|incident| named(incident).into()));
        let (output, stdout) = pipe::pair()?;
        let spawned = self.tree.spawn(&Spawn {
            program: &program,
            arguments: &arguments,
            environment: &variables,
            dir: self.state_dir,
            logon: None,
            sandbox: None,
            umask: None,
            capabilities: None,
            limits: &Limits::default(),
            stdout: Output::Pipe(&stdout),
            stderr: Output::Null,
            handed: &[],
        });
        let process = spawned.map_err(|failure| io::Error::other(failure.message))?;
        Ok((process, output))
    }

    async fn listen(&self, output: PipeReader, incidents: &[Incident]) -> io::Result<()> {
        let source = output.register()?;
        let mut line = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            match source.read(&mut buffer)? {
                Moved::Bytes(count) => line.extend_from_slice(&buffer[..count]),
                Moved::Empty => source.readable().await?,
                Moved::End => return Ok(()),
            }
            while let Some(end) = line.iter().position(|&byte| byte == b'\n') {
                self.tell(&line[..end], incidents);
                line.drain(..=end);
            }
            if line.len() > LINE {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    fn tell(&self, line: &[u8], incidents: &[Incident]) {
        let Some(stored) = StoredVerdict::read(line) else {
            return;
        };
        let mut asked = incidents.iter();
        let Some(incident) = asked.find(|incident| incident.instance.0 == stored.instance) else {
            return;
        };
        // The dispatcher is gone only when the guardian has ended.
        let _ = self.wakes.send(Wake::Happened(Event::Diagnosed {
            service: incident.service.clone(),
            instance: incident.instance,
            verdict: Box::new(stored.verdict()),
        }));
    }
}
