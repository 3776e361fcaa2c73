//! Times as `crontab(5)` has them: `30 2 * * 1-5`.
//!
//! Five fields (minute, hour, day of the month, month, day of the week), each `*`, a
//! number, a range, either with a step, or a list of these; months and days of the week
//! by name, too, and Sunday is 0 or 7. Or one word for the usual ones (`@daily`).

use std::ops::{Range, RangeInclusive};

use outlast_model::schedule::{Cron, DayRule, Pace, Values};

/// The days of each month in a leap year.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// What the words stand for.
const WORDS: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One of the five fields.
struct Field {
    name: &'static str,
    range: RangeInclusive<u32>,
    /// The first stands for the least number.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        range: 0..=59,
        names: &[],
    },
    Field {
        name: "hour",
        range: 0..=23,
        names: &[],
    },
    Field {
        name: "day of the month",
        range: 1..=31,
        names: &[],
    },
    Field {
        name: "month",
        range: 1..=12,
        names: &MONTHS,
    },
    Field {
        name: "day of the week",
        range: 0..=7,
        names: &WEEKDAYS,
    },
];

/// What is wrong with a text, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCron {
    /// The bytes that are to blame.
    pub at: Range<usize>,
    /// Why, as a fragment.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

/// Reads it.
///
/// # Errors
/// What is wrong with it. A time that never comes is an error, too.
pub fn cron(text: &str) -> Result<Cron, InvalidCron> {
    let fields = fields(text);
    if let [only] = fields.as_slice()
        && only.1.starts_with('@')
    {
        return word(only, text);
    }
    let Ok(fields) = <[Part<'_>; 5]>::try_from(fields.as_slice()) else {
        return Err(miscounted(&fields, text));
    };
    let [minutes, hours, days, months, weekdays] = fields;
    let cron = Cron {
        text: text.to_owned(),
        minutes: values(minutes, &FIELDS[0])?,
        hours: values(hours, &FIELDS[1])?,
        days: values(days, &FIELDS[2])?,
        months: values(months, &FIELDS[3])?,
        weekdays: values(weekdays, &FIELDS[4])?,
        day_rule: if is_starred(days) || is_starred(weekdays) {
            DayRule::Both
        } else {
            DayRule::Either
        },
        pace: if is_starred(hours) {
            Pace::Steady
        } else {
            Pace::Fixed
        },
    };
    let cron = Cron {
        weekdays: sundays_once(cron.weekdays),
        ..cron
    };
    if never_comes(&cron) {
        return Err(InvalidCron {
            at: days.0..months.0 + months.1.len(),
            reason: "such a day never comes".to_owned(),
            help: "no month that it names has such a day".to_owned(),
        });
    }
    Ok(cron)
}

/// A piece of the text, and at which byte it begins.
type Part<'a> = (usize, &'a str);

fn fields(text: &str) -> Vec<Part<'_>> {
    pieces((0, text), |letter| letter.is_ascii_whitespace())
        .filter(|(_, piece)| !piece.is_empty())
        .collect()
}

fn pieces(
    (start, text): Part<'_>,
    is_between: impl Fn(char) -> bool,
) -> impl Iterator<Item = Part<'_>> {
    text.split(is_between).map(move |piece| {
        (
            start + piece.as_ptr() as usize - text.as_ptr() as usize,
            piece,
        )
    })
}

fn is_starred((_, field): Part<'_>) -> bool {
    field.starts_with('*')
}

fn word((at, word): &Part<'_>, text: &str) -> Result<Cron, InvalidCron> {
    let known = WORDS.iter().find(|(known, _)| known == word);
    let Some((_, meaning)) = known else {
        let help = if *word == "@reboot" {
            "what has no `schedule` is started with the guardian; write restart = \"never\" if it is to run once"
                .to_owned()
        } else {
            let known: Vec<&str> = WORDS.iter().map(|(known, _)| *known).collect();
            format!("the words are: {}", known.join(", "))
        };
        return Err(InvalidCron {
            at: *at..at + word.len(),
            reason: "there is no such word".to_owned(),
            help,
        });
    };
    let cron = cron(meaning)?;
    Ok(Cron {
        text: text.to_owned(),
        ..cron
    })
}

fn miscounted(fields: &[Part<'_>], text: &str) -> InvalidCron {
    let help = match fields.len() {
        6 | 7 => {
            "there is no field for seconds or years: write minute, hour, day of the month, month, day of the week"
        }
        _ => {
            "write minute, hour, day of the month, month and day of the week, as in `30 2 * * *`, or a word such as `@daily`"
        }
    };
    let count = match fields.len() {
        1 => "1 field".to_owned(),
        count => format!("{count} fields"),
    };
    InvalidCron {
        at: 0..text.len(),
        reason: format!("it has {count} instead of 5"),
        help: help.to_owned(),
    }
}

/// A list of ranges.
fn values(field: Part<'_>, kind: &Field) -> Result<Values, InvalidCron> {
    let mut values = Values::default();
    for element in pieces(field, |letter| letter == ',') {
        for value in element_of(element, kind)? {
            values.insert(value);
        }
    }
    Ok(values)
}

/// `*`, a number or a range, perhaps with a step.
fn element_of(
    element @ (at, text): Part<'_>,
    kind: &Field,
) -> Result<impl Iterator<Item = u32> + use<>, InvalidCron> {
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => (range, Some((at + range.len() + 1, step))),
        None => (text, None),
    };
    let step = step.map(|step| step_of(step, kind)).transpose()?;
    let range = match (range, range.split_once('-')) {
        ("*", _) => kind.range.clone(),
        (_, Some((first, last))) => {
            let begin = number((at, first), kind)?;
            let end = number((at + first.len() + 1, last), kind)?;
            if begin > end {
                return Err(refused(
                    element,
                    "the range ends before it begins",
                    &format!(
                        "write the two parts with a comma, as in `{first}-{},{}-{last}`",
                        kind.range.end(),
                        kind.range.start()
                    ),
                ));
            }
            begin..=end
        }
        (single, None) => {
            let value = number((at, single), kind)?;
            if step.is_some() {
                let help = format!("write `{single}-{}` before the step", kind.range.end());
                return Err(refused(element, "a step needs a range", &help));
            }
            value..=value
        }
    };
    Ok(range.step_by(step.unwrap_or(1)))
}

fn step_of(step @ (_, text): Part<'_>, kind: &Field) -> Result<usize, InvalidCron> {
    let longest = usize::try_from(*kind.range.end()).unwrap_or(usize::MAX);
    let valid = 1..=longest;
    let written = text.parse::<usize>().ok();
    written
        .filter(|step| valid.contains(step) && is_number(text))
        .ok_or_else(|| {
            let help = format!("write a number from 1 to {longest}");
            refused(step, &format!("this is no step for a {}", kind.name), &help)
        })
}

fn number(part @ (_, text): Part<'_>, kind: &Field) -> Result<u32, InvalidCron> {
    let lowercase = text.to_ascii_lowercase();
    if let Some(index) = kind.names.iter().position(|name| *name == lowercase) {
        let index = u32::try_from(index).unwrap_or_default();
        return Ok(kind.range.start() + index);
    }
    let number = text.parse::<u32>().ok().filter(|_| is_number(text));
    number
        .filter(|number| kind.range.contains(number))
        .ok_or_else(|| {
            refused(
                part,
                &format!("this is no {}", kind.name),
                &help(text, kind),
            )
        })
}

/// Not `+5`, which Rust takes for one.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn help(text: &str, kind: &Field) -> String {
    let (least, most) = (kind.range.start(), kind.range.end());
    let range = match kind.names {
        [first, .., last] => format!("it is from {least} to {most}, or from {first} to {last}"),
        _ => format!("it is from {least} to {most}"),
    };
    if text.contains(['L', 'W', '#', '?', 'H', '~']) {
        return format!(
            "{range}; `L`, `W`, `#`, `?`, `H` and `~` of other crons are not known here"
        );
    }
    range
}

fn refused((at, text): Part<'_>, reason: &str, help: &str) -> InvalidCron {
    InvalidCron {
        at: at..at + text.len(),
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
}

fn sundays_once(weekdays: Values) -> Values {
    (0..=7)
        .filter(|day| weekdays.contains(*day))
        .map(|day| day % 7)
        .collect()
}

/// Whether no month that it names has a day that it names. The days of the week come
/// round.
fn never_comes(cron: &Cron) -> bool {
    if cron.day_rule == DayRule::Either {
        return false;
    }
    let mut months = (1..).zip(LONGEST);
    let first = cron.days.from(1);
    !months.any(|(month, length)| {
        cron.months.contains(month) && first.is_some_and(|day| day <= length)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(values: Values) -> Vec<u32> {
        (0..64).filter(|value| values.contains(*value)).collect()
    }

    #[test]
    fn each_form_of_a_field_is_understood() {
        for (field, expected) in [
            ("5", vec![5]),
            ("5-8", vec![5, 6, 7, 8]),
            ("50-59/4", vec![50, 54, 58]),
            ("*/20", vec![0, 20, 40]),
            ("1,3,3,5-6", vec![1, 3, 5, 6]),
            ("*/59", vec![0, 59]),
        ] {
            let cron = cron(&format!("{field} * * * *")).expect("it is valid");
            assert_eq!(all(cron.minutes), expected, "{field}");
        }
    }

    #[test]
    fn months_and_days_have_names_and_sunday_has_two_numbers() {
        let named = cron("0 0 * Feb,JUN-aug Mon-fri").expect("it is valid");
        assert_eq!(all(named.months), [2, 6, 7, 8]);
        assert_eq!(all(named.weekdays), [1, 2, 3, 4, 5]);
        for sunday in ["0", "7", "sun", "SUN", "0,7"] {
            let cron = cron(&format!("0 0 * * {sunday}")).expect("it is valid");
            assert_eq!(all(cron.weekdays), [0], "{sunday}");
        }
        let weekend = cron("0 0 * * 5-7").expect("it is valid");
        assert_eq!(all(weekend.weekdays), [0, 5, 6]);
    }

    #[test]
    fn a_star_decides_about_days_and_about_jumps_of_the_clock() {
        let of = |text| {
            let cron = cron(text).expect("it is valid");
            (cron.day_rule, cron.pace)
        };
        assert_eq!(of("0 2 1 * 1"), (DayRule::Either, Pace::Fixed));
        assert_eq!(of("0 2 * * 1"), (DayRule::Both, Pace::Fixed));
        assert_eq!(of("0 2 */2 * 1"), (DayRule::Both, Pace::Fixed));
        assert_eq!(of("0 * 1 * *"), (DayRule::Both, Pace::Steady));
        assert_eq!(of("*/5 2 1 * *"), (DayRule::Both, Pace::Fixed));
        assert_eq!(of("0 */2 1 * *"), (DayRule::Both, Pace::Steady));
        assert_eq!(of("0 0-23 1 * *"), (DayRule::Both, Pace::Fixed));
    }

    #[test]
    fn words_stand_for_fields() {
        for (word, meaning) in WORDS {
            let meant = cron(meaning).expect("it is valid");
            let expected = Cron {
                text: word.to_owned(),
                ..meant
            };
            assert_eq!(cron(word), Ok(expected));
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, at) in [
            ("", 0..0),
            ("* * * *", 0..7),
            ("0 30 2 * * *", 0..12),
            ("@fortnightly", 0..12),
            (" @reboot", 1..8),
            ("60 * * * *", 0..2),
            ("0 24 * * *", 2..4),
            ("0 0 0 * *", 4..5),
            ("0 0 1,32 * *", 6..8),
            ("0 0 L * *", 4..5),
            ("0 0 * 13 *", 6..8),
            ("0 0 * * 8", 8..9),
            ("0 0 * * fri#2", 8..13),
            ("0 0 mon * *", 4..7),
            ("0 0 * * friday", 8..14),
            ("50-10 * * * *", 0..5),
            ("*/0 * * * *", 2..3),
            ("*/ * * * *", 2..2),
            ("5/15 * * * *", 0..4),
            ("+5 * * * *", 0..2),
            (", * * * *", 0..0),
            ("1- * * * *", 2..2),
            ("0 0 30 2 *", 4..8),
            ("0 0 31 feb,apr,jun *", 4..18),
        ] {
            let error = cron(text).expect_err(text);
            assert_eq!(error.at, at, "{text}: {error:?}");
        }
    }

    #[test]
    fn a_day_that_comes_seldom_comes() {
        for text in ["0 0 29 2 *", "0 0 30 2 1", "0 0 31 1,2 *"] {
            assert!(cron(text).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_times_or_refused_in_its_bounds(text in any::<String>()) {
            if let Err(error) = cron(&text) {
                prop_assert!(text.get(error.at.clone()).is_some(), "{error:?}");
            }
        }

        #[test]
        fn what_looks_like_times_is_times_or_refused_in_its_bounds(
            text in "[0-9*/,-]{1,6}( [0-9*/,-]{1,4}){4}"
        ) {
            match cron(&text) {
                Ok(cron) => prop_assert!(cron.minutes.from(0).is_some() && cron.months.from(1).is_some()),
                Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{error:?}"),
            }
        }
    }
}
