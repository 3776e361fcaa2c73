//! What Outlast needs of the operating system, and the only place that knows
//! which one it is.
//!
//! # Theory of operation
//!
//! One module a concern; inside it `mod.rs` says what is promised on every
//! system, and `unix.rs`, `linux.rs` and `windows.rs` keep the promise. Nothing
//! here decides anything: there is no grace period, no retry policy and no
//! restart. What a system cannot do is an error or an `Option`, never a silent
//! approximation.
//!
//! The heart is [`tree`]: a [`tree::Forest`] is opened once per guardian and
//! gives a [`tree::Tree`] for each service. A process is born *inside* its
//! tree (a control group on Linux, a job on Windows), so that nothing it starts
//! can leave, and a tree can be asked to end, killed, measured and waited for
//! as a whole. [`process`] says what is started; [`pipe`] carries what it
//! prints to a file without ever holding it up for longer than asked.
//!
//! Around it: who may talk to the guardian ([`endpoint`]), how its services talk to programs in users' sessions
//! ([`channel`]), where it lives
//! ([`paths`], [`lock`]), what the machine tells it ([`signals`], [`machine`], [`network`], [`host`]), the
//! native manager that has started it ([`manager_link`]), what services tell it ([`notify_socket`]), how they are asked ([`probe`]) where others find them ([`socket`]) and what is kept for them ([`stored`]),
//! whom it runs things as and who may read them ([`account`], [`session`], [`access`], [`environment`]), what it tells one of them and nobody else ([`secret`]), what it keeps one from ([`sandbox`]), how many files it may
//! open ([`limits`]), where the machine keeps its own log ([`platform_log`]) and what time it is ([`clock`],
//! [`freezer`]).
//!
//! `watch` (a feature) finds which files have changed, [`drive`] where they are. [`foreground`] runs a command in the place of
//! this process, [`inhibit`] keeps the machine from sleeping. [`scm`] is the one native manager that has an interface instead of files;
//! [`bus`] is how systemd is asked. [`logon`] is whom the former lets run a service, [`elevate`]
//! how an administrator is asked.
//! [`inspection`] is what an auditor of a service would look at, [`evidence`] what its processes do before they are stopped for a fault.
//! [`circumstances`] is what a process got from who has started it, [`measure`] what the system costs it, [`forbidden`] what it must not be able to do.
//!
//! Everything asynchronous is for a tokio runtime with I/O enabled; functions
//! that need one say so.
#![expect(
    unsafe_code,
    reason = "system calls that no safe crate wraps; this is the one crate that may"
)]

pub mod process;
pub mod tree;

pub mod pipe;

pub mod channel;
pub mod endpoint;
pub mod lock;
pub mod paths;

pub mod access;
pub mod account;
pub mod environment;
pub mod foreground;
pub mod sandbox;
pub mod secret;

pub mod aftermath;
pub mod circumstances;
pub mod elevate;
pub mod evidence;
pub mod forbidden;
pub mod inhibit;
pub mod inspection;
pub mod logon;
pub mod scm;
pub mod session;

pub mod bus;
pub mod clock;
pub mod drive;
pub mod freezer;
pub mod host;
pub mod limits;
pub mod machine;
pub mod manager_link;
pub mod measure;
pub mod network;
pub mod notify_socket;
pub mod platform_log;
pub mod probe;
pub mod signals;
pub mod socket;
pub mod stored;
#[cfg(feature = "watch")]
pub mod watch;

#[cfg(target_os = "macos")]
mod core_foundation;
mod hash;
#[cfg(unix)]
mod polled;
#[cfg(unix)]
mod run_dir;
