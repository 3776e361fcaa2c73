//! A main process: asking it, and waiting for its end.

pub(super) mod measure;

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::sync::Arc;

use outlast_model::exit::Usage;
use outlast_model::service::Ask;
use outlast_model::{Exit, Pid};
use windows_sys::Win32::System::Threading::{
    GetExitCodeProcess, PROCESS_POWER_THROTTLING_CURRENT_VERSION,
    PROCESS_POWER_THROTTLING_EXECUTION_SPEED, PROCESS_POWER_THROTTLING_IGNORE_TIMER_RESOLUTION,
    PROCESS_POWER_THROTTLING_STATE, ProcessPowerThrottling, SetProcessInformation,
};

use super::asking;
use super::forest::Ground;
use super::job::Job;
use crate::limits::Unenforced;
use crate::process::windows::{Newborn, waiting};

#[derive(Debug)]
pub(in super::super) struct Process {
    handle: ProcessHandle,
    unenforced: Vec<Unenforced>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct ProcessHandle(Arc<Main>);

/// While its handle is open its number belongs to no other process.
#[derive(Debug)]
pub(super) struct Main {
    pub(super) pid: Pid,
    pub(super) handle: OwnedHandle,
    pub(super) job: Arc<Job>,
    pub(super) ground: Arc<Ground>,
}

impl Process {
    pub(super) fn new(
        newborn: Newborn,
        job: Arc<Job>,
        ground: Arc<Ground>,
        unenforced: Vec<Unenforced>,
    ) -> Self {
        let handle = ProcessHandle(Arc::new(Main {
            pid: newborn.pid,
            handle: newborn.handle,
            job,
            ground,
        }));
        Self { handle, unenforced }
    }

    pub(in super::super) fn pid(&self) -> Pid {
        self.handle.0.pid
    }

    pub(in super::super) fn ask(&self, ask: Ask) -> io::Result<()> {
        self.handle.ask(ask)
    }

    pub(in super::super) fn handle(&self) -> ProcessHandle {
        self.handle.clone()
    }

    pub(in super::super) fn unenforced(&self) -> &[Unenforced] {
        &self.unenforced
    }

    pub(in super::super) fn keep_at_full_speed(&self) -> io::Result<()> {
        let handle = &self.handle.0.handle;
        let all = PROCESS_POWER_THROTTLING_EXECUTION_SPEED
            | PROCESS_POWER_THROTTLING_IGNORE_TIMER_RESOLUTION;
        // Windows 10 does not know the second, and does not do it either.
        decline_throttling(handle, all)
            .or_else(|_| decline_throttling(handle, PROCESS_POWER_THROTTLING_EXECUTION_SPEED))
    }

    pub(in super::super) async fn exited(self) -> (Exit, Option<Usage>) {
        let handle = &self.handle.0.handle;
        if waiting::ended(handle).await.is_err() {
            wait_on_a_thread(&self.handle.0).await;
        }
        (exit_of(handle), measure::usage(handle))
    }
}

/// Turns `kinds` of throttling off for good. The process already runs; it was
/// not throttled in the microseconds before.
fn decline_throttling(process: &OwnedHandle, kinds: u32) -> io::Result<()> {
    let state = PROCESS_POWER_THROTTLING_STATE {
        Version: PROCESS_POWER_THROTTLING_CURRENT_VERSION,
        ControlMask: kinds,
        StateMask: 0,
    };
    // SAFETY: the handle is open; the structure is of the size that is told.
    let is_done = unsafe {
        SetProcessInformation(
            process.as_raw_handle(),
            ProcessPowerThrottling,
            (&raw const state).cast(),
            size_of::<PROCESS_POWER_THROTTLING_STATE>() as u32,
        )
    };
    if is_done == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

pub(in super::super) const fn can_be_kept_at_full_speed() -> io::Result<()> {
    Ok(())
}

impl ProcessHandle {
    pub(in super::super) fn ask(&self, ask: Ask) -> io::Result<()> {
        asking::ask_main(ask, &self.0)
    }
}

/// For when the thread pool has no memory left: the runtime may have a thread.
async fn wait_on_a_thread(main: &Arc<Main>) {
    let main = main.clone();
    let waited = tokio::task::spawn_blocking(move || waiting::block_until_ended(&main.handle));
    // It fails when the runtime shuts down, and then nobody waits.
    let _ = waited.await;
}

fn exit_of(handle: &OwnedHandle) -> Exit {
    let mut code = 0;
    // SAFETY: the handle is open; the output is ours.
    if unsafe { GetExitCodeProcess(handle.as_raw_handle(), &raw mut code) } == 0 {
        return Exit::Unknown;
    }
    Exit::Code(code.cast_signed())
}
