//! What was printed is read back: whole, in order, from any place, and while it
//! grows.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod common;

use std::fs;

use common::{Place, arrival, capture, items, joined, lines, texts, time};
use outlast_journal::LogReader;
use outlast_journal::read::{Ending, LineEnd, LogItem, MAX_PIECE, Start, Streams};
use outlast_journal::segment::TailLimits;
use outlast_model::InstanceId;
use outlast_model::record::Stream;
use proptest::prelude::*;

const OUT: Stream = Stream::Stdout;
const ERR: Stream = Stream::Stderr;

/// Both streams, 100 lines of each, one every 10 ms, over several segments and
/// two runs.
fn two_runs() -> Place {
    let place = Place::new();
    for run in 0..2i64 {
        let mut log = place.log(1024, 1 << 24);
        for number in run * 50..run * 50 + 50 {
            let instance = run as u64 + 1;
            let text = |what| format!("{what} {number} {}\n", "x".repeat(60));
            capture(
                &mut log,
                OUT,
                arrival(number * 20, instance),
                text("out").as_bytes(),
                9,
            );
            capture(
                &mut log,
                ERR,
                arrival(number * 20 + 10, instance),
                text("err").as_bytes(),
                9,
            );
        }
    }
    place
}

fn words(place: &Place, streams: Streams, start: Start) -> Vec<String> {
    let mut reader = LogReader::open(&place.dir, streams, start).unwrap();
    let texts = texts(&lines(&mut reader, Ending::Deliver));
    texts
        .iter()
        .map(|text| text.split(" x").next().unwrap().to_owned())
        .collect()
}

#[test]
fn both_streams_are_merged_by_arrival() {
    let place = two_runs();
    let expected: Vec<_> = (0..100)
        .flat_map(|n| [format!("out {n}"), format!("err {n}")])
        .collect();
    assert_eq!(words(&place, Streams::Both, Start::Beginning), expected);
    let lines = lines(&mut place.reader(Start::Beginning), Ending::Hold);
    assert_eq!(lines[4].at, Some(time(40)));
    assert_eq!(lines[0].instance, Some(InstanceId(1)));
    assert_eq!(lines[199].instance, Some(InstanceId(2)));
}

#[test]
fn the_last_lines_are_counted_over_both_streams() {
    let place = two_runs();
    let all = words(&place, Streams::Both, Start::Beginning);
    for count in [0, 1, 2, 7, 31, 199, 200, 201, u64::MAX] {
        let from = all
            .len()
            .saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        assert_eq!(
            words(&place, Streams::Both, Start::LastLines(count)),
            all[from..],
            "{count}"
        );
    }
    assert_eq!(
        words(&place, Streams::Only(ERR), Start::LastLines(2)),
        ["err 98", "err 99"]
    );
}

#[test]
fn reading_begins_at_a_moment() {
    let place = two_runs();
    let all = words(&place, Streams::Both, Start::Beginning);
    for (moment, from) in [
        (-5, 0),
        (0, 0),
        (1, 1),
        (10, 1),
        (11, 2),
        (1000, 100),
        (1985, 199),
        (1991, 200),
    ] {
        let found = words(&place, Streams::Both, Start::Since(time(moment)));
        assert_eq!(found, all[from..], "{moment}");
    }
}

#[test]
fn since_skips_the_rest_of_a_line_that_began_before() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    for (at, text) in [(0, "ab"), (10, "cd\nnext\n"), (20, "last\n")] {
        capture(&mut log, OUT, arrival(at, 1), text.as_bytes(), 100);
    }
    // "next" came with the rest of the first line.
    assert_eq!(
        words(&place, Streams::Both, Start::Since(time(5))),
        ["next", "last"]
    );
    assert_eq!(
        words(&place, Streams::Both, Start::Since(time(0))),
        ["abcd", "next", "last"]
    );
}

#[test]
fn a_line_that_an_instance_did_not_finish_ends_with_it() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    capture(&mut log, OUT, arrival(0, 1), b"first\nhalf", 100);
    capture(&mut log, OUT, arrival(0, 2), b"whole\n", 100);
    let lines = lines(&mut place.reader(Start::Beginning), Ending::Hold);
    assert_eq!(texts(&lines), ["first", "half", "whole"]);
    assert_eq!(lines[1].end, LineEnd::Missing);
    assert_eq!(lines[2].instance, Some(InstanceId(2)));
}

#[test]
fn an_unfinished_line_is_held_until_it_is_whole_or_asked_for() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    let mut reader = place.reader(Start::Beginning);
    capture(&mut log, OUT, arrival(0, 1), b"one\nhal", 100);
    assert_eq!(texts(&lines(&mut reader, Ending::Hold)), ["one"]);
    capture(&mut log, OUT, arrival(5, 1), b"f\nx", 100);
    assert_eq!(texts(&lines(&mut reader, Ending::Hold)), ["half"]);
    assert_eq!(texts(&lines(&mut reader, Ending::Deliver)), ["x"]);
    assert_eq!(reader.next(Ending::Deliver).unwrap(), None);
}

#[test]
fn a_huge_line_comes_in_pieces_and_others_do_not_come_between() {
    let place = Place::new();
    let mut log = place.log(1 << 16, 1 << 26);
    let huge = [vec![b'x'; 300_000], b"\nend\n".to_vec()].concat();
    capture(&mut log, OUT, arrival(0, 1), &huge[..150_000], 10_000);
    capture(&mut log, ERR, arrival(5, 1), b"other\n", 100);
    capture(&mut log, OUT, arrival(9, 1), &huge[150_000..], 10_000);
    let lines = lines(&mut place.reader(Start::Beginning), Ending::Hold);
    assert!(lines.iter().all(|line| line.bytes.len() <= MAX_PIECE));
    assert!(joined(&lines, OUT) == huge);
    let ended: Vec<_> = lines
        .iter()
        .filter(|line| line.end != LineEnd::Continues)
        .collect();
    let streams: Vec<_> = ended.iter().map(|line| line.stream).collect();
    assert_eq!(
        streams,
        [OUT, ERR, OUT],
        "one line, whatever seams it crossed"
    );
}

#[test]
fn a_follower_is_told_of_segments_that_expired_before_it_came_there() {
    let place = Place::new();
    let mut log = place.log(4096, 16 * 1024);
    let mut reader = place.reader(Start::Beginning);
    capture(&mut log, OUT, arrival(0, 1), b"first\n", 100);
    assert_eq!(lines(&mut reader, Ending::Hold).len(), 1);
    let text: Vec<u8> = (0..5000)
        .flat_map(|n| format!("{n:09}\n").into_bytes())
        .collect();
    capture(&mut log, OUT, arrival(1, 1), &text, 1000);
    let items = items(&mut reader, Ending::Hold);
    let gaps = items
        .iter()
        .filter(|item| matches!(item, LogItem::Gap(gap) if gap.segments > 5));
    assert_eq!(gaps.count(), 1);
    let Some(LogItem::Line(last)) = items.last() else {
        panic!("{:?}", items.last());
    };
    assert_eq!(last.bytes, b"000004999");
}

#[test]
fn without_an_index_lines_have_no_time_but_are_all_there() {
    let place = two_runs();
    for path in place.paths("stdout-", ".idx") {
        fs::remove_file(path).unwrap();
    }
    for path in place.paths("stderr-", ".idx") {
        fs::write(path, b"not an index").unwrap();
    }
    let lines = lines(&mut place.reader(Start::Beginning), Ending::Deliver);
    assert_eq!(lines.len(), 200);
    assert!(
        lines
            .iter()
            .all(|line| line.at.is_none() && line.instance.is_none())
    );
}

#[test]
fn a_torn_last_entry_is_ignored() {
    let place = Place::new();
    place
        .log(1 << 20, 1 << 24)
        .write(OUT, arrival(3, 1), b"a\nb\n")
        .unwrap();
    let index = place.dir.join("stdout-00000001.idx");
    let torn = [fs::read(&index).unwrap(), vec![0; 11]].concat();
    fs::write(&index, torn).unwrap();
    let lines = lines(&mut place.reader(Start::Beginning), Ending::Hold);
    assert!(lines.iter().all(|line| line.at == Some(time(3))));
}

#[test]
fn a_log_that_does_not_exist_is_empty_until_it_does() {
    let place = Place::new();
    for start in [Start::Beginning, Start::LastLines(5), Start::Since(time(0))] {
        let mut reader = place.reader(start);
        assert_eq!(reader.next(Ending::Deliver).unwrap(), None);
        place
            .log(1 << 20, 1 << 24)
            .write(OUT, arrival(0, 1), b"a\n")
            .unwrap();
        assert_eq!(texts(&lines(&mut reader, Ending::Hold)), ["a"]);
        // On Windows an open file keeps its folder.
        drop(reader);
        fs::remove_dir_all(&place.dir).unwrap();
    }
}

#[test]
fn the_tail_is_that_of_the_instance_within_its_limits() {
    let place = Place::new();
    let mut log = place.log(1024, 1 << 24);
    capture(&mut log, OUT, arrival(0, 1), b"of another\n", 100);
    for number in 0..100 {
        let stream = if number % 2 == 0 { OUT } else { ERR };
        let text = format!("{number} {}\n", "x".repeat(50));
        capture(
            &mut log,
            stream,
            arrival(number * 10, 2),
            text.as_bytes(),
            33,
        );
    }
    capture(&mut log, ERR, arrival(2000, 2), b"no line end", 100);
    let limits = TailLimits {
        lines: 4,
        bytes: 4096,
    };
    let tail = log.tail(InstanceId(2), limits).unwrap();
    let starts: Vec<_> = tail
        .iter()
        .map(|line| line.text.split(|b| *b == b' ').next().unwrap())
        .collect();
    assert_eq!(starts, [b"97", b"98", b"99", &b"no"[..]]);
    assert_eq!(tail[3].at, time(2000));
    assert!(log.tail(InstanceId(1), limits).unwrap().is_empty());
    let few = log
        .tail(
            InstanceId(2),
            TailLimits {
                lines: 9,
                bytes: 20,
            },
        )
        .unwrap();
    assert_eq!(few.iter().map(|line| line.text.len()).sum::<usize>(), 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_follower_gets_every_byte_however_it_comes(
        steps in prop::collection::vec((any::<bool>(), 0i64..3, prop::collection::vec(any::<u8>(), 1..400)), 1..60),
        newlines in 1u8..40,
    ) {
        let place = Place::new();
        let mut log = place.log(1500, 1 << 26);
        let mut reader = place.reader(Start::Beginning);
        let (mut printed, mut read, mut now) = ([vec![], vec![]], vec![], 0);
        for (err, later, mut bytes) in steps {
            now += later;
            let stream = if err { ERR } else { OUT };
            bytes.iter_mut().filter(|byte| **byte < newlines).for_each(|byte| *byte = b'\n');
            capture(&mut log, stream, arrival(now, 1), &bytes, 100);
            printed[stream as usize].extend_from_slice(&bytes);
            read.extend(lines(&mut reader, Ending::Hold));
        }
        read.extend(lines(&mut reader, Ending::Deliver));
        for stream in Stream::ALL {
            prop_assert_eq!(joined(&read, stream), printed[stream as usize].clone());
        }
    }
}
