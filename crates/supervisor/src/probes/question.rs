//! One question, and what its answer says.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use outlast_model::health::{Host, Probe, ProbeFailure, Symptom};
use outlast_os::inspection::listeners::any_listens;
use outlast_os::probe::{connect_unix, is_own_trouble};
use tokio::net::TcpStream;

use super::patience::within;
use super::{Question, exec, http, unknown};

/// Whether something that may block for ever (a disk, a directory of names) is
/// still being asked for a service. There is never more than one such thread.
#[derive(Clone, Default)]
pub(super) struct Blocking(Arc<AtomicBool>);

/// Asks and waits for the answer, for as long as it may take.
pub(super) async fn ask(question: &Question, blocking: &Blocking) -> Result<(), ProbeFailure> {
    let Some(probe) = question.probe() else {
        return Err(unknown("there is nothing to ask".to_owned()));
    };
    let answer = match probe {
        Probe::Http(target) => within(question.timeout, http::get(target, blocking)).await,
        Probe::Tcp(host) => within(question.timeout, tcp(host, blocking)).await,
        Probe::Unix(path) => within(question.timeout, unix(path)).await,
        Probe::File(path) => within(question.timeout, file(path, blocking)).await,
        Probe::Port => within(question.timeout, port(question, blocking)).await,
        Probe::Exec(command) => within(question.timeout, exec::run(command, question)).await,
    };
    answer.unwrap_or_else(|| Err(silent(question.timeout)))
}

/// No answer came.
fn silent(time: Duration) -> ProbeFailure {
    ProbeFailure {
        symptom: Symptom::Silent,
        seen: format!("no answer within {time:?}"),
    }
}

/// A bad answer.
pub(super) fn bad(seen: String) -> ProbeFailure {
    ProbeFailure {
        symptom: Symptom::Bad,
        seen,
    }
}

/// What an error says about whoever was asked.
pub(super) fn failure(attempt: &str, error: &io::Error) -> ProbeFailure {
    let symptom = match error.kind() {
        _ if is_own_trouble(error) => Symptom::Unknown,
        io::ErrorKind::Unsupported => Symptom::Unknown,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Symptom::Silent,
        _ => Symptom::Bad,
    };
    ProbeFailure {
        symptom,
        seen: format!("{attempt}: {error}"),
    }
}

async fn tcp(host: &Host, blocking: &Blocking) -> Result<(), ProbeFailure> {
    connect(host, blocking).await.map(drop)
}

/// Connects to the first address of `host` that takes it.
pub(super) async fn connect(host: &Host, blocking: &Blocking) -> Result<TcpStream, ProbeFailure> {
    let attempt = format!("connecting to {host}");
    if let Ok(address) = host.name.parse::<std::net::IpAddr>() {
        let connected = TcpStream::connect((address, host.port)).await;
        return connected.map_err(|error| failure(&attempt, &error));
    }
    let (name, port) = (host.name.clone(), host.port);
    let addresses = blocking
        .run(move || {
            std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), port))
                .map(Iterator::collect::<Vec<_>>)
        })
        .await?
        .map_err(|error| bad(format!("looking up {}: {error}", host.name)))?;
    let mut last = bad(format!("looking up {}: it has no address", host.name));
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = failure(&attempt, &error),
        }
    }
    Err(last)
}

async fn unix(path: &Path) -> Result<(), ProbeFailure> {
    let attempt = format!("connecting to {}", path.display());
    connect_unix(path)
        .await
        .map_err(|error| failure(&attempt, &error))
}

async fn file(path: &Path, blocking: &Blocking) -> Result<(), ProbeFailure> {
    let path: PathBuf = path.to_owned();
    let shown = path.display().to_string();
    match blocking.run(move || path.metadata()).await? {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(bad(format!("there is no {shown}")))
        }
        Err(error) => Err(failure(&format!("looking at {shown}"), &error)),
    }
}

/// Reads as many files as the tree has processes and descriptors.
async fn port(question: &Question, blocking: &Blocking) -> Result<(), ProbeFailure> {
    let (tree, handed) = (question.tree.clone(), question.handed.clone());
    let listens = blocking
        .run(move || {
            let processes = tree.processes().ok()?;
            let pids: Vec<u32> = processes.iter().map(|pid| pid.0).collect();
            any_listens(&pids, &handed)
        })
        .await?;
    match listens {
        Some(true) => Ok(()),
        Some(false) => Err(bad("none of its processes listens on a port".to_owned())),
        None => Err(unknown("it cannot be told here who listens".to_owned())),
    }
}

impl Blocking {
    /// Has a thread of the pool do `work`. When the last time has not come back,
    /// that is no answer; a thread for each time would pile up.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ProbeFailure> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(ProbeFailure {
                symptom: Symptom::Silent,
                seen: "the system has not answered since the last time".to_owned(),
            });
        }
        let done = Done(Arc::clone(&self.0));
        let worked = tokio::task::spawn_blocking(move || {
            let _done = done;
            work()
        });
        worked
            .await
            .map_err(|error| unknown(format!("cannot ask: {error}")))
    }
}

/// The thread has come back, or has panicked.
struct Done(Arc<AtomicBool>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
