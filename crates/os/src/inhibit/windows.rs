//! Power requests.
//!
//! They hold back the sleep that comes because nobody uses the machine, and
//! nothing that a person does: Sleep in the menu, the power button and the lid
//! end them all. On battery, Modern Standby ends them five minutes after the
//! machine would have slept.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;

use outlast_model::inhibitor::{Denied, Grant, Keeper, Overrider, Prevented, Refused};
use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Power::{
    GetPwrCapabilities, POWER_REQUEST_TYPE, PowerCreateRequest, PowerRequestExecutionRequired,
    PowerRequestSystemRequired, PowerSetRequest, SYSTEM_POWER_CAPABILITIES,
};
use windows_sys::Win32::System::Threading::{
    POWER_REQUEST_CONTEXT_SIMPLE_STRING, REASON_CONTEXT, REASON_CONTEXT_0,
};

use super::{Listed, Purpose};

/// What is asked for. `ExecutionRequired` keeps a program from being suspended
/// by the process lifetime manager while the machine is awake.
const REQUESTS: [(Prevented, POWER_REQUEST_TYPE); 2] = [
    (Prevented::Idle, PowerRequestSystemRequired),
    (Prevented::Suspension, PowerRequestExecutionRequired),
];

/// Windows ends what was requested with the handle.
#[derive(Debug)]
pub(super) struct Held {
    _request: OwnedHandle,
}

pub(super) fn hold(purpose: &Purpose<'_>, _: Duration) -> Result<(Held, Grant), Denied> {
    let request = create(purpose).map_err(|error| denied(&error))?;
    let answers = REQUESTS.map(|(what, kind)| (what, set(&request, kind)));
    let grant = granted(answers, overriders())?;
    let held = Held { _request: request };
    Ok((held, grant))
}

/// What Windows' answers come to.
fn granted(
    answers: [(Prevented, io::Result<()>); REQUESTS.len()],
    overriders: Vec<Overrider>,
) -> Result<Grant, Denied> {
    let mut grant = Grant {
        by: Keeper::Windows,
        prevents: Vec::new(),
        refused: Vec::new(),
        overriders,
    };
    for (what, answer) in answers {
        match answer {
            Ok(()) => grant.prevents.push(what),
            Err(error) => grant.refused.push(Refused {
                what,
                reason: denied(&error).reason,
            }),
        }
    }
    match grant.refused.pop() {
        Some(refused) if grant.prevents.is_empty() => Err(Denied {
            reason: refused.reason,
        }),
        Some(refused) => {
            grant.refused.push(refused);
            Ok(grant)
        }
        None => Ok(grant),
    }
}

fn create(purpose: &Purpose<'_>) -> io::Result<OwnedHandle> {
    let reason = format!("{}: {}", purpose.who, purpose.why);
    let mut reason: Vec<u16> = reason.encode_utf16().filter(|unit| *unit != 0).collect();
    reason.push(0);
    let context = REASON_CONTEXT {
        // POWER_REQUEST_CONTEXT_VERSION
        Version: 0,
        Flags: POWER_REQUEST_CONTEXT_SIMPLE_STRING,
        Reason: REASON_CONTEXT_0 {
            SimpleReasonString: reason.as_mut_ptr(),
        },
    };
    // SAFETY: the context and its zero-terminated string outlive the call, which
    // copies them.
    let handle: *mut c_void = unsafe { PowerCreateRequest(&raw const context) };
    // Wine gives null for what it has not got.
    if handle == INVALID_HANDLE_VALUE || handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

fn set(request: &OwnedHandle, kind: POWER_REQUEST_TYPE) -> io::Result<()> {
    // SAFETY: the handle is open.
    if unsafe { PowerSetRequest(request.as_raw_handle(), kind) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn denied(error: &io::Error) -> Denied {
    Denied {
        reason: format!("Windows refuses a power request: {error}"),
    }
}

fn overriders() -> Vec<Overrider> {
    let mut overriders = vec![Overrider::Person];
    let mut capabilities = SYSTEM_POWER_CAPABILITIES::default();
    // SAFETY: the output is ours.
    let is_known = unsafe { GetPwrCapabilities(&raw mut capabilities) };
    // A machine of which nothing is known may be one of those.
    if !is_known || (capabilities.AoAc && capabilities.SystemBatteriesPresent) {
        overriders.push(Overrider::Battery);
    }
    overriders
}

pub(super) fn check() -> Result<(), Denied> {
    Ok(())
}

pub(super) fn list(_: Duration) -> io::Result<Vec<Listed>> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "Windows tells programs nothing of others' power requests; `powercfg /requests` shows them to an administrator",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no() -> io::Result<()> {
        Err(io::Error::from_raw_os_error(120))
    }

    #[test]
    fn what_is_granted_is_told_apart_from_what_is_not() {
        let answers = [(Prevented::Idle, Ok(())), (Prevented::Suspension, no())];
        let grant = granted(answers, vec![Overrider::Person]).expect("half of it is granted");
        assert_eq!(grant.prevents, [Prevented::Idle]);
        assert_eq!(grant.refused[0].what, Prevented::Suspension);
        assert_eq!(grant.overriders, [Overrider::Person]);
    }

    #[test]
    fn nothing_granted_is_a_denial_with_windows_reason() {
        let answers = [(Prevented::Idle, no()), (Prevented::Suspension, no())];
        let denied = granted(answers, Vec::new()).expect_err("nothing is granted");
        assert!(denied.reason.contains("120"), "{denied}");
    }
}
