//! What is told.

use outlast_api::v1::Time;
use outlast_os::{clock, host};
use serde_json::{Value, json};

/// As much of a reason as chat programs take: Discord refuses more than 2000 characters.
const LONGEST_REASON: usize = 1000;

/// A failure, as far as it is known.
#[derive(Debug)]
pub(super) struct Message {
    guardian: Option<String>,
    service: Option<String>,
    host: Option<String>,
    reason: Option<String>,
    last_exit: Option<String>,
    why: Option<Why>,
    restarts: Option<u64>,
    time: String,
}

/// What the diagnosis says of it.
#[derive(Debug)]
struct Why {
    cause: String,
    sentence: String,
    confidence: String,
}

impl Message {
    /// From what the guardian has put into variables.
    pub(super) fn of_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let restarts = variable("OUTLAST_FAILED_RESTARTS");
        Self {
            guardian: variable("OUTLAST_GUARDIAN"),
            service: variable("OUTLAST_FAILED_SERVICE"),
            host: host::name(),
            reason: variable("OUTLAST_FAILED_REASON").map(|reason| bounded(&reason)),
            last_exit: variable("OUTLAST_FAILED_EXIT").map(|exit| bounded(&exit)),
            why: variable("OUTLAST_FAILED_CAUSE").map(|cause| Why {
                cause,
                sentence: bounded(&variable("OUTLAST_FAILED_WHY").unwrap_or_default()),
                confidence: variable("OUTLAST_FAILED_CONFIDENCE").unwrap_or_default(),
            }),
            restarts: restarts.and_then(|number| number.parse().ok()),
            time: variable("OUTLAST_FAILED_AT")
                .unwrap_or_else(|| Time(clock::now().real).to_string()),
        }
    }

    /// For programs, and for chat programs: Slack and Mattermost show `text`, Discord
    /// `content`; each leaves alone what it does not know. In ASCII, so that it
    /// survives whatever reads it.
    pub(super) fn to_json(&self) -> String {
        let text = self.text();
        let message = json!({
            "text": text,
            "content": text,
            // Nobody is called because a path has an @ in it.
            "allowed_mentions": { "parse": [] },
            "event": if self.reason.is_some() { "failed" } else { "test" },
            "guardian": self.guardian,
            "service": self.service,
            "host": self.host,
            "reason": self.reason,
            "last_exit": self.last_exit,
            "cause": self.why.as_ref().map(|why| why.cause.as_str()),
            "why": self.why.as_ref().map(|why| why.sentence.as_str()),
            "confidence": self.why.as_ref().map(|why| why.confidence.as_str()),
            "restarts": self.restarts,
            "time": self.time,
        });
        in_ascii(&message)
    }

    fn text(&self) -> String {
        let unknown = "?";
        let guardian = self.guardian.as_deref().unwrap_or(unknown);
        let service = self.service.as_deref().unwrap_or(unknown);
        let host = self.host.as_deref().unwrap_or(unknown);
        let text = match &self.reason {
            Some(reason) => {
                let why = self
                    .why
                    .as_ref()
                    .map(|why| format!(". Why ({} confidence): {}", why.confidence, why.sentence));
                let why = why.unwrap_or_default();
                format!("{guardian}/{service} on {host} has failed: {reason}{why}")
            }
            None => format!(
                "{guardian}/{service} on {host} is not failed; this is a test, or it was started again"
            ),
        };
        // Slack has links and calls between these.
        text.replace('<', "‹").replace('>', "›")
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn in_ascii(value: &Value) -> String {
    let mut text = String::new();
    let mut units = [0; 2];
    for c in value.to_string().chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let units = c.encode_utf16(&mut units).iter();
            text.extend(units.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Value {
        let message = Message::of_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let text = message.to_json();
        assert!(
            text.is_ascii() && !text.contains(char::is_control),
            "{text}"
        );
        serde_json::from_str(&text).expect("it is JSON")
    }

    #[test]
    fn it_is_told_to_people_and_to_programs() {
        let reason = "it ended with code 1: \"<ä\u{1f980}>\"\n\\";
        let told = told(&[
            ("OUTLAST_GUARDIAN", "shop"),
            ("OUTLAST_FAILED_SERVICE", "api"),
            ("OUTLAST_FAILED_REASON", reason),
            ("OUTLAST_FAILED_EXIT", "code 1"),
            ("OUTLAST_FAILED_RESTARTS", "9"),
            ("OUTLAST_FAILED_AT", "2026-11-26T22:00:00Z"),
        ]);
        assert_eq!(told["event"], "failed");
        assert_eq!(told["guardian"], "shop");
        assert_eq!(told["service"], "api");
        assert_eq!(told["reason"], reason);
        assert_eq!(told["last_exit"], "code 1");
        assert_eq!(told["restarts"], 9);
        assert_eq!(told["time"], "2026-11-26T22:00:00Z");
        let text = told["text"].as_str().expect("it is text");
        assert!(
            text.starts_with("shop/api on ") && text.contains('🦀'),
            "{text}"
        );
        assert!(!text.contains(['<', '>']), "{text}");
        assert_eq!(told["content"], told["text"]);
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let told = told(&[("OUTLAST_FAILED_SERVICE", "api")]);
        assert_eq!(told["event"], "test");
        for unknown in ["guardian", "reason", "last_exit", "restarts"] {
            assert_eq!(told[unknown], Value::Null, "{unknown}");
        }
        let text = told["text"].as_str().expect("it is text");
        assert!(!text.contains("has failed"), "{text}");
        assert!(
            told["time"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z'))
        );
    }

    #[test]
    fn no_chat_program_is_told_too_much() {
        let told = told(&[("OUTLAST_FAILED_REASON", &"é".repeat(5000))]);
        let text = told["content"].as_str().expect("it is text");
        assert!(text.chars().count() < 1500);
    }
}
