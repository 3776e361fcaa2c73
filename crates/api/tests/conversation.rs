//! A client and a server on one stream.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use outlast_api::frame::{FrameError, MAX_RESPONSE_BYTES, read_frame};
use outlast_api::v1::envelope::decode_response;
use outlast_api::v1::{Answer, ErrorBody, ErrorCode, Request, Response, Target};
use outlast_api::{CallError, Client, RequestError, read_request, write_response};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

fn stop_api() -> Request {
    Request::Stop {
        target: Target::Services(vec!["api".to_owned()]),
    }
}

/// Sends raw bytes to a server and gives its verdict on them.
async fn served(bytes: &[u8]) -> Result<Option<Request>, RequestError> {
    let (mut near, mut far) = duplex(128 * 1024);
    far.write_all(bytes).await.unwrap();
    drop(far);
    read_request(&mut near).await
}

fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes(), body].concat()
}

fn error_code(error: &RequestError) -> ErrorCode {
    match error.response() {
        Some(Response::Error(error)) => error.code,
        other => panic!("an error response is expected, not {other:?}"),
    }
}

#[tokio::test]
async fn requests_follow_one_another_on_one_connection() {
    let (near, mut far) = duplex(1024);
    let server = tokio::spawn(async move {
        let mut requests = Vec::new();
        while let Some(request) = read_request(&mut far).await.unwrap() {
            requests.push(request);
            let done = Response::Ok(Answer::Done {});
            write_response(&mut far, &done).await.unwrap();
        }
        requests
    });
    let mut client = Client::new(near);
    for _ in 0..3 {
        let answer = client.call(&stop_api()).await.unwrap();
        assert_eq!(answer, Answer::Done {});
    }
    drop(client);
    assert_eq!(server.await.unwrap(), vec![stop_api(); 3]);
}

#[tokio::test]
async fn what_the_guardian_refuses_reaches_the_caller_with_its_code_and_hint() {
    let (near, mut far) = duplex(1024);
    let server = tokio::spawn(async move {
        read_request(&mut far).await.unwrap();
        let refusal = Response::Error(ErrorBody::unknown_service("api"));
        write_response(&mut far, &refusal).await.unwrap();
    });
    let error = Client::new(near).call(&stop_api()).await.unwrap_err();
    let CallError::Refused(error) = error else {
        panic!("not {error:?}");
    };
    assert_eq!(error.code, ErrorCode::UnknownService);
    assert_eq!(error.services, ["api"]);
    assert!(error.hint.is_some());
    server.await.unwrap();
}

#[tokio::test]
async fn bad_frames_have_typed_errors_and_an_answer() {
    let oversized = served(&u32::MAX.to_be_bytes()).await.unwrap_err();
    assert_eq!(error_code(&oversized), ErrorCode::TooLarge);
    let truncated = served(&framed(b"{\"v\":1}")[..7]).await.unwrap_err();
    assert_eq!(error_code(&truncated), ErrorCode::BadRequest);
    let garbage = served(&framed(b"\x00\xffgarbage")).await.unwrap_err();
    assert_eq!(error_code(&garbage), ErrorCode::BadRequest);
    let verb = served(&framed(br#"{"v":1,"verb":"fly"}"#))
        .await
        .unwrap_err();
    assert_eq!(error_code(&verb), ErrorCode::UnknownVerb);
}

#[tokio::test]
async fn another_version_is_answered_with_the_supported_ones() {
    let error = served(&framed(br#"{"v":9,"verb":"ping"}"#))
        .await
        .unwrap_err();
    let Some(Response::Error(body)) = error.response() else {
        panic!("there is an answer");
    };
    assert_eq!(body.code, ErrorCode::UnsupportedVersion);
    assert_eq!(body.supported, [1]);
}

#[tokio::test]
async fn a_guardian_that_hangs_up_is_told_apart_from_a_refusal() {
    let (near, far) = duplex(1024);
    let server = tokio::spawn(async move {
        let mut far: DuplexStream = far;
        read_request(&mut far).await.unwrap();
    });
    let error = Client::new(near).call(&Request::Ping).await.unwrap_err();
    assert!(matches!(error, CallError::Closed), "{error:?}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_refusal_sent_before_the_request_was_read_is_still_heard() {
    let (near, mut far) = duplex(1024);
    let busy = Response::Error(ErrorBody::new(ErrorCode::NoPermission, "not you"));
    write_response(&mut far, &busy).await.unwrap();
    drop(far);
    let error = Client::new(near).call(&Request::Ping).await.unwrap_err();
    assert!(matches!(error, CallError::Refused(body) if body.code == ErrorCode::NoPermission));
}

#[tokio::test]
async fn a_request_beyond_the_bound_is_not_sent() {
    let (near, _far) = duplex(1024);
    let request = Request::Start {
        target: Target::Services(vec!["x".repeat(70_000)]),
    };
    let error = Client::new(near).call(&request).await.unwrap_err();
    assert!(matches!(
        error,
        CallError::Send(FrameError::TooLarge { .. })
    ));
}

#[tokio::test]
async fn a_response_beyond_the_bound_becomes_an_error_that_says_so() {
    let mut written = Vec::new();
    let long = ErrorBody::new(
        ErrorCode::Internal,
        "x".repeat(MAX_RESPONSE_BYTES as usize + 1),
    );
    write_response(&mut written, &Response::Error(long))
        .await
        .unwrap();
    let body = read_frame(&mut written.as_slice(), MAX_RESPONSE_BYTES).await;
    let response = decode_response(&body.unwrap().unwrap()).unwrap();
    assert!(matches!(response, Response::Error(body) if body.code == ErrorCode::TooLarge));
}
