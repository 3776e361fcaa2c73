//! Who wrote which line, and the blocks among the lines of each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use outlast_model::record::Stream;

use super::block::Block;
use super::line::{Line, Message, message};
use super::words::cut;
use super::{
    dotnet, dotnet_host, erlang, go, java, java_machine, native, node, node_heap, perl, php,
    python, python_fatal, ruby, rust, rust_abort, sanitizer,
};

/// So much of a line is looked at.
const LOOKED_AT: usize = 8192;

const LINE_ENDS: [char; 2] = ['\r', '\n'];

/// Finds the block that begins with a line, if one does.
type Reader = fn(&[&str], usize) -> Option<Block>;

/// Those that know their own words come before those that know a shape.
const READERS: [Reader; 17] = [
    rust::read,
    rust_abort::read,
    go::read,
    python::read,
    python_fatal::read,
    java_machine::read,
    java::read,
    sanitizer::read,
    native::read,
    dotnet_host::read,
    dotnet::read,
    node_heap::read,
    node::read,
    ruby::read,
    php::read,
    erlang::read,
    perl::read,
];

/// The blocks that `lines` hold, in order. Where two writers interleave, the earlier
/// block ends where the later one begins.
pub fn blocks(lines: &[Line]) -> Vec<Block> {
    let messages: Vec<Message<'_>> = lines.iter().map(|line| message(&line.text)).collect();
    let mut found: Vec<Block> = Vec::new();
    for own in writers(lines, &messages) {
        let texts: Vec<&str> = own
            .iter()
            .map(|index| words(&messages[*index], &lines[*index]))
            .collect();
        for block in of_one(&texts) {
            let lines = own[block.lines.start]..own[block.lines.end - 1] + 1;
            found.push(Block { lines, ..block });
        }
    }
    found.sort_by_key(|block| block.lines.start);
    for index in 1..found.len() {
        let next = found[index].lines.start;
        let lines = &mut found[index - 1].lines;
        lines.end = lines.end.min(next);
    }
    found
}

/// For each writer which lines are its own.
fn writers(lines: &[Line], messages: &[Message<'_>]) -> Vec<Vec<usize>> {
    let mut numbers: BTreeMap<(u8, Option<&str>), usize> = BTreeMap::new();
    let mut own: Vec<Vec<usize>> = Vec::new();
    let mut last: [Option<usize>; 3] = [None; 3];
    for (index, (line, said)) in lines.iter().zip(messages).enumerate() {
        let stream = match line.stream.or(said.stream) {
            None => 0,
            Some(Stream::Stdout) => 1,
            Some(Stream::Stderr) => 2,
        };
        // A bare line after one with a name is the rest of what that said.
        let bare = said.tag.is_none()
            && said.at.is_none()
            && said.text.len() == line.text.trim_end_matches(LINE_ENDS).len();
        let continued = last[usize::from(stream)].filter(|_| bare);
        let writer = continued.unwrap_or_else(|| {
            *numbers
                .entry((stream, said.tag.as_deref()))
                .or_insert_with(|| {
                    own.push(Vec::new());
                    own.len() - 1
                })
        });
        last[usize::from(stream)] = Some(writer);
        own[writer].push(index);
    }
    own
}

/// A message of several lines was quoted by a log: what it quotes did not happen here.
fn words<'a>(said: &'a Message<'_>, line: &'a Line) -> &'a str {
    match &said.text {
        Cow::Owned(text) if text.contains('\n') => cut(&line.text, LOOKED_AT),
        text => cut(text.trim_end(), LOOKED_AT),
    }
}

fn of_one(texts: &[&str]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < texts.len() {
        let block = if texts[at].is_empty() {
            None
        } else {
            READERS.iter().find_map(|read| read(texts, at))
        };
        let next = block.as_ref().map_or(at + 1, |block| block.lines.end);
        found.extend(block);
        at = next.max(at + 1);
    }
    found
}
