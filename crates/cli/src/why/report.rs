//! What was found out, for people and for programs.

use outlast_journal::events::StoredVerdict;
use outlast_journal::events::stored::{StoredEvent, StoredRecord};
use outlast_model::verdict::{Confidence, Quote};
use outlast_model::{RealTime, Verdict};
use serde::Serialize;
use serde_json::{Value, json};

use super::Incident;
use super::story::Story;
use crate::describe;
use crate::moment::{clock_time, rfc3339};
use crate::terminal::{BAD, CHANGING, FAINT, GOOD, styled};

/// So many events of the last minutes are shown to people.
const TIMELINE: usize = 12;

/// So many lines of one quote.
const QUOTED: usize = 14;

/// What there is to tell about one incident.
pub(crate) struct Report {
    /// What is asked about, for example `api (instance 5)`.
    pub(crate) subject: String,
    /// When; `None`: that is not known.
    pub(crate) at: Option<RealTime>,
    /// Why.
    pub(crate) verdict: Verdict,
    /// Whether that was found out only now, from what is left.
    pub(crate) is_late: bool,
    /// How many earlier incidents on record are the same.
    pub(crate) same: usize,
    /// What happened around it, oldest first.
    pub(crate) timeline: Vec<StoredRecord>,
}

impl Report {
    /// About `incident` of the guardian whose journal `state_dir` has.
    pub(crate) fn of(
        state_dir: &std::path::Path,
        incident: &Incident,
        (verdict, is_late): (Verdict, bool),
    ) -> Self {
        let story = Story::read(state_dir, incident);
        let subject = match (&incident.service, incident.instance) {
            (Some(service), Some(instance)) => format!("{service} (instance {instance})"),
            (Some(service), None) => service.clone(),
            (None, _) => "the guardian".to_owned(),
        };
        Self {
            subject,
            at: Some(incident.at),
            verdict,
            is_late,
            same: 0,
            timeline: story.records.into_iter().filter(is_told).collect(),
        }
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let instance = 0;
        let verdict = StoredVerdict::new(instance, &self.verdict);
        let mut verdict = to_value(&verdict);
        if let Some(verdict) = verdict.as_object_mut() {
            verdict.remove("instance");
        }
        json!({
            "v": 1,
            "subject": self.subject,
            "time": self.at.map(rfc3339),
            "found": if self.is_late { "now" } else { "at-once" },
            "same_earlier": self.same,
            "verdict": verdict,
            "timeline": self.timeline.iter().map(to_value).collect::<Vec<_>>(),
        })
    }
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Verdicts are what the report itself is about.
fn is_told(record: &StoredRecord) -> bool {
    !matches!(
        record.event,
        StoredEvent::Verdict(_) | StoredEvent::Evidence { .. }
    ) && describe::event(&record.event).is_some()
}

/// One screen.
pub(crate) fn text(report: &Report, now: RealTime) -> String {
    let verdict = &report.verdict;
    let when = report.at.map(|at| format!(", {}", clock_time(at, now)));
    let mut lines = vec![
        format!("{}{}", report.subject, when.unwrap_or_default()),
        format!("  {}", styled(BAD, &verdict.sentence)),
        format!("  {}", sureness(report)),
    ];
    let mut section = |title: &str, content: Vec<String>| {
        if !content.is_empty() {
            lines.push(String::new());
            lines.push(title.to_owned());
            lines.extend(content.into_iter().map(|line| format!("  {line}")));
        }
    };
    section("Evidence", quotes(&verdict.evidence, now));
    section("Against it", quotes(&verdict.against, now));
    section("It may also be", others(verdict));
    section("What happened around it", timeline(report, now));
    section("What to do", items(&verdict.remedies));
    section("To know more next time", items(&verdict.missing));
    if let Some(reference) = &verdict.reference {
        section("See", vec![reference.clone()]);
    }
    lines.join("\n")
}

fn sureness(report: &Report) -> String {
    let verdict = &report.verdict;
    let style = match verdict.confidence {
        Confidence::High => GOOD,
        Confidence::Medium => CHANGING,
        Confidence::Low => FAINT,
    };
    let mut parts = vec![
        format!("confidence: {}", styled(style, verdict.confidence.word())),
        format!("cause: {}", verdict.cause),
    ];
    match report.same {
        0 => {}
        1 => parts.push("the same as 1 earlier incident".to_owned()),
        count => parts.push(format!("the same as {count} earlier incidents")),
    }
    if report.is_late {
        parts.push("found out now, from what is left".to_owned());
    }
    parts.join(" · ")
}

fn quotes(quotes: &[Quote], now: RealTime) -> Vec<String> {
    let width = quotes
        .iter()
        .map(|quote| quote.source.chars().count())
        .max()
        .unwrap_or(0);
    quotes
        .iter()
        .flat_map(|quote| quoted(quote, (width, now)))
        .collect()
}

fn quoted(quote: &Quote, (width, now): (usize, RealTime)) -> Vec<String> {
    let mut texts: Vec<&str> = quote.text.lines().collect();
    let left_out = texts.len().saturating_sub(QUOTED);
    texts.truncate(QUOTED);
    let when = quote.at.map(|at| format!("{} ", clock_time(at, now)));
    let first = plain(texts.first().copied().unwrap_or_default());
    let mut lines = vec![format!(
        "{}  {}{first}",
        styled(FAINT, &format!("{:width$}", quote.source)),
        styled(FAINT, &when.unwrap_or_default()),
    )];
    lines.extend(
        texts
            .iter()
            .skip(1)
            .map(|text| format!("{:width$}  {}", "", plain(text))),
    );
    if left_out > 0 {
        lines.push(format!("{:width$}  … {left_out} lines more (`--json`)", ""));
    }
    lines
}

fn others(verdict: &Verdict) -> Vec<String> {
    let other = |other: &outlast_model::verdict::Other| {
        format!("{}: {} ({})", other.confidence, other.sentence, other.cause)
    };
    verdict.others.iter().map(other).collect()
}

fn timeline(report: &Report, now: RealTime) -> Vec<String> {
    let skipped = report.timeline.len().saturating_sub(TIMELINE);
    let shown = report.timeline.iter().skip(skipped);
    shown
        .filter_map(|record| describe::line(record, now))
        .collect()
}

fn items(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| format!("- {text}")).collect()
}

/// What a program prints may be meant for a terminal; here it is quoted.
fn plain(text: &str) -> String {
    let shown = |letter: &char| *letter == '\t' || !letter.is_control();
    text.chars().filter(shown).collect()
}

/// For pasting into an issue.
pub(crate) fn markdown(report: &Report) -> String {
    let verdict = &report.verdict;
    let when = report.at.map(|at| format!(", {}", rfc3339(at)));
    let mut text = format!(
        "### {}{}\n\n**{}**\n\nConfidence {}, cause `{}`.\n",
        report.subject,
        when.unwrap_or_default(),
        escaped(&verdict.sentence),
        verdict.confidence,
        verdict.cause
    );
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            text.push_str(&format!("\n#### {title}\n\n{body}"));
        }
    };
    section("Evidence", fenced(&verdict.evidence));
    section("Against it", fenced(&verdict.against));
    let timeline = report.timeline.iter().filter_map(|record| {
        let sentence = describe::sentence(record)?;
        Some(format!("{} {sentence}", rfc3339(record.time.0)))
    });
    let timeline: Vec<String> = timeline.collect();
    if !timeline.is_empty() {
        section("What happened around it", fence(&timeline.join("\n")));
    }
    section("What to do", listed(&verdict.remedies));
    section("To know more next time", listed(&verdict.missing));
    text.trim_end().to_owned()
}

fn fenced(quotes: &[Quote]) -> String {
    let quote = |quote: &Quote| format!("{}:\n{}", quote.source, fence(&quote.text));
    quotes.iter().map(quote).collect()
}

/// A fence that the text itself cannot close.
fn fence(text: &str) -> String {
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}\n")
}

fn listed(texts: &[String]) -> String {
    texts.iter().map(|text| format!("- {text}\n")).collect()
}

/// What would be markup in a sentence.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if "\\*_<>[]#|".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
