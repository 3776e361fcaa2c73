//! Asking processes to end.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::sync::Arc;

use outlast_model::service::Ask;
use outlast_model::{Pid, Signal};
use windows_sys::Win32::Foundation::{WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows_sys::Win32::System::Threading::{TerminateProcess, WaitForSingleObject};

use super::forest::Ground;
use super::job::{Desktop, Job};
use super::members::Member;
use super::process::Main;
use super::window;
use crate::process::windows::console_event::{self, ConsoleEvent};
use crate::process::windows::waiting;

/// The exit code of a main process that was killed; as `Job::kill` has it.
const KILLED: u32 = 128 + 9;

/// What Windows can do of what can be asked.
enum Means {
    Console(ConsoleEvent),
    Window,
    Kill,
}

fn means(ask: Ask) -> io::Result<Means> {
    match ask {
        Ask::CtrlC | Ask::Signal(Signal::Int | Signal::Term | Signal::Quit) => {
            Ok(Means::Console(ConsoleEvent::CtrlC))
        }
        Ask::CtrlBreak => Ok(Means::Console(ConsoleEvent::CtrlBreak)),
        Ask::CloseWindow => Ok(Means::Window),
        Ask::Signal(Signal::Kill) => Ok(Means::Kill),
        Ask::Signal(signal) => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("Windows has nothing like the signal {signal}"),
        )),
    }
}

pub(super) fn ask_tree(ask: Ask, job: &Arc<Job>, ground: &Ground) -> io::Result<()> {
    match means(ask)? {
        Means::Console(event) => send_to_members(event, job, ground),
        Means::Window => close_windows(job),
        Means::Kill => job.kill(),
    }
}

/// A console event reaches everyone on the console of the main process: there
/// is no way to reach one alone. Windows are those of the whole service: the
/// main process is often a launcher without one.
pub(super) fn ask_main(ask: Ask, main: &Arc<Main>) -> io::Result<()> {
    let means = means(ask)?;
    if has_ended(main)? {
        return Ok(());
    }
    match means {
        Means::Console(event) => send(event, &[main.pid], main.clone(), &main.ground),
        Means::Window => close_windows(&main.job),
        Means::Kill => kill_main(main),
    }
}

fn send_to_members(event: ConsoleEvent, job: &Job, ground: &Ground) -> io::Result<()> {
    let members = job.members()?;
    if members.is_empty() {
        return Ok(());
    }
    let pids: Vec<Pid> = members.iter().map(Member::pid).collect();
    send(event, &pids, members, ground)
}

/// `held` keeps the process numbers from being used again until the helper has
/// ended. Nobody waits for it here: a frozen console would hold up the guardian.
fn send(
    event: ConsoleEvent,
    targets: &[Pid],
    held: impl Send + 'static,
    ground: &Ground,
) -> io::Result<()> {
    let helper = console_event::send(event, targets)?;
    ground.runtime.spawn(async move {
        // Without a wait the numbers are let go a moment early.
        let _ = waiting::ended(&helper.handle).await;
        drop(held);
    });
    Ok(())
}

fn close_windows(job: &Job) -> io::Result<()> {
    let members = job.members()?;
    let out_of_reach = |text| Err(io::Error::new(io::ErrorKind::Unsupported, text));
    match job.desktop() {
        _ if members.is_empty() => {}
        Desktop::Guardians => {}
        Desktop::ItsOwn => {
            return out_of_reach(
                "a program under another account has its windows on a desktop of its own, where the guardian cannot \
                 close them",
            );
        }
        Desktop::Users => {
            return out_of_reach(
                "a program of a user's session has its windows on that user's desktop, where the guardian cannot close \
                 them",
            );
        }
    }
    window::close_windows(&members.iter().map(Member::pid).collect::<Vec<Pid>>())
}

fn has_ended(main: &Main) -> io::Result<bool> {
    // SAFETY: the handle is open. It does not wait.
    match unsafe { WaitForSingleObject(main.handle.as_raw_handle(), 0) } {
        WAIT_OBJECT_0 => Ok(true),
        WAIT_TIMEOUT => Ok(false),
        _ => Err(io::Error::last_os_error()),
    }
}

fn kill_main(main: &Main) -> io::Result<()> {
    // SAFETY: the handle is open.
    let is_killed = unsafe { TerminateProcess(main.handle.as_raw_handle(), KILLED) } != 0;
    if is_killed {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    // It may have ended just now, and then access is denied.
    if has_ended(main)? { Ok(()) } else { Err(error) }
}
