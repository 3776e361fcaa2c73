//! Signs that stand in what was printed.

use outlast_model::record::Stream;

use crate::block_sign::{QUOTED, block_sign, cut, fatality_word, source_of};
use crate::case::Case;
use crate::phrase::Phrase;
use crate::sign::Sign;
use crate::survived::{goes_on, is_last, is_soon, is_stamped_once};
use crate::text::line::{self, Level};
use crate::text::{self, Block, Fatality, Language, Line};

/// So many of the last lines are what a program said at its end.
const LAST_LINES: usize = 12;

/// What was printed, understood.
pub(crate) struct Printed<'a> {
    /// Signs that every row may ask for.
    pub(crate) signs: Vec<Sign>,
    /// Where phrases are looked for.
    places: Vec<Place<'a>>,
}

/// A line in which a program may say what the matter is.
struct Place<'a> {
    line: &'a Line,
    message: String,
    lower: String,
    is: Where,
    /// Of the block that it stands in.
    fatality: Option<Fatality>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In the block that it ended with.
    Block,
    /// In such a block, but in the code that is shown there: names, not words.
    Frame,
    /// The last line of a stream.
    LastLine,
    /// One of the last lines.
    End,
    /// One of the last lines, as a warning: it is no reason by itself.
    Warning,
    /// One of the first lines: what follows may be all that can be asked of it.
    Begin,
}

impl Printed<'_> {
    /// Whether one of `phrases` was said, as a sign with what its names stand for.
    pub(crate) fn said(&self, phrases: &[Phrase]) -> Vec<Sign> {
        let mut said = Vec::new();
        for place in &self.places {
            let mut phrases = phrases.iter();
            let found = phrases.find_map(|phrase| phrase.find(&place.message, &place.lower));
            let Some(names) = found else {
                continue;
            };
            let name = place.is.sign();
            let sign = Sign::new(name, source_of(place.line), place.message.trim())
                .with("where", place.is.word())
                .with(
                    "fatality",
                    place.fatality.map(fatality_word).unwrap_or_default(),
                )
                .at(place.line.at);
            said.push(
                names
                    .iter()
                    .fold(sign, |sign, (name, value)| sign.with(name, value)),
            );
        }
        said
    }
}

impl Where {
    /// Rows that ask for what was said do not mean the names in a stack, nor warnings.
    const fn sign(self) -> &'static str {
        match self {
            Self::Block | Self::LastLine | Self::End => "said",
            Self::Frame => "shown",
            Self::Warning => "warned",
            Self::Begin => "began",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Frame => "frame",
            Self::LastLine => "last-line",
            Self::End => "end",
            Self::Warning => "warning",
            Self::Begin => "begin",
        }
    }
}

/// Understands what `case` printed.
pub(crate) fn understand(case: &Case) -> Printed<'_> {
    let lines = &case.lines;
    let mut blocks = text::blocks(lines);
    for block in &mut blocks {
        if is_stamped_once(block, lines) {
            block.fatality = block.fatality.min(Fatality::Open);
        }
    }
    let mut signs = Vec::new();
    let mut places = Vec::new();
    for block in &blocks {
        let is_last = is_last(block, lines) && !(case.is_log_only && goes_on(block, lines));
        signs.push(block_sign(block, lines, is_last));
        let is_fatal = block.fatality == Fatality::Process;
        if is_last || (case.is_log_only && is_fatal) {
            let block_lines = block.lines.clone().take(QUOTED.0 + LAST_LINES);
            places.extend(told_by(block, lines));
            let said = block_lines.map(|index| {
                let line = &lines[index];
                Place {
                    fatality: Some(block.fatality),
                    ..place(line, part(block, line))
                }
            });
            places.extend(said);
        }
    }
    signs.sort_by_key(|sign| sign.field("position") != Some("last"));
    places.extend(last_lines(lines, &blocks));
    places.extend(first_lines(lines));
    if lines.is_empty() {
        signs.push(Sign::new("no-output", "output", "it has printed nothing"));
    }
    signs.extend(last_words(lines, &blocks));
    Printed { signs, places }
}

fn place(line: &Line, is: Where) -> Place<'_> {
    // A logger that writes objects puts the error beside the message.
    let is_object = line.text.trim_start().starts_with('{');
    let message = if is_object {
        line.text.clone()
    } else {
        line::message(&line.text).text.into_owned()
    };
    Place {
        line,
        lower: message.to_ascii_lowercase(),
        message,
        is,
        fatality: None,
    }
}

/// Whether a line of a block has words, or is a frame of its stack: `at …`, `File "…"`,
/// and the line of the program that Python shows below it.
fn part(block: &Block, line: &Line) -> Where {
    let text = line::message(&line.text).text;
    let words = text.trim_start();
    let is_indented = text.len() - words.len() >= 2;
    let is_frame = match block.language {
        Language::Python => is_indented,
        _ => words.starts_with("at ") || (words.starts_with("from ") && is_indented),
    };
    if is_frame { Where::Frame } else { Where::Block }
}

/// The error itself, which may go over several lines.
fn told_by<'a>(block: &Block, lines: &'a [Line]) -> Vec<Place<'a>> {
    let Some(line) = lines.get(block.lines.start) else {
        return Vec::new();
    };
    let errors = [Some(&block.error), block.root.as_ref()];
    let errors = errors.into_iter().flatten().map(|error| {
        let colon = if error.name.is_empty() { "" } else { ": " };
        let message = format!("{}{colon}{}", error.name, error.message);
        Place {
            line,
            lower: message.to_ascii_lowercase(),
            message,
            is: Where::Block,
            fatality: Some(block.fatality),
        }
    });
    errors.collect()
}

/// The last lines that are in no block and are more than information.
fn last_lines<'a>(lines: &'a [Line], blocks: &[Block]) -> Vec<Place<'a>> {
    let last = lines.last().and_then(|line| line.at);
    let mut places = Vec::new();
    let mut streams_ended: Vec<Option<Stream>> = Vec::new();
    let said = lines.iter().enumerate().rev();
    for (index, line) in said.filter(|(_, line)| !line.text.trim().is_empty()) {
        if places.len() >= LAST_LINES || !is_soon(line.at, last) {
            break;
        }
        let is_last_line = !streams_ended.contains(&line.stream);
        streams_ended.push(line.stream);
        if blocks.iter().any(|block| block.lines.contains(&index)) {
            continue;
        }
        let is = match line::message(&line.text).level {
            Some(Level::Trace | Level::Debug | Level::Info) => continue,
            Some(Level::Warning) => Where::Warning,
            _ if is_last_line => Where::LastLine,
            _ => Where::End,
        };
        places.push(place(line, is));
    }
    places
}

/// So many of the first lines are what a program said of how it was started.
const FIRST_LINES: usize = 3;

/// The first lines, where they are not the last as well.
fn first_lines(lines: &[Line]) -> impl Iterator<Item = Place<'_>> {
    let most = lines.len().saturating_sub(LAST_LINES).min(FIRST_LINES);
    let first = lines[..most].iter().filter(|line| weighs(line));
    first.map(|line| place(line, Where::Begin))
}

/// What is told as information, or as a warning, is not what it died of.
fn weighs(line: &Line) -> bool {
    let level = line::message(&line.text).level;
    !matches!(
        level,
        Some(Level::Trace | Level::Debug | Level::Info | Level::Warning)
    )
}

/// The last line that reads like a reason, for those whose reason has no row.
fn last_words(lines: &[Line], blocks: &[Block]) -> Option<Sign> {
    let stderr = |line: &&Line| line.stream != Some(Stream::Stdout);
    let in_block = |index: usize| blocks.iter().any(|block| block.lines.contains(&index));
    let said = lines.iter().enumerate().rev();
    let mut said = said
        .filter(|(index, line)| !line.text.trim().is_empty() && !in_block(*index))
        .map(|(_, line)| line)
        .take(LAST_LINES);
    let all: Vec<&Line> = said.by_ref().collect();
    let mut erring = all.iter().copied().filter(|line| reads_like_an_error(line));
    let line = erring.next().or_else(|| {
        all.iter()
            .copied()
            .find(|line| stderr(line) && weighs(line))
    })?;
    let text = cut(line.text.trim());
    Some(
        Sign::new("last-words", source_of(line), &text)
            .with("text", line::message(&text).text.trim())
            .at(line.at),
    )
}

fn reads_like_an_error(line: &Line) -> bool {
    const WORDS: [&str; 10] = [
        "error",
        "fatal",
        "failed",
        "cannot",
        "can't",
        "could not",
        "unable",
        "invalid",
        "not found",
        "denied",
    ];
    let message = line::message(&line.text);
    let lower = message.text.to_ascii_lowercase();
    match message.level {
        Some(Level::Error | Level::Fatal) => true,
        Some(_) => false,
        None => WORDS.iter().any(|word| lower.contains(word)),
    }
}
