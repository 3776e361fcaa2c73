//! The run loop of a thread (CFRunLoop.h).

use std::ffi::c_void;
use std::ptr;

use super::Ear;
use crate::core_foundation::{Object, Reference};

/// `kCFRunLoopRunStopped`
const STOPPED: i32 = 2;
/// `kCFRunLoopRunHandledSource`
const HANDLED: i32 = 4;

/// More than ever waits in a queue.
const MOST: usize = 64;

/// `CFRunLoopSourceContext`. What is null or `None` is not called.
#[repr(C)]
struct Context {
    version: isize,
    info: *mut c_void,
    retain: *const c_void,
    release: *const c_void,
    copy_description: *const c_void,
    equal: *const c_void,
    hash: *const c_void,
    schedule: *const c_void,
    cancel: *const c_void,
    perform: Option<unsafe extern "C" fn(*mut c_void)>,
}

#[link(name = "CoreFoundation", kind = "framework")]
unsafe extern "C" {
    static kCFRunLoopDefaultMode: Reference;

    fn CFRunLoopGetCurrent() -> Reference;
    fn CFRunLoopRun();
    fn CFRunLoopRunInMode(mode: Reference, seconds: f64, is_one_enough: u8) -> i32;
    fn CFRunLoopStop(run_loop: Reference);
    fn CFRunLoopWakeUp(run_loop: Reference);
    fn CFRunLoopAddSource(run_loop: Reference, source: Reference, mode: Reference);
    fn CFRunLoopRemoveSource(run_loop: Reference, source: Reference, mode: Reference);
    fn CFRunLoopSourceCreate(
        allocator: Reference,
        order: isize,
        context: *const Context,
    ) -> Reference;
    fn CFRunLoopSourceSignal(source: Reference);
}

/// That of the thread which has asked for it.
#[derive(Debug)]
pub(super) struct RunLoop(Object);

impl RunLoop {
    pub(super) fn current() -> Option<Self> {
        // SAFETY: each thread has one, which lives as long as the thread.
        unsafe { Object::share(CFRunLoopGetCurrent()) }.map(Self)
    }

    /// Ends [`run_until_stopped`](Self::run_until_stopped), from within it.
    pub(super) fn stop_current() {
        // SAFETY: it is this thread's.
        unsafe { CFRunLoopStop(CFRunLoopGetCurrent()) };
    }

    /// Calls back whom its sources are for. Does not return while it has a
    /// [`Door`], unless it is stopped.
    pub(super) fn run_until_stopped(&self) {
        // SAFETY: it is this thread's, as it has never left it.
        unsafe { CFRunLoopRun() };
    }

    /// Calls back for what has come already.
    pub(super) fn run_what_is_there(&self) {
        for _ in 0..MOST {
            // SAFETY: as above; the mode is a constant.
            let ended = unsafe { CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.0, 1) };
            if ended != HANDLED && ended != STOPPED {
                return;
            }
        }
    }

    /// A source by which other threads have the ear look at their wishes.
    pub(super) fn door<'a>(&'a self, ear: &'a Ear<'a>) -> Option<Door<'a>> {
        let context = Context {
            version: 0,
            info: ptr::from_ref(ear).cast_mut().cast(),
            retain: ptr::null(),
            release: ptr::null(),
            copy_description: ptr::null(),
            equal: ptr::null(),
            hash: ptr::null(),
            schedule: ptr::null(),
            cancel: ptr::null(),
            perform: Some(rung),
        };
        // SAFETY: the context is copied; the ear that it names outlives the door, which
        // takes the source from the only loop in which it is performed. What is made is
        // ours.
        let source =
            unsafe { Object::own(CFRunLoopSourceCreate(ptr::null(), 0, &raw const context)) };
        Some(Door(self.scheduled(source?)))
    }

    /// Has `source` call back in this loop for as long as what is given lives.
    pub(super) fn scheduled(&self, source: Object) -> Scheduled<'_> {
        // SAFETY: all are objects that live.
        unsafe {
            CFRunLoopAddSource(
                self.0.reference(),
                source.reference(),
                kCFRunLoopDefaultMode,
            );
        }
        Scheduled {
            run_loop: self,
            source,
        }
    }
}

/// # Safety
/// `ear` is an [`Ear`] that lives.
unsafe extern "C" fn rung(ear: *mut c_void) {
    // SAFETY: as this function's; it is only ever shared.
    unsafe { &*ear.cast::<Ear<'_>>() }.look_at_wishes();
}

/// A source in its loop.
#[derive(Debug)]
pub(super) struct Scheduled<'a> {
    run_loop: &'a RunLoop,
    source: Object,
}

impl Drop for Scheduled<'_> {
    fn drop(&mut self) {
        // SAFETY: all are objects that live.
        unsafe {
            CFRunLoopRemoveSource(
                self.run_loop.0.reference(),
                self.source.reference(),
                kCFRunLoopDefaultMode,
            );
        }
    }
}

/// Where a [`Bell`] is heard.
#[derive(Debug)]
pub(super) struct Door<'a>(Scheduled<'a>);

impl Door<'_> {
    pub(super) fn bell(&self) -> Bell {
        let share = |object: &Object| {
            // SAFETY: it lives.
            unsafe { Object::share(object.reference()) }.expect("an object is not null")
        };
        Bell {
            source: share(&self.0.source),
            run_loop: share(&self.0.run_loop.0),
        }
    }
}

/// Wakes the thread, from any other. It is in vain when that has left its door.
#[derive(Debug)]
pub(super) struct Bell {
    source: Object,
    run_loop: Object,
}

// SAFETY: both objects may be signalled, woken and released on any thread: "the
// functions in Core Foundation are generally thread-safe, and can be called from
// any thread" (Apple's Threading Programming Guide, of run loops).
unsafe impl Send for Bell {}

impl Bell {
    pub(super) fn ring(&self) {
        // SAFETY: both are objects that live. The signal stays until it is performed, so
        // it does not matter whether the loop runs already.
        unsafe {
            CFRunLoopSourceSignal(self.source.reference());
            CFRunLoopWakeUp(self.run_loop.reference());
        }
    }
}
