//! Times of schedules: what is wrong stands in the text, and what is read comes at some time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_config::cron;

fuzz_target!(|text: &str| {
    match cron(text) {
        Ok(cron) => {
            assert_eq!(cron.text, text);
            assert!(cron.minutes.from(0).is_some_and(|minute| minute < 60));
            assert!(cron.hours.from(0).is_some_and(|hour| hour < 24));
            assert!(cron.days.from(1).is_some_and(|day| day < 32));
            assert!(cron.months.from(1).is_some_and(|month| month < 13));
            assert!(cron.weekdays.from(0).is_some_and(|day| day < 7));
        }
        Err(error) => assert!(text.get(error.at.clone()).is_some(), "{error:?}"),
    }
});
