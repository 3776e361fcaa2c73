//! What macOS' messages about sleep say (IOKit/IOMessage.h), which of them wait for
//! an answer (IOKit/pwr_mgt/IOPMLib.h), and where power comes from (IOPSKeys.h).
//!
//! Pure, and of every system, so that it is tested on each.

use std::time::Duration;

use outlast_model::MachineEvent;
use outlast_model::machine::PowerSource;

/// How long the kernel waits for an answer, by the documentation of
/// `IORegisterForSystemPower`.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// `iokit_common_msg(0)`
const COMMON: u32 = 0xE000_0000;
/// `kIOMessageCanSystemSleep`: nobody has used the machine for long. Wants an answer.
const CAN_SLEEP: u32 = COMMON | 0x270;
/// `kIOMessageSystemWillSleep`: it is decided. Wants an answer.
const WILL_SLEEP: u32 = COMMON | 0x280;
/// `kIOMessageSystemWillNotSleep`: somebody has refused what was asked first.
const WILL_NOT_SLEEP: u32 = COMMON | 0x290;
/// `kIOMessageSystemHasPoweredOn`: all devices are back.
const HAS_POWERED_ON: u32 = COMMON | 0x300;

/// What goes with a message and is sent back with its answer.
pub(super) type NotificationId = isize;

/// The messages that were heard and not answered yet.
///
/// Each is answered once: at once, when it is allowed, or when nobody listens any
/// more. Only one that a wake-up has overtaken is not: the kernel has gone on
/// without.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// How much was announced so far, as [`MachineEvents`](super::MachineEvents)
    /// counts it, too.
    announced: u64,
    awaited: Vec<(u64, NotificationId)>,
    /// Whether a sleep was told, and no end of it.
    is_suspending: bool,
    is_closed: bool,
}

impl Answers {
    /// Tells by `tell` what the message `number` says, which gives whether somebody
    /// listens. Gives back `id` if it has to be answered at once.
    ///
    /// A shutdown is not among them: those messages are "never delivered to user
    /// space notification clients".
    pub(super) fn hear(
        &mut self,
        (number, id): (u32, NotificationId),
        tell: impl FnOnce(MachineEvent) -> bool,
    ) -> Option<NotificationId> {
        match number {
            // Who wants the machine awake has an inhibitor.
            CAN_SLEEP => Some(id),
            WILL_SLEEP if self.is_closed => Some(id),
            WILL_SLEEP => {
                self.is_suspending = true;
                self.announced += 1;
                let is_told = tell(MachineEvent::Suspending {
                    time_left: Some(PATIENCE),
                });
                if !is_told {
                    return Some(id);
                }
                self.awaited.push((self.announced, id));
                None
            }
            WILL_NOT_SLEEP => {
                if std::mem::take(&mut self.is_suspending) {
                    tell(MachineEvent::Resumed);
                }
                None
            }
            HAS_POWERED_ON => {
                self.awaited.clear();
                self.is_suspending = false;
                tell(MachineEvent::Resumed);
                None
            }
            _ => None,
        }
    }

    /// What has to be answered now that everything up to `announcement` is allowed.
    pub(super) fn allow(&mut self, announcement: u64) -> Vec<NotificationId> {
        let allowed = self
            .awaited
            .extract_if(.., |(number, _)| *number <= announcement);
        allowed.map(|(_, id)| id).collect()
    }

    /// What has to be answered now that nobody listens any more. What is still heard
    /// is answered at once.
    pub(super) fn close(&mut self) -> Vec<NotificationId> {
        self.is_closed = true;
        self.allow(u64::MAX)
    }
}

/// What was told last of where power comes from. The mains are what everybody assumes
/// until something else is told, so a battery at the beginning is news.
#[derive(Debug)]
pub(super) struct Supply(PowerSource);

impl Default for Supply {
    fn default() -> Self {
        Self(PowerSource::Mains)
    }
}

impl Supply {
    /// What it is that `IOPSGetProvidingPowerSourceType` says this. What is unknown
    /// says nothing.
    pub(super) fn hear(&mut self, kind: &str) -> Option<MachineEvent> {
        let now = match kind {
            // `kIOPMACPowerKey`
            "AC Power" => PowerSource::Mains,
            // `kIOPMBatteryPowerKey`, `kIOPMUPSPowerKey`
            "Battery Power" | "UPS Power" => PowerSource::Battery,
            _ => return None,
        };
        let before = std::mem::replace(&mut self.0, now);
        (before != now).then_some(MachineEvent::Power(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel's side: its messages, and how many answers each has.
    #[derive(Default)]
    struct Machine {
        answers: Answers,
        told: Vec<MachineEvent>,
        answered: Vec<NotificationId>,
    }

    impl Machine {
        fn send(&mut self, number: u32, id: NotificationId) {
            let told = &mut self.told;
            let at_once = self.answers.hear((number, id), |event| {
                told.push(event);
                true
            });
            self.answered.extend(at_once);
        }

        fn allow(&mut self, announcement: u64) {
            let allowed = self.answers.allow(announcement);
            self.answered.extend(allowed);
        }
    }

    const SUSPENDING: MachineEvent = MachineEvent::Suspending {
        time_left: Some(PATIENCE),
    };

    #[test]
    fn a_sleep_waits_until_it_is_allowed_and_is_answered_once() {
        let mut machine = Machine::default();
        machine.send(0xE000_0280, 17);
        assert_eq!(machine.told, [SUSPENDING]);
        assert_eq!(machine.answered, []);
        machine.allow(1);
        machine.allow(1);
        machine.send(0xE000_0320, 0);
        machine.send(0xE000_0300, 0);
        assert_eq!(machine.answered, [17]);
        assert_eq!(machine.told, [SUSPENDING, MachineEvent::Resumed]);
        assert_eq!(machine.answers.close(), []);
    }

    #[test]
    fn whether_it_may_sleep_is_answered_at_once_and_is_no_event() {
        let mut machine = Machine::default();
        machine.send(0xE000_0270, 5);
        machine.send(0xE000_0290, 0);
        assert_eq!(machine.answered, [5]);
        assert_eq!(machine.told, []);
    }

    #[test]
    fn a_sleep_that_is_taken_back_has_ended() {
        let mut machine = Machine::default();
        machine.send(0xE000_0280, 1);
        machine.send(0xE000_0290, 0);
        assert_eq!(machine.told, [SUSPENDING, MachineEvent::Resumed]);
        // It is still owed an answer.
        machine.allow(1);
        assert_eq!(machine.answered, [1]);
    }

    #[test]
    fn a_permit_that_comes_late_does_not_let_the_next_sleep_pass() {
        let mut machine = Machine::default();
        machine.send(0xE000_0280, 1);
        // The kernel was tired of waiting.
        machine.send(0xE000_0300, 0);
        machine.send(0xE000_0280, 2);
        machine.allow(1);
        assert_eq!(machine.answered, []);
        machine.allow(2);
        assert_eq!(machine.answered, [2]);
    }

    #[test]
    fn at_the_end_everything_is_answered() {
        let mut machine = Machine::default();
        machine.send(0xE000_0280, 1);
        assert_eq!(machine.answers.close(), [1]);
        assert_eq!(machine.answers.close(), []);
        // In the queue already.
        machine.send(0xE000_0280, 2);
        assert_eq!(machine.answered, [2]);
        assert_eq!(machine.told, [SUSPENDING]);
    }

    #[test]
    fn where_nobody_listens_a_sleep_is_not_held_up() {
        let mut answers = Answers::default();
        assert_eq!(answers.hear((0xE000_0280, 3), |_| false), Some(3));
        assert_eq!(answers.close(), []);
    }

    #[test]
    fn other_messages_say_nothing() {
        let mut machine = Machine::default();
        // Of shutdowns, of devices, garbage.
        let others = [
            0xE000_0240,
            0xE000_0250,
            0xE000_0255,
            0xE000_0310,
            0xE000_0320,
            0xE000_0340,
            0x280,
            0,
            u32::MAX,
        ];
        for number in others {
            machine.send(number, 1);
        }
        assert_eq!(machine.told, []);
        assert_eq!(machine.answered, []);
    }

    #[test]
    fn where_power_comes_from_is_told_when_it_differs() {
        let mut supply = Supply::default();
        let battery = Some(MachineEvent::Power(PowerSource::Battery));
        assert_eq!(supply.hear("AC Power"), None);
        assert_eq!(supply.hear("Battery Power"), battery);
        // It has less charge.
        assert_eq!(supply.hear("Battery Power"), None);
        assert_eq!(supply.hear("Off Line"), None);
        let mains = Some(MachineEvent::Power(PowerSource::Mains));
        assert_eq!(supply.hear("AC Power"), mains);
        assert_eq!(supply.hear("UPS Power"), battery);
        assert_eq!(Supply::default().hear("Battery Power"), battery);
    }
}
