//! Frames of a stream that arrives in pieces: nothing beyond the bound, nothing that did not arrive.
#![no_main]

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use outlast_api::frame::{FrameError, read_frame, write_frame};
use tokio::io::{AsyncRead, ReadBuf};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    limit: u16,
    piece: u8,
    stream: &'a [u8],
}

/// A stream that gives so many bytes at a time.
struct Trickle<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl AsyncRead for Trickle<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.piece.min(self.rest.len()).min(buffer.remaining());
        let (now, later) = self.rest.split_at(length);
        buffer.put_slice(now);
        self.rest = later;
        Poll::Ready(Ok(()))
    }
}

fuzz_target!(|input: Input<'_>| {
    let limit = u32::from(input.limit);
    let mut stream = Trickle {
        rest: input.stream,
        piece: usize::from(input.piece) + 1,
    };
    let mut written = Vec::new();
    loop {
        let arrived = stream.rest.len();
        match at_once(read_frame(&mut stream, limit)) {
            Ok(Some(body)) => {
                assert!(body.len() <= usize::from(input.limit));
                assert!(
                    body.capacity() <= 2 * arrived + 64,
                    "memory follows what arrived"
                );
                at_once(write_frame(&mut written, &body, limit)).expect("it was within the bound");
            }
            Ok(None) => {
                assert_eq!(
                    written, input.stream,
                    "frames are written as they were read"
                );
                break;
            }
            Err(FrameError::TooLarge { length, .. }) => {
                assert!(length > u64::from(limit));
                assert_eq!(stream.rest.len() + 4, arrived, "nothing of it was read");
                break;
            }
            Err(FrameError::Truncated { received, expected }) => {
                assert!(received < expected && stream.rest.is_empty());
                break;
            }
            Err(FrameError::Io(error)) => panic!("the stream does not fail: {error}"),
        }
    }
    assert!(input.stream.starts_with(&written));
});

/// What `future` comes to; it never waits, as the stream is always ready.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the stream is always ready"),
    }
}
