//! `outlast __webhook`: tells by HTTP that a service has failed. It is the program of
//! the service that `on_failure.webhook` makes, and finds everything in variables.
//!
//! The address is known to three: the guardian, this process and `curl`, which reads
//! it from its standard input.

mod answer;
mod curl;
mod message;

use std::env;

use outlast_config::webhook::{self, ADDRESS_VARIABLE};

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use answer::Answer;
use message::Message;

pub(crate) fn perform() -> Result<ExitCode, Failure> {
    let address = env::var(ADDRESS_VARIABLE).unwrap_or_default();
    let address = address.trim();
    if !webhook::is_address(address) {
        return Err(Failure::new(
            ExitCode::BadConfiguration,
            format!("cannot send the webhook: what {ADDRESS_VARIABLE} has is no address of HTTP"),
        )
        .hint("look at what `on_failure.webhook` names: it has one line, such as https://example.com/hook"));
    }
    let message = Message::of_variables(|name| env::var(name).ok());
    let answer = curl::post(address, &message.to_json())?;
    told(address, &answer)
}

/// Of a server only its own word is an answer: who is sent elsewhere has told nobody.
fn told(address: &str, answer: &Answer) -> Result<ExitCode, Failure> {
    let place = webhook::shown(address);
    match answer {
        Answer::Status(status, _) if (200..300).contains(status) => {
            crate::terminal::print(&format!("{place} was told, and answered {status}"))?;
            Ok(ExitCode::Ok)
        }
        Answer::Status(status, said) => {
            let said = answer::harmless(said, address);
            let said = if said.is_empty() {
                said
            } else {
                format!(": {said}")
            };
            let failure = Failure::new(
                ExitCode::Failed,
                format!("cannot tell {place} of the failure: it answered {status}{said}"),
            );
            Err(failure.hint(hint(*status)))
        }
        Answer::None(why) => {
            let why = answer::harmless(why, address);
            Err(Failure::new(
                ExitCode::Failed,
                format!("cannot tell {place} of the failure: {why}"),
            ))
        }
    }
}

const fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => "it has moved; write the address that it has now",
        401 | 403 | 404 | 410 => {
            "look whether the webhook is still there, and whether its address is complete"
        }
        408 | 429 | 500 | 502..=504 => "it was asked several times; look at that server",
        _ => "look whether that server takes a JSON object with `text` or `content`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://example.com/services/T0SECRET";

    fn failure(answer: &Answer) -> String {
        let failure = told(ADDRESS, answer).expect_err("it was not told");
        format!("{} {}", failure.message, failure.hint.unwrap_or_default())
    }

    #[test]
    fn only_a_good_answer_is_one() {
        assert!(told(ADDRESS, &Answer::Status(204, Vec::new())).is_ok());
        for status in [100, 302, 404, 500] {
            let said = failure(&Answer::Status(status, b"why T0SECRET".to_vec()));
            assert!(said.contains(&status.to_string()), "{said}");
            assert!(
                said.contains("why") && said.contains("https://example.com "),
                "{said}"
            );
            assert!(!said.contains("T0SECRET"), "{said}");
        }
        let said = failure(&Answer::None(b"no route to T0SECRET".to_vec()));
        assert!(
            said.contains("no route") && !said.contains("T0SECRET"),
            "{said}"
        );
    }
}
