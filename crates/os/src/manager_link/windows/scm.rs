//! A service of Windows' service control manager (SCM).
//!
//! The SCM gives the service's state to whoever asks, and takes the process for
//! hanging when a pending state lasts longer than its wait hint with no new
//! checkpoint. So every word of the program becomes one complete status.
//!
//! Two threads are the SCM's: the dispatcher's, which runs the control handler,
//! and the service's own, which does nothing but keep the dispatcher running.
//! The program stays on the thread it began on. Go's `x/sys/windows/svc` calls
//! the dispatcher from whichever thread it happens to be on, too.
//!
//! The crate `windows-service` frees the memory of its handler with the first
//! control that ends the service, and an `INTERROGATE` that comes during a long
//! stop would then use it; so the four calls are made here.

use std::io;
use std::ptr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use windows_sys::Win32::Foundation::{
    ERROR_CALL_NOT_IMPLEMENTED, ERROR_FAILED_SERVICE_CONTROLLER_CONNECT,
    ERROR_SERVICE_SPECIFIC_ERROR, NO_ERROR,
};
use windows_sys::Win32::System::Services::{
    RegisterServiceCtrlHandlerExW, SERVICE_ACCEPT_PARAMCHANGE, SERVICE_ACCEPT_POWEREVENT,
    SERVICE_ACCEPT_PRESHUTDOWN, SERVICE_ACCEPT_SESSIONCHANGE, SERVICE_ACCEPT_SHUTDOWN,
    SERVICE_ACCEPT_STOP, SERVICE_CONTROL_INTERROGATE, SERVICE_CONTROL_PARAMCHANGE,
    SERVICE_CONTROL_PRESHUTDOWN, SERVICE_CONTROL_SHUTDOWN, SERVICE_CONTROL_STOP, SERVICE_RUNNING,
    SERVICE_START_PENDING, SERVICE_STATUS, SERVICE_STATUS_CURRENT_STATE, SERVICE_STATUS_HANDLE,
    SERVICE_STOP_PENDING, SERVICE_STOPPED, SERVICE_TABLE_ENTRYW, SERVICE_WIN32_OWN_PROCESS,
    SetServiceStatus, StartServiceCtrlDispatcherW,
};
use windows_sys::core::PWSTR;

use super::super::{Conclusion, Notice, WhyStop};
use super::patience::Patience;
use crate::machine;

/// The SCM starts the service as soon as the dispatcher has connected.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// The wait hint of a pending state in which nothing has been said yet.
const FIRST_HINT: Duration = Duration::from_secs(10);

const ACCEPTED: u32 = SERVICE_ACCEPT_STOP
    | SERVICE_ACCEPT_SHUTDOWN
    | SERVICE_ACCEPT_PRESHUTDOWN
    | SERVICE_ACCEPT_PARAMCHANGE
    | SERVICE_ACCEPT_POWEREVENT
    | SERVICE_ACCEPT_SESSIONCHANGE;

/// A process is one service at the most. The SCM's callbacks find it here.
static SERVICE: OnceLock<Service> = OnceLock::new();

#[derive(Debug)]
pub(in crate::manager_link) struct Service {
    handle: OnceLock<StatusHandle>,
    standing: Mutex<Standing>,
    stopped: Condvar,
    patience: OnceLock<Patience>,
    notices: UnboundedSender<Notice>,
    begun: SyncSender<io::Result<()>>,
}

/// What the SCM was told last.
#[derive(Clone, Copy, Debug)]
struct Standing {
    phase: Phase,
    /// Counts up within a pending phase.
    checkpoint: u32,
    /// How long the SCM shall wait for the next word.
    hint: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    Stopping,
    Stopped(Conclusion),
}

#[derive(Debug)]
struct StatusHandle(SERVICE_STATUS_HANDLE);

// SAFETY: `SetServiceStatus` may be called from any thread, and the handle does
// not have to be closed.
unsafe impl Send for StatusHandle {}
// SAFETY: as above.
unsafe impl Sync for StatusHandle {}

/// Whether this process is a service of the SCM.
pub(crate) fn is_linked() -> bool {
    SERVICE
        .get()
        .is_some_and(|service| service.handle.get().is_some())
}

/// What the service is registered by, when this process is one.
pub(crate) fn status_handle() -> Option<SERVICE_STATUS_HANDLE> {
    Some(SERVICE.get()?.handle.get()?.0)
}

/// Links to the SCM; `None`: it has not started this process.
pub(super) fn connect(notices: UnboundedSender<Notice>) -> io::Result<Option<&'static Service>> {
    let (begun, begins) = sync_channel(1);
    let service = Service::new(notices, begun.clone());
    if SERVICE.set(service).is_err() {
        return Err(io::Error::other("this process was linked before"));
    }
    std::thread::Builder::new()
        .name("native-manager".to_owned())
        .spawn(move || {
            if let Err(error) = dispatch() {
                let _ = begun.send(Err(error));
            }
        })?;
    wait_for_begin(&begins)
}

fn wait_for_begin(begins: &Receiver<io::Result<()>>) -> io::Result<Option<&'static Service>> {
    match begins.recv_timeout(START_PATIENCE) {
        Ok(Ok(())) => Ok(SERVICE.get()),
        Ok(Err(error)) if is_not_a_service(&error) => Ok(None),
        Ok(Err(error)) => Err(error),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the service control manager does not start the service",
        )),
    }
}

fn is_not_a_service(error: &io::Error) -> bool {
    error.raw_os_error().map(i32::cast_unsigned) == Some(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
}

/// Blocks until the service is stopped.
fn dispatch() -> io::Result<()> {
    // The name does not matter for a process with one service.
    let mut name = [0];
    let table = [
        SERVICE_TABLE_ENTRYW {
            lpServiceName: name.as_mut_ptr(),
            lpServiceProc: Some(serve),
        },
        SERVICE_TABLE_ENTRYW {
            lpServiceName: ptr::null_mut(),
            lpServiceProc: None,
        },
    ];
    // SAFETY: the table ends with an empty entry and lives as long as the call.
    if unsafe { StartServiceCtrlDispatcherW(table.as_ptr()) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The service's thread: called by the dispatcher, which ends when this returns.
unsafe extern "system" fn serve(count: u32, arguments: *mut PWSTR) {
    let Some(service) = SERVICE.get() else {
        return;
    };
    let empty = [0];
    let name = if count == 0 {
        empty.as_ptr()
    } else {
        // SAFETY: there are `count` strings, the first of which is the name.
        unsafe { *arguments }
    };
    // SAFETY: the name is a string with a final zero, and the handler a function.
    let handle = unsafe { RegisterServiceCtrlHandlerExW(name, Some(control), ptr::null()) };
    if handle.is_null() {
        let _ = service.begun.send(Err(io::Error::last_os_error()));
        return;
    }
    let _ = service.handle.set(StatusHandle(handle));
    let _ = service.begun.send(service.report(*service.lock()));
    // SAFETY: the name is a string with a final zero.
    let _ = service.patience.set(unsafe { Patience::of(name) });
    service.wait_for_the_end();
}

/// Runs on the dispatcher's thread, which serves no other control meanwhile.
unsafe extern "system" fn control(
    control: u32,
    event_type: u32,
    event_data: *mut core::ffi::c_void,
    _context: *mut core::ffi::c_void,
) -> u32 {
    // SAFETY: these are the handler's.
    if unsafe { machine::controlled(control, event_type, event_data) } {
        return NO_ERROR;
    }
    SERVICE
        .get()
        .map_or(NO_ERROR, |service| service.control(control))
}

impl Service {
    const fn new(notices: UnboundedSender<Notice>, begun: SyncSender<io::Result<()>>) -> Self {
        Self {
            handle: OnceLock::new(),
            standing: Mutex::new(Standing {
                phase: Phase::Starting,
                checkpoint: 1,
                hint: FIRST_HINT,
            }),
            stopped: Condvar::new(),
            patience: OnceLock::new(),
            notices,
            begun,
        }
    }

    pub(super) fn ready(&self) -> io::Result<()> {
        self.enter(Phase::Running, &[Phase::Starting])
    }

    /// An SCM that takes no status is no reason to do anything, here and below.
    pub(super) fn stopping(&self) {
        let _ = self.enter(Phase::Stopping, &[Phase::Starting, Phase::Running]);
    }

    pub(super) fn more_time(&self, time: Duration) {
        let _ = self.go_on(time);
    }

    pub(super) fn concluded(&self, conclusion: Conclusion) {
        let _ = self.enter(
            Phase::Stopped(conclusion),
            &[Phase::Starting, Phase::Running, Phase::Stopping],
        );
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers within microseconds: the program does what is asked for later. Only
    /// a suspension waits a moment, in [`machine`].
    fn control(&self, control: u32) -> u32 {
        match control {
            // The SCM shows what it was told last.
            SERVICE_CONTROL_INTERROGATE => {}
            SERVICE_CONTROL_STOP => self.told_to_stop(WhyStop::Asked),
            SERVICE_CONTROL_SHUTDOWN => self.told_to_stop(WhyStop::Shutdown),
            SERVICE_CONTROL_PRESHUTDOWN => self.told_to_stop(WhyStop::Preshutdown),
            SERVICE_CONTROL_PARAMCHANGE => drop(self.notices.send(Notice::Reload)),
            _ => return ERROR_CALL_NOT_IMPLEMENTED,
        }
        NO_ERROR
    }

    fn told_to_stop(&self, why: WhyStop) {
        if why != WhyStop::Asked {
            machine::told_of_shutdown();
        }
        self.stopping();
        let time_left = self
            .patience
            .get()
            .and_then(|patience| patience.time_left(why));
        let _ = self.notices.send(Notice::Stop { why, time_left });
    }

    /// Goes to `phase`, if it comes from one of `allowed`.
    fn enter(&self, phase: Phase, allowed: &[Phase]) -> io::Result<()> {
        let mut standing = self.lock();
        if !allowed.contains(&standing.phase) {
            return Ok(());
        }
        *standing = Standing {
            phase,
            checkpoint: 1,
            hint: FIRST_HINT,
        };
        let reported = self.report(*standing);
        self.stopped.notify_all();
        reported
    }

    fn go_on(&self, time: Duration) -> io::Result<()> {
        let mut standing = self.lock();
        match standing.phase {
            Phase::Starting | Phase::Stopping => {
                standing.checkpoint = standing.checkpoint.saturating_add(1);
                standing.hint = time;
                self.report(*standing)
            }
            Phase::Running | Phase::Stopped(_) => Ok(()),
        }
    }

    fn report(&self, standing: Standing) -> io::Result<()> {
        let Some(handle) = self.handle.get() else {
            return Ok(());
        };
        let status = standing.status();
        // SAFETY: the handle is the one of this service.
        if unsafe { SetServiceStatus(handle.0, &raw const status) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    fn wait_for_the_end(&self) {
        let mut standing = self.lock();
        while !matches!(standing.phase, Phase::Stopped(_)) {
            standing = self
                .stopped
                .wait(standing)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Standing {
    fn status(self) -> SERVICE_STATUS {
        let is_pending = matches!(self.phase, Phase::Starting | Phase::Stopping);
        let (win32_code, own_code) = match self.phase {
            // A failure with the code 0 would count as none.
            Phase::Stopped(Conclusion::Failed(code)) => (ERROR_SERVICE_SPECIFIC_ERROR, code.max(1)),
            _ => (NO_ERROR, 0),
        };
        SERVICE_STATUS {
            dwServiceType: SERVICE_WIN32_OWN_PROCESS,
            dwCurrentState: self.phase.state(),
            dwControlsAccepted: match self.phase {
                Phase::Running => ACCEPTED,
                // The SCM sends nothing to a service that is starting.
                Phase::Starting | Phase::Stopping | Phase::Stopped(_) => 0,
            },
            dwWin32ExitCode: win32_code,
            dwServiceSpecificExitCode: own_code,
            dwCheckPoint: if is_pending { self.checkpoint } else { 0 },
            dwWaitHint: if is_pending {
                u32::try_from(self.hint.as_millis()).unwrap_or(u32::MAX)
            } else {
                0
            },
        }
    }
}

impl Phase {
    const fn state(self) -> SERVICE_STATUS_CURRENT_STATE {
        match self {
            Self::Starting => SERVICE_START_PENDING,
            Self::Running => SERVICE_RUNNING,
            Self::Stopping => SERVICE_STOP_PENDING,
            Self::Stopped(_) => SERVICE_STOPPED,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    /// One that has registered with no manager: its status goes nowhere.
    fn service() -> (Service, UnboundedReceiver<Notice>) {
        let (notices, told) = unbounded_channel();
        (Service::new(notices, sync_channel(1).0), told)
    }

    fn status(service: &Service) -> SERVICE_STATUS {
        service.lock().status()
    }

    #[test]
    fn each_request_to_end_says_why_and_shows_at_once() {
        for (control, why) in [
            (SERVICE_CONTROL_STOP, WhyStop::Asked),
            (SERVICE_CONTROL_PRESHUTDOWN, WhyStop::Preshutdown),
            (SERVICE_CONTROL_SHUTDOWN, WhyStop::Shutdown),
        ] {
            let (service, mut told) = service();
            service
                .enter(Phase::Running, &[Phase::Starting])
                .expect("told");
            assert_eq!(status(&service).dwControlsAccepted, ACCEPTED);
            assert_eq!(service.control(control), NO_ERROR);
            let time_left = None;
            assert_eq!(told.try_recv(), Ok(Notice::Stop { why, time_left }));
            assert_eq!(status(&service).dwCurrentState, SERVICE_STOP_PENDING);
            assert_eq!(status(&service).dwControlsAccepted, 0);
        }
    }

    #[test]
    fn a_change_of_parameters_is_a_reload() {
        let (service, mut told) = service();
        assert_eq!(service.control(SERVICE_CONTROL_PARAMCHANGE), NO_ERROR);
        assert_eq!(told.try_recv(), Ok(Notice::Reload));
    }

    #[test]
    fn what_is_unknown_is_refused() {
        let (service, mut told) = service();
        assert_eq!(service.control(255), ERROR_CALL_NOT_IMPLEMENTED);
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn checkpoints_count_up_while_it_starts_and_end_when_it_runs() {
        let (service, _told) = service();
        let time = Duration::from_secs(15);
        let before = status(&service).dwCheckPoint;
        service.go_on(time).expect("told");
        assert_eq!(status(&service).dwCheckPoint, before + 1);
        assert_eq!(status(&service).dwWaitHint, 15_000);
        service
            .enter(Phase::Running, &[Phase::Starting])
            .expect("told");
        service.go_on(time).expect("told");
        assert_eq!(status(&service).dwCheckPoint, 0);
    }

    #[test]
    fn a_failure_is_never_told_as_a_good_end() {
        let (service, _told) = service();
        service
            .enter(Phase::Stopped(Conclusion::Failed(0)), &[Phase::Starting])
            .expect("told");
        let status = status(&service);
        assert_eq!(status.dwCurrentState, SERVICE_STOPPED);
        assert_eq!(status.dwWin32ExitCode, ERROR_SERVICE_SPECIFIC_ERROR);
        assert_eq!(status.dwServiceSpecificExitCode, 1);
    }
}
