//! What systemd tells of a unit, in our words. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::definition::Scope;
use crate::manager::{NativeState, NativeStatus, Property};
use crate::processes;

use super::render::boot_target;

/// A time span that does not end.
const NEVER: &str = "infinity";

/// The unit's properties, as `systemctl show` prints them, but time spans in
/// microseconds where D-Bus told them.
pub type Properties = BTreeMap<String, String>;

/// What `systemctl show` has printed: a line for each property, `NAME=VALUE`.
/// Other lines are passed over.
pub fn told(printed: &str) -> Properties {
    printed
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// How the unit is.
pub fn status(told: &Properties) -> NativeStatus {
    let active = get(told, "ActiveState");
    if get(told, "LoadState") == "not-found" && active == "inactive" {
        return NativeStatus::ABSENT;
    }
    NativeStatus {
        state: state_of(active),
        pid: processes::numbered(get(told, "MainPID")),
        is_enabled: match get(told, "UnitFileState") {
            "" | "bad" => None,
            state => Some(state.starts_with("enabled")),
        },
        remark: remark(told),
    }
}

fn state_of(active: &str) -> NativeState {
    match active {
        "active" | "reloading" | "refreshing" => NativeState::Running,
        "inactive" => NativeState::Stopped,
        "failed" => NativeState::Failed,
        "activating" => NativeState::Starting,
        "deactivating" => NativeState::Stopping,
        _ => NativeState::Unknown,
    }
}

/// What the program says of itself; else what systemd has to say that the state
/// does not.
fn remark(told: &Properties) -> Option<String> {
    let ended = get(told, "Result");
    match (get(told, "LoadState"), get(told, "SubState")) {
        ("masked", _) => Some("it is masked".to_owned()),
        ("bad-setting" | "error", _) => Some("systemd cannot read its unit".to_owned()),
        (_, "auto-restart" | "auto-restart-queued") => Some(format!(
            "it ended ({ended}) and will be started again; so far {} times",
            get(told, "NRestarts")
        )),
        (_, "failed") => Some(format!("it ended: {ended}")),
        _ => Some(get(told, "StatusText").to_owned()).filter(|text| !text.is_empty()),
    }
}

/// The properties in the words of the file's `[native]` table. `path_unit` tells
/// of the unit that starts the service when a file comes into being.
pub fn properties(told: &Properties, path_unit: Option<&Properties>) -> Vec<Property> {
    let mut properties = Vec::new();
    let mut add = |name, value: String| properties.push(Property { name, value });
    add("description", get(told, "Description").to_owned());
    add("start", start_type(told, path_unit));
    add("account", account(told));
    if !get(told, "SupplementaryGroups").is_empty() {
        add("groups", list(get(told, "SupplementaryGroups")));
    }
    add("sandbox", sandbox(told).to_owned());
    let wanted: Vec<&str> = get(told, "Wants").split_whitespace().collect();
    let (network, others): (Vec<&str>, Vec<&str>) = wanted
        .into_iter()
        .partition(|&unit| unit == "network-online.target");
    add("depends_on", list(&others.join(" ")));
    let needs_network = if network.is_empty() {
        "unneeded"
    } else {
        "online"
    };
    add("network", needs_network.to_owned());
    for (name, key) in [
        ("restart_delay", "RestartUSec"),
        ("watchdog", "WatchdogUSec"),
        ("stop_timeout", "TimeoutStopUSec"),
    ] {
        match span(get(told, key)) {
            // systemd does not tell the watchdog's interval before the first start.
            Some(text) if name == "watchdog" && text == NEVER => {}
            Some(text) => add(name, text),
            None => {}
        }
    }
    properties
}

fn start_type(told: &Properties, path_unit: Option<&Properties>) -> String {
    if path_unit.is_some_and(|unit| get(unit, "UnitFileState").starts_with("enabled")) {
        return "trigger".to_owned();
    }
    let is_last = |scope| {
        let mut after = get(told, "After").split_whitespace();
        after.any(|unit| unit == boot_target(scope))
    };
    let word = if get(told, "RefuseManualStart") == "yes" {
        "disabled"
    } else if !get(told, "UnitFileState").starts_with("enabled") {
        "manual"
    } else if is_last(Scope::System) || is_last(Scope::User) {
        "delayed"
    } else {
        "auto"
    };
    word.to_owned()
}

fn account(told: &Properties) -> String {
    match (get(told, "DynamicUser"), get(told, "User")) {
        ("yes", _) => "dynamic".to_owned(),
        (_, "") => "system".to_owned(),
        (_, user) => user.to_owned(),
    }
}

fn sandbox(told: &Properties) -> &'static str {
    if get(told, "NoNewPrivileges") == "yes" {
        "strict"
    } else if may_load_modules(get(told, "CapabilityBoundingSet")) {
        "off"
    } else {
        "modest"
    }
}

/// The bounding set is a number over D-Bus and a list in `systemctl show`.
fn may_load_modules(bounding_set: &str) -> bool {
    const CAP_SYS_MODULE: u64 = 1 << 16;
    match bounding_set.parse::<u64>() {
        Ok(mask) => mask & CAP_SYS_MODULE != 0,
        Err(_) => bounding_set.contains("cap_sys_module"),
    }
}

fn list(words: &str) -> String {
    let quoted: Vec<String> = words
        .split_whitespace()
        .map(|word| format!("{word:?}"))
        .collect();
    format!("[{}]", quoted.join(", "))
}

/// A time span of D-Bus (microseconds) or of `systemctl show` (`1min 30s`) as
/// the file takes it.
fn span(text: &str) -> Option<String> {
    if text == "infinity" || text == u64::MAX.to_string() {
        return Some(NEVER.to_owned());
    }
    let micros = match text.parse() {
        Ok(micros) => micros,
        Err(_) => {
            let words = text.split_whitespace().map(micros_of);
            words.reduce(|sum, word| sum?.checked_add(word?))??
        }
    };
    let span = Duration::from_micros(micros);
    Some(match (span.as_secs(), span.subsec_millis()) {
        (0, 0) => "false".to_owned(),
        (seconds, 0) => format!("{seconds}s"),
        _ => format!("{}ms", span.as_millis()),
    })
}

fn micros_of(word: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 9] = [
        ("us", 1),
        ("ms", 1_000),
        ("min", 60_000_000),
        ("month", 2_629_800_000_000),
        ("s", 1_000_000),
        ("h", 3_600_000_000),
        ("d", 86_400_000_000),
        ("w", 604_800_000_000),
        ("y", 31_557_600_000_000),
    ];
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((word.strip_suffix(unit)?, factor)))?;
    // Rust would read `inf` and `nan`, too.
    let is_plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| is_plain)?;
    Some((number * *factor as f64) as u64)
}

fn get<'a>(told: &'a Properties, name: &str) -> &'a str {
    told.get(name).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use crate::manager::NativeState;

    use super::{Properties, properties, span, status};

    fn told(lines: &[(&str, &str)]) -> Properties {
        lines
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn a_unit_that_was_removed_while_it_runs_is_not_absent() {
        let running = told(&[("LoadState", "not-found"), ("ActiveState", "active")]);
        assert_eq!(status(&running).state, NativeState::Running);
        let gone = told(&[("LoadState", "not-found"), ("ActiveState", "inactive")]);
        assert_eq!(status(&gone).state, NativeState::Absent);
    }

    #[test]
    fn the_program_speaks_for_itself_until_it_has_ended() {
        let mut unit = told(&[
            ("LoadState", "loaded"),
            ("ActiveState", "active"),
            ("StatusText", "3 of 3 services run"),
            ("MainPID", "42"),
            ("UnitFileState", "enabled"),
        ]);
        let running = status(&unit);
        assert_eq!(running.remark.as_deref(), Some("3 of 3 services run"));
        assert_eq!((running.pid, running.is_enabled), (Some(42), Some(true)));
        unit.extend(told(&[
            ("SubState", "auto-restart"),
            ("Result", "watchdog"),
        ]));
        assert!(
            status(&unit)
                .remark
                .is_some_and(|text| text.contains("watchdog"))
        );
    }

    #[test]
    fn time_spans_are_read_in_both_forms() {
        for (text, expected) in [
            ("90000000", "90s"),
            ("1min 30s", "90s"),
            ("1.500s", "1500ms"),
            ("100ms", "100ms"),
            ("0", "false"),
            ("infinity", "infinity"),
            ("1y 2month 3w", "38631600s"),
        ] {
            assert_eq!(span(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_span_is_none() {
        for text in ["", "soon", "1 s", "-1s", "nans", "infs", "584542y 584542y"] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn start_types_are_told_apart() {
        let start = |lines: &[(&str, &str)]| {
            let all = properties(&told(lines), None);
            let found = all.into_iter().find(|property| property.name == "start");
            found.expect("every unit has one").value
        };
        assert_eq!(start(&[("UnitFileState", "enabled")]), "auto");
        assert_eq!(start(&[("UnitFileState", "static")]), "manual");
        let delayed = [("UnitFileState", "enabled"), ("After", "multi-user.target")];
        assert_eq!(start(&delayed), "delayed");
        assert_eq!(start(&[("RefuseManualStart", "yes")]), "disabled");
    }
}
