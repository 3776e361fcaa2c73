//! From a service through a pipe and a carrier into files.
#![cfg(windows)]

mod support;
#[path = "support/companion.rs"]
mod windows;

use std::fs::OpenOptions;

use outlast_model::Exit;
use outlast_os::pipe::{Carrier, Moved, PipeSource};
use outlast_os::tree::Means;
use support::{exit_of, forest, in_time, service, victim};
use windows::companion;

const BYTES: u64 = 20_000_000;

/// Into one file after the other, each with at most `size` bytes.
async fn carry(source: &PipeSource, dir: &std::path::Path, size: u64) -> Vec<u8> {
    let mut carrier = Carrier::new().expect("a carrier");
    let (mut all, mut number, mut room) = (Vec::new(), 0, size);
    loop {
        match source.lift(&mut carrier, room).expect("lifted") {
            Moved::End => return all,
            Moved::Empty => in_time(source.readable()).await.expect("polled"),
            Moved::Bytes(_) => {
                let path = dir.join(number.to_string());
                let file = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(&path);
                let (written, result) = carrier.deliver(&file.expect("opened"), room);
                result.expect("delivered");
                room -= written;
                if room == 0 {
                    all.extend(std::fs::read(&path).expect("readable"));
                    (number, room) = (number + 1, size);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_flood_arrives_byte_by_byte_in_order() {
    let forest = forest("flood", Means::Best);
    let dir = tempfile::tempdir().expect("a folder");
    let flood = victim(&["flood", &BYTES.to_string()]);
    let (process, source) = flood
        .talking(&forest.tree(&service("s")))
        .expect("it starts");
    let all = carry(&source, dir.path(), BYTES / 50).await;
    assert_eq!(exit_of(process).await, Exit::Code(0));
    assert_eq!(all.len() as u64, BYTES);
    let lines = all.split_inclusive(|byte| *byte == b'\n');
    for (number, line) in lines.enumerate() {
        assert_eq!(line.len(), 100);
        assert!(line.starts_with(format!("{number:010} ").as_bytes()));
    }
}

#[tokio::test]
async fn writing_nothing_is_no_end() {
    let forest = forest("nothing", Means::Best);
    let said = companion(&["write-nothing"])
        .said(&forest.tree(&service("s")))
        .await;
    assert_eq!(said, b"after\n");
}

#[tokio::test]
async fn a_pipe_without_writers_is_at_its_end() {
    let (reader, writer) = outlast_os::pipe::pair().expect("a pipe");
    let source = reader.register().expect("a runtime is there");
    let mut buffer = [0; 10];
    assert_eq!(source.read(&mut buffer).expect("readable"), Moved::Empty);
    drop(writer);
    assert_eq!(support::read_to_end(&source).await, b"");
}
