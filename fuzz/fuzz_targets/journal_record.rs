//! One line of the events journal: what is understood can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_journal::StoredRecord;

fuzz_target!(|line: &[u8]| {
    if let Ok(record) = serde_json::from_slice::<StoredRecord>(line) {
        let written = serde_json::to_string(&record).expect("it has only text as keys");
        assert!(!written.contains('\n'), "a record is one line");
        let again: StoredRecord = serde_json::from_str(&written).expect("it was written here");
        // Not all of it: reading a fraction may lose its last binary digit.
        assert_eq!(
            (again.v, again.seq, again.time),
            (record.v, record.seq, record.time)
        );
        assert_eq!(again.service, record.service);
        assert_eq!(
            std::mem::discriminant(&again.event),
            std::mem::discriminant(&record.event)
        );
    }
});
