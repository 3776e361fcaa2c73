//! Assertions of IOKit's power management (IOPMLib.h).
//!
//! They hold back the sleep that comes because nobody uses the machine, and
//! nothing that a person does. `PreventSystemSleep`, which would hold back more,
//! is there and not supported.

use std::ffi::c_void;
use std::io;
use std::ptr;
use std::time::Duration;

use outlast_model::inhibitor::{Denied, Grant, Keeper, Overrider, Prevented};

use super::{Listed, Purpose};

type CFStringRef = *const c_void;

/// `kIOPMAssertionLevelOn`
const LEVEL_ON: u32 = 255;
/// `kCFStringEncodingUTF8`
const UTF_8: u32 = 0x0800_0100;
/// `kIOPMAssertionTypePreventUserIdleSystemSleep`
const PREVENT_USER_IDLE_SYSTEM_SLEEP: &str = "PreventUserIdleSystemSleep";

#[link(name = "CoreFoundation", kind = "framework")]
unsafe extern "C" {
    fn CFStringCreateWithBytes(
        allocator: *const c_void,
        bytes: *const u8,
        length: isize,
        encoding: u32,
        is_external: u8,
    ) -> CFStringRef;
    fn CFRelease(object: *const c_void);
}

#[link(name = "IOKit", kind = "framework")]
unsafe extern "C" {
    fn IOPMAssertionCreateWithName(
        kind: CFStringRef,
        level: u32,
        name: CFStringRef,
        id: *mut u32,
    ) -> i32;
    fn IOPMAssertionRelease(id: u32) -> i32;
}

/// The system releases it when the process ends, too.
#[derive(Debug)]
pub(super) struct Held(u32);

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the number is that of an assertion that we made and still hold.
        unsafe { IOPMAssertionRelease(self.0) };
    }
}

pub(super) fn hold(purpose: &Purpose<'_>, _: Duration) -> Result<(Held, Grant), Denied> {
    let kind = Text::new(PREVENT_USER_IDLE_SYSTEM_SLEEP)?;
    let name = Text::new(&format!("{}: {}", purpose.who, purpose.why))?;
    let mut id = 0;
    // SAFETY: both strings live until after the call; the output is ours.
    let code = unsafe { IOPMAssertionCreateWithName(kind.0, LEVEL_ON, name.0, &raw mut id) };
    if code != 0 {
        return Err(Denied {
            reason: format!("macOS refuses a power assertion (code {code:#x})"),
        });
    }
    let grant = Grant {
        by: Keeper::MacOs,
        prevents: vec![Prevented::Idle],
        refused: Vec::new(),
        overriders: vec![Overrider::Person, Overrider::Lid, Overrider::Battery],
    };
    Ok((Held(id), grant))
}

struct Text(CFStringRef);

impl Text {
    fn new(text: &str) -> Result<Self, Denied> {
        // SAFETY: the bytes are those of `text`, which are valid UTF-8 and are copied.
        let made = unsafe {
            CFStringCreateWithBytes(
                ptr::null(),
                text.as_ptr(),
                text.len().cast_signed(),
                UTF_8,
                0,
            )
        };
        if made.is_null() {
            return Err(Denied {
                reason: "macOS has no memory for a name".to_owned(),
            });
        }
        Ok(Self(made))
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: we made it and nobody else releases it.
        unsafe { CFRelease(self.0) };
    }
}

pub(super) fn check() -> Result<(), Denied> {
    Ok(())
}

pub(super) fn list(_: Duration) -> io::Result<Vec<Listed>> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "here only `pmset -g assertions` shows what others hold",
    ))
}
