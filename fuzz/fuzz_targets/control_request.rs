//! Requests of a peer: what is understood is written and read as the same; what is not gets an answer that can be sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_api::RequestError;
use outlast_api::frame::MAX_RESPONSE_BYTES;
use outlast_api::v1::envelope::{decode_request, decode_response, encode_request, encode_response};

fuzz_target!(|bytes: &[u8]| {
    match decode_request(bytes) {
        Ok(request) => {
            let again = decode_request(&encode_request(&request)).expect("it was written here");
            assert_eq!(again, request);
        }
        Err(error) => {
            let response = RequestError::Message(error)
                .response()
                .expect("who has sent a whole frame is still listening");
            let answer = encode_response(&response);
            assert!(answer.len() < MAX_RESPONSE_BYTES as usize);
            let read = decode_response(&answer).expect("it was written here");
            assert_eq!(read, response);
        }
    }
});
