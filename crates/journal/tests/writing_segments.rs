//! What services print comes to the disk unchanged, within its bounds.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod common;

use std::fs;
use std::io::Write;
use std::time::Duration;

use common::{Place, arrival, bounds_with_age, capture, time};
use outlast_journal::ServiceLog;
use outlast_journal::segment::{Next, SEAM};
use outlast_model::record::Stream;
use proptest::prelude::*;

const OUT: Stream = Stream::Stdout;
const KEEP_ALL: u64 = 1 << 30;

fn line() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![
        4 => Just(0usize),
        20 => 0usize..200,
        4 => 0usize..3000,
        1 => 0usize..200_000,
    ];
    (length, any::<u8>()).prop_map(|(length, byte)| {
        let byte = if byte == b'\n' { b'x' } else { byte };
        vec![byte; length]
    })
}

fn output() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(line(), 0..60), any::<bool>()).prop_map(|(lines, ends)| {
        let mut bytes = lines.join(&b'\n');
        if ends {
            bytes.push(b'\n');
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_byte_is_lost_torn_or_reordered_over_rotations(
        bytes in output(),
        chunks in prop::collection::vec(1usize..5000, 1..20),
        rotate in 1024u64..20_000,
    ) {
        let place = Place::new();
        let mut log = place.log(rotate, KEEP_ALL);
        let mut rest = bytes.as_slice();
        for chunk in chunks.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, later) = rest.split_at(rest.len().min(chunk * 7));
            // One moment for all, so that no index entry moves the seam.
            capture(&mut log, OUT, arrival(0, 1), part, *chunk);
            rest = later;
        }
        let segments = place.segments(OUT);
        prop_assert!(segments.concat() == bytes);
        for segment in segments.iter().rev().skip(1) {
            let unfinished = segment.rsplit(|&byte| byte == b'\n').next().unwrap().len() as u64;
            let forced = unfinished >= SEAM.min(rotate / 2);
            prop_assert!(unfinished == 0 || forced, "torn after {unfinished} bytes");
        }
    }

    #[test]
    fn the_bound_holds_at_every_moment(
        steps in prop::collection::vec((any::<bool>(), 0i64..3, 1usize..3000), 1..200),
        keep in 0u64..100_000,
    ) {
        let place = Place::new();
        let mut log = place.log(u64::MAX, keep);
        let bound = keep.max(outlast_journal::segment::MIN_KEEP);
        let mut now = 0;
        for (err, later, length) in steps {
            now += later;
            let stream = if err { Stream::Stderr } else { OUT };
            let text = [&vec![b'x'; length - 1][..], b"\n"].concat();
            capture(&mut log, stream, arrival(now, 1), &text, 700);
            prop_assert!(place.size() <= bound);
        }
    }
}

#[test]
fn fifty_rotations_at_short_lines_tear_none() {
    let place = Place::new();
    let mut log = place.log(4096, KEEP_ALL);
    let text: Vec<u8> = (0..30_000)
        .flat_map(|n| format!("line {n}\n").into_bytes())
        .collect();
    capture(&mut log, OUT, arrival(0, 1), &text, 4000);
    let segments = place.segments(OUT);
    assert!(segments.len() > 50, "{}", segments.len());
    assert!(segments.iter().all(|segment| segment.ends_with(b"\n")));
    assert!(segments.concat() == text);
}

#[test]
fn nothing_is_made_before_the_first_byte() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    assert!(matches!(log.next(OUT, arrival(0, 1)).unwrap(), Next::Read));
    log.write(OUT, arrival(0, 1), b"").unwrap();
    assert!(!place.dir.exists());
}

#[test]
fn a_new_run_never_appends_to_old_files_and_clears_empty_ones() {
    let place = Place::new();
    place
        .log(1 << 20, 1 << 24)
        .write(OUT, arrival(0, 1), b"old")
        .unwrap();
    fs::write(place.dir.join("stdout-00000007.log"), b"").unwrap();
    fs::write(place.dir.join("stdout-00000007.idx"), b"x").unwrap();
    fs::write(place.dir.join("stderr-00000003.idx"), b"x").unwrap();
    fs::write(place.dir.join("notes.txt"), b"mine").unwrap();
    place
        .log(1 << 20, 1 << 24)
        .write(OUT, arrival(1, 2), b"new")
        .unwrap();
    let names = place.paths("", "");
    let names: Vec<_> = names
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    let expected = [
        "notes.txt",
        "stdout-00000001.idx",
        "stdout-00000001.log",
        "stdout-00000008.idx",
        "stdout-00000008.log",
    ];
    assert_eq!(names, expected);
    assert_eq!(place.segments(OUT), [b"old".to_vec(), b"new".to_vec()]);
}

#[test]
fn a_window_given_back_without_a_word_is_counted_by_the_file() {
    let place = Place::new();
    let mut log = place.log(2048, 1 << 24);
    log.write(OUT, arrival(0, 1), b"a\n").unwrap();
    for _ in 0..100 {
        if let Next::Splice(window) = log.next(OUT, arrival(0, 1)).unwrap() {
            let length = window.room().min(100) as usize;
            window.file().write_all(&vec![b'\n'; length]).unwrap();
        } else {
            log.write(OUT, arrival(0, 1), b"b\n").unwrap();
        }
    }
    assert!(place.segments(OUT).len() > 3);
    assert!(
        place
            .segments(OUT)
            .iter()
            .all(|segment| segment.len() <= 2048)
    );
}

#[test]
fn what_expires_is_told_and_is_the_oldest() {
    let place = Place::new();
    let mut log = place.log(4096, 16 * 1024);
    let mut told = 0;
    for number in 0..4000 {
        let text = format!("{number:09}\n");
        log.write(OUT, arrival(0, 1), text.as_bytes()).unwrap();
        told += log.take_expired().map_or(0, |expired| expired.bytes);
    }
    let left = place.segments(OUT).concat();
    assert_eq!(told + left.len() as u64, 40_000);
    assert!(left.ends_with(b"000003999\n"));
    assert_eq!(log.take_expired(), None);
}

#[test]
fn a_lowered_bound_is_kept_even_if_open_segments_have_to_go() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 23);
    for stream in Stream::ALL {
        log.write(stream, arrival(0, 1), &vec![b'\n'; 500_000])
            .unwrap();
    }
    log.set_bounds(common::bounds(1 << 20, 64 * 1024));
    log.expire(time(1)).unwrap();
    assert!(place.size() <= 64 * 1024);
    capture(&mut log, OUT, arrival(1, 1), b"still here\n", 100);
    assert_eq!(place.segments(OUT), [b"still here\n"]);
}

#[test]
fn output_that_is_too_old_goes_and_the_rest_stays() {
    let place = Place::new();
    let age = Some(Duration::from_secs(10));
    let mut log = ServiceLog::new(&place.dir, bounds_with_age(1 << 20, 1 << 24, age));
    log.write(OUT, arrival(0, 1), b"old\n").unwrap();
    log.write(Stream::Stderr, arrival(9_000, 1), b"young\n")
        .unwrap();
    log.expire(time(10_000)).unwrap();
    assert_eq!(log.take_expired(), None);
    log.expire(time(10_001)).unwrap();
    assert_eq!(log.take_expired().unwrap().bytes, 4);
    assert_eq!(place.segments(Stream::Stderr), [b"young\n"]);
}

/// On Windows an open file keeps its folder: it cannot be deleted.
#[cfg(unix)]
#[test]
fn a_deleted_folder_is_made_again() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    log.write(OUT, arrival(0, 1), b"gone\n").unwrap();
    fs::remove_dir_all(place.state.path().join("logs")).unwrap();
    capture(&mut log, OUT, arrival(2000, 1), b"here\n", 100);
    assert_eq!(place.segments(OUT), [b"here\n"]);
}

#[test]
fn a_truncated_segment_is_left_and_a_new_one_begun() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    log.write(OUT, arrival(0, 1), b"one\ntwo\n").unwrap();
    fs::write(place.dir.join("stdout-00000001.log"), b"").unwrap();
    log.write(OUT, arrival(2000, 1), b"three\n").unwrap();
    assert_eq!(place.segments(OUT), [b"".to_vec(), b"three\n".to_vec()]);
}

#[test]
fn a_state_directory_that_is_gone_is_not_made_again() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    fs::remove_dir_all(place.state.path()).unwrap();
    let failed = log.write(OUT, arrival(0, 1), b"x").unwrap_err();
    assert_eq!(failed.written, 0);
    assert!(!place.state.path().exists());
}

#[test]
fn after_an_error_of_the_file_the_next_bytes_go_into_a_new_one() {
    let place = Place::new();
    let mut log = place.log(1 << 20, 1 << 24);
    log.write(OUT, arrival(0, 1), b"one\n").unwrap();
    let Next::Splice(window) = log.next(OUT, arrival(0, 1)).unwrap() else {
        panic!("there is room");
    };
    window.fail(std::io::Error::other("a bad sector"));
    capture(&mut log, OUT, arrival(0, 1), b"two\n", 100);
    assert_eq!(place.segments(OUT), [b"one\n", b"two\n"]);
}
