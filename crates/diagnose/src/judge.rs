//! From a case to a verdict.

use outlast_model::verdict::{Confidence, Other, Quote, Verdict};

use crate::case::Case;
use crate::condition::Condition;
use crate::ending;
use crate::logged;
use crate::printed::{self, Printed};
use crate::sign::Sign;
use crate::table::{Cause, Table};
use crate::template;
use crate::weigh;

/// So many other causes are told.
const OTHERS: usize = 4;

/// What may have to do with any end, and is told with each.
const CONTEXT: [&str; 5] = [
    "event-log",
    "others",
    "changed ago<300",
    "pressure",
    "clock-set",
];

/// What `case` says by `table`; `None`: nothing has happened, as far as is known.
pub fn judge(case: &Case, table: &Table) -> Option<Verdict> {
    let printed = printed::understand(case);
    let mut signs = case.signs.clone();
    if case.is_log_only {
        signs.extend(logged::last_end(&case.lines));
    }
    signs.extend(printed.signs.iter().cloned());
    signs.extend(ending::failure(case, &signs));
    let is_incident = signs.iter().any(|sign| sign.name == "failed");
    if case.is_log_only && !is_incident {
        signs.push(ending::last_line(case)?);
    }
    let seen = Seen {
        case,
        signs: &signs,
        printed: &printed,
    };
    let mut found: Vec<Found<'_>> = table
        .causes
        .iter()
        .filter(|cause| cause.is_on(case.platform))
        .filter_map(|cause| seen.find(cause))
        .collect();
    // A last line alone tells of an end only if it tells also of what.
    if case.is_log_only && !is_incident {
        found.retain(|found| found.signs.iter().any(is_said_last));
    }
    // Stable: of causes of one confidence, the first row wins.
    found.sort_by_key(|found| std::cmp::Reverse(found.confidence));
    if found.is_empty() {
        return is_incident.then(|| seen.unknown(table));
    }
    Some(seen.verdict(&found, table))
}

fn is_said_last(sign: &Sign) -> bool {
    sign.name == "said" && sign.field("where") == Some("last-line")
}

/// What there is to be seen.
struct Seen<'a> {
    case: &'a Case,
    signs: &'a [Sign],
    printed: &'a Printed<'a>,
}

/// A cause for which enough was seen.
struct Found<'a> {
    cause: &'a Cause,
    confidence: Confidence,
    /// What it rests on, what weighs most first.
    signs: Vec<Sign>,
    against: Vec<Quote>,
}

impl Seen<'_> {
    fn find<'a>(&self, cause: &'a Cause) -> Option<Found<'a>> {
        let said = self.printed.said(&cause.phrases);
        let is_seen = |set: &[Condition]| self.all(set, &said).is_some();
        if cause.excludes.iter().any(|set| is_seen(set)) {
            return None;
        }
        let (mut confidence, mut signs) = self.surest(cause, &said)?;
        let mut against = Vec::new();
        for set in &cause.doubts {
            if let Some(signs) = self.all(set, &said) {
                confidence = confidence.lower()?;
                against.extend(signs.into_iter().map(|sign| sign.quote));
            }
        }
        let most = weigh::at_most(self.case, self.signs, &signs);
        for with in &cause.with {
            let more = with.find(said.iter().chain(self.signs));
            add(&mut signs, more.cloned());
        }
        for context in CONTEXT {
            let context = Condition::parse(context).expect("a test reads it");
            add(&mut signs, context.find(self.signs.iter()).cloned());
        }
        // What a program says of it says also which one.
        add(&mut signs, said);
        Some(Found {
            cause,
            confidence: confidence.min(most),
            signs,
            against,
        })
    }

    /// The highest confidence for which enough is seen, and what that is.
    fn surest(&self, cause: &Cause, said: &[Sign]) -> Option<(Confidence, Vec<Sign>)> {
        Confidence::ALL.into_iter().find_map(|confidence| {
            let mut sets = cause.seen(confidence).iter();
            let signs = sets.find_map(|set| self.all(set, said))?;
            Some((confidence, signs))
        })
    }

    /// The signs that `set` asks for, if all are as it asks.
    fn all(&self, set: &[Condition], said: &[Sign]) -> Option<Vec<Sign>> {
        let mut signs = Vec::new();
        for condition in set {
            let found = condition.find(said.iter().chain(self.signs));
            match (found, condition.is_absent()) {
                (None, true) => {}
                (Some(sign), false) => signs.push(sign.clone()),
                (Some(_), true) | (None, false) => return None,
            }
        }
        Some(signs)
    }

    fn verdict(&self, found: &[Found<'_>], table: &Table) -> Verdict {
        let best = &found[0];
        let sentence = self.filled(best, &best.cause.says);
        let mut others: Vec<Other> = Vec::new();
        for other in &found[1..] {
            let cause = &other.cause.id;
            let is_told = *cause == best.cause.id || others.iter().any(|told| told.cause == *cause);
            if !is_told && others.len() < OTHERS {
                others.push(Other {
                    cause: cause.clone(),
                    confidence: other.confidence,
                    sentence: self.filled(other, &other.cause.says),
                });
            }
        }
        let same = self.filled(best, &best.cause.same);
        let remedies = best.cause.remedies(self.case.platform);
        Verdict {
            cause: best.cause.id.clone(),
            confidence: best.confidence,
            sentence,
            sameness: format!("{} {same}", best.cause.id).trim_end().to_owned(),
            evidence: quotes(&best.signs),
            against: best.against.clone(),
            others,
            remedies: remedies.map(|remedy| self.filled(best, remedy)).collect(),
            missing: self.missing(table, best.confidence),
            reference: best.cause.reference.clone(),
        }
    }

    /// Something has happened, and nothing that was seen tells what.
    fn unknown(&self, table: &Table) -> Verdict {
        let ending = self
            .signs
            .iter()
            .filter(|sign| ending::tells_the_end(sign.name));
        let ending: Vec<Sign> = ending.cloned().collect();
        let what = match ending.first() {
            Some(exit) if exit.name == "exit" => format!("it ended with {}", exit.quote.text),
            Some(other) => other.quote.text.clone(),
            None => "it ended".to_owned(),
        };
        Verdict {
            sameness: format!("{} {what}", Verdict::UNKNOWN),
            evidence: quotes(&ending),
            missing: self.missing(table, Confidence::Low),
            ..Verdict::unknown(format!("{what}, and nothing that was seen tells why"))
        }
    }

    fn filled(&self, found: &Found<'_>, text: &str) -> String {
        let value_of = |name: &str| {
            // `sign.field` means the first sign of that name, seen for this or not.
            if let Some((sign, field)) = name.split_once('.') {
                let mut signs = found.signs.iter().chain(self.signs);
                let sign = signs.find(|one| one.name == sign && one.field(field).is_some())?;
                return sign.field(field).map(str::to_owned);
            }
            let mut values = found.signs.iter().filter_map(|sign| sign.field(name));
            values.next().map(str::to_owned)
        };
        template::fill(text, &value_of)
    }

    /// Where all is clear, nothing was missing.
    fn missing(&self, table: &Table, confidence: Confidence) -> Vec<String> {
        if confidence == Confidence::High {
            return Vec::new();
        }
        let here = table.missing.iter().filter(|missing| {
            missing.platforms.is_empty() || missing.platforms.contains(&self.case.platform)
        });
        let is_seen = |sets: &[Vec<Condition>]| sets.iter().any(|set| self.all(set, &[]).is_some());
        let wanted = here.filter(|missing| is_seen(&missing.when) && !is_seen(&missing.unless));
        wanted.map(|missing| missing.says.clone()).collect()
    }
}

/// Each once.
fn add(signs: &mut Vec<Sign>, more: impl IntoIterator<Item = Sign>) {
    for sign in more {
        if !signs.contains(&sign) {
            signs.push(sign);
        }
    }
}

/// Each once: a phrase may stand in the block that is quoted already.
fn quotes(signs: &[Sign]) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = Vec::new();
    for sign in signs.iter().filter(|sign| !sign.quote.text.is_empty()) {
        let is_told = quotes
            .iter()
            .any(|quote| quote.text.contains(&sign.quote.text));
        if !is_told {
            quotes.push(sign.quote.clone());
        }
    }
    quotes
}
