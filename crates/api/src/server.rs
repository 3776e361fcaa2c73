//! The guardian's end of a connection.

use tokio::io::{AsyncRead, AsyncWrite};

use crate::frame::{FrameError, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, read_frame, write_frame};
use crate::v1::envelope::{MessageError, decode_request, encode_response};
use crate::v1::{ErrorBody, ErrorCode, Request, Response, SUPPORTED_VERSIONS};

/// Why there is no request. The connection is to be closed, after sending
/// [`RequestError::response`] if there is one.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Its frame could not be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What the frame holds is no request.
    #[error(transparent)]
    Message(#[from] MessageError),
}

impl RequestError {
    /// What to tell the client; `None` when nobody can be listening any more.
    pub fn response(&self) -> Option<Response> {
        let error = match self {
            Self::Frame(FrameError::Io(_)) => return None,
            Self::Frame(error @ FrameError::TooLarge { .. }) => {
                ErrorBody::new(ErrorCode::TooLarge, error.to_string())
            }
            // The client may have closed its sending half only.
            Self::Frame(error @ FrameError::Truncated { .. }) => {
                ErrorBody::new(ErrorCode::BadRequest, error.to_string())
            }
            Self::Message(error) => message_error(error),
        };
        Some(Response::Error(error))
    }
}

fn message_error(error: &MessageError) -> ErrorBody {
    match error {
        MessageError::Malformed(cause) => {
            ErrorBody::new(ErrorCode::BadRequest, format!("{error}: {cause}"))
        }
        MessageError::Empty => ErrorBody::new(ErrorCode::BadRequest, error.to_string()),
        MessageError::UnsupportedVersion(_) => ErrorBody {
            supported: SUPPORTED_VERSIONS.to_vec(),
            ..ErrorBody::new(
                ErrorCode::UnsupportedVersion,
                format!("{error}; this guardian understands {SUPPORTED_VERSIONS:?}"),
            )
            .with_hint("use the `outlast` command of the version that the guardian runs")
        },
        MessageError::UnknownVerb(_) => ErrorBody::new(ErrorCode::UnknownVerb, error.to_string())
            .with_hint(format!("the verbs are {}", Request::VERBS.join(", "))),
    }
}

/// Waits for the next request; `None` when the client has closed the
/// connection in an orderly way.
///
/// Waits for as long as the client takes: the caller sets the limit. Not cancel
/// safe: after giving up on it, close the stream.
///
/// # Errors
/// Says what is wrong; the connection is of no more use then.
pub async fn read_request<S>(stream: &mut S) -> Result<Option<Request>, RequestError>
where
    S: AsyncRead + Unpin,
{
    let Some(body) = read_frame(stream, MAX_REQUEST_BYTES).await? else {
        return Ok(None);
    };
    Ok(Some(decode_request(&body)?))
}

/// Sends a response. One that is longer than
/// [`MAX_RESPONSE_BYTES`] is replaced by an error that says so.
///
/// Waits for as long as the client takes to read: the caller sets the limit.
///
/// # Errors
/// When the stream fails.
pub async fn write_response<S>(stream: &mut S, response: &Response) -> Result<(), FrameError>
where
    S: AsyncWrite + Unpin,
{
    let body = encode_response(response);
    match write_frame(stream, &body, MAX_RESPONSE_BYTES).await {
        Err(error @ FrameError::TooLarge { .. }) => {
            let error = ErrorBody::new(ErrorCode::TooLarge, error.to_string())
                .with_hint("ask about fewer services at once");
            let body = encode_response(&Response::Error(error));
            write_frame(stream, &body, MAX_RESPONSE_BYTES).await
        }
        result => result,
    }
}
