//! `sleep` and `throttle`.

use outlast_model::service::{SleepPolicy, ThrottlePolicy};

use crate::read::Choice;

/// Whether the machine may sleep while a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SleepWord(pub(crate) SleepPolicy);

impl Choice for SleepWord {
    const EXPECTED: &'static str = "\"allow\", \"inhibit\" or \"inhibit-on-ac\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        (SleepPolicy::Allow.word(), Self(SleepPolicy::Allow)),
        (SleepPolicy::Inhibit.word(), Self(SleepPolicy::Inhibit)),
        (
            SleepPolicy::InhibitOnAc.word(),
            Self(SleepPolicy::InhibitOnAc),
        ),
    ];

    fn explain(word: &str) -> Option<String> {
        let meant = match word {
            "never" | "prevent" | "block" => "inhibit",
            "on-ac" | "prevent-on-ac" | "inhibit-on-mains" => "inhibit-on-ac",
            _ => return None,
        };
        Some(format!("write `{meant}`"))
    }
}

/// Whether a program may be slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThrottleWord(pub(crate) ThrottlePolicy);

impl Choice for ThrottleWord {
    const EXPECTED: &'static str = "\"allow\" or \"never\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("allow", Self(ThrottlePolicy::Allow)),
        ("never", Self(ThrottlePolicy::Never)),
    ];
}
