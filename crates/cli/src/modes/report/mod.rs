//! What a comparison comes to, for people and for programs. Pure.
//!
//! [`table`]s of numbers and of attempts, the [`listed`] differences, and a
//! [`conclusion`] in plain words.

mod conclusion;
mod listed;
mod table;

use serde_json::{Value, json};

use super::differences::{self, Difference};
use super::document::{Half, Mode};
use super::measures::{MEASURES, Measure};
use super::statistics::{Spread, Verdict};

/// One half, or two that are compared.
pub(crate) enum Report {
    One(Box<Half>),
    Two(Box<[Half; 2]>),
}

/// What the halves are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// At the head of a column.
    head: &'static str,
    /// In a sentence.
    place: &'static str,
}

const SESSION: Label = Label {
    head: "SESSION",
    place: "in the session",
};
const SERVICE: Label = Label {
    head: "SERVICE",
    place: "as a service",
};
const HERE: Label = Label {
    head: "FIRST",
    place: "in the first",
};
const THERE: Label = Label {
    head: "SECOND",
    place: "in the second",
};

impl Report {
    /// Of one half or two; the session comes first.
    pub(crate) fn of(halves: Vec<Half>) -> Option<Self> {
        let mut halves = halves;
        halves.sort_by_key(|half| half.mode == Mode::Service);
        match <[Half; 2]>::try_from(halves) {
            Ok(two) => Some(Self::Two(Box::new(two))),
            Err(mut halves) => {
                let half = halves.pop()?;
                halves.is_empty().then(|| Self::One(Box::new(half)))
            }
        }
    }

    fn halves(&self) -> &[Half] {
        match self {
            Self::One(half) => std::slice::from_ref(half),
            Self::Two(halves) => &halves[..],
        }
    }

    fn labels(&self) -> Vec<Label> {
        let label = |half: &Half| match half.mode {
            Mode::User => SESSION,
            Mode::Service => SERVICE,
        };
        let labels: Vec<Label> = self.halves().iter().map(label).collect();
        match labels[..] {
            [one, other] if one == other => vec![HERE, THERE],
            _ => labels,
        }
    }

    /// The same for a terminal.
    fn plain(&self) -> Self {
        match self {
            Self::One(half) => Self::One(Box::new(half.plain())),
            Self::Two(halves) => Self::Two(Box::new(halves.each_ref().map(Half::plain))),
        }
    }

    fn differences(&self) -> Vec<Difference> {
        match self {
            Self::One(_) => Vec::new(),
            Self::Two(halves) => differences::between(&halves[0].got, &halves[1].got),
        }
    }

    /// For people, line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.plain().lines_as_they_are()
    }

    fn lines_as_they_are(&self) -> Vec<String> {
        let labels = self.labels();
        let mut lines = self.head(&labels);
        lines.push(String::new());
        lines.extend(table::of_measures(self.halves(), &labels));
        lines.push(String::new());
        lines.extend(table::of_attempts(self.halves(), &labels));
        lines.push(String::new());
        lines.extend(table::of_facts(self.halves(), &labels));
        if let (Self::Two(halves), [first, second]) = (self, &labels[..]) {
            let differences = self.differences();
            lines.push(String::new());
            lines.extend(listed::lines(&differences, (*first, *second)));
            lines.push(String::new());
            lines.push("for this machine:".to_owned());
            let sentences = conclusion::sentences(halves, (*first, *second), &differences);
            lines.extend(sentences.iter().map(|sentence| format!("  - {sentence}")));
        }
        lines
    }

    fn head(&self, labels: &[Label]) -> Vec<String> {
        let halves = self.halves().iter().zip(labels);
        halves
            .map(|(half, label)| {
                let user = half.got.fact("user").unwrap_or("an unknown user");
                let machine = half
                    .machine
                    .as_deref()
                    .unwrap_or("a machine without a name");
                format!(
                    "{}: {}, as {user}, on {machine}; rounds: {}",
                    label.place,
                    half.how,
                    half.rounds.len()
                )
            })
            .collect()
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        let halves = self.halves();
        let mut report = json!({
            "halves": halves,
            "measures": MEASURES.iter().map(|measure| of_measure(measure, halves)).collect::<Vec<_>>(),
        });
        if let (Self::Two(halves), [first, second]) = (self, &self.labels()[..]) {
            let differences = self.differences();
            let sentences = conclusion::sentences(halves, (*first, *second), &differences);
            report["differences"] = json!(differences);
            report["conclusion"] = json!(sentences);
        }
        report
    }
}

fn of_measure(measure: &Measure, halves: &[Half]) -> Value {
    let spreads: Vec<Option<Spread>> = halves
        .iter()
        .map(|half| measure.spread(&half.rounds))
        .collect();
    let value = |spread: &Option<Spread>| {
        spread.map(|spread| {
            json!({
                "median": spread.median,
                "lower": spread.lower,
                "upper": spread.upper,
                "rounds": spread.rounds,
            })
        })
    };
    let mut told = json!({
        "measure": measure.key,
        "spreads": spreads.iter().map(value).collect::<Vec<_>>(),
    });
    if let [first, second] = &spreads[..] {
        let verdict = Measure::verdict(first.as_ref(), second.as_ref());
        told["verdict"] = json!(word(verdict));
        if let Some(Verdict::Differs { ratio }) = verdict {
            told["ratio"] = json!(ratio);
        }
    }
    told
}

const fn word(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "unknown",
        Some(Verdict::Equal) => "equal",
        Some(Verdict::Differs { .. }) => "differs",
        Some(Verdict::Open) => "open",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{rounds, service, user};
    use super::*;

    fn report(halves: Vec<Half>) -> Report {
        Report::of(halves).expect("one or two")
    }

    #[test]
    fn the_session_comes_first_however_they_are_given() {
        let report = report(vec![service(), user()]);
        assert_eq!(report.labels(), [SESSION, SERVICE]);
        assert_eq!(report.halves()[0], user());
        assert!(Report::of(Vec::new()).is_none());
        assert!(Report::of(vec![user(), user(), user()]).is_none());
    }

    #[test]
    fn two_of_one_kind_are_told_apart() {
        assert_eq!(report(vec![user(), user()]).labels(), [HERE, THERE]);
    }

    #[test]
    fn one_half_alone_is_told_without_a_comparison() {
        let report = report(vec![user()]);
        let text = report.lines().join("\n");
        assert!(
            text.contains("a system call") && text.contains("100 ns"),
            "{text}"
        );
        assert!(!text.contains("differ"), "{text}");
        let json = report.json();
        assert_eq!(json["measures"][0]["spreads"][0]["median"], 100.0);
        assert_eq!(json["measures"][0]["verdict"], Value::Null);
        assert_eq!(json["differences"], Value::Null);
    }

    /// With something that a terminal obeys in every text.
    fn hostile(half: &Half) -> Half {
        let text = serde_json::to_string(half).expect("JSON");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        serde_json::from_value(with_escapes(value)).expect("a half")
    }

    fn with_escapes(value: Value) -> Value {
        const WORDS: [&str; 6] = ["user", "service", "stopped", "succeeded", "unknown", "PATH"];
        match value {
            Value::String(text) if WORDS.contains(&text.as_str()) => Value::String(text),
            Value::String(text) => Value::String(format!("{text}\u{1b}[2J\r\u{9b}31m")),
            Value::Array(all) => all.into_iter().map(with_escapes).collect(),
            Value::Object(all) => all
                .into_iter()
                .map(|(key, value)| (key, with_escapes(value)))
                .collect(),
            other => other,
        }
    }

    #[test]
    fn nothing_of_a_file_is_obeyed_by_a_terminal() {
        for halves in [
            vec![hostile(&user())],
            vec![hostile(&user()), hostile(&service())],
        ] {
            let lines = report(halves).lines().join("\n");
            // What is left after our own styles are gone.
            let text = anstream::adapter::strip_str(&lines).to_string();
            assert!(text.contains("·[2J··31m"), "{text}");
            let obeyed = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(obeyed, None, "{text:?}");
            assert!(!lines.contains("\u{1b}[2J"), "{lines:?}");
        }
    }

    #[test]
    fn programs_are_told_everything() {
        let slower = Half {
            rounds: rounds(150.0),
            ..service()
        };
        let json = report(vec![user(), slower]).json();
        assert_eq!(json["halves"][1]["mode"], "service");
        let call = &json["measures"][0];
        assert_eq!(
            (&call["measure"], &call["verdict"]),
            (&json!("call_ns"), &json!("differs"))
        );
        assert_eq!(call["ratio"], 1.5);
        assert_eq!(json["measures"][1]["verdict"], "equal");
        let all = json["differences"].as_array().expect("a list");
        let home = all.iter().find(|one| one["name"] == "HOME").expect("it is");
        assert_eq!(home["first"], json!({ "value": "/home/ann" }));
        assert_eq!(home["second"], "absent");
        assert!(home["breaks"].is_string());
        assert!(
            json["conclusion"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        );
    }
}
