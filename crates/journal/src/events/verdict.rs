//! What a diagnosis concluded, as it is stored.

use outlast_model::verdict::{Confidence, Other, Quote, Verdict};
use serde::{Deserialize, Serialize};

use super::stored::Time;

/// What a diagnosis concluded about the end of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredVerdict {
    /// Of which instance.
    pub instance: u64,
    /// The cause, as the table of causes names it; `unknown`.
    pub cause: String,
    /// `high`, `medium`, `low`.
    pub confidence: String,
    /// What happened, in one sentence.
    pub sentence: String,
    /// The same for incidents that are the same.
    pub sameness: String,
    /// What it rests on, what weighs most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<StoredQuote>,
    /// What speaks against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<StoredQuote>,
    /// What it may have been instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<StoredOther>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<String>,
    /// What could not be seen, and how to see it next time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Where that is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Words that are evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredQuote {
    /// Where they stand.
    pub source: String,
    /// When they were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// The words.
    pub text: String,
}

/// Another cause that would explain what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the model")]
pub struct StoredOther {
    pub cause: String,
    pub confidence: String,
    pub sentence: String,
}

impl StoredVerdict {
    /// `verdict` about the end of the instance with this number.
    pub fn new(instance: u64, verdict: &Verdict) -> Self {
        let quotes = |quotes: &[Quote]| quotes.iter().map(Into::into).collect();
        Self {
            instance,
            cause: verdict.cause.clone(),
            confidence: verdict.confidence.to_string(),
            sentence: verdict.sentence.clone(),
            sameness: verdict.sameness.clone(),
            evidence: quotes(&verdict.evidence),
            against: quotes(&verdict.against),
            others: verdict.others.iter().map(Into::into).collect(),
            remedies: verdict.remedies.clone(),
            missing: verdict.missing.clone(),
            reference: verdict.reference.clone(),
        }
    }

    /// Reads one that stands by itself; `None`: it is none.
    pub fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// The line that [`Self::read`] reads, without its end.
    ///
    /// # Panics
    /// Never: it is texts and numbers.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers can be written")
    }

    /// The verdict. A word for a confidence that this version does not know counts
    /// as low.
    pub fn verdict(&self) -> Verdict {
        let confidence = |word: &str| Confidence::of_word(word).unwrap_or(Confidence::Low);
        let quotes = |quotes: &[StoredQuote]| quotes.iter().map(StoredQuote::quote).collect();
        let other = |other: &StoredOther| Other {
            cause: other.cause.clone(),
            confidence: confidence(&other.confidence),
            sentence: other.sentence.clone(),
        };
        Verdict {
            cause: self.cause.clone(),
            confidence: confidence(&self.confidence),
            sentence: self.sentence.clone(),
            sameness: self.sameness.clone(),
            evidence: quotes(&self.evidence),
            against: quotes(&self.against),
            others: self.others.iter().map(other).collect(),
            remedies: self.remedies.clone(),
            missing: self.missing.clone(),
            reference: self.reference.clone(),
        }
    }
}

impl StoredQuote {
    fn quote(&self) -> Quote {
        Quote {
            source: self.source.clone(),
            at: self.time.map(|time| time.0),
            text: self.text.clone(),
        }
    }
}

impl From<&Quote> for StoredQuote {
    fn from(quote: &Quote) -> Self {
        Self {
            source: quote.source.clone(),
            time: quote.at.map(Time),
            text: quote.text.clone(),
        }
    }
}

impl From<&Other> for StoredOther {
    fn from(other: &Other) -> Self {
        Self {
            cause: other.cause.clone(),
            confidence: other.confidence.to_string(),
            sentence: other.sentence.clone(),
        }
    }
}
