//! `logs` and `events` read files that a guardian left.

mod alone;

use alone::Alone;

/// Two services' output, as `crates/journal/src/layout.rs` lays it out, without
/// the index that would tell times.
fn with_output() -> Alone {
    Alone::new()
        .with(
            "state/logs/api/stdout-00000001.log",
            b"one\ntwo \xff\xfe\r\nthree",
        )
        .with("state/logs/api/stderr-00000001.log", b"trouble\n")
        .with("state/logs/db/stdout-00000001.log", b"ready\n")
}

const EVENTS: &str = concat!(
    r#"{"v":1,"seq":1,"time":"2026-11-23T09:00:00Z","service":"api","event":"started","instance":1,"pid":7}"#,
    "\n",
    r#"{"v":1,"seq":2,"time":"2026-11-23T09:00:01Z","service":"db","event":"killed","instance":2}"#,
    "\n",
    r#"{"v":1,"seq":3,"time":"2026-11-23T09:00:02Z","service":"api","event":"stopped"}"#,
    "\ntorn"
);

fn with_events() -> Alone {
    Alone::new().with("state/events/events-00000001.jsonl", EVENTS)
}

#[test]
fn one_stream_is_printed_byte_for_byte() {
    let came = with_output().outlast(&["logs", "api", "--stdout"]);
    assert_eq!(came.code, Some(0), "{came:?}");
    assert_eq!(came.out, b"one\ntwo \xff\xfe\r\nthree");
}

#[test]
fn streams_can_be_told_apart() {
    let alone = with_output();
    assert_eq!(
        alone.outlast(&["logs", "api", "--stderr"]).text,
        "trouble\n"
    );
    assert_eq!(
        alone.outlast(&["logs", "api", "--stdout", "--stderr"]).code,
        Some(2)
    );
}

#[test]
fn several_services_have_their_names_before_their_lines() {
    let text = with_output().outlast(&["logs"]).text;
    assert!(
        text.contains("api | one\n") && text.contains("db | ready\n"),
        "{text}"
    );
}

#[test]
fn so_many_lines_before_the_end_are_printed() {
    let alone = with_output();
    assert_eq!(
        alone.outlast(&["logs", "api", "--stdout", "-n", "1"]).text,
        "three"
    );
    assert_eq!(alone.outlast(&["logs", "api", "-n", "0"]).text, "");
}

#[test]
fn lines_that_are_no_text_are_marked_in_json() {
    let text = with_output()
        .outlast(&["logs", "api", "--stdout", "--json"])
        .text;
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["text"], "one");
    assert_eq!(
        (&lines[0]["lossy"], &lines[1]["lossy"]),
        (&serde_json::Value::Null, &true.into())
    );
}

#[test]
fn nothing_printed_is_no_failure() {
    let came = Alone::new().outlast(&["logs", "api"]);
    assert_eq!((came.code, came.text.as_str()), (Some(0), ""), "{came:?}");
}

#[test]
fn a_name_that_leaves_its_folder_is_refused() {
    let came = with_output().outlast(&["logs", ".."]);
    assert!(
        came.code != Some(0) && came.text.is_empty() && came.said.contains(".."),
        "{came:?}"
    );
}

#[test]
fn events_are_told_one_a_line_and_passed_on_as_they_are() {
    let alone = with_events();
    let told = alone.outlast(&["events"]);
    assert_eq!(told.text.lines().count(), 3, "{told:?}");
    let raw = alone.outlast(&["events", "--json"]).text;
    assert_eq!(raw, EVENTS.trim_end_matches("torn"));
}

#[test]
fn events_can_be_limited_by_service_count_and_time() {
    let alone = with_events();
    let count = |arguments: &[&str]| alone.outlast(arguments).text.lines().count();
    assert_eq!(count(&["events", "api"]), 2);
    assert_eq!(count(&["events", "-n", "1"]), 1);
    assert_eq!(count(&["events", "--since", "2026-11-23T09:00:01Z"]), 2);
}

#[test]
fn a_service_is_found_among_the_last_events_of_others() {
    assert_eq!(
        with_events()
            .outlast(&["events", "db", "-n", "1"])
            .text
            .lines()
            .count(),
        1
    );
}
