//! One job object.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use outlast_model::hang::Sample;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, ERROR_MORE_DATA, HANDLE};
use windows_sys::Win32::System::JobObjects::{
    CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_ASSOCIATE_COMPLETION_PORT,
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS,
    JobObjectAssociateCompletionPortInformation, JobObjectBasicAccountingInformation,
    JobObjectBasicAndIoAccountingInformation, JobObjectBasicProcessIdList,
    JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
    TerminateJobObject,
};

use super::super::TreeUsage;
use super::bounds::Bound;
use super::members::Member;
use super::port::Port;

/// The exit code of processes that were killed: as a shell of Unix shows it.
/// Windows has no other mark of an end by force.
const KILLED: u32 = 128 + 9;

/// Key 0 ends the port's thread.
static NEXT_KEY: AtomicUsize = AtomicUsize::new(1);

#[derive(Debug)]
pub(super) struct Job {
    handle: OwnedHandle,
    key: usize,
    changed: Notify,
    listeners: Mutex<Listeners>,
    desktop: Mutex<Desktop>,
    pub(super) bound: Mutex<Bound>,
}

/// Where the windows of a service are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Desktop {
    /// Where the guardian sees them.
    Guardians,
    /// On one of its account's logon session, which the guardian is not on.
    ItsOwn,
    /// On that of a user's session, which the guardian is not on either.
    Users,
}

#[derive(Debug, Default)]
struct Listeners {
    count: usize,
    is_tied: bool,
}

impl Job {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: without a name and with default security (the guardian's own).
        let handle = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        let job = Self {
            // SAFETY: it was just made, for us.
            handle: unsafe { OwnedHandle::from_raw_handle(handle) },
            key: NEXT_KEY.fetch_add(1, Ordering::Relaxed),
            changed: Notify::new(),
            listeners: Mutex::default(),
            desktop: Mutex::new(Desktop::Guardians),
            bound: Mutex::default(),
        };
        job.set(JobObjectExtendedLimitInformation, &Self::without_limits())?;
        Ok(job)
    }

    /// What every job has: nothing of a service outlives its guardian.
    pub(super) fn without_limits() -> JOBOBJECT_EXTENDED_LIMIT_INFORMATION {
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        limits
    }

    pub(super) fn handle(&self) -> &OwnedHandle {
        &self.handle
    }

    pub(super) fn key(&self) -> usize {
        self.key
    }

    /// Resolves when the job has sent something.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(super) fn tell(&self) {
        self.changed.notify_waiters();
    }

    /// No process of the service is left. The console host does not count: see
    /// [`Job::members`].
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        if self.accounting()?.ActiveProcesses == 0 {
            return Ok(true);
        }
        Ok(self.members()?.is_empty())
    }

    /// Notes where its newest main process was put.
    pub(super) fn note_desktop(&self, desktop: Desktop) {
        *self.desktop.lock().unwrap_or_else(PoisonError::into_inner) = desktop;
    }

    pub(super) fn desktop(&self) -> Desktop {
        *self.desktop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        // SAFETY: the handle is open.
        if unsafe { TerminateJobObject(self.as_raw(), KILLED) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// The processes in it, but for the host of their console (`conhost.exe`):
    /// the system starts it for them and ends it after the last of them. Under
    /// Wine it is in their job, and outlives them by some 20 ms.
    pub(super) fn members(&self) -> io::Result<Vec<Member>> {
        let numbers = self.process_numbers()?.into_iter();
        let members = numbers.filter_map(|number| Member::find(number, self.as_raw()));
        Ok(members.filter(|member| !member.is_console_host()).collect())
    }

    pub(super) fn usage(&self) -> io::Result<TreeUsage> {
        let accounting = self.accounting()?;
        let members = self.members()?;
        let counted = ticks(accounting.TotalUserTime) + ticks(accounting.TotalKernelTime);
        // Wine 8 counts nothing; there only the living are known.
        let living = members.iter().map(Member::cpu).sum();
        Ok(TreeUsage {
            memory_bytes: Some(members.iter().filter_map(Member::memory_bytes).sum()),
            cpu: Some(counted.max(living)),
            processes: u32::try_from(members.len()).ok(),
        })
    }

    /// Also of processes that have ended. Operations are counted beside bytes, and
    /// there is no other sign of a wake-up.
    pub(super) fn sample(&self) -> io::Result<Sample> {
        let both: JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION =
            self.ask(JobObjectBasicAndIoAccountingInformation)?;
        let io = both.IoInfo;
        let operations = io.ReadOperationCount + io.WriteOperationCount + io.OtherOperationCount;
        let processes = u64::from(both.BasicInfo.TotalProcesses);
        Ok(Sample {
            cpu: self.usage()?.cpu,
            wakeups: None,
            rests: None,
            moved: Some(io.ReadTransferCount + io.WriteTransferCount + io.OtherTransferCount),
            printed: None,
            members: operations.wrapping_add(processes << 32),
        })
    }

    /// Ties the job to `port` for as long as somebody listens, so that the
    /// processes that a running service starts and ends wake nobody.
    pub(super) fn listen(&self, port: &Port) -> io::Result<Listening<'_>> {
        let mut listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !listeners.is_tied {
            self.tie(port.as_raw())?;
            listeners.is_tied = true;
        }
        listeners.count += 1;
        Ok(Listening(self))
    }

    fn tie(&self, port: HANDLE) -> io::Result<()> {
        let association = JOBOBJECT_ASSOCIATE_COMPLETION_PORT {
            CompletionKey: ptr::without_provenance_mut(self.key),
            CompletionPort: port,
        };
        self.set(JobObjectAssociateCompletionPortInformation, &association)
    }

    fn accounting(&self) -> io::Result<JOBOBJECT_BASIC_ACCOUNTING_INFORMATION> {
        self.ask(JobObjectBasicAccountingInformation)
    }

    fn ask<T: Default>(&self, class: JOBOBJECTINFOCLASS) -> io::Result<T> {
        let mut information = T::default();
        // SAFETY: callers take the structure of plain data that belongs to the class.
        let is_known = unsafe {
            QueryInformationJobObject(
                self.as_raw(),
                class,
                (&raw mut information).cast(),
                size_of_val(&information) as u32,
                ptr::null_mut(),
            )
        };
        if is_known == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(information)
    }

    /// `JOBOBJECT_BASIC_PROCESS_ID_LIST`: two 32-bit counts (assigned, listed),
    /// then the numbers, each as wide as a pointer.
    fn process_numbers(&self) -> io::Result<Vec<u32>> {
        const HEAD: usize = 8 / size_of::<usize>();
        let mut buffer = vec![0_usize; 64];
        while !self.fill(&mut buffer)? {
            let more = buffer.len() * 2;
            buffer.resize(more, 0);
        }
        // SAFETY: at least eight initialized bytes, aligned for 32-bit numbers.
        let listed = unsafe { *buffer.as_ptr().cast::<u32>().add(1) } as usize;
        let numbers = buffer.iter().skip(HEAD).take(listed);
        Ok(numbers
            .filter_map(|number| u32::try_from(*number).ok())
            .collect())
    }

    /// Whether the list was long enough for all.
    fn fill(&self, buffer: &mut [usize]) -> io::Result<bool> {
        // SAFETY: the size is the buffer's, which is aligned for the structure.
        let is_known = unsafe {
            QueryInformationJobObject(
                self.as_raw(),
                JobObjectBasicProcessIdList,
                buffer.as_mut_ptr().cast(),
                size_of_val(buffer) as u32,
                ptr::null_mut(),
            )
        };
        if is_known != 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() == Some(ERROR_MORE_DATA as i32) {
            return Ok(false);
        }
        Err(error)
    }

    pub(super) fn set<T>(&self, class: JOBOBJECTINFOCLASS, information: &T) -> io::Result<()> {
        let pointer: *const c_void = ptr::from_ref(information).cast();
        // SAFETY: callers pass the structure that belongs to the class.
        let is_set = unsafe {
            SetInformationJobObject(self.as_raw(), class, pointer, size_of::<T>() as u32)
        };
        if is_set == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    fn as_raw(&self) -> HANDLE {
        self.handle.as_raw_handle()
    }
}

/// Somebody listens to a job.
#[derive(Debug)]
pub(super) struct Listening<'a>(&'a Job);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        let job = self.0;
        let mut listeners = job.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.count -= 1;
        if listeners.count > 0 {
            return;
        }
        // Windows 8 and later undo the tie when given no port. Wine 8 refuses
        // that (ERROR_INVALID_PARAMETER); there the job goes on sending.
        let untied = job.tie(ptr::null_mut());
        let is_refused =
            untied.is_err_and(|error| error.raw_os_error() == Some(ERROR_INVALID_PARAMETER as i32));
        listeners.is_tied = is_refused;
    }
}

/// From units of 100 nanoseconds.
fn ticks(count: i64) -> Duration {
    Duration::from_nanos(u64::try_from(count).unwrap_or(0).saturating_mul(100))
}
