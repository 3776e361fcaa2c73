//! Who calls back: the kernel about sleep and about the sessions at the screen,
//! powerd about where power comes from. Each until it is dropped, and only in the
//! run loop.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use super::Ear;
use super::run_loop::{RunLoop, Scheduled};
use crate::core_foundation::{Object, Reference, Value};
use crate::machine::console_sessions::{Listed, Place, Property};
use crate::machine::system_power::NotificationId;

/// `kIOConsoleSecurityInterest` (IOKitKeysPrivate.h)
const CONSOLE_SECURITY: &CStr = c"IOConsoleSecurityInterest";
/// `kIOConsoleUsersKey` (IOKitKeysPrivate.h)
const CONSOLE_USERS: &str = "IOConsoleUsers";

/// `callerSecuritySession`
const CALLERS_SESSION: u32 = u32::MAX;

/// `IOServiceInterestCallback`
type Interest = unsafe extern "C" fn(*mut c_void, u32, u32, *mut c_void);

// IOKit/pwr_mgt/IOPMLib.h, IOKit/IOKitLib.h, IOKit/ps/IOPowerSources.h
#[link(name = "IOKit", kind = "framework")]
unsafe extern "C" {
    fn IORegisterForSystemPower(
        context: *mut c_void,
        port: *mut *mut c_void,
        callback: Interest,
        notifier: *mut u32,
    ) -> u32;
    fn IODeregisterForSystemPower(notifier: *mut u32) -> i32;
    fn IOAllowPowerChange(connection: u32, id: isize) -> i32;
    fn IOServiceClose(connection: u32) -> i32;
    fn IOServiceAddInterestNotification(
        port: *mut c_void,
        service: u32,
        interest: *const c_char,
        callback: Interest,
        context: *mut c_void,
        notifier: *mut u32,
    ) -> i32;
    fn IOObjectRelease(object: u32) -> i32;
    fn IORegistryGetRootEntry(main_port: u32) -> u32;
    fn IORegistryEntryGetChildEntry(entry: u32, plane: *const c_char, child: *mut u32) -> i32;
    fn IORegistryEntryCreateCFProperty(
        entry: u32,
        key: Reference,
        allocator: Reference,
        options: u32,
    ) -> Reference;
    fn IONotificationPortCreate(main_port: u32) -> *mut c_void;
    fn IONotificationPortGetRunLoopSource(port: *mut c_void) -> Reference;
    fn IONotificationPortDestroy(port: *mut c_void);
    fn IOPSNotificationCreateRunLoopSource(
        callback: unsafe extern "C" fn(*mut c_void),
        context: *mut c_void,
    ) -> Reference;
    fn IOPSCopyPowerSourcesInfo() -> Reference;
    fn IOPSGetProvidingPowerSourceType(snapshot: Reference) -> Reference;
}

// Security/AuthSession.h. The numbers are those of audit sessions.
#[link(name = "Security", kind = "framework")]
unsafe extern "C" {
    fn SessionGetInfo(requested: u32, id: *mut u32, attributes: *mut u32) -> i32;
}

/// Answers a message about sleep. What the kernel does not wait for (any more), it
/// refuses.
pub(super) fn allow_power_change(connection: u32, id: NotificationId) {
    // SAFETY: it takes numbers only.
    let _ = unsafe { IOAllowPowerChange(connection, id) };
}

fn context(ear: &Ear<'_>) -> *mut c_void {
    ptr::from_ref(ear).cast_mut().cast()
}

/// The kernel tells of sleep, and waits for answers.
#[derive(Debug)]
pub(super) struct SystemPower<'a> {
    ear: &'a Ear<'a>,
    run_loop: &'a RunLoop,
    connection: u32,
    port: *mut c_void,
    notifier: u32,
    scheduled: Option<Scheduled<'a>>,
}

impl<'a> SystemPower<'a> {
    pub(super) fn register(ear: &'a Ear<'a>, run_loop: &'a RunLoop) -> Option<Self> {
        let mut port = ptr::null_mut();
        let mut notifier = 0;
        // SAFETY: the outputs are ours. The ear outlives the registration, which is taken
        // back before what is given is gone; it is called in `run_loop` only.
        let connection = unsafe {
            IORegisterForSystemPower(context(ear), &raw mut port, system_power, &raw mut notifier)
        };
        if connection == 0 {
            return None;
        }
        ear.connection.set(connection);
        // SAFETY: the port was just made; the source is the port's, and shared with it.
        let source = unsafe { Object::share(IONotificationPortGetRunLoopSource(port)) };
        Some(Self {
            ear,
            run_loop,
            connection,
            port,
            notifier,
            scheduled: source.map(|source| run_loop.scheduled(source)),
        })
    }
}

impl Drop for SystemPower<'_> {
    fn drop(&mut self) {
        self.ear.close();
        // SAFETY: it was registered, and is taken back once.
        unsafe { IODeregisterForSystemPower(&raw mut self.notifier) };
        // What was sent before that waits for an answer, too.
        self.run_loop.run_what_is_there();
        self.ear.connection.set(0);
        self.scheduled = None;
        // SAFETY: both were made for us, and nobody uses them any more.
        unsafe {
            IOServiceClose(self.connection);
            IONotificationPortDestroy(self.port);
        }
    }
}

/// # Safety
/// `ear` is an [`Ear`] that lives.
unsafe extern "C" fn system_power(
    ear: *mut c_void,
    _service: u32,
    message: u32,
    argument: *mut c_void,
) {
    // SAFETY: as this function's; it is only ever shared.
    let ear = unsafe { &*ear.cast::<Ear<'_>>() };
    ear.system_power((message, argument.addr().cast_signed()));
}

/// powerd tells that a source of power, or its charge, has changed.
#[derive(Debug)]
pub(super) struct PowerSources<'a> {
    _scheduled: Scheduled<'a>,
}

impl<'a> PowerSources<'a> {
    /// Tells how it is now, if that is news.
    pub(super) fn register(ear: &'a Ear<'a>, run_loop: &'a RunLoop) -> Option<Self> {
        // SAFETY: the ear outlives what is given, which takes the source from the only
        // loop in which it calls. What is made is ours.
        let source = unsafe {
            Object::own(IOPSNotificationCreateRunLoopSource(
                power_source,
                context(ear),
            ))
        };
        let scheduled = run_loop.scheduled(source?);
        look_at_power(ear);
        Some(Self {
            _scheduled: scheduled,
        })
    }
}

/// # Safety
/// `ear` is an [`Ear`] that lives.
unsafe extern "C" fn power_source(ear: *mut c_void) {
    // SAFETY: as this function's; it is only ever shared.
    look_at_power(unsafe { &*ear.cast::<Ear<'_>>() });
}

fn look_at_power(ear: &Ear<'_>) {
    // SAFETY: what is made is ours.
    let Some(snapshot) = (unsafe { Object::own(IOPSCopyPowerSourcesInfo()) }) else {
        return;
    };
    // SAFETY: it is a snapshot. What is found is a constant, or the snapshot's, which
    // lives as long.
    let kind = unsafe { Value::borrow(IOPSGetProvidingPowerSourceType(snapshot.reference())) };
    if let Some(kind) = kind.and_then(Value::text) {
        ear.power_source(&kind);
    }
}

/// The kernel tells that somebody else is at the screen, that its lock has changed,
/// or something else about these sessions.
#[derive(Debug)]
pub(super) struct Console<'a> {
    port: *mut c_void,
    notifier: u32,
    scheduled: Option<Scheduled<'a>>,
}

impl<'a> Console<'a> {
    /// Tells how it is now, which is where changes begin.
    pub(super) fn register(ear: &'a Ear<'a>, run_loop: &'a RunLoop) -> Option<Self> {
        let service = Entry::of_all_services()?;
        // SAFETY: zero is the port that everybody has; what is made is ours.
        let port = unsafe { IONotificationPortCreate(0) };
        if port.is_null() {
            return None;
        }
        let mut notifier = 0;
        // SAFETY: the output is ours, and the name shorter than the longest. The ear
        // outlives the registration, which is taken back before what is given is gone; it
        // is called in `run_loop` only.
        let failure = unsafe {
            IOServiceAddInterestNotification(
                port,
                service.0,
                CONSOLE_SECURITY.as_ptr(),
                console,
                context(ear),
                &raw mut notifier,
            )
        };
        if failure != 0 {
            // SAFETY: nobody else has it.
            unsafe { IONotificationPortDestroy(port) };
            return None;
        }
        // SAFETY: the source is the port's, and shared with it.
        let source = unsafe { Object::share(IONotificationPortGetRunLoopSource(port)) };
        ear.sessions(&sessions().unwrap_or_default());
        Some(Self {
            port,
            notifier,
            scheduled: source.map(|source| run_loop.scheduled(source)),
        })
    }
}

impl Drop for Console<'_> {
    fn drop(&mut self) {
        self.scheduled = None;
        // SAFETY: both were made for us, and nobody uses them any more.
        unsafe {
            IOObjectRelease(self.notifier);
            IONotificationPortDestroy(self.port);
        }
    }
}

/// # Safety
/// `ear` is an [`Ear`] that lives.
unsafe extern "C" fn console(
    ear: *mut c_void,
    _service: u32,
    _message: u32,
    _argument: *mut c_void,
) {
    // SAFETY: as this function's; it is only ever shared.
    let ear = unsafe { &*ear.cast::<Ear<'_>>() };
    // What cannot be read says nothing, so all stays as it was.
    if let Some(sessions) = sessions() {
        ear.sessions(&sessions);
    }
}

/// An entry of the kernel's registry.
struct Entry(u32);

impl Entry {
    fn root() -> Option<Self> {
        // SAFETY: zero is the port that everybody has; what is made is ours.
        let root = unsafe { IORegistryGetRootEntry(0) };
        (root != 0).then_some(Self(root))
    }

    /// The first of all services, to which such notifications belong.
    fn of_all_services() -> Option<Self> {
        let root = Self::root()?;
        let mut service = 0;
        // SAFETY: it is an entry, the name shorter than the longest, and the output ours.
        let failure = unsafe {
            IORegistryEntryGetChildEntry(root.0, c"IOService".as_ptr(), &raw mut service)
        };
        (failure == 0 && service != 0).then_some(Self(service))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // SAFETY: it is ours, and released once.
        unsafe { IOObjectRelease(self.0) };
    }
}

/// Where this process is. `None`: the system does not say.
pub(super) fn own_place() -> Option<Place> {
    let (mut session, mut attributes) = (0, 0);
    // SAFETY: both outputs are ours.
    let failure = unsafe { SessionGetInfo(CALLERS_SESSION, &raw mut session, &raw mut attributes) };
    (failure == 0).then(|| Place {
        session: i64::from(session),
        uid: rustix::process::geteuid().as_raw(),
    })
}

/// Those of users. `None`: the kernel was told of no sessions, or does not answer.
pub(super) fn sessions() -> Option<Vec<Listed>> {
    let root = Entry::root()?;
    let key = Object::text(CONSOLE_USERS)?;
    // SAFETY: both live; what is made is ours.
    let found = unsafe {
        Object::own(IORegistryEntryCreateCFProperty(
            root.0,
            key.reference(),
            ptr::null(),
            0,
        ))
    }?;
    let of_user = |session: Value<'_>| Listed::new(|name| property(session.field(name)?));
    Some(
        found
            .value()
            .items()?
            .into_iter()
            .filter_map(of_user)
            .collect(),
    )
}

fn property(value: Value<'_>) -> Option<Property> {
    let text = || value.text().map(Property::Text);
    let number = || value.number().map(Property::Number);
    let flag = || value.flag().map(Property::Flag);
    text().or_else(number).or_else(flag)
}
