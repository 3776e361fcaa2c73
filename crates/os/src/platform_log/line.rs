//! A message as a line for people.

use outlast_model::RealTime;

use super::Level;

/// `2026-11-24T15:04:05Z warning: text`, in UTC as a program need not know where
/// it is. Further lines of `text` follow, indented, so that no message looks
/// like two.
pub fn line(time: RealTime, level: Level, text: &str) -> String {
    let word = match level {
        Level::Error => "error: ",
        Level::Warning => "warning: ",
        Level::Info => "",
        Level::Debug => "debug: ",
    };
    let text = text.trim_end().replace('\n', "\n    ");
    format!("{} {word}{text}\n", moment(time))
}

fn moment(time: RealTime) -> String {
    let seconds = time.unix_nanos().div_euclid(1_000_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Year, month and day, `days` after 1970-01-01. Years are counted from March, so
/// that the leap day is their last, and in eras of 400, which all have the same
/// number of days.
fn date(days: i64) -> (i64, i64, i64) {
    const DAYS_OF_ERA: i64 = 146_097;
    /// From 0000-03-01 to 1970-01-01.
    const EPOCH: i64 = 719_468;
    let since = days + EPOCH;
    let (era, day_of_era) = (since.div_euclid(DAYS_OF_ERA), since.rem_euclid(DAYS_OF_ERA));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use outlast_model::RealTime;

    use super::{Level, line};

    fn at(seconds: i64) -> RealTime {
        RealTime::from_unix_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_moment_is_told_in_utc_on_leap_days_and_before_1970_too() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(line(at(seconds), Level::Info, "up"), format!("{text} up\n"));
        }
    }

    #[test]
    fn a_second_line_does_not_look_like_a_second_message() {
        assert_eq!(
            line(at(0), Level::Error, "no disk\ndetails\n"),
            "1970-01-01T00:00:00Z error: no disk\n    details\n"
        );
    }
}
