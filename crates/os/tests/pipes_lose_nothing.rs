//! From a pipe through a carrier into a file.
#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use outlast_os::pipe::{Carrier, Moved, PipeSource, pair};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// A writer on a thread of its own, because it blocks as services do.
fn write_from_a_thread(chunks: Vec<Vec<u8>>) -> PipeSource {
    let (reader, writer) = pair().expect("a pipe");
    std::thread::spawn(move || {
        let mut file = File::from(outlast_os_writer(writer));
        for chunk in chunks {
            file.write_all(&chunk).expect("the reader is there");
        }
    });
    reader.register().expect("a runtime is there")
}

fn outlast_os_writer(writer: outlast_os::pipe::PipeWriter) -> std::os::fd::OwnedFd {
    writer.into()
}

async fn carry(source: &PipeSource, file: &File, room: impl Fn(u64) -> u64) -> u64 {
    let mut carrier = Carrier::new().expect("a carrier");
    let (mut total, mut round) = (0, 0);
    loop {
        round += 1;
        match source.lift(&mut carrier, room(round)).expect("lifted") {
            Moved::End => return total,
            Moved::Empty => source.readable().await.expect("polled"),
            Moved::Bytes(_) => {
                let (written, result) = carrier.deliver(file, u64::MAX);
                result.expect("delivered");
                total += written;
                assert!(carrier.is_empty());
            }
        }
    }
}

fn random_chunks(seed: u8) -> Vec<Vec<u8>> {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    (0..400)
        .map(|_| {
            let length = random.random_range(1..20_000);
            let first: usize = random.random_range(0..251);
            (0..length).map(|at| ((first + at) % 251) as u8).collect()
        })
        .collect()
}

fn open(path: &Path) -> File {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .expect("opened")
}

#[tokio::test]
async fn random_sizes_arrive_in_order_and_whole() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for seed in 0..4 {
        let chunks = random_chunks(seed);
        let expected = chunks.concat();
        let path = dir.path().join(seed.to_string());
        let source = write_from_a_thread(chunks);
        let total = carry(&source, &open(&path), |round| 1 + round * 7919 % 300_000).await;
        assert_eq!(total, expected.len() as u64);
        assert!(std::fs::read(&path).expect("readable") == expected);
    }
}

#[tokio::test]
async fn a_file_opened_for_appending_is_served_as_well() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("log");
    std::fs::write(&path, "before\n").expect("written");
    let file = OpenOptions::new().append(true).open(&path).expect("opened");
    let source = write_from_a_thread(vec![vec![b'x'; 300_000], vec![b'y'; 5]]);
    assert_eq!(carry(&source, &file, |_| u64::MAX).await, 300_005);
    let content = std::fs::read(&path).expect("readable");
    assert!(content.starts_with(b"before\nxxx") && content.ends_with(b"xyyyyy"));
}

#[tokio::test]
async fn what_was_looked_at_keeps_its_place() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("log");
    let source = write_from_a_thread(vec![vec![b'x'; 1000]]);
    let mut carrier = Carrier::new().expect("a carrier");
    source.readable().await.expect("polled");
    let moved = source.lift(&mut carrier, 400).expect("lifted");
    assert_eq!(moved, Moved::Bytes(400));
    // More than any pipe takes at once.
    let seen = vec![b'y'; 2_000_000];
    carrier.put(&seen).expect("put");
    assert_eq!(carrier.len(), 2_000_400);
    let moved = source.lift(&mut carrier, u64::MAX).expect("lifted");
    assert_eq!(moved, Moved::Bytes(600));
    let (written, result) = carrier.deliver(&open(&path), u64::MAX);
    result.expect("delivered");
    assert_eq!((written, carrier.is_empty()), (2_001_000, true));
    let expected = [vec![b'x'; 400], seen, vec![b'x'; 600]].concat();
    assert!(std::fs::read(&path).expect("readable") == expected);
}

#[tokio::test]
async fn no_more_than_the_room_is_lifted() {
    let source = write_from_a_thread(vec![vec![1; 1000]]);
    let mut carrier = Carrier::new().expect("a carrier");
    source.readable().await.expect("polled");
    assert_eq!(source.lift(&mut carrier, 0).expect("lifted"), Moved::Empty);
    assert_eq!(
        source.lift(&mut carrier, 10).expect("lifted"),
        Moved::Bytes(10)
    );
    assert_eq!(
        (carrier.len(), carrier.discard(), carrier.len()),
        (10, 10, 0)
    );
}

#[tokio::test]
async fn a_full_carrier_does_not_make_the_source_forget_what_waits() {
    let source = write_from_a_thread((0..3000).map(|_| vec![7; 1024]).collect());
    let mut carrier = Carrier::new().expect("a carrier");
    let file = tempfile::tempfile().expect("a file");
    let mut total = 0;
    loop {
        match source.lift(&mut carrier, u64::MAX).expect("lifted") {
            Moved::Bytes(_) => {}
            Moved::End => break,
            Moved::Empty if carrier.is_empty() => source.readable().await.expect("polled"),
            Moved::Empty => total += carrier.deliver(&file, u64::MAX).0,
        }
    }
    total += carrier.deliver(&file, u64::MAX).0;
    assert_eq!(total, 3000 * 1024);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_keeps_what_did_not_go_in() {
    let full = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("opened");
    let source = write_from_a_thread(vec![vec![9; 5000]]);
    let mut carrier = Carrier::new().expect("a carrier");
    source.readable().await.expect("polled");
    let lifted = source.lift(&mut carrier, u64::MAX).expect("lifted");
    let Moved::Bytes(count) = lifted else {
        panic!("{lifted:?}");
    };
    let (written, result) = carrier.deliver(&full, u64::MAX);
    assert_eq!(
        result.expect_err("it is full").raw_os_error(),
        Some(libc::ENOSPC)
    );
    assert_eq!((written, carrier.len()), (0, count));
    let file = tempfile::tempfile().expect("a file");
    assert_eq!(carrier.deliver(&file, u64::MAX).0, count as u64);
}

#[tokio::test]
async fn the_end_comes_when_every_writer_is_gone() {
    let (reader, writer) = pair().expect("a pipe");
    let source = reader.register().expect("a runtime is there");
    let mut buffer = [0; 8];
    assert_eq!(source.read(&mut buffer).expect("readable"), Moved::Empty);
    drop(writer);
    source.readable().await.expect("polled");
    assert_eq!(source.read(&mut buffer).expect("readable"), Moved::End);
}

#[tokio::test]
async fn what_is_delivered_piecemeal_and_read_between_adds_up() {
    let chunks = random_chunks(9);
    let expected = chunks.concat();
    let source = write_from_a_thread(chunks);
    let folder = tempfile::tempdir().expect("a folder");
    let file = open(&folder.path().join("out"));
    let mut carrier = Carrier::new().expect("a carrier");
    let mut arrived = Vec::new();
    loop {
        match source.lift(&mut carrier, u64::MAX).expect("lifted") {
            Moved::End => break,
            Moved::Empty => source.readable().await.expect("polled"),
            Moved::Bytes(_) => empty_piecemeal(&mut carrier, (&file, folder.path()), &mut arrived),
        }
    }
    assert_eq!(arrived, expected);
}

/// By turns a piece into the file (and from there to `arrived`) and one read.
fn empty_piecemeal(carrier: &mut Carrier, (file, folder): (&File, &Path), arrived: &mut Vec<u8>) {
    let mut buffer = [0; 1000];
    while !carrier.is_empty() {
        let (written, result) = carrier.deliver(file, 3001);
        result.expect("delivered");
        assert!(written <= 3001);
        arrived.extend(std::fs::read(folder.join("out")).expect("read back"));
        file.set_len(0).expect("emptied");
        let count = carrier.read(&mut buffer).expect("read");
        arrived.extend(&buffer[..count]);
    }
}
