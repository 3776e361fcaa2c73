//! From messages to bytes and back: the version around every message.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Answer, ErrorBody, Request, Response, VERSION};

/// What is wrong with the bytes of a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// They are no JSON, or not the JSON of such a message.
    #[error("the message is not understood")]
    Malformed(#[from] serde_json::Error),
    /// They are of a version that this build does not know.
    #[error("the message is of version {0} of the protocol")]
    UnsupportedVersion(u64),
    /// They ask for something that this build does not know.
    #[error("the verb {0:?} is not known")]
    UnknownVerb(String),
    /// A response that is neither an answer nor an error.
    #[error("the response has neither \"ok\" nor \"error\"")]
    Empty,
}

/// Looked at before the rest, because only a known version says what the rest
/// may be.
#[derive(Deserialize)]
struct Head<'a> {
    v: u64,
    #[serde(borrow, default)]
    verb: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct OutgoingRequest<'a> {
    v: u64,
    #[serde(flatten)]
    request: &'a Request,
}

#[derive(Serialize)]
struct OutgoingResponse<'a> {
    v: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<&'a Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorBody>,
}

#[derive(Deserialize)]
struct IncomingResponse {
    ok: Option<Answer>,
    error: Option<ErrorBody>,
}

/// The bytes of a request.
pub fn encode_request(request: &Request) -> Vec<u8> {
    to_bytes(&OutgoingRequest {
        v: VERSION,
        request,
    })
}

/// The request that `bytes` are. Unknown fields are ignored.
///
/// # Errors
/// See [`MessageError`].
pub fn decode_request(bytes: &[u8]) -> Result<Request, MessageError> {
    let head = decode_head(bytes)?;
    if let Some(verb) = head.verb
        && !Request::VERBS.contains(&&*verb)
    {
        return Err(MessageError::UnknownVerb(verb.into_owned()));
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// The bytes of a response.
pub fn encode_response(response: &Response) -> Vec<u8> {
    let (ok, error) = match response {
        Response::Ok(answer) => (Some(answer), None),
        Response::Error(error) => (None, Some(error)),
    };
    to_bytes(&OutgoingResponse {
        v: VERSION,
        ok,
        error,
    })
}

fn to_bytes(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("a message has only text as keys and never fails")
}

/// The response that `bytes` are. Unknown fields are ignored.
///
/// # Errors
/// See [`MessageError`].
pub fn decode_response(bytes: &[u8]) -> Result<Response, MessageError> {
    decode_head(bytes)?;
    let message: IncomingResponse = serde_json::from_slice(bytes)?;
    match (message.error, message.ok) {
        (Some(error), _) => Ok(Response::Error(error)),
        (None, Some(answer)) => Ok(Response::Ok(answer)),
        (None, None) => Err(MessageError::Empty),
    }
}

fn decode_head(bytes: &[u8]) -> Result<Head<'_>, MessageError> {
    let head: Head<'_> = serde_json::from_slice(bytes)?;
    if head.v != VERSION {
        return Err(MessageError::UnsupportedVersion(head.v));
    }
    Ok(head)
}
