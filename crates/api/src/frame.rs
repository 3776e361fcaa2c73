//! Frames: a length as four bytes, most significant first, then that many
//! bytes.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The most bytes a request may have. The longest sensible one names every
/// service of a guardian: a thousand names of 60 letters fit.
pub const MAX_REQUEST_BYTES: u32 = 64 * 1024;

/// The most bytes a response may have. The longest is the status of a guardian
/// with thousands of services, at about a kilobyte each.
pub const MAX_RESPONSE_BYTES: u32 = 8 * 1024 * 1024;

/// Why a frame could not be read or written. After any of them the stream is
/// of no more use, because the beginning of the next frame is not known.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// It is longer than the bound; nothing of it was read or written.
    #[error("the message has {length} bytes; at most {limit} are allowed")]
    TooLarge {
        /// What its length says.
        length: u64,
        /// What is allowed.
        limit: u32,
    },
    /// The stream ended inside it.
    #[error("the connection ended after {received} of {expected} bytes")]
    Truncated {
        /// How many bytes there were.
        received: usize,
        /// How many there should have been.
        expected: usize,
    },
    /// The stream failed.
    #[error("the connection failed")]
    Io(#[from] io::Error),
}

/// Reads one frame of at most `limit` bytes; `None` when the stream ends where
/// a frame could have begun.
///
/// Memory grows with the bytes that arrive, not with the length they announce.
/// Not cancel safe: after giving up on it, close the stream.
///
/// # Errors
/// See [`FrameError`].
pub async fn read_frame<S>(stream: &mut S, limit: u32) -> Result<Option<Vec<u8>>, FrameError>
where
    S: AsyncRead + Unpin,
{
    let Some(length) = read_length(stream).await? else {
        return Ok(None);
    };
    if length > limit {
        return Err(FrameError::TooLarge {
            length: length.into(),
            limit,
        });
    }
    let mut body = Vec::new();
    // `Take` bounds the bytes, `read_to_end` grows the buffer as they come.
    stream
        .take(length.into())
        .read_to_end(&mut body)
        .await
        .map_err(FrameError::Io)?;
    let expected = length as usize;
    if body.len() < expected {
        return Err(FrameError::Truncated {
            received: body.len(),
            expected,
        });
    }
    Ok(Some(body))
}

async fn read_length<S>(stream: &mut S) -> Result<Option<u32>, FrameError>
where
    S: AsyncRead + Unpin,
{
    let mut header = [0; 4];
    let mut received = 0;
    while received < header.len() {
        match stream.read(&mut header[received..]).await? {
            0 if received == 0 => return Ok(None),
            0 => {
                return Err(FrameError::Truncated {
                    received,
                    expected: header.len(),
                });
            }
            count => received += count,
        }
    }
    Ok(Some(u32::from_be_bytes(header)))
}

/// Writes `body` as one frame of at most `limit` bytes and flushes it.
///
/// Not cancel safe: after giving up on it, close the stream.
///
/// # Errors
/// [`FrameError::TooLarge`] before anything is written, [`FrameError::Io`]
/// when the stream fails.
pub async fn write_frame<S>(stream: &mut S, body: &[u8], limit: u32) -> Result<(), FrameError>
where
    S: AsyncWrite + Unpin,
{
    let length = u32::try_from(body.len())
        .ok()
        .filter(|length| *length <= limit)
        .ok_or(FrameError::TooLarge {
            length: body.len() as u64,
            limit,
        })?;
    // One write for a short frame: a reader never sees the length alone.
    let mut bytes = Vec::with_capacity(4 + body.len());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(body);
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    Ok(())
}
