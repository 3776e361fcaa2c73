//! Frames of foreign bytes: bounded, never a panic, always a typed error.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use outlast_api::frame::{FrameError, MAX_REQUEST_BYTES, read_frame, write_frame};
use proptest::prelude::*;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

fn read(mut bytes: &[u8], limit: u32) -> Result<Option<Vec<u8>>, FrameError> {
    block_on(read_frame(&mut bytes, limit))
}

#[test]
fn a_stream_that_ends_between_frames_has_no_further_frame() {
    assert!(matches!(read(b"", 10), Ok(None)));
}

#[test]
fn frames_follow_one_another() {
    let bytes = [frame(b"one"), frame(b""), frame(b"three")].concat();
    let mut stream = bytes.as_slice();
    block_on(async {
        for expected in ["one", "", "three"] {
            let body = read_frame(&mut stream, 10).await.unwrap().unwrap();
            assert_eq!(body, expected.as_bytes());
        }
        assert!(read_frame(&mut stream, 10).await.unwrap().is_none());
    });
}

#[test]
fn a_frame_of_exactly_the_bound_is_read_and_one_more_is_not() {
    let body = vec![7; MAX_REQUEST_BYTES as usize];
    assert_eq!(read(&frame(&body), MAX_REQUEST_BYTES).unwrap(), Some(body));
    let body = vec![7; MAX_REQUEST_BYTES as usize + 1];
    let error = read(&frame(&body), MAX_REQUEST_BYTES).unwrap_err();
    assert!(matches!(error, FrameError::TooLarge { length: 65537, .. }));
}

#[test]
fn the_oversized_frame_is_refused_before_its_body_arrives() {
    let (mut near, far) = tokio::io::duplex(64);
    let mut far = far;
    block_on(async {
        tokio::io::AsyncWriteExt::write_all(&mut far, &u32::MAX.to_be_bytes())
            .await
            .unwrap();
        // `far` stays open and sends nothing more.
        let error = read_frame(&mut near, MAX_REQUEST_BYTES).await.unwrap_err();
        assert!(matches!(error, FrameError::TooLarge { .. }));
    });
}

#[test]
fn a_frame_that_is_too_long_is_not_written_at_all() {
    let mut written = Vec::new();
    let error = block_on(write_frame(&mut written, b"12345", 4)).unwrap_err();
    assert!(matches!(error, FrameError::TooLarge { length: 5, .. }));
    assert!(written.is_empty());
}

proptest! {
    #[test]
    fn what_was_written_is_read(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let mut bytes = Vec::new();
        block_on(write_frame(&mut bytes, &body, 2000)).unwrap();
        prop_assert_eq!(read(&bytes, 2000).unwrap(), Some(body));
    }

    #[test]
    fn a_frame_cut_anywhere_is_truncated(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        cut in any::<proptest::sample::Index>(),
    ) {
        let bytes = frame(&body);
        let cut = 1 + cut.index(bytes.len() - 1);
        let truncated = matches!(read(&bytes[..cut], 200), Err(FrameError::Truncated { .. }));
        prop_assert!(truncated);
    }

    #[test]
    fn no_bytes_give_a_frame_beyond_the_bound(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        limit in 0_u32..100,
    ) {
        if let Ok(Some(body)) = read(&bytes, limit) {
            prop_assert!(body.len() <= limit as usize);
            // Memory follows what arrived, whatever the length announced.
            prop_assert!(body.capacity() <= 2 * bytes.len() + 64);
        }
    }
}
