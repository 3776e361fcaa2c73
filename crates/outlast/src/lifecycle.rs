//! From the first word with the manager to the last.

use std::any::Any;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use outlast_os::manager_link::{self, Conclusion};
use tokio::sync::mpsc::unbounded_channel;

use crate::context::{Context, Shared, Word};
use crate::events::Listeners;
use crate::log::Log;
use crate::manager::Manager;
use crate::service::Service;
use crate::stop::StopToken;
use crate::watcher::{FAILED, Feeder, Watch};

/// A program that is being run.
pub(crate) struct Lifecycle {
    shared: Arc<Shared>,
}

/// Why a program has ended, when it should not have.
type Failure = Box<dyn Error + Send + Sync>;

impl Lifecycle {
    /// Links to the manager and begins to watch.
    pub(crate) fn begin(service: &Service, feeder: Feeder) -> Self {
        let connected = manager_link::connect();
        let failed = connected.as_ref().err().map(ToString::to_string);
        let (link, notices) = connected.unwrap_or_else(|_| manager_link::nobody());
        let manager = Manager::recognise(link.kind(), &service.name);
        let log = match manager {
            Manager::Nobody | Manager::Outlast => Log::console(service.log_level),
            _ => Log::platform(&service.name, service.log_level),
        };
        let (words, heard) = unbounded_channel();
        let shared = Arc::new(Shared {
            name: service.name.clone(),
            manager,
            link,
            log,
            stop: StopToken::new(),
            words,
            listeners: Listeners::default(),
            is_ready: AtomicBool::new(false),
            reloads: AtomicUsize::new(0),
            is_listening: AtomicBool::new(false),
        });
        let lifecycle = Self { shared };
        lifecycle.warn_of("link to the native manager", failed);
        lifecycle.warn_of(
            "enter the working folder",
            enter_dir(service, manager).err(),
        );
        let watch = Watch {
            shared: Arc::clone(&lifecycle.shared),
            notices,
            words: heard,
            start_timeout: service.settings.start_timeout,
            stop_timeout: service.settings.stop_timeout,
            feeder,
        };
        lifecycle.warn_of("listen to the machine", watch.begin().err());
        lifecycle
    }

    /// What went wrong is no reason not to run.
    fn warn_of(&self, attempt: &str, error: Option<impl std::fmt::Display>) {
        if let Some(error) = error {
            self.shared
                .log
                .warning(format_args!("cannot {attempt}: {error}"));
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Lets `program` run to its end, and tells the manager what came of it.
    pub(crate) fn live(self, program: impl FnOnce(Context) -> Result<(), Failure>) -> ExitCode {
        let context = Context::new(Arc::clone(&self.shared));
        let ended = panic::catch_unwind(AssertUnwindSafe(|| program(context)));
        self.conclude(&ended.unwrap_or_else(|panic| Err(describe(&*panic).into())))
    }

    fn conclude(self, ended: &Result<(), Failure>) -> ExitCode {
        let shared = &self.shared;
        let conclusion = match ended {
            Ok(()) => Conclusion::Well,
            Err(failure) => {
                let why = chain(&**failure);
                shared
                    .log
                    .error(format_args!("{} failed: {why}", shared.name));
                shared.link.status(&why);
                Conclusion::Failed(u32::from(FAILED))
            }
        };
        // One that was done before it was ready was of use all the same; a
        // manager would take its end for a failed start.
        if ended.is_ok() && !shared.is_ready.swap(true, Ordering::AcqRel) {
            let _ = shared.link.ready();
        }
        shared.link.stopping();
        shared.tell(Word::Ended);
        shared.link.concluded(conclusion);
        match conclusion {
            Conclusion::Well => ExitCode::SUCCESS,
            Conclusion::Failed(_) => ExitCode::from(FAILED),
        }
    }
}

/// The SCM starts every service in the system's own folder.
fn enter_dir(service: &Service, manager: Manager) -> std::io::Result<()> {
    if manager != Manager::Windows {
        return Ok(());
    }
    match &service.settings.dir {
        Some(dir) => env::set_current_dir(dir),
        None => match env::current_exe()?.parent() {
            Some(dir) => env::set_current_dir(dir),
            None => Ok(()),
        },
    }
}

fn describe(panic: &(dyn Any + Send)) -> String {
    let text = (panic.downcast_ref::<&str>().copied())
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    match text {
        Some(text) => format!("it panicked: {text}"),
        None => "it panicked".to_owned(),
    }
}

/// An error with its causes, each once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
