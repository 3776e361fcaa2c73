//! The table of causes: rules as data.

use outlast_model::Confidence;
use serde::Deserialize;

use crate::case::Platform;
use crate::condition::{self, Condition};
use crate::phrase::Phrase;

/// The house's own rows.
const OWN: &str = include_str!("../causes.toml");

/// So many bytes a user's table may have.
pub const MAX_TABLE_BYTES: usize = 1024 * 1024;

/// Causes, in the order of their precedence, and what to look for next time.
#[derive(Debug)]
pub struct Table {
    pub(crate) causes: Vec<Cause>,
    pub(crate) missing: Vec<Missing>,
}

/// A row: one cause.
#[derive(Debug)]
pub(crate) struct Cause {
    pub(crate) id: String,
    /// The sentence, with gaps.
    pub(crate) says: String,
    /// Where it can be; empty: everywhere.
    pub(crate) platforms: Vec<Platform>,
    /// What has to be seen: for each confidence, any of several sets of conditions.
    pub(crate) seen: [Vec<Vec<Condition>>; 3],
    /// What excludes it, by itself.
    pub(crate) excludes: Vec<Vec<Condition>>,
    /// What speaks against it: one confidence less.
    pub(crate) doubts: Vec<Vec<Condition>>,
    /// What adds to the evidence and fills gaps.
    pub(crate) with: Vec<Condition>,
    /// What programs say of it.
    pub(crate) phrases: Vec<Phrase>,
    /// What makes two incidents of this cause the same, with gaps.
    pub(crate) same: String,
    /// What to do, with gaps.
    pub(crate) remedies: Vec<(Option<Platform>, String)>,
    pub(crate) reference: Option<String>,
}

/// What would have told more, and how to have it next time.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) platforms: Vec<Platform>,
    pub(crate) when: Vec<Vec<Condition>>,
    pub(crate) unless: Vec<Vec<Condition>>,
    pub(crate) says: String,
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is no TOML, or has keys that mean nothing.
    #[error("it is not in order")]
    Toml(#[from] toml::de::Error),
    /// A row asks for what never is.
    #[error("cause {id:?}: {reason}")]
    Row {
        /// Which.
        id: String,
        /// Why.
        reason: String,
    },
    /// It is longer than [`MAX_TABLE_BYTES`].
    #[error("it has more than {MAX_TABLE_BYTES} bytes")]
    TooLong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    cause: Vec<WrittenCause>,
    #[serde(default)]
    missing: Vec<WrittenMissing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCause {
    id: String,
    says: String,
    #[serde(default)]
    on: Vec<Platform>,
    #[serde(default)]
    high: Vec<String>,
    #[serde(default)]
    medium: Vec<String>,
    #[serde(default)]
    low: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
    #[serde(default)]
    doubt: Vec<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    said: Vec<String>,
    #[serde(default)]
    same: String,
    #[serde(default, rename = "do")]
    remedies: Remedies,
    see: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remedies {
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    linux: Vec<String>,
    #[serde(default)]
    windows: Vec<String>,
    #[serde(default)]
    macos: Vec<String>,
    #[serde(default)]
    freebsd: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMissing {
    #[serde(default)]
    on: Vec<Platform>,
    when: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    says: String,
}

impl Table {
    /// The house's own table.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn own() -> Self {
        Self::parse(OWN).expect("the table that this program was built with is in order")
    }

    /// The house's own table, with the rows of `text` before it.
    ///
    /// # Errors
    /// What is wrong with `text`.
    pub fn with_rows_of(text: &str) -> Result<Self, TableError> {
        let mut table = Self::parse(text)?;
        let own = Self::own();
        table.causes.extend(own.causes);
        table.missing.extend(own.missing);
        Ok(table)
    }

    fn parse(text: &str) -> Result<Self, TableError> {
        if text.len() > MAX_TABLE_BYTES {
            return Err(TableError::TooLong);
        }
        let written: Written = toml::from_str(text)?;
        let causes = written.cause.into_iter().map(|cause| {
            let id = cause.id.clone();
            cause
                .read()
                .map_err(|reason| TableError::Row { id, reason })
        });
        let missing = written.missing.into_iter().map(|missing| {
            let id = "missing".to_owned();
            missing
                .read()
                .map_err(|reason| TableError::Row { id, reason })
        });
        Ok(Self {
            causes: causes.collect::<Result<_, _>>()?,
            missing: missing.collect::<Result<_, _>>()?,
        })
    }

    /// The causes that it knows, with the remedies of each on `platform`, its gaps not
    /// filled.
    pub fn causes(&self, platform: Platform) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let causes = self
            .causes
            .iter()
            .filter(move |cause| cause.is_on(platform));
        causes.map(move |cause| (cause.id.as_str(), cause.remedies(platform).collect()))
    }
}

impl Cause {
    pub(crate) fn is_on(&self, platform: Platform) -> bool {
        self.platforms.is_empty() || self.platforms.contains(&platform)
    }

    pub(crate) fn remedies(&self, on: Platform) -> impl Iterator<Item = &str> {
        let here =
            move |platform: &Option<Platform>| platform.is_none_or(|platform| platform == on);
        let remedies = self
            .remedies
            .iter()
            .filter(move |(platform, _)| here(platform));
        remedies.map(|(_, text)| text.as_str())
    }

    /// What has to be seen for `confidence`.
    pub(crate) fn seen(&self, confidence: Confidence) -> &[Vec<Condition>] {
        match confidence {
            Confidence::High => &self.seen[0],
            Confidence::Medium => &self.seen[1],
            Confidence::Low => &self.seen[2],
        }
    }
}

impl WrittenCause {
    fn read(self) -> Result<Cause, String> {
        let usual = self.high.is_empty() && self.medium.is_empty() && self.low.is_empty();
        let seen = if usual && !self.said.is_empty() {
            usual_for_phrases()?
        } else {
            [sets(&self.high)?, sets(&self.medium)?, sets(&self.low)?]
        };
        let phrases = self.said.iter().map(|phrase| Phrase::parse(phrase));
        let with = self.with.iter().map(|with| Condition::parse(with));
        Ok(Cause {
            says: self.says,
            platforms: self.on,
            seen,
            excludes: sets(&self.not)?,
            doubts: sets(&self.doubt)?,
            with: with.collect::<Result<_, _>>()?,
            phrases: phrases.collect::<Result<_, _>>()?,
            same: self.same,
            remedies: self.remedies.listed(),
            reference: self.see,
            id: self.id,
        })
    }
}

/// What a row means that has phrases and nothing else: the program says so in the error
/// that it ends with, or among its last words.
fn usual_for_phrases() -> Result<[Vec<Vec<Condition>>; 3], String> {
    Ok([
        vec![condition::all_of("said where=block|last-line + failed")?],
        vec![condition::all_of("said where=end + failed")?],
        Vec::new(),
    ])
}

impl Remedies {
    fn listed(self) -> Vec<(Option<Platform>, String)> {
        let lists = [
            (Some(Platform::Linux), self.linux),
            (Some(Platform::Windows), self.windows),
            (Some(Platform::MacOs), self.macos),
            (Some(Platform::FreeBsd), self.freebsd),
            (None, self.all),
        ];
        let each = lists
            .into_iter()
            .flat_map(|(platform, list)| list.into_iter().map(move |text| (platform, text)));
        each.collect()
    }
}

impl WrittenMissing {
    fn read(self) -> Result<Missing, String> {
        Ok(Missing {
            platforms: self.on,
            when: sets(&self.when)?,
            unless: sets(&self.unless)?,
            says: self.says,
        })
    }
}

fn sets(texts: &[String]) -> Result<Vec<Vec<Condition>>, String> {
    texts.iter().map(|text| condition::all_of(text)).collect()
}
