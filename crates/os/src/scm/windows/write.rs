//! Registering, changing and removing services.

use std::ffi::OsStr;
use std::io;
use std::ptr;
use std::time::Duration;

use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceFailureActions,
    ServiceFailureResetPeriod, ServiceSidType,
};
use windows_sys::Win32::Foundation::{
    ERROR_SERVICE_DOES_NOT_EXIST, ERROR_SERVICE_MARKED_FOR_DELETE,
};
use windows_sys::Win32::System::Services::{
    ChangeServiceConfigW, CloseServiceHandle, CreateServiceW, OpenSCManagerW,
    SC_MANAGER_CREATE_SERVICE, SERVICE_AUTO_START, SERVICE_DEMAND_START, SERVICE_DISABLED,
    SERVICE_ERROR_NORMAL, SERVICE_START_TYPE, SERVICE_WIN32_OWN_PROCESS,
};
use zeroize::Zeroizing;

use super::open::{error, existing, if_known, is, open};
use super::{MARK, registry, trigger};
use crate::process::windows::wide;
use crate::scm::{Deletion, FailureAction, FailureActions, FailureKind, Settings, SidType, Start};

pub(in crate::scm) fn create(
    name: &str,
    settings: &Settings,
    password: Option<&str>,
    mark: &str,
) -> io::Result<()> {
    register(name, settings, password)?;
    complete(name, settings, mark).inspect_err(|_| {
        let _ = delete(name);
    })
}

fn complete(name: &str, settings: &Settings, mark: &str) -> io::Result<()> {
    registry::set_text(&registry::parameters(name), MARK, mark)?;
    let service = existing(
        name,
        ServiceAccess::QUERY_CONFIG | ServiceAccess::CHANGE_CONFIG,
    )?;
    set_others(&service, name, settings)
}

pub(in crate::scm) fn change(
    name: &str,
    settings: &Settings,
    password: Option<&str>,
) -> io::Result<()> {
    let service = existing(
        name,
        ServiceAccess::QUERY_CONFIG | ServiceAccess::CHANGE_CONFIG,
    )?;
    let now = service.query_config().map_err(error)?;
    let is_same = now.account_name.is_some_and(|account| {
        account
            .to_string_lossy()
            .eq_ignore_ascii_case(&settings.account)
    });
    let texts = Texts::of(settings, password)?;
    // SAFETY: the handle is open, and every text is zero-terminated, the list
    // by two zeros. Null leaves a setting as it is.
    let is_done = unsafe {
        ChangeServiceConfigW(
            service.raw_handle(),
            SERVICE_WIN32_OWN_PROCESS,
            start_type(settings.start),
            SERVICE_ERROR_NORMAL,
            texts.command_line.as_ptr(),
            ptr::null(),
            ptr::null_mut(),
            texts.depends_on.as_ptr(),
            if is_same && password.is_none() {
                ptr::null()
            } else {
                texts.account.as_ptr()
            },
            texts.password(),
            texts.display_name.as_ptr(),
        )
    };
    if is_done == 0 {
        return Err(io::Error::last_os_error());
    }
    set_others(&service, name, settings)
}

pub(in crate::scm) fn delete(name: &str) -> io::Result<Deletion> {
    match existing(name, ServiceAccess::DELETE)?
        .delete()
        .map_err(error)
    {
        Err(error) if is(&error, ERROR_SERVICE_MARKED_FOR_DELETE) => return Ok(Deletion::Marked),
        other => other?,
    }
    match open(name, ServiceAccess::QUERY_STATUS) {
        Ok(None) => Ok(Deletion::Gone),
        Err(error) if is(&error, ERROR_SERVICE_DOES_NOT_EXIST) => Ok(Deletion::Gone),
        Ok(Some(_)) => Ok(Deletion::Marked),
        Err(error) if is(&error, ERROR_SERVICE_MARKED_FOR_DELETE) => Ok(Deletion::Marked),
        Err(error) => Err(error),
    }
}

fn register(name: &str, settings: &Settings, password: Option<&str>) -> io::Result<()> {
    let name = wide::terminated(OsStr::new(name))?;
    let texts = Texts::of(settings, password)?;
    // SAFETY: null is this machine and its only database.
    let manager = unsafe { OpenSCManagerW(ptr::null(), ptr::null(), SC_MANAGER_CREATE_SERVICE) };
    if manager.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the manager is open, and every text is zero-terminated, the list
    // by two zeros.
    let service = unsafe {
        CreateServiceW(
            manager,
            name.as_ptr(),
            texts.display_name.as_ptr(),
            ServiceAccess::QUERY_STATUS.bits(),
            SERVICE_WIN32_OWN_PROCESS,
            start_type(settings.start),
            SERVICE_ERROR_NORMAL,
            texts.command_line.as_ptr(),
            ptr::null(),
            ptr::null_mut(),
            texts.depends_on.as_ptr(),
            texts.account.as_ptr(),
            texts.password(),
        )
    };
    let error = io::Error::last_os_error();
    // SAFETY: both were opened here, and are not used afterwards.
    unsafe {
        CloseServiceHandle(manager);
        if service.is_null() {
            return Err(error);
        }
        CloseServiceHandle(service);
    }
    Ok(())
}

/// The texts of settings, as Win32 takes them.
struct Texts {
    display_name: Vec<u16>,
    command_line: Vec<u16>,
    depends_on: Vec<u16>,
    account: Vec<u16>,
    password: Option<Zeroizing<Vec<u16>>>,
}

impl Texts {
    fn of(settings: &Settings, password: Option<&str>) -> io::Result<Self> {
        let wide = |text: &str| wide::terminated(OsStr::new(text));
        Ok(Self {
            display_name: wide(&settings.display_name)?,
            command_line: wide(&settings.command_line)?,
            depends_on: registry::list(&settings.depends_on)?,
            account: wide(&settings.account)?,
            password: password.map(wide).transpose()?.map(Zeroizing::new),
        })
    }

    /// Null: none.
    fn password(&self) -> *const u16 {
        self.password
            .as_ref()
            .map_or(ptr::null(), |text| text.as_ptr())
    }
}

/// What has calls of its own.
fn set_others(service: &Service, name: &str, settings: &Settings) -> io::Result<()> {
    let description = settings.description.as_deref().unwrap_or_default();
    service.set_description(description).map_err(error)?;
    set_start(service, settings.start)?;
    if let Some(actions) = &settings.failure_actions {
        set_failure_actions(service, actions)?;
    }
    if let Some(time) = settings.preshutdown {
        let time = time.min(Duration::from_millis(u64::from(u32::MAX - 1)));
        if_known(service.set_preshutdown_timeout(time).map_err(error))?;
    }
    if let Some(sid) = settings.sid {
        let kind = match sid {
            SidType::Absent => ServiceSidType::None,
            SidType::Unrestricted => ServiceSidType::Unrestricted,
            SidType::Restricted => ServiceSidType::Restricted,
        };
        if_known(service.set_config_service_sid_info(kind).map_err(error))?;
    }
    registry::set_texts(&registry::key(name), "Environment", &settings.environment)
}

fn set_start(service: &Service, start: Start) -> io::Result<()> {
    if start == Start::FirstAddress {
        // Not passed over where it is unknown: the service would never start.
        trigger::set(service)?;
    } else {
        if_known(trigger::clear(service))?;
    }
    let is_delayed = start == Start::Delayed;
    if_known(service.set_delayed_auto_start(is_delayed).map_err(error)).map(drop)
}

const fn start_type(start: Start) -> SERVICE_START_TYPE {
    match start {
        Start::Auto | Start::Delayed => SERVICE_AUTO_START,
        Start::Manual | Start::FirstAddress => SERVICE_DEMAND_START,
        Start::Disabled => SERVICE_DISABLED,
    }
}

fn set_failure_actions(service: &Service, actions: &FailureActions) -> io::Result<()> {
    if_known(
        service
            .update_failure_actions(translated(actions))
            .map_err(error),
    )?;
    let flag = service.set_failure_actions_on_non_crash_failures(actions.when_reported);
    if_known(flag.map_err(error)).map(drop)
}

/// `windows-service` panics at times that do not fit into 32 bits.
fn translated(actions: &FailureActions) -> ServiceFailureActions {
    ServiceFailureActions {
        reset_period: match actions.reset_after {
            None => ServiceFailureResetPeriod::Never,
            Some(after) => ServiceFailureResetPeriod::After(
                after.min(Duration::from_secs(u64::from(u32::MAX - 1))),
            ),
        },
        reboot_msg: None,
        command: None,
        actions: Some(actions.actions.iter().map(translated_action).collect()),
    }
}

fn translated_action(action: &FailureAction) -> ServiceAction {
    ServiceAction {
        action_type: match action.kind {
            FailureKind::Nothing => ServiceActionType::None,
            FailureKind::Restart => ServiceActionType::Restart,
            FailureKind::Reboot => ServiceActionType::Reboot,
            FailureKind::Command => ServiceActionType::RunCommand,
        },
        delay: action.delay.min(Duration::from_millis(u64::from(u32::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wine 8 keeps no failure actions, so what is handed over is looked at.
    #[test]
    fn failure_actions_are_handed_over_as_they_are() {
        let restart = FailureAction {
            kind: FailureKind::Restart,
            delay: Duration::from_millis(1500),
        };
        let raw = translated(&FailureActions {
            actions: vec![restart; 3],
            reset_after: Some(Duration::from_secs(86_400)),
            when_reported: true,
        });
        assert_eq!(raw.reset_period.to_raw(), 86_400);
        let actions = raw.actions.expect("three");
        assert_eq!(actions.len(), 3);
        for action in actions {
            let raw = action.to_raw();
            assert_eq!((raw.Type, raw.Delay), (1, 1500));
        }
    }

    #[test]
    fn times_that_are_too_long_for_windows_are_as_long_as_can_be() {
        let raw = translated(&FailureActions {
            actions: vec![FailureAction {
                kind: FailureKind::Restart,
                delay: Duration::MAX,
            }],
            reset_after: Some(Duration::MAX),
            when_reported: false,
        });
        assert_eq!(raw.reset_period.to_raw(), u32::MAX - 1);
        assert_eq!(raw.actions.expect("one")[0].to_raw().Delay, u32::MAX);
    }
}
