//! What an auditor would look at: who can change a file, who listens on the
//! network, what the machine does at boot, at log-out and when its lid is shut.
//!
//! Everything here only reads. It tells what is, and judges nothing: whether it
//! is a danger depends on what the service is. What cannot be found out is
//! `None`, never a guess.
//!
//! - [`exposure`]: who can change a file, or replace it by way of its folders
//! - [`listeners`]: sockets on which processes wait for others
//! - [`login`]: what happens to a user's programs at log-out, and to a laptop
//!   when its lid is shut
//! - [`boot`]: where systemd goes when the machine is started
//! - [`power`]: how the machine sleeps, when, and what its shutdown really is
//! - [`systemd_sleep`]: what systemd does with users when the machine sleeps
//! - [`machine`]: what services find that sessions do not, and the reverse
//! - [`program`]: what the head of a program file says

pub mod boot;
pub mod exposure;
pub mod listeners;
pub mod login;
pub mod machine;
pub mod power;
pub mod program;
pub mod systemd_sleep;
#[cfg(target_os = "linux")]
pub(crate) mod tcp;
#[cfg(windows)]
pub(crate) mod tcp_owners;

use std::path::Path;

/// Where the files of systemd and logind are looked for; `None` on systems that
/// have neither, where folders of those names would be somebody's own.
fn root() -> Option<&'static Path> {
    cfg!(target_os = "linux").then_some(Path::new("/"))
}
