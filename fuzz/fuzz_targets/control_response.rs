//! Responses of a guardian, which may be a newer one: what is understood can be passed on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_api::v1::envelope::{decode_response, encode_response};
use outlast_api::v1::{Answer, GuardianStatus, Response};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(response) = decode_response(bytes) {
        let written = encode_response(&response);
        let again = decode_response(&written).expect("it was written here");
        match (&response, &again) {
            // Not all of it: reading a fraction may lose its last binary digit.
            (Response::Ok(Answer::Status(first)), Response::Ok(Answer::Status(second))) => {
                let names = |status: &GuardianStatus| -> Vec<String> {
                    let services = status.services.iter();
                    services.map(|service| service.name.clone()).collect()
                };
                assert_eq!(names(first), names(second));
                assert_eq!(
                    (&first.journal, first.started),
                    (&second.journal, second.started)
                );
            }
            (first, second) => assert_eq!(first, second),
        }
    }
});
