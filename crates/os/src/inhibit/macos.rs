//! Assertions of IOKit's power management (IOPMLib.h).
//!
//! They hold back the sleep that comes because nobody uses the machine, and
//! nothing that a person does. `PreventSystemSleep`, which would hold back more,
//! is there and not supported.

use std::io;
use std::time::Duration;

use outlast_model::inhibitor::{Denied, Grant, Keeper, Overrider, Prevented};

use super::{Listed, Purpose};
use crate::core_foundation::{Object, Reference};

/// `kIOPMAssertionLevelOn`
const LEVEL_ON: u32 = 255;
/// `kIOPMAssertionTypePreventUserIdleSystemSleep`
const PREVENT_USER_IDLE_SYSTEM_SLEEP: &str = "PreventUserIdleSystemSleep";

#[link(name = "IOKit", kind = "framework")]
unsafe extern "C" {
    fn IOPMAssertionCreateWithName(
        kind: Reference,
        level: u32,
        name: Reference,
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
    let kind = text(PREVENT_USER_IDLE_SYSTEM_SLEEP)?;
    let name = text(&format!("{}: {}", purpose.who, purpose.why))?;
    let mut id = 0;
    // SAFETY: both strings live until after the call; the output is ours.
    let code = unsafe {
        IOPMAssertionCreateWithName(kind.reference(), LEVEL_ON, name.reference(), &raw mut id)
    };
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

fn text(text: &str) -> Result<Object, Denied> {
    Object::text(text).ok_or_else(|| Denied {
        reason: "macOS has no memory for a name".to_owned(),
    })
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
