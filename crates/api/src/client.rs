//! The command line's end of a connection.

use tokio::io::{AsyncRead, AsyncWrite};

use crate::frame::{FrameError, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, read_frame, write_frame};
use crate::v1::envelope::{MessageError, decode_response, encode_request};
use crate::v1::{Answer, ErrorBody, Request, Response};

/// A connection to a guardian. Requests follow one another on it; after an
/// error other than [`CallError::Refused`] it is of no more use.
#[derive(Debug)]
pub struct Client<S> {
    stream: S,
}

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request could not be sent.
    #[error("the request could not be sent")]
    Send(#[source] FrameError),
    /// The response could not be received.
    #[error("the response could not be received")]
    Receive(#[source] FrameError),
    /// The guardian closed the connection without a response. What was asked
    /// may have been done.
    #[error("the guardian closed the connection without an answer")]
    Closed,
    /// The response is not understood.
    #[error("the guardian's answer is not understood")]
    Message(#[source] MessageError),
    /// The guardian says that it was not done.
    #[error(transparent)]
    Refused(ErrorBody),
}

impl<S> Client<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    /// A client on a stream that is connected to a guardian.
    pub const fn new(stream: S) -> Self {
        Self { stream }
    }

    /// Sends `request` and waits for its response, for as long as the guardian
    /// takes. Not cancel safe: after giving up on it, drop the client.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call(&mut self, request: &Request) -> Result<Answer, CallError> {
        let body = encode_request(request);
        let sent = write_frame(&mut self.stream, &body, MAX_REQUEST_BYTES).await;
        match sent {
            Ok(()) => self.receive().await,
            Err(error @ FrameError::Io(_)) => Err(self.parting_word(error).await),
            Err(error) => Err(CallError::Send(error)),
        }
    }

    /// A guardian that refuses a connection (too many of them, the wrong user)
    /// answers and closes at once. Then sending fails, and what it answered is
    /// worth more than the failure.
    async fn parting_word(&mut self, sending: FrameError) -> CallError {
        match self.receive().await {
            Err(refused @ CallError::Refused(_)) => refused,
            _ => CallError::Send(sending),
        }
    }

    async fn receive(&mut self) -> Result<Answer, CallError> {
        let body = read_frame(&mut self.stream, MAX_RESPONSE_BYTES)
            .await
            .map_err(CallError::Receive)?
            .ok_or(CallError::Closed)?;
        match decode_response(&body).map_err(CallError::Message)? {
            Response::Ok(answer) => Ok(answer),
            Response::Error(error) => Err(CallError::Refused(error)),
        }
    }
}
