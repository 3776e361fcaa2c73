//! Windows: a service is told by controls, which its handler
//! ([`manager_link`](crate::manager_link)) brings here; other processes by
//! callbacks of the power manager, which knows nothing of sessions. Those know their
//! own session, and that it lasts as long as they do.
//!
//! Both are called on threads of the system. A suspension waits for them to
//! return, so they do when it is allowed, and soon in any case.

mod heard;
mod present;
mod translate;

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use outlast_model::MachineEvent;
use outlast_model::machine::PowerSource;
use tokio::sync::mpsc::UnboundedSender;
use windows_sys::Win32::Foundation::NO_ERROR;
use windows_sys::Win32::System::Power::{
    DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, GetSystemPowerStatus, HPOWERNOTIFY,
    PowerRegisterSuspendResumeNotification, PowerSettingRegisterNotification,
    PowerSettingUnregisterNotification, PowerUnregisterSuspendResumeNotification,
    RegisterPowerSettingNotification, SYSTEM_POWER_STATUS, UnregisterPowerSettingNotification,
};
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_INFO_CLASS, WTSFreeMemory, WTSQuerySessionInformationW, WTSUserName,
};
use windows_sys::Win32::System::Services::{
    SERVICE_CONTROL_POWEREVENT, SERVICE_CONTROL_SESSIONCHANGE, SERVICE_STATUS_HANDLE,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    DEVICE_NOTIFY_CALLBACK, DEVICE_NOTIFY_SERVICE_HANDLE,
};
use windows_sys::core::GUID;

pub(crate) use self::present::own as own_session;

use self::heard::{Heard, PATIENCE};
use self::translate::SETTINGS;
use super::{News, announces};
use crate::manager_link::status_handle;

/// Who listens. The system's threads find it here.
static EAR: Mutex<Option<Ear>> = Mutex::new(None);

#[derive(Debug)]
struct Ear {
    told: UnboundedSender<News>,
    heard: Heard,
    /// How much was announced so far, as [`MachineEvents`](super::MachineEvents)
    /// counts it, too.
    announced: u64,
    gate: Arc<Gate>,
    /// Only a service is told when the sessions differ; others have their own.
    is_service: bool,
}

/// Where a suspension waits until it is allowed.
#[derive(Debug, Default)]
struct Gate {
    /// Up to which announcement.
    allowed: Mutex<u64>,
    opened: Condvar,
}

/// What has been registered, for as long as somebody listens.
#[derive(Debug)]
pub(super) struct Source {
    gate: Arc<Gate>,
    _registered: Vec<Registered>,
}

impl Source {
    pub(super) fn open(told: &UnboundedSender<News>) -> Option<Self> {
        let gate = Arc::new(Gate::default());
        *ear() = Some(Ear {
            told: told.clone(),
            heard: Heard::default(),
            announced: 0,
            gate: Arc::clone(&gate),
            is_service: status_handle().is_some(),
        });
        let registered = match status_handle() {
            Some(handle) => as_a_service(handle),
            None => by_callbacks(),
        };
        // Asks another process, so not on the caller's thread.
        let thread = thread::Builder::new().name("sessions".to_owned());
        let _ = thread.spawn(tell_sessions);
        Some(Self {
            gate,
            _registered: registered,
        })
    }

    pub(super) fn allow(&self, announcement: u64) {
        let mut allowed = self.gate.lock();
        *allowed = announcement.max(*allowed);
        self.gate.opened.notify_all();
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let mut ear = ear();
        if (ear.as_ref()).is_some_and(|ear| Arc::ptr_eq(&ear.gate, &self.gate)) {
            *ear = None;
        }
    }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, u64> {
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks until `announcement` is allowed, for [`PATIENCE`] at the most.
    fn pass(&self, announcement: u64) {
        let allowed = self.lock();
        let is_shut = |allowed: &mut u64| *allowed < announcement;
        drop((self.opened).wait_timeout_while(allowed, PATIENCE, is_shut));
    }
}

fn ear() -> MutexGuard<'static, Option<Ear>> {
    EAR.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ear {
    /// Tells `event`, and gives what the caller has to pass before it returns to
    /// the system.
    fn tell(&mut self, event: MachineEvent) -> Option<(Arc<Gate>, u64)> {
        let waits = matches!(event, MachineEvent::Suspending { .. });
        let news = News::Event(event);
        self.announced += u64::from(announces(&news));
        let is_told = self.told.send(news).is_ok();
        (waits && is_told).then(|| (Arc::clone(&self.gate), self.announced))
    }
}

/// A control that the service's handler was given, if it is one about the machine:
/// then it returns `true`. May block for a moment.
///
/// # Safety
/// All three are the handler's.
pub(crate) unsafe fn controlled(control: u32, kind: u32, data: *const c_void) -> bool {
    match control {
        // SAFETY: as this function's.
        SERVICE_CONTROL_POWEREVENT => unsafe { power(kind, data) },
        SERVICE_CONTROL_SESSIONCHANGE => {
            // SAFETY: as this function's.
            unsafe { session(kind, data) };
            tell_sessions();
        }
        _ => return false,
    }
    true
}

/// The service was told that the machine shuts down.
pub(crate) fn told_of_shutdown() {
    if let Some(ear) = &mut *ear() {
        ear.tell(MachineEvent::ShuttingDown);
    }
}

/// # Safety
/// As [`translate::power`]'s.
unsafe fn power(kind: u32, data: *const c_void) {
    // SAFETY: as this function's.
    let Some(news) = (unsafe { translate::power(kind, data) }) else {
        return;
    };
    let waits = ear().as_mut().and_then(|ear| {
        let event = ear.heard.power(news, power_source)?;
        ear.tell(event)
    });
    // With the ear free: what comes meanwhile is heard.
    if let Some((gate, announcement)) = waits {
        gate.pass(announcement);
    }
}

/// # Safety
/// As [`translate::session`]'s.
unsafe fn session(kind: u32, data: *const c_void) {
    // SAFETY: as this function's.
    let Some((id, change)) = (unsafe { translate::session(kind, data) }) else {
        return;
    };
    // Asks another process, so not while the ear is held.
    let user = user_of(id);
    if let Some(ear) = &mut *ear() {
        let event = ear.heard.session((id, change), user);
        ear.tell(event);
    }
}

/// Tells which sessions there are, if that differs from what was told. Of two that
/// ask at once, the later one tells what is there later.
fn tell_sessions() {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(is_service) = ear().as_ref().map(|ear| ear.is_service) else {
        return;
    };
    let all = if is_service {
        present::all()
    } else {
        present::own_alone()
    };
    let Some(all) = all else {
        return;
    };
    if let Some(ear) = &mut *ear()
        && let Some(sessions) = ear.heard.sessions(&all)
    {
        let _ = ear.told.send(News::Sessions(sessions));
    }
}

/// Whose the session `id` is. `None`: nobody's, or nobody can tell.
fn user_of(id: u32) -> Option<String> {
    text_of_session(id, WTSUserName)
}

/// A text that Windows has about the session `id`. `None`: it has none, or it is
/// empty. Asks another process.
pub(crate) fn text_of_session(id: u32, what: WTS_INFO_CLASS) -> Option<String> {
    let mut text = ptr::null_mut();
    let mut size = 0;
    let this_machine = ptr::null_mut();
    // SAFETY: the outputs are ours.
    let is_known = unsafe {
        WTSQuerySessionInformationW(this_machine, id, what, &raw mut text, &raw mut size)
    };
    if is_known == 0 || text.is_null() {
        return None;
    }
    let length = usize::try_from(size).unwrap_or(0) / size_of::<u16>();
    // SAFETY: so many bytes were made for us, the last two of which are zero, and
    // they are freed once.
    let name = unsafe {
        let name = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
        WTSFreeMemory(text.cast());
        name
    };
    let name = name.trim_end_matches('\0');
    (!name.is_empty()).then(|| name.to_owned())
}

fn power_source() -> Option<PowerSource> {
    let mut status = SYSTEM_POWER_STATUS::default();
    // SAFETY: the output is ours.
    let is_known = unsafe { GetSystemPowerStatus(&raw mut status) } != 0;
    match status.ACLineStatus {
        0 if is_known => Some(PowerSource::Battery),
        1 if is_known => Some(PowerSource::Mains),
        _ => None,
    }
}

/// Something that has to be taken back.
struct Registered {
    handle: HPOWERNOTIFY,
    kind: Kind,
    /// Says which function is called, as long as it can be.
    _callback: Option<Box<DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS>>,
}

/// What was registered.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A power setting, for a service.
    Setting,
    /// The same by a callback.
    SettingByCallback,
    /// Sleep, by a callback.
    SleepByCallback,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registered").field(&self.kind).finish()
    }
}

// SAFETY: registrations may be taken back on any thread, and the parameters are
// not used by anybody here.
unsafe impl Send for Registered {}
// SAFETY: nothing can be done with a reference.
unsafe impl Sync for Registered {}

/// What cannot be registered is not told.
fn as_a_service(handle: SERVICE_STATUS_HANDLE) -> Vec<Registered> {
    let register = |setting: &GUID| {
        // SAFETY: the handle is this service's, and the setting a GUID.
        let registered = unsafe {
            RegisterPowerSettingNotification(
                handle,
                ptr::from_ref(setting),
                DEVICE_NOTIFY_SERVICE_HANDLE,
            )
        };
        (registered != 0).then_some(Registered {
            handle: registered,
            kind: Kind::Setting,
            _callback: None,
        })
    };
    SETTINGS.iter().filter_map(register).collect()
}

fn by_callbacks() -> Vec<Registered> {
    let parameters = || {
        Box::new(DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
            Callback: Some(called_back),
            Context: ptr::null_mut(),
        })
    };
    let register = |setting: &GUID| {
        let mut callback = parameters();
        let mut registered = ptr::null_mut();
        // SAFETY: the setting is a GUID; the parameters live until the registration
        // is taken back.
        let failure = unsafe {
            PowerSettingRegisterNotification(
                ptr::from_ref(setting),
                DEVICE_NOTIFY_CALLBACK,
                ptr::from_mut(&mut *callback).cast(),
                &raw mut registered,
            )
        };
        (failure == NO_ERROR).then(|| Registered {
            handle: registered as HPOWERNOTIFY,
            kind: Kind::SettingByCallback,
            _callback: Some(callback),
        })
    };
    let mut all: Vec<Registered> = SETTINGS.iter().filter_map(register).collect();
    let mut callback = parameters();
    let mut registered = ptr::null_mut();
    // SAFETY: as above.
    let failure = unsafe {
        PowerRegisterSuspendResumeNotification(
            DEVICE_NOTIFY_CALLBACK,
            ptr::from_mut(&mut *callback).cast(),
            &raw mut registered,
        )
    };
    if failure == NO_ERROR {
        all.push(Registered {
            handle: registered as HPOWERNOTIFY,
            kind: Kind::SleepByCallback,
            _callback: Some(callback),
        });
    }
    all
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: each was registered in its way, and is taken back once.
        unsafe {
            match self.kind {
                Kind::Setting => {
                    UnregisterPowerSettingNotification(self.handle);
                }
                Kind::SettingByCallback => {
                    PowerSettingUnregisterNotification(self.handle);
                }
                Kind::SleepByCallback => {
                    PowerUnregisterSuspendResumeNotification(self.handle);
                }
            }
        }
    }
}

/// As a control of a service. Runs on a thread of the system.
unsafe extern "system" fn called_back(
    _context: *const c_void,
    kind: u32,
    setting: *const c_void,
) -> u32 {
    // SAFETY: both are the callback's.
    unsafe { power(kind, setting) };
    NO_ERROR
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::sync::mpsc::unbounded_channel;
    use windows_sys::Win32::System::RemoteDesktop::WTSSESSION_NOTIFICATION;
    use windows_sys::Win32::UI::WindowsAndMessaging::{
        PBT_APMRESUMEAUTOMATIC, PBT_APMRESUMESUSPEND, PBT_APMSUSPEND, WTS_SESSION_LOCK,
    };

    use super::*;

    fn power_event(kind: u32) {
        // SAFETY: these kinds have no data.
        assert!(unsafe { controlled(SERVICE_CONTROL_POWEREVENT, kind, ptr::null()) });
    }

    /// Everything that uses the one ear of the process.
    #[test]
    fn a_control_becomes_an_event_and_a_suspension_waits_until_it_is_allowed() {
        let (told, mut events) = unbounded_channel();
        let source = Source::open(&told).expect("Windows tells");
        if let Some(own) = own_session() {
            let Some(News::Sessions(present)) = events.blocking_recv() else {
                unreachable!("nothing else happens");
            };
            let sessions: Vec<_> = present.iter().map(|presence| &presence.session).collect();
            assert_eq!(sessions, [&own]);
            assert!(present[0].is_active);
        }
        let suspension = thread::spawn(|| power_event(PBT_APMSUSPEND));
        let news = events.blocking_recv();
        assert!(matches!(
            news,
            Some(News::Event(MachineEvent::Suspending { .. }))
        ));
        source.allow(1);
        suspension.join().expect("it goes on");
        power_event(PBT_APMRESUMEAUTOMATIC);
        power_event(PBT_APMRESUMESUSPEND);
        let raw = WTSSESSION_NOTIFICATION {
            cbSize: 8,
            dwSessionId: 77,
        };
        let data = (&raw const raw).cast();
        // SAFETY: the data is whole.
        assert!(unsafe { controlled(SERVICE_CONTROL_SESSIONCHANGE, WTS_SESSION_LOCK, data) });
        told_of_shutdown();
        let mut event = || match events.blocking_recv() {
            Some(News::Event(event)) => event,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(event(), MachineEvent::Resumed);
        assert!(matches!(event(), MachineEvent::Session { .. }));
        assert_eq!(event(), MachineEvent::ShuttingDown);
        drop(source);
        // Nobody listens, so nobody is waited for.
        power_event(PBT_APMSUSPEND);
        assert!(events.try_recv().is_err());
        assert_eq!(
            // SAFETY: null is allowed.
            unsafe { controlled(255, 0, ptr::null()) },
            false,
            "not about the machine"
        );
    }
}
