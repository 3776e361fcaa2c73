//! A lock ends and suspends nothing. But nobody uses a locked machine, and so it
//! may go to sleep.

use outlast_os::inspection::power::SleepKind;

use super::{Circumstances, Fate, Said};
use crate::doctor::checks::sleep::is_sleep;

pub(super) fn prospect(circumstances: &Circumstances<'_>) -> Said {
    let facts = circumstances.facts;
    let kinds = facts.sleep_kinds().unwrap_or_default();
    let more = if kinds.contains(&SleepKind::ModernStandby) {
        "; but a locked screen soon goes dark, and then this machine may enter Modern Standby (see sleep)".to_owned()
    } else {
        let policy = facts.login_policy();
        match policy.filter(|policy| is_sleep(&policy.idle_action)) {
            Some(policy) => format!(
                "; but this machine sleeps when nobody uses it (IdleAction={})",
                policy.idle_action
            ),
            None => String::new(),
        }
    };
    (Fate::GoesOn, format!("nothing happens to it{more}"), None)
}
