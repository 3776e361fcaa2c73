//! Reading settings and status.

use std::io;
use std::time::Duration;

use windows_service::service::{
    Service, ServiceAccess, ServiceActionType, ServiceExitCode, ServiceFailureActions,
    ServiceFailureResetPeriod, ServiceSidType, ServiceStartType, ServiceState,
};
use windows_sys::Win32::Foundation::{ERROR_SERVICE_NEVER_STARTED, NO_ERROR};
use windows_sys::Win32::System::Services::{
    QueryServiceConfig2W, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, SERVICE_CONFIG_DESCRIPTION,
    SERVICE_CONFIG_PRESHUTDOWN_INFO, SERVICE_DELAYED_AUTO_START_INFO, SERVICE_DESCRIPTIONW,
    SERVICE_PRESHUTDOWN_INFO,
};

use super::open::{error, if_known, open};
use super::{registry, trigger};
use crate::scm::{
    End, FailureAction, FailureActions, FailureKind, Settings, SidType, Start, State, Status,
};

pub(in crate::scm) fn query(name: &str) -> io::Result<Option<Settings>> {
    let Some(service) = open(name, ServiceAccess::QUERY_CONFIG)? else {
        return Ok(None);
    };
    let config = service.query_config().map_err(error)?;
    Ok(Some(Settings {
        display_name: config.display_name.to_string_lossy().into_owned(),
        description: description(&service)?,
        command_line: config.executable_path.to_string_lossy().into_owned(),
        start: start(&service, config.start_type)?,
        depends_on: config
            .dependencies
            .iter()
            .map(|one| one.to_system_identifier().to_string_lossy().into_owned())
            .collect(),
        account: config
            .account_name
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        environment: registry::texts(&registry::key(name), "Environment")?,
        failure_actions: failure_actions(&service)?,
        preshutdown: preshutdown(&service)?,
        sid: sid(&service)?,
    }))
}

pub(in crate::scm) fn status(name: &str) -> io::Result<Option<Status>> {
    let Some(service) = open(name, ServiceAccess::QUERY_STATUS)? else {
        return Ok(None);
    };
    let told = service.query_status().map_err(error)?;
    Ok(Some(Status {
        state: state(told.current_state),
        pid: told.process_id.filter(|&pid| pid != 0),
        end: end(told.exit_code),
        checkpoint: told.checkpoint,
        wait_hint: told.wait_hint,
        // Whoever may not read this sees a service that is there, as it is.
        is_marked_for_deletion: registry::flag(&registry::key(name), "DeleteFlag").unwrap_or(false),
    }))
}

fn state(state: ServiceState) -> State {
    match state {
        ServiceState::Stopped => State::Stopped,
        ServiceState::StartPending => State::Starting,
        ServiceState::StopPending => State::Stopping,
        ServiceState::Running => State::Running,
        ServiceState::ContinuePending | ServiceState::PausePending | ServiceState::Paused => {
            State::Paused
        }
    }
}

fn end(code: ServiceExitCode) -> End {
    match code {
        ServiceExitCode::Win32(NO_ERROR) => End::Well,
        ServiceExitCode::Win32(ERROR_SERVICE_NEVER_STARTED) => End::Never,
        ServiceExitCode::Win32(code) => End::Error(code),
        ServiceExitCode::ServiceSpecific(code) => End::Own(code),
    }
}

fn start(service: &Service, kind: ServiceStartType) -> io::Result<Start> {
    match kind {
        ServiceStartType::Disabled => Ok(Start::Disabled),
        ServiceStartType::OnDemand => match if_known(trigger::is_set(service))? {
            Some(true) => Ok(Start::FirstAddress),
            Some(false) | None => Ok(Start::Manual),
        },
        ServiceStartType::AutoStart
        | ServiceStartType::BootStart
        | ServiceStartType::SystemStart => match if_known(is_delayed(service))? {
            Some(true) => Ok(Start::Delayed),
            Some(false) | None => Ok(Start::Auto),
        },
    }
}

fn is_delayed(service: &Service) -> io::Result<bool> {
    let answer = config(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO)?;
    // SAFETY: the answer is for this level.
    let info = unsafe { answer.as_ref::<SERVICE_DELAYED_AUTO_START_INFO>() };
    Ok(info.fDelayedAutostart != 0)
}

fn description(service: &Service) -> io::Result<Option<String>> {
    let answer = config(service, SERVICE_CONFIG_DESCRIPTION)?;
    // SAFETY: the answer is for this level.
    let start = unsafe { answer.as_ref::<SERVICE_DESCRIPTIONW>() }.lpDescription;
    if start.is_null() {
        return Ok(None);
    }
    // SAFETY: zero-terminated text within the answer.
    let text = unsafe {
        let length = (0..).take_while(|&at| *start.add(at) != 0).count();
        String::from_utf16_lossy(std::slice::from_raw_parts(start, length))
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn preshutdown(service: &Service) -> io::Result<Option<Duration>> {
    let Some(answer) = if_known(config(service, SERVICE_CONFIG_PRESHUTDOWN_INFO))? else {
        return Ok(None);
    };
    // SAFETY: the answer is for this level.
    let info = unsafe { answer.as_ref::<SERVICE_PRESHUTDOWN_INFO>() };
    Ok(Some(Duration::from_millis(u64::from(
        info.dwPreshutdownTimeout,
    ))))
}

fn sid(service: &Service) -> io::Result<Option<SidType>> {
    let kind = if_known(service.get_config_service_sid_info().map_err(error))?;
    Ok(kind.map(|kind| match kind {
        ServiceSidType::None => SidType::Absent,
        ServiceSidType::Unrestricted => SidType::Unrestricted,
        ServiceSidType::Restricted => SidType::Restricted,
    }))
}

fn failure_actions(service: &Service) -> io::Result<Option<FailureActions>> {
    let actions = if_known(service.get_failure_actions().map_err(error))?;
    let flag = service.get_failure_actions_on_non_crash_failures();
    let flag = if_known(flag.map_err(error))?;
    let (Some(actions), Some(when_reported)) = (actions, flag) else {
        return Ok(None);
    };
    Ok(Some(translated(actions, when_reported)))
}

fn translated(found: ServiceFailureActions, when_reported: bool) -> FailureActions {
    let actions = found.actions.unwrap_or_default();
    FailureActions {
        actions: actions
            .into_iter()
            .map(|action| FailureAction {
                kind: match action.action_type {
                    ServiceActionType::None => FailureKind::Nothing,
                    ServiceActionType::Restart => FailureKind::Restart,
                    ServiceActionType::Reboot => FailureKind::Reboot,
                    ServiceActionType::RunCommand => FailureKind::Command,
                },
                delay: action.delay,
            })
            .collect(),
        reset_after: match found.reset_period {
            ServiceFailureResetPeriod::Never => None,
            ServiceFailureResetPeriod::After(period) => Some(period),
        },
        when_reported,
    }
}

/// What `QueryServiceConfig2W` answers: a structure, and what it points to.
pub(super) struct Answer(Vec<usize>);

impl Answer {
    /// The structure.
    ///
    /// # Safety
    /// `T` is the structure of the level that was asked for.
    pub(super) unsafe fn as_ref<T>(&self) -> &T {
        assert!(size_of::<T>() <= size_of_val(self.0.as_slice()));
        // SAFETY: long enough, aligned as `usize` is, and filled in (with zeros
        // at least); of the right type by the caller's promise.
        unsafe { &*self.0.as_ptr().cast::<T>() }
    }
}

/// One of the settings that are read one by one.
pub(super) fn config(service: &Service, level: u32) -> io::Result<Answer> {
    // No answer is longer than 8 KiB (`QueryServiceConfig2W`).
    let mut buffer = vec![0_usize; 8 * 1024 / size_of::<usize>()];
    let size = u32::try_from(size_of_val(buffer.as_slice())).expect("a constant");
    let mut needed = 0;
    // SAFETY: the handle is open; the size is the buffer's.
    let is_known = unsafe {
        QueryServiceConfig2W(
            service.raw_handle(),
            level,
            buffer.as_mut_ptr().cast(),
            size,
            &raw mut needed,
        )
    };
    if is_known == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Answer(buffer))
}
