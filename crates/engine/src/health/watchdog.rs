//! The duty to tell in time that it still works.

use std::time::Duration;

use outlast_model::AwakeTime;
use outlast_model::health::Watchdog;

/// A watchdog's time is walked in so many steps, each as long as the guardian has
/// to have run. One that ends late by half of it does not count: the machine
/// stood still, and the service with it. So however long that took, and however
/// little of it was seen, no more than one of them is lost to it.
const QUARTERS: u8 = 4;

/// So many may not count before the service is heard of again: whoever hangs on a
/// machine that is always late is found all the same.
const DOUBTS: u8 = 4;

/// A watchdog whose time begins.
pub(super) fn heard_of(every: Duration, now: AwakeTime) -> Watchdog {
    Watchdog {
        every,
        until: now.after(every / u32::from(QUARTERS)),
        counted: 0,
        doubted: 0,
    }
}

/// A quarter of a watchdog's time has passed. Whether that was the last.
pub(super) fn is_over(watchdog: &mut Watchdog, now: AwakeTime) -> bool {
    let quarter = watchdog.every / u32::from(QUARTERS);
    let late = now.since(watchdog.until);
    if late >= quarter / 2 && watchdog.doubted < DOUBTS {
        watchdog.doubted += 1;
    } else {
        watchdog.counted += 1;
    }
    watchdog.until = now.after(quarter);
    watchdog.counted >= QUARTERS
}
