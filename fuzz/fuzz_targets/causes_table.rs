//! A user's table of causes: what is in order can be used, whatever it asks for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_diagnose::{Case, Platform, Table, judge};

fuzz_target!(|input: &str| {
    let Ok(table) = Table::with_rows_of(input) else {
        return;
    };
    let case = Case {
        platform: Platform::Linux,
        at: None,
        signs: Vec::new(),
        lines: Vec::new(),
        is_log_only: true,
    };
    let _ = judge(&case, &table);
    assert!(table.causes(Platform::Linux).count() > 0);
});
