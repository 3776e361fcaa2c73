//! Any log: the kernel's, systemd's, Windows', or a program's. It is understood or not, in bounded time, and quoted
//! within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_diagnose::text::{Line, message};
use outlast_diagnose::{Case, Platform, Table, audit, event_log, judge, told};
use std::sync::LazyLock;

static TABLE: LazyLock<Table> = LazyLock::new(Table::own);

/// A verdict quotes a few blocks, each of some tens of lines of some hundred letters.
const MOST_TOLD: usize = 1024 * 1024;

fuzz_target!(|input: &str| {
    let _ = (audit::sender(input, 1), told::largest(input.lines()));
    for line in input.lines() {
        let _ = (told::kernel(line), told::memory_daemon(line, None));
        let manager = told::manager(line);
        let _ = manager.as_ref().and_then(told::exit_of);
    }
    let line = |text: &str| Line {
        stream: None,
        at: message(text).at,
        text: text.to_owned(),
    };
    let case = Case {
        platform: Platform::Linux,
        at: None,
        signs: event_log::signs(input),
        lines: input.lines().map(line).collect(),
        is_log_only: true,
    };
    if let Some(verdict) = judge(&case, &TABLE) {
        let told: usize = verdict.evidence.iter().map(|quote| quote.text.len()).sum();
        assert!(
            told <= MOST_TOLD.max(2 * input.len()),
            "{told} bytes are quoted"
        );
    }
});
