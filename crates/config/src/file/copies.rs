//! `instances`: several services of one table.
//!
//! The table is multiplied before anything is read, so that `{instance}` may stand in
//! every text of it and no key has to know.

use std::borrow::Cow;
use std::fmt::Write as _;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::report::Report;
use crate::source::Span;

/// More are a slip of the finger: each is a process of its own.
const MOST: i64 = 1000;

/// What stands for the number.
const PLACE: &str = "{instance";

/// How many services `table` stands for; `None`: it is one service, whose name and
/// texts are as they are written. A value that is no number is left to whoever reads
/// the keys.
pub(super) fn count(table: &DeTable<'_>, report: &mut Report) -> Option<u32> {
    let written = table.get("instances")?;
    let DeValue::Integer(integer) = written.get_ref() else {
        return None;
    };
    let number = i64::from_str_radix(integer.as_str(), integer.radix());
    let number = number.ok().filter(|number| (1..=MOST).contains(number));
    if number.is_none() {
        let message = format!("`instances` goes from 1 to {MOST}");
        report.push(
            Diagnostic::error(Span::from(written.span()), message)
                .help("to have none started, write enabled = false"),
        );
    }
    number.and_then(|number| u32::try_from(number).ok())
}

/// `table` as the one with this number has it.
pub(super) fn numbered<'i>(table: &DeTable<'i>, number: u32, report: &mut Report) -> DeTable<'i> {
    let mut table = table.clone();
    fill_table(&mut table, number, report);
    table
}

fn fill_table(table: &mut DeTable<'_>, number: u32, report: &mut Report) {
    for (_, value) in table.iter_mut() {
        fill_value(value, number, report);
    }
}

fn fill_value(value: &mut Spanned<DeValue<'_>>, number: u32, report: &mut Report) {
    let span = Span::from(value.span());
    match value.get_mut() {
        DeValue::String(text) => match filled(text, number) {
            Ok(None) => {}
            Ok(Some(filled)) => *text = Cow::Owned(filled),
            Err(place) => {
                let message = format!("{} is no number", quoted(place));
                report.push(Diagnostic::error(span, message).help(
                    "write {instance}, {instance+8080} or {instance-1}; the first instance is 1",
                ));
            }
        },
        DeValue::Array(list) => {
            for value in list.iter_mut() {
                fill_value(value, number, report);
            }
        }
        DeValue::Table(table) => fill_table(table, number, report),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// `text` with numbers in their places; `None`: it has none.
///
/// # Errors
/// The place at which no number can stand.
fn filled(text: &str, number: u32) -> Result<Option<String>, &str> {
    let mut filled = String::new();
    let mut rest = text;
    let mut is_filled = false;
    while let Some(start) = rest.find(PLACE) {
        let inside = &rest[start + PLACE.len()..];
        let Some(end) = inside.find('}') else {
            break;
        };
        let after = start + PLACE.len() + end + 1;
        if inside[..end].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            // Another word, which is the program's.
            filled.push_str(&rest[..after]);
        } else {
            let place = &rest[start..after];
            filled.push_str(&rest[..start]);
            let counted = counted(number, &inside[..end]).ok_or(place)?;
            let _ = write!(filled, "{counted}");
            is_filled = true;
        }
        rest = &rest[after..];
    }
    filled.push_str(rest);
    Ok(is_filled.then_some(filled))
}

/// `number`, with what is to be added to it.
fn counted(number: u32, more: &str) -> Option<u32> {
    if more.is_empty() {
        return Some(number);
    }
    let (is_added, digits) = match more.split_at_checked(1)? {
        ("+", digits) => (true, digits),
        ("-", digits) => (false, digits),
        _ => return None,
    };
    // A sign of its own would be taken, too.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let more = digits.parse().ok()?;
    if is_added {
        number.checked_add(more)
    } else {
        number.checked_sub(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_where_its_place_is() {
        for (text, filled_in) in [
            ("--id={instance}", "--id=3"),
            ("{instance}{instance-1}", "32"),
            ("127.0.0.1:{instance+8080}", "127.0.0.1:8083"),
            ("a{b}{instance+0}", "a{b}3"),
        ] {
            assert_eq!(filled(text, 3), Ok(Some(filled_in.to_owned())), "{text}");
        }
    }

    #[test]
    fn other_words_are_the_programs() {
        for text in [
            "",
            "instance",
            "{ instance }",
            "{instances}",
            "{instance_id}",
            "{instance",
        ] {
            assert_eq!(filled(text, 3), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "{instance-4}",
            "{instance+}",
            "{instance*2}",
            "{instance+-1}",
            "{instance+99999999999}",
            "{instance:02}",
            "{instance é}",
        ] {
            assert_eq!(filled(text, 3), Err(text), "{text}");
        }
    }
}
