//! Starting with the first network address, which `windows-service` does not
//! know. This is the only trigger that is set from here.

use std::io;
use std::ptr;

use windows_service::service::Service;
use windows_sys::Win32::System::Services::{
    ChangeServiceConfig2W, NETWORK_MANAGER_FIRST_IP_ADDRESS_ARRIVAL_GUID,
    SERVICE_CONFIG_TRIGGER_INFO, SERVICE_TRIGGER, SERVICE_TRIGGER_ACTION_SERVICE_START,
    SERVICE_TRIGGER_INFO, SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY,
};
use windows_sys::core::GUID;

use super::read::{Answer, config};

/// Whether the service is started when the first address comes.
pub(super) fn is_set(service: &Service) -> io::Result<bool> {
    let answer = config(service, SERVICE_CONFIG_TRIGGER_INFO)?;
    Ok(triggers(&answer).iter().any(is_first_address))
}

/// Sets exactly this trigger.
pub(super) fn set(service: &Service) -> io::Result<()> {
    let mut subtype = NETWORK_MANAGER_FIRST_IP_ADDRESS_ARRIVAL_GUID;
    let mut trigger = SERVICE_TRIGGER {
        dwTriggerType: SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY,
        dwAction: SERVICE_TRIGGER_ACTION_SERVICE_START,
        pTriggerSubtype: &raw mut subtype,
        cDataItems: 0,
        pDataItems: ptr::null_mut(),
    };
    write(
        service,
        &SERVICE_TRIGGER_INFO {
            cTriggers: 1,
            pTriggers: &raw mut trigger,
            pReserved: ptr::null_mut(),
        },
    )
}

/// Removes all triggers.
pub(super) fn clear(service: &Service) -> io::Result<()> {
    let answer = config(service, SERVICE_CONFIG_TRIGGER_INFO)?;
    // Removing none is refused.
    if triggers(&answer).is_empty() {
        return Ok(());
    }
    write(service, &SERVICE_TRIGGER_INFO::default())
}

fn write(service: &Service, info: &SERVICE_TRIGGER_INFO) -> io::Result<()> {
    // SAFETY: the handle is open; what `info` points to outlives the call.
    let is_done = unsafe {
        ChangeServiceConfig2W(
            service.raw_handle(),
            SERVICE_CONFIG_TRIGGER_INFO,
            ptr::from_ref(info).cast(),
        )
    };
    if is_done == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn triggers(answer: &Answer) -> &[SERVICE_TRIGGER] {
    // SAFETY: the answer is for this level.
    let info = unsafe { answer.as_ref::<SERVICE_TRIGGER_INFO>() };
    if info.pTriggers.is_null() {
        return &[];
    }
    // SAFETY: the manager filled in as many, in the answer's own memory.
    unsafe { std::slice::from_raw_parts(info.pTriggers, info.cTriggers as usize) }
}

fn is_first_address(trigger: &SERVICE_TRIGGER) -> bool {
    if trigger.dwTriggerType != SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY
        || trigger.dwAction != SERVICE_TRIGGER_ACTION_SERVICE_START
        || trigger.pTriggerSubtype.is_null()
    {
        return false;
    }
    // SAFETY: not null, and within the answer of the manager.
    let subtype = unsafe { *trigger.pTriggerSubtype };
    bytes(&subtype) == bytes(&NETWORK_MANAGER_FIRST_IP_ADDRESS_ARRIVAL_GUID)
}

fn bytes(guid: &GUID) -> (u32, u16, u16, [u8; 8]) {
    (guid.data1, guid.data2, guid.data3, guid.data4)
}
