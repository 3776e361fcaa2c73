//! What cannot be provoked where the tests run: statuses and event logs of Windows,
//! reports of macOS, .NET, the words of kernels, of systemd and of keepers of memory.
//! It is written down from their documentation and sources, and was not seen here.

use outlast_diagnose::sign::VOCABULARY;
use outlast_diagnose::text::Line;
use outlast_diagnose::{Case, Platform, Sign, Table, ending, judge};
use outlast_model::Exit;
use serde::Deserialize;

const RECORDS: [&str; 6] = [
    include_str!("windows.toml"),
    include_str!("dotnet.toml"),
    include_str!("macos.toml"),
    include_str!("linux.toml"),
    include_str!("logs.toml"),
    include_str!("misleading.toml"),
];

/// So many there are to be.
const ENOUGH: usize = 40;

/// The share, in percent, of which the cause has to be found.
const RIGHT: usize = 95;

#[derive(Deserialize)]
struct Records {
    record: Vec<Record>,
}

/// What was seen, and what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    name: String,
    on: Platform,
    /// As in a row of the table; none: a log of which nothing else is known.
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    output: String,
    /// The right cause, and others that are as good.
    cause: Vec<String>,
    /// `false`: two readings are possible.
    #[serde(default = "yes")]
    sure: bool,
}

const fn yes() -> bool {
    true
}

#[test]
fn what_others_have_recorded_is_understood() {
    let table = Table::own();
    let files = RECORDS.iter().map(|text| {
        let records: Records = toml::from_str(text).expect("the records are in order");
        records.record
    });
    let records: Vec<Record> = files.flatten().collect();
    assert!(records.len() >= ENOUGH, "{}", records.len());
    let mut wrong = Vec::new();
    let mut sure = 0;
    for record in &records {
        let verdict = judge(&record.case(), &table);
        let (cause, confidence) = verdict.map_or(("nothing".to_owned(), "-"), |verdict| {
            (verdict.cause, verdict.confidence.word())
        });
        let is_right = record.cause.contains(&cause);
        let is_sure = confidence == "high";
        sure += usize::from(is_sure && (!is_right || !record.sure));
        if !is_right || (is_sure && !record.sure) {
            wrong.push(format!(
                "{}: {cause} ({confidence}), not {}",
                record.name,
                record.cause.join(" or ")
            ));
        }
    }
    let told = wrong.join("\n");
    println!(
        "{} of {} are right\n{told}",
        records.len() - wrong.len(),
        records.len()
    );
    assert_eq!(sure, 0, "certain and wrong among:\n{told}");
    let right = records.len() - wrong.len();
    assert!(right * 100 >= records.len() * RIGHT, "{told}");
}

impl Record {
    fn case(&self) -> Case {
        let line = |text: &str| Line {
            stream: None,
            at: None,
            text: text.to_owned(),
        };
        Case {
            platform: self.on,
            at: None,
            signs: self.signs.iter().map(|text| self.sign(text)).collect(),
            lines: self.output.lines().map(line).collect(),
            is_log_only: self.signs.is_empty(),
        }
    }

    /// `NAME FIELD=VALUE …`; an exit is what a guardian makes of it.
    fn sign(&self, text: &str) -> Sign {
        let mut words = text.split(' ');
        let name = words.next().expect("it has a name");
        let fields: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
        if let [("code", code)] = fields[..] {
            return ending::exit(Exit::Code(number(code)), self.on, None);
        }
        if let ("exit", [("status", status)]) = (name, &fields[..]) {
            return ending::exit(Exit::Code(number(status)), self.on, None);
        }
        let known = VOCABULARY.iter().find(|(known, _)| *known == name);
        let (known, _) = known.unwrap_or_else(|| panic!("there is no sign {name}"));
        let sign = Sign::new(known, "recorded", text);
        fields
            .iter()
            .fold(sign, |sign, (field, value)| sign.with(field, value))
    }
}

/// Of 32 bits, in decimal or as Windows writes it.
fn number(text: &str) -> i32 {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16)
            .expect("it has hexadecimal digits")
            .cast_signed(),
        None => text.parse().expect("it is a number"),
    }
}
