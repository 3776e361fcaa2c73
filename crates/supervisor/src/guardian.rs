//! A guardian from its first to its last moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_engine::World;
use outlast_model::record::{Entry, GuardianEntry, ServiceEntry};
use outlast_model::{Exit, GuardianName, Pid, RealTime, Record, Service, StartFailure};
use outlast_os::endpoint::{self, Listener};
use outlast_os::lock::{LockError, StateLock};
use outlast_os::manager_link::{Link, Notices};
use outlast_os::signals::HostSignals;
use outlast_os::tree::{Forest, Tree};
use outlast_os::{clock, host, limits, paths, secret};
use tokio::sync::mpsc::unbounded_channel;

use crate::diagnosis;
use crate::dispatcher::Dispatcher;
use crate::manager::Manager;
use crate::narrator::Narrator;
use crate::probes;
use crate::recorder::Recorder;
use crate::secrets;
use crate::server;

/// How long what an earlier guardian left running may take to be gone once it
/// is killed.
const LEFTOVERS_PATIENCE: Duration = Duration::from_secs(10);

/// Everything that a guardian is started with.
pub struct Guardian {
    /// Its name.
    pub name: GuardianName,
    /// What it guards: checked definitions, as `outlast-config` gives them.
    pub services: Vec<Service>,
    /// Where they come from.
    pub source: Source,
    /// Whether it ends on its own.
    pub when_at_rest: WhenAtRest,
    /// Where it keeps what it keeps; made when it is not there.
    pub state_dir: PathBuf,
    /// Who tells people what happens.
    pub narration: Narration,
    /// The native manager that has started it, if one has. That it has ended is
    /// for the caller to tell.
    pub manager: (Link, Notices),
}

/// What a guardian does when none of its services runs or will run again unless
/// somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAtRest {
    /// It ends, as its one command has.
    End,
    /// It waits for requests.
    Stay,
}

/// Where the definitions of a guardian come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This file, which can be read again.
    File(PathBuf),
    /// A command given once.
    AdHoc,
}

/// Tells an event.
pub type TellRecord = Box<dyn FnMut(&Record) + Send>;

/// Tells a trouble of the guardian itself, in a sentence.
pub type TellComplaint = Box<dyn FnMut(&str) + Send>;

/// How people are told what happens. Either function runs on a thread of its
/// own, which it may block.
pub struct Narration {
    /// Tells an event; `None`: events are not told.
    pub record: Option<TellRecord>,
    /// Which events are worth being told. Asked on the main thread: the other
    /// one begins with the first thing there is to tell.
    pub is_told: fn(&Record) -> bool,
    /// Tells a trouble of the guardian itself, in a sentence.
    pub complaint: TellComplaint,
}

/// How a guardian came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to end, and everything is stopped.
    AsAsked,
    /// Its ad-hoc command ended for good.
    AdHoc(Exit),
    /// Its ad-hoc command could not be started.
    NotStarted(StartFailure),
}

/// Why a guardian could not begin. Nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another guardian has the state directory.
    #[error("cannot run in the state directory {}", state_dir.display())]
    AlreadyRunning {
        /// The directory.
        state_dir: PathBuf,
        /// Who has it.
        #[source]
        source: LockError,
    },
    /// The operating system lacks something that nothing can be supervised
    /// without.
    #[error("cannot {attempt}")]
    System {
        /// What was attempted.
        attempt: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

/// Who a guardian is.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: GuardianName,
    pub(crate) pid: Pid,
    pub(crate) version: &'static str,
    pub(crate) started: RealTime,
    pub(crate) state_dir: PathBuf,
    pub(crate) source: Source,
    pub(crate) when_at_rest: WhenAtRest,
}

/// Runs `guardian` until it is asked to end and everything is stopped, or until
/// everything has come to rest if it is to end then. Blocks the calling thread, which should
/// be the main thread of its process.
///
/// A state directory that cannot be used is no reason not to supervise: what
/// cannot be kept is counted, and told.
///
/// # Errors
/// When another guardian has the state directory, or the system lacks something
/// essential. Nothing was started then.
pub fn run(guardian: Guardian) -> Result<Ended, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| RunError::System {
            attempt: "make an event loop",
            source,
        })?;
    runtime.block_on(guard(guardian))
}

async fn guard(guardian: Guardian) -> Result<Ended, RunError> {
    let Guardian {
        name,
        services,
        source,
        when_at_rest,
        state_dir,
        narration,
        manager: (link, notices),
    } = guardian;
    let manager = Manager::new(link, clock::now().awake);
    let narrator = Narrator::new(narration);
    let lock = claim(&state_dir, &narrator)?;
    limits::raise_open_files();
    let signals = HostSignals::listen().map_err(system("listen to signals"))?;
    let forest = Forest::open(&forest_key(&state_dir)).map_err(system("watch child processes"))?;
    tokio::spawn(forest.tend());
    let (recorder, next_instance) = Recorder::start(&state_dir, narrator.clone())
        .map_err(system("start the recording thread"))?;
    let identity = Identity {
        name,
        pid: Pid(std::process::id()),
        version: env!("CARGO_PKG_VERSION"),
        started: clock::now().real,
        state_dir,
        source,
        when_at_rest,
    };
    let (wakes, incoming) = unbounded_channel();
    listen(&identity, &wakes, &narrator);
    let mut dispatcher = Dispatcher::new(
        identity,
        World::new(services, seed(), next_instance),
        (forest, recorder, narrator, manager),
        wakes,
    );
    dispatcher.begin().await;
    let address = endpoint::address(&dispatcher.identity.state_dir);
    let state_dir = dispatcher.identity.state_dir.clone();
    let ended = dispatcher.run(incoming, signals, notices).await;
    let _ = secret::clear(&state_dir);
    // What is left in the state directory is what is worth keeping. Without the
    // lock, another guardian's socket may be there.
    if let Some(lock) = lock {
        endpoint::clear(&address);
        lock.remove();
    }
    Ok(ended)
}

fn system(attempt: &'static str) -> impl Fn(std::io::Error) -> RunError {
    move |source| RunError::System { attempt, source }
}

/// Makes the state directory and takes it. `None`: it cannot be used, which has
/// been told.
fn claim(state_dir: &Path, narrator: &Narrator) -> Result<Option<StateLock>, RunError> {
    if let Err(error) = paths::create_private_dir(state_dir) {
        narrator.complain(format!(
            "cannot make the state directory {}: {error}; services are supervised, but nothing is recorded and a \
             second guardian would not be noticed (hint: --state-dir names another directory)",
            state_dir.display()
        ));
        return Ok(None);
    }
    match StateLock::acquire(state_dir) {
        Ok(lock) => Ok(Some(lock)),
        Err(source @ LockError::Held { .. }) => Err(RunError::AlreadyRunning {
            state_dir: state_dir.to_owned(),
            source,
        }),
        Err(LockError::Io { path, source }) => {
            narrator.complain(format!(
                "cannot lock {}: {source}; services are supervised, but a second guardian would not be noticed",
                path.display()
            ));
            Ok(None)
        }
    }
}

/// Opens the control endpoint. Without one the services are supervised all the
/// same.
fn listen(
    identity: &Identity,
    wakes: &tokio::sync::mpsc::UnboundedSender<crate::wake::Wake>,
    narrator: &Narrator,
) {
    let address = endpoint::address(&identity.state_dir);
    match Listener::bind(&address) {
        Ok(listener) => {
            tokio::spawn(server::serve(listener, identity.clone(), wakes.clone()));
        }
        Err(error) => narrator.complain(format!(
            "cannot listen at {address}: {error}; services are supervised, but `outlast status` and the like cannot \
             reach this guardian"
        )),
    }
}

/// The same for every guardian on one state directory, and different for
/// others: FNV-1a over the path, which needs to be stable, not secret.
fn forest_key(state_dir: &Path) -> String {
    let path = std::fs::canonicalize(state_dir).unwrap_or_else(|_| state_dir.to_owned());
    let hash = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

/// A seed for the jitter: different on machines that start at the same moment.
fn seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}

impl Dispatcher {
    /// Puts the beginning on record and ends what an earlier guardian left
    /// running, so that no service ever runs twice.
    pub(crate) async fn begin(&mut self) {
        self.record(GuardianEntry::Started {
            name: self.identity.name.clone(),
            version: self.identity.version.to_owned(),
            pid: self.identity.pid,
        });
        let services = self.world.services();
        let mut services: BTreeSet<_> = services
            .map(|service| service.definition.name.clone())
            .collect();
        // What was in a session, or has been taken out of the file since, is not
        // among them.
        services.extend(self.forest.abandoned().unwrap_or_default());
        // What found out for the earlier guardian is no service.
        let own = diagnosis::tree_name();
        services.remove(&own);
        let tree = self.forest.tree(&own);
        if tree.leftovers().unwrap_or(0) > 0 {
            self.end_leftovers(&tree).await;
        }
        for service in services {
            // A command that asked about it, or for it, may be left, too; that is no
            // news.
            let commands = [probes::tree_name(&service), secrets::tree_name(&service)];
            for name in commands.into_iter().flatten() {
                let tree = self.forest.tree(&name);
                if tree.leftovers().unwrap_or(0) > 0 {
                    self.end_leftovers(&tree).await;
                }
            }
            let tree = self.forest.tree(&service);
            let processes = tree.leftovers().unwrap_or(0);
            if processes > 0 {
                self.end_leftovers(&tree).await;
                let entry = ServiceEntry::LeftoversKilled { processes };
                self.put_on_record(Record {
                    at: clock::now().real,
                    entry: Entry::Service {
                        service: service.clone(),
                        entry,
                    },
                });
            }
            if self.world.service(&service).is_none() {
                tree.remove();
            }
        }
        // Nobody is left who could want them.
        if let Err(error) = secret::clear(&self.identity.state_dir) {
            self.narrator.complain(format!(
                "cannot remove the files with secrets of an earlier guardian: {error}"
            ));
        }
        let services = self.world.services().map(|service| &**service.definition);
        let services: Vec<&Service> = services.collect();
        let state_dir = &self.identity.state_dir;
        let channels = self.channels.remake(services.iter().copied(), state_dir);
        self.use_channels(channels);
        host::trim_memory();
    }

    async fn end_leftovers(&self, tree: &Tree) {
        let killed = tree.kill();
        let emptied = tokio::time::timeout(LEFTOVERS_PATIENCE, tree.emptied()).await;
        if killed.is_err() || emptied.is_err() {
            self.narrator.complain(format!(
                "processes of an earlier guardian could not be ended within {LEFTOVERS_PATIENCE:?}; a service may run \
                 twice"
            ));
        }
    }
}
