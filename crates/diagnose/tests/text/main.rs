//! What programs print when they die, and what looks like it and is not.

mod forms;
mod healthy;
mod messages;
mod samples;
mod survival;

use outlast_diagnose::text::{Block, Line, blocks};

/// The lines of a text of which nobody knows the stream.
fn lines(text: &str) -> Vec<Line> {
    text.lines()
        .map(|line| Line {
            stream: None,
            at: None,
            text: line.to_owned(),
        })
        .collect()
}

/// The blocks of a text.
fn found(text: &str) -> Vec<Block> {
    blocks(&lines(text))
}

/// What a block says, one line.
fn row(block: &Block) -> String {
    let Block {
        language,
        kind,
        error,
        root,
        place,
        thread,
        fatality,
        lines,
    } = block;
    let root = root.as_ref().map_or("-".to_owned(), |root| {
        format!("{}: {:?}", root.name, root.message)
    });
    let place = place.as_deref().unwrap_or("-");
    let thread = thread.as_deref().unwrap_or("-");
    format!(
        "{}..{} {language:?} {kind:?} {fatality:?} | {}: {:?} | from {root} | at {place} | in {thread}",
        lines.start, lines.end, error.name, error.message
    )
}
