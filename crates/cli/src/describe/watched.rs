//! What the files of a service do, in a sentence.

use crate::unit;

pub(super) fn changed(changes: (&str, u32), then: &str, starts: Option<&str>) -> String {
    let what = match (then, starts) {
        (_, Some(service)) => format!("{service} is started"),
        ("restart", None) => "it is restarted".to_owned(),
        ("reload", None) => "it is told to read its configuration again".to_owned(),
        (other, None) => other.to_owned(),
    };
    format!("{}; {what}", files(changes))
}

pub(super) fn withheld(changes: (&str, u32), reason: &str) -> String {
    format!(
        "{}; nothing is done, as its program could not be started: {reason}",
        files(changes)
    )
}

pub(super) fn polled(every: f64, reason: &str) -> String {
    format!(
        "its files are looked at every {}: {reason}",
        unit::duration(every)
    )
}

pub(super) fn gathered(reports: u32, pause: f64) -> String {
    format!(
        "its files have changed {reports} times in a row, each time right after the last change was dealt with; \
         from now on changes are gathered for {}; hint: if it writes these files itself, name them in `watch.ignore`",
        unit::duration(pause)
    )
}

fn files((first, more): (&str, u32)) -> String {
    match more {
        0 => format!("{first} changed"),
        1 => format!("{first} and another file changed"),
        more => format!("{first} and {more} other files changed"),
    }
}
