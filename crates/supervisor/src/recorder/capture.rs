//! The capture thread: lifts output out of the services' pipes.
//!
//! One task follows each stream. It never touches a disk: what it lifts goes to
//! the disk thread in a carrier, and when no carrier comes back within the
//! service's bound, it empties the pipe and counts what is lost.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use outlast_model::record::{Entry, ServiceEntry, Stream};
use outlast_model::{InstanceId, Record, ServiceName};
use outlast_os::clock;
use outlast_os::pipe::{Moved, PipeReader, PipeSource};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Output;
use super::awaited_line::Lookout;
use super::job::{Delivery, Job, Losses, Origin};
use super::pool::Pool;

/// How long a death waits for output that is still on its way when the pipe has
/// not ended, because the system may show it a moment later than the death.
const SETTLE: Duration = Duration::from_millis(20);

/// The way to the capture thread.
pub(crate) struct CaptureThread(UnboundedSender<Command>);

enum Command {
    Keep(Output, Arc<Losses>),
    Death((ServiceName, InstanceId), Job),
    Finish(Job),
}

impl CaptureThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread or no descriptors left.
    pub(crate) fn start(disk: Sender<Job>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (commands, incoming) = unbounded_channel();
        let thread = std::thread::Builder::new().name("capture".to_owned());
        thread.spawn(move || runtime.block_on(Capture::new(disk).run(incoming)))?;
        Ok(Self(commands))
    }

    /// Begins to keep the output of an instance.
    pub(crate) fn keep(&self, output: Output, losses: Arc<Losses>) {
        self.send(Command::Keep(output, losses));
    }

    /// Lifts what an ended instance has printed, then passes `job` on.
    pub(crate) fn record_death(&self, of: (ServiceName, InstanceId), job: Job) {
        self.send(Command::Death(of, job));
    }

    /// Lifts what there still is, passes `job` on, and ends the thread.
    pub(crate) fn finish(&self, job: Job) {
        self.send(Command::Finish(job));
    }

    fn send(&self, command: Command) {
        // The thread ends only after `Finish`.
        let _ = self.0.send(command);
    }
}

struct Capture {
    disk: Sender<Job>,
    pool: Arc<Pool>,
    /// Deaths whose output is being lifted.
    deaths: JoinSet<()>,
    /// The streams of the newest instance of each service.
    followed: HashMap<ServiceName, (InstanceId, Vec<Arc<Followed>>)>,
}

/// A stream that is being followed.
struct Followed {
    source: PipeSource,
    origin: Arc<Origin>,
    /// Looks for the line by which the instance is ready.
    lookout: Option<Lookout>,
    /// Nothing will ever come again.
    ended: AtomicBool,
    at_end: Notify,
}

impl Capture {
    fn new(disk: Sender<Job>) -> Self {
        Self {
            disk,
            pool: Arc::new(Pool::new()),
            deaths: JoinSet::new(),
            followed: HashMap::new(),
        }
    }

    async fn run(mut self, mut incoming: UnboundedReceiver<Command>) {
        while let Some(command) = incoming.recv().await {
            match command {
                Command::Keep(output, losses) => self.keep(output, &losses),
                Command::Death(of, job) => self.settle_death(&of, job),
                Command::Finish(job) => return self.finish(job).await,
            }
        }
    }

    fn keep(&mut self, output: Output, losses: &Arc<Losses>) {
        let Output {
            service,
            instance,
            policy,
            pipes,
            awaited,
        } = output;
        let awaited = awaited.map(Arc::new);
        let streams = Stream::ALL.into_iter().zip(pipes);
        let followed = streams
            .filter_map(|(stream, pipe)| {
                let origin = Arc::new(Origin {
                    service: service.clone(),
                    instance,
                    stream,
                    policy: policy.clone(),
                    losses: Arc::clone(losses),
                });
                self.follow(pipe, origin, awaited.as_ref().map(Lookout::new))
            })
            .collect();
        self.followed.insert(service, (instance, followed));
    }

    fn follow(
        &self,
        pipe: PipeReader,
        origin: Arc<Origin>,
        lookout: Option<Lookout>,
    ) -> Option<Arc<Followed>> {
        // Refused only when the system is out of memory for its poller; then
        // the output of this stream is lost, and the service sees a closed pipe.
        let source = pipe.register().ok()?;
        let followed = Arc::new(Followed {
            source,
            origin,
            lookout,
            ended: AtomicBool::new(false),
            at_end: Notify::new(),
        });
        tokio::spawn(follow(
            Arc::clone(&followed),
            Arc::clone(&self.pool),
            self.disk.clone(),
        ));
        Some(followed)
    }

    /// On a task of its own, so that other services' deaths need not wait.
    fn settle_death(&mut self, (service, instance): &(ServiceName, InstanceId), job: Job) {
        let streams = match self.followed.get(service) {
            Some((newest, streams)) if newest == instance => streams.clone(),
            _ => Vec::new(),
        };
        let (pool, disk) = (Arc::clone(&self.pool), self.disk.clone());
        while self.deaths.try_join_next().is_some() {}
        self.deaths.spawn(async move {
            for stream in streams {
                stream.settle(&pool, &disk).await;
            }
            let _ = disk.send(job);
        });
    }

    async fn finish(mut self, job: Job) {
        while self.deaths.join_next().await.is_some() {}
        for stream in self.followed.values().flat_map(|(_, streams)| streams) {
            stream.settle(&self.pool, &self.disk).await;
        }
        let _ = self.disk.send(job);
    }
}

/// Follows a stream to its end.
async fn follow(stream: Arc<Followed>, pool: Arc<Pool>, disk: Sender<Job>) {
    while !stream.ended.load(Ordering::Relaxed) && stream.source.readable().await.is_ok() {
        stream.lift(&pool, &disk).await;
    }
    stream.end();
}

impl Followed {
    /// Lifts what is there into one carrier, or drops it when there is none.
    async fn lift(&self, pool: &Arc<Pool>, disk: &Sender<Job>) -> Moved {
        let Some(mut carrier) = pool.take(self.origin.policy.max_block).await else {
            return self.drop_output(disk);
        };
        // Whoever looks reads; all others' output goes by unseen.
        let moved = match self.lookout() {
            Some(lookout) => lookout.lift(&self.source, &mut carrier),
            None => self.source.lift(&mut carrier, u64::MAX),
        };
        if let Ok(Moved::Bytes(_)) = moved {
            self.tell_dropped(disk);
            let delivery = Delivery {
                origin: Arc::clone(&self.origin),
                at: clock::now().real,
                carrier,
                pool: Arc::clone(pool),
            };
            let _ = disk.send(Job::Deliver(delivery));
        } else {
            pool.give_back(carrier);
        }
        self.judge(moved)
    }

    fn lookout(&self) -> Option<&Lookout> {
        self.lookout.as_ref().filter(|lookout| lookout.is_on())
    }

    /// An error of the pipe is its end: there is nothing else to be had from it.
    fn judge(&self, moved: io::Result<Moved>) -> Moved {
        let moved = moved.unwrap_or(Moved::End);
        if let Moved::Bytes(count) = moved {
            self.origin.losses.count_printed(count);
        }
        if moved == Moved::End {
            self.end();
        }
        moved
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.at_end.notify_waiters();
    }

    /// Empties the pipe so that the service is not blocked.
    fn drop_output(&self, disk: &Sender<Job>) -> Moved {
        let mut waste = [0; 16 * 1024];
        let moved = self.source.read(&mut waste);
        if let (Ok(Moved::Bytes(count)), Some(lookout)) = (&moved, self.lookout()) {
            lookout.look_at(&waste[..*count]);
        }
        if let Ok(Moved::Bytes(count)) = moved
            && self.origin.losses.begin(count as u64)
        {
            let reason = format!(
                "the disk did not take it for {:?}",
                self.origin.policy.max_block
            );
            self.note(disk, ServiceEntry::OutputDropping { reason });
        }
        self.judge(moved)
    }

    fn tell_dropped(&self, disk: &Sender<Job>) {
        let bytes = self.origin.losses.end();
        if bytes > 0 {
            self.note(disk, ServiceEntry::OutputDropped { bytes });
        }
    }

    fn note(&self, disk: &Sender<Job>, entry: ServiceEntry) {
        let entry = Entry::Service {
            service: self.origin.service.clone(),
            entry,
        };
        let _ = disk.send(Job::Note(Record {
            at: clock::now().real,
            entry,
        }));
    }

    /// Lifts everything that the ended main process has printed. When nobody
    /// else has the pipe open its end is reached; otherwise what is there now
    /// is all that is waited for.
    async fn settle(&self, pool: &Arc<Pool>, disk: &Sender<Job>) {
        while !self.ended.load(Ordering::Relaxed) {
            if self.lift(pool, disk).await == Moved::Empty {
                let ended = self.at_end.notified();
                let more = async {
                    tokio::select! {
                        () = ended => {}
                        _ = self.source.readable() => {}
                    }
                };
                if timeout(SETTLE, more).await.is_err() {
                    return;
                }
            }
        }
    }
}
