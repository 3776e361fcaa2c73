//! What frames say: round trips, foreign bytes, older and newer peers.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use outlast_api::v1::envelope::{
    MessageError, decode_request, decode_response, encode_request, encode_response,
};
use outlast_api::v1::{
    Answer, ErrorBody, ErrorCode, Pong, Reloaded, Request, Response, Target, Time, Urgency,
};
use outlast_model::RealTime;
use proptest::prelude::*;

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::All),
        proptest::collection::vec(".{0,20}", 0..4).prop_map(Target::Services),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        Just(Request::Ping),
        Just(Request::Reload),
        target().prop_map(|target| Request::Status { target }),
        target().prop_map(|target| Request::Start { target }),
        target().prop_map(|target| Request::Stop { target }),
        target().prop_map(|target| Request::Restart { target }),
        prop_oneof![Just(Urgency::Orderly), Just(Urgency::Immediate)]
            .prop_map(|urgency| Request::Shutdown { urgency }),
    ]
}

proptest! {
    #[test]
    fn every_request_survives_the_wire(request in request()) {
        prop_assert_eq!(decode_request(&encode_request(&request)).unwrap(), request);
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = decode_request(&bytes);
        let _ = decode_response(&bytes);
    }

    #[test]
    fn a_damaged_request_never_panics(
        request in request(),
        position in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode_request(&request);
        let position = position.index(bytes.len());
        bytes[position] = byte;
        let _ = decode_request(&bytes);
    }

    #[test]
    fn every_moment_survives_the_wire(nanoseconds in any::<i64>()) {
        let time = Time(RealTime::from_unix_nanos(nanoseconds));
        let text = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), time);
    }
}

#[test]
fn a_request_reads_as_documented() {
    let bytes = br#"{"v":1,"verb":"stop","target":{"services":["api"]}}"#;
    let expected = Request::Stop {
        target: Target::Services(vec!["api".to_owned()]),
    };
    assert_eq!(decode_request(bytes).unwrap(), expected);
    assert_eq!(encode_request(&expected), bytes);
}

#[test]
fn unknown_fields_are_ignored() {
    for bytes in [
        br#"{"v":1,"verb":"ping","later":{"x":[1]}}"#.as_slice(),
        br#"{"later":null,"verb":"ping","v":1}"#,
    ] {
        assert_eq!(decode_request(bytes).unwrap(), Request::Ping);
    }
    let bytes = br#"{"v":1,"later":2,"ok":{"done":{"later":3}}}"#;
    let done = Response::Ok(Answer::Done {});
    assert_eq!(decode_response(bytes).unwrap(), done);
}

#[test]
fn the_version_is_looked_at_before_everything_else() {
    let bytes = br#"{"v":2,"verb":["of another shape"]}"#;
    // The shape of a later version is not known, so this may fail as either.
    assert!(decode_request(bytes).is_err());
    let bytes = br#"{"v":2,"verb":"teleport"}"#;
    let error = decode_request(bytes).unwrap_err();
    assert!(matches!(error, MessageError::UnsupportedVersion(2)));
}

#[test]
fn what_is_no_request_is_an_error() {
    for bytes in [
        b"".as_slice(),
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        br#"{"verb":"ping"}"#,
        br#"{"v":"1","verb":"ping"}"#,
        br#"{"v":1}"#,
        br#"{"v":1,"verb":"stop"}"#,
        br#"{"v":1,"verb":"stop","target":"everything"}"#,
        br#"{"v":1,"verb":"stop","target":{"services":"api"}}"#,
        br#"{"v":1,"verb":"ping"} {"v":1,"verb":"stop","target":"all"}"#,
    ] {
        let text = String::from_utf8_lossy(bytes);
        assert!(decode_request(bytes).is_err(), "{text}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow_of_the_stack() {
    let mut bytes = br#"{"v":1,"verb":"ping","x":"#.to_vec();
    bytes.resize(60_000, b'[');
    assert!(decode_request(&bytes).is_err());
}

#[test]
fn an_unknown_verb_is_told_apart_from_a_malformed_request() {
    let error = decode_request(br#"{"v":1,"verb":"teleport"}"#).unwrap_err();
    assert!(matches!(error, MessageError::UnknownVerb(verb) if verb == "teleport"));
}

#[test]
fn every_response_survives_the_wire() {
    let pong = Pong {
        name: "shop".to_owned(),
        pid: 7,
        version: "0.1.0".to_owned(),
        protocols: vec![1],
    };
    let error = ErrorBody::new(ErrorCode::UnknownService, "no such service").with_hint("look");
    for response in [
        Response::Ok(Answer::Pong(pong)),
        Response::Ok(Answer::Done {}),
        Response::Ok(Answer::Reloaded(Reloaded::default())),
        Response::Error(error),
    ] {
        assert_eq!(
            decode_response(&encode_response(&response)).unwrap(),
            response
        );
    }
}

#[test]
fn the_error_code_of_a_newer_guardian_is_read_as_other() {
    let bytes = br#"{"v":1,"error":{"code":"from-the-future","message":"m"}}"#;
    let Response::Error(error) = decode_response(bytes).unwrap() else {
        panic!("it is an error");
    };
    assert_eq!(error.code, ErrorCode::Other);
}

#[test]
fn a_response_that_says_nothing_is_an_error() {
    let error = decode_response(br#"{"v":1}"#).unwrap_err();
    assert!(matches!(error, MessageError::Empty));
}
