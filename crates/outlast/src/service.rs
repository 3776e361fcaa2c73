//! A service that is being described, and then run or controlled.

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::account::Account;
use crate::context::Context;
use crate::control::Control;
use crate::executor::{Executor, Pulse, Task, block_on};
use crate::lifecycle::Lifecycle;
use crate::log::Level;
use crate::outcome::{Outcome, Program};
use crate::settings::{Sandbox, Scope, Settings, Start};
use crate::watcher::Feeder;

/// Describes the service `name`, as a start of everything else.
///
/// The name is the one that the manager knows; short, of letters, digits and
/// hyphens, it fits all of them. It is checked when the service is installed.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     outlast::service("shop").run(|ctx| async move {
///         ctx.ready();
///         ctx.stopping().await;
///     })
/// }
/// ```
pub fn service(name: impl Into<String>) -> Service {
    Service {
        name: name.into(),
        settings: Settings::default(),
        log_level: Level::Info,
        executor: None,
        feeds_watchdog: Feeding::Automatic,
    }
}

/// A service: how it is registered, and how it runs.
///
/// Everything but the name has a default. What is set here is used when the
/// program installs itself ([`control`](Self::control)), and some of it when it
/// runs.
#[derive(Debug)]
#[must_use = "a service does nothing until it is run or controlled"]
pub struct Service {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) log_level: Level,
    executor: Option<Executor>,
    feeds_watchdog: Feeding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feeding {
    Automatic,
    Manual,
}

/// How it runs.
impl Service {
    /// Runs `program` until it ends, on this thread, and gives what `main` shall
    /// return. To be called once in a process, and early in `main`: Windows
    /// waits for 30 s only.
    ///
    /// Without [`executor`](Self::executor) the future is run by a small executor
    /// that wakes up for nothing but the future's own wakers.
    ///
    /// An `Err` or a panic is a failure: exit code 1, a service-specific code on
    /// Windows, and the reason in the log. When the stop time-out is over, the
    /// process is ended with that code even if `program` still runs.
    ///
    /// ```no_run
    /// # fn main() -> std::process::ExitCode {
    /// outlast::service("shop").run(|ctx| async move {
    ///     ctx.ready();
    ///     ctx.stopping().await;
    ///     Ok::<(), std::io::Error>(())
    /// })
    /// # }
    /// ```
    #[must_use = "it is what `main` has to return"]
    pub fn run<F, Fut>(mut self, program: F) -> ExitCode
    where
        F: FnOnce(Context) -> Fut,
        Fut: Future,
        Fut::Output: Outcome,
    {
        let pulse = Arc::new(Pulse::default());
        let feeder = self.feeder_or(Feeder::Future(Arc::clone(&pulse)));
        let executor = self.executor.take();
        let executor = executor.unwrap_or_else(|| Executor::new(block_on));
        let lifecycle = Lifecycle::begin(&self, feeder);
        let link = lifecycle.shared().link.clone();
        lifecycle.live(|context| {
            let mut ended = None;
            let task: Task<'_> = Box::pin(async {
                ended = Some(program(context).await.into_result());
            });
            executor.run(pulse.within(link, task));
            ended.unwrap_or_else(|| Err("the executor has left it unfinished".into()))
        })
    }

    /// Runs a program that is a type; as [`run`](Self::run).
    ///
    /// ```no_run
    /// # struct Shop;
    /// # impl outlast::Program for Shop {
    /// #     type Outcome = ();
    /// #     async fn run(self, _: outlast::Context) {}
    /// # }
    /// # fn main() -> std::process::ExitCode {
    /// outlast::service("shop").run_program(Shop)
    /// # }
    /// ```
    #[must_use = "it is what `main` has to return"]
    pub fn run_program(self, program: impl Program) -> ExitCode {
        self.run(|context| program.run(context))
    }

    /// Runs a program without a future; as [`run`](Self::run).
    ///
    /// ```no_run
    /// # fn main() -> std::process::ExitCode {
    /// outlast::service("shop").run_blocking(|ctx| {
    ///     ctx.ready();
    ///     ctx.stop_token().wait();
    /// })
    /// # }
    /// ```
    #[must_use = "it is what `main` has to return"]
    pub fn run_blocking<F, O>(self, program: F) -> ExitCode
    where
        F: FnOnce(Context) -> O,
        O: Outcome,
    {
        let feeder = self.feeder_or(Feeder::Watcher);
        Lifecycle::begin(&self, feeder).live(|context| program(context).into_result())
    }

    /// Lets `executor` run the program's future, with the runtime of your choice.
    /// It has to run it to its end, and is called on the thread that called
    /// [`run`](Self::run).
    ///
    /// ```no_run
    /// # fn main() -> Result<std::process::ExitCode, std::io::Error> {
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let code = outlast::service("shop")
    ///     .executor(move |task| runtime.block_on(task))
    ///     .run(|ctx| async move {
    ///         ctx.ready();
    ///         ctx.stopping().await;
    ///     });
    /// # Ok(code) }
    /// ```
    pub fn executor(mut self, executor: impl for<'a> FnOnce(Task<'a>) + 'static) -> Self {
        self.executor = Some(Executor::new(executor));
        self
    }

    /// The program feeds the manager's watchdog itself, by
    /// [`Context::alive`](crate::Context::alive).
    ///
    /// Otherwise it is fed whenever the program's future is polled, which a
    /// program that hangs is not; with [`run_blocking`](Self::run_blocking), for
    /// as long as the process can run at all.
    ///
    /// ```no_run
    /// # fn main() -> std::process::ExitCode {
    /// outlast::service("shop").watchdog_manual().run_blocking(|ctx| {
    ///     ctx.ready();
    ///     while !ctx.is_stopping() {
    ///         // One round of the loop that must not hang.
    ///         ctx.alive();
    ///     }
    /// })
    /// # }
    /// ```
    pub fn watchdog_manual(mut self) -> Self {
        self.feeds_watchdog = Feeding::Manual;
        self
    }

    /// Messages that matter less are left out of the log. Default:
    /// [`Level::Info`].
    ///
    /// ```
    /// let service = outlast::service("shop").log_level(outlast::Level::Debug);
    /// ```
    pub fn log_level(mut self, least: Level) -> Self {
        self.log_level = least;
        self
    }

    fn feeder_or(&self, automatic: Feeder) -> Feeder {
        match self.feeds_watchdog {
            Feeding::Automatic => automatic,
            Feeding::Manual => Feeder::Program,
        }
    }
}

/// How it is registered.
impl Service {
    /// Installs, removes, starts, stops and asks for this service.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// let control = outlast::service("shop").arguments(["run"]).control();
    /// control.install()?;
    /// control.start()
    /// # }
    /// ```
    pub fn control(&self) -> Control {
        Control::new(self.name.clone(), self.settings.clone())
    }

    /// The name that people see, where the manager has one beside its own.
    ///
    /// ```
    /// let service = outlast::service("shop").display_name("The Shop");
    /// ```
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.settings.display_name = Some(name.into());
        self
    }

    /// One line for people.
    ///
    /// ```
    /// let service = outlast::service("shop").description("Sells things");
    /// ```
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.settings.description = Some(text.into());
        self
    }

    /// What the program is given when the manager starts it. Default: nothing.
    ///
    /// ```
    /// let service = outlast::service("shop").arguments(["run", "--port", "8080"]);
    /// ```
    pub fn arguments<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.settings.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// The folder that it works in. Default: the program's.
    ///
    /// ```
    /// let service = outlast::service("shop").dir("/srv/shop");
    /// ```
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.settings.dir = Some(dir.into());
        self
    }

    /// Adds a variable to the environment that the manager gives.
    ///
    /// ```
    /// let service = outlast::service("shop").env("RUST_LOG", "info");
    /// ```
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.environment.push((name.into(), value.into()));
        self
    }

    /// When it is started. Default: [`Start::Auto`].
    ///
    /// ```
    /// let service = outlast::service("shop").start(outlast::Start::Manual);
    /// ```
    pub fn start(mut self, start: Start) -> Self {
        self.settings.start = start;
        self
    }

    /// Whom it runs as. Default: on Windows an account of its own
    /// (`NT SERVICE\NAME`); elsewhere the owner of the folder that it works in, so
    /// that root runs nothing that others could have changed.
    ///
    /// ```
    /// let service = outlast::service("shop").account(outlast::Account::user("www"));
    /// ```
    pub fn account(mut self, account: Account) -> Self {
        self.settings.account = Some(account);
        self
    }

    /// Makes it a service of this user, not of the machine: it takes no
    /// administrator to install, and runs with the user's rights.
    ///
    /// ```
    /// let service = outlast::service("shop").scope(outlast::Scope::User);
    /// ```
    pub fn scope(mut self, scope: Scope) -> Self {
        self.settings.scope = scope;
        self
    }

    /// A native service, by the manager's name for it, that runs before it does.
    ///
    /// ```
    /// let service = outlast::service("shop").depends_on("postgresql");
    /// ```
    pub fn depends_on(mut self, name: impl Into<String>) -> Self {
        self.settings.depends_on.push(name.into());
        self
    }

    /// It is started when the machine has a working network.
    ///
    /// ```
    /// let service = outlast::service("shop").after_network();
    /// ```
    pub fn after_network(mut self) -> Self {
        self.settings.network = outlast_native::Network::Online;
        self
    }

    /// How far it is shut off from the rest of the system, where the manager can
    /// do that. Default: [`Sandbox::Modest`].
    ///
    /// ```
    /// let service = outlast::service("shop").sandbox(outlast::Sandbox::Strict);
    /// ```
    pub fn sandbox(mut self, sandbox: Sandbox) -> Self {
        self.settings.sandbox = sandbox;
        self
    }

    /// The folder for what it keeps, absolute; made for its account alone.
    /// Default: none.
    ///
    /// ```
    /// let service = outlast::service("shop").state_dir("/var/lib/shop");
    /// ```
    pub fn state_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.settings.state_dir = Some(dir.into());
        self
    }

    /// How long the manager waits before it starts the program again after an
    /// unwanted end; it never gives up. Default: 1 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let service = outlast::service("shop").restart_delay(Duration::from_secs(5));
    /// ```
    pub fn restart_delay(mut self, delay: Duration) -> Self {
        self.settings.restart_delay = delay;
        self
    }

    /// How long the program may take until it calls
    /// [`ready`](crate::Context::ready), where a manager waits for that; then it
    /// has failed. Default: 90 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let service = outlast::service("shop").start_timeout(Duration::from_secs(10));
    /// ```
    pub fn start_timeout(mut self, time: Duration) -> Self {
        self.settings.start_timeout = time;
        self
    }

    /// How long the program may take to end when it is asked to; then it is
    /// ended. Default: 20 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let service = outlast::service("shop").stop_timeout(Duration::from_secs(60));
    /// ```
    pub fn stop_timeout(mut self, time: Duration) -> Self {
        self.settings.stop_timeout = time;
        self
    }

    /// The manager takes the program for hanging, and starts it anew, when its
    /// future has not been polled for so long. Default: it does not watch.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let service = outlast::service("shop").watchdog(Duration::from_secs(30));
    /// ```
    pub fn watchdog(mut self, interval: Duration) -> Self {
        self.settings.watchdog = Some(interval);
        self
    }
}
