//! Logs of programs that work, full of words that frighten: nothing has happened.

mod stories;

use outlast_diagnose::text::Line;
use outlast_diagnose::{Case, Platform, Table, judge};
use stories::{STORIES, Story};

/// Logs of programs that ran here, and ones that are written in the manner of others.
const LOGS: [&str; 5] = [
    include_str!("logs/real.log"),
    include_str!("logs/written-applications.log"),
    include_str!("logs/written-servers.log"),
    include_str!("logs/written-survivors.log"),
    include_str!("logs/written-systems.log"),
];

/// So many logs there are to be.
const ENOUGH: usize = 200;

/// So many of them that are no story in another manner.
const OWN: usize = 80;

/// Less is no log.
const SHORTEST: usize = 10;

#[test]
fn nothing_is_invented_of_logs_of_what_works() {
    let table = Table::own();
    let own: Vec<(String, String)> = LOGS.iter().flat_map(|logs| split(logs)).collect();
    let told = STORIES.iter().flat_map(Story::in_all_manners);
    let all: Vec<(String, String)> = own.iter().cloned().chain(told).collect();
    assert!(own.len() >= OWN, "{}", own.len());
    assert!(all.len() >= ENOUGH, "{}", all.len());
    let mut invented = Vec::new();
    for (name, log) in &all {
        assert!(log.lines().count() >= SHORTEST, "{name}");
        for platform in Platform::ALL {
            let case = of_log(log, platform);
            if let Some(verdict) = judge(&case, &table) {
                let quotes = verdict.evidence.iter().map(|quote| quote.text.as_str());
                let quotes = quotes.collect::<Vec<_>>().join("\n    ");
                invented.push(format!(
                    "{name} on {platform:?}: {} ({})\n    {quotes}",
                    verdict.cause,
                    verdict.confidence.word()
                ));
            }
        }
    }
    assert!(
        invented.is_empty(),
        "{} of {}:\n{}",
        invented.len(),
        all.len(),
        invented.join("\n")
    );
}

/// `>>>> NAME` begins a log.
fn split(logs: &str) -> Vec<(String, String)> {
    let each = logs.split(">>>> ").filter_map(|log| log.split_once('\n'));
    each.map(|(name, log)| (name.to_owned(), log.to_owned()))
        .collect()
}

fn of_log(log: &str, platform: Platform) -> Case {
    let line = |text: &str| Line {
        stream: None,
        at: None,
        text: text.to_owned(),
    };
    Case {
        platform,
        at: None,
        signs: Vec::new(),
        lines: log.lines().map(line).collect(),
        is_log_only: true,
    }
}

/// In these a cut leaves what really ends a program: a panic of the main thread that is
/// caught later, a traceback that is printed by hand and without a word about it.
const END_WHEN_CUT: [&str; 2] = ["rust-threads", "printexc"];

#[test]
fn nothing_is_invented_of_logs_that_break_off() {
    let table = Table::own();
    let all = LOGS.iter().flat_map(|logs| split(logs));
    for (name, log) in all.filter(|(name, _)| !END_WHEN_CUT.contains(&name.as_str())) {
        let lines: Vec<&str> = log.lines().collect();
        for end in SHORTEST..=lines.len() {
            let case = of_log(&lines[..end].join("\n"), Platform::Linux);
            let verdict = judge(&case, &table);
            assert!(verdict.is_none(), "{name}, {end} lines: {verdict:?}");
        }
    }
}
