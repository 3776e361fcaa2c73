//! How diagnostics are drawn. Nothing else knows `annotate-snippets`.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Diagnostics, Label, Severity};
use crate::source::Source;

/// Whether the output carries ANSI colours. They never carry meaning alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Colour {
    /// It does.
    On,
    /// It is plain text.
    Off,
}

impl Source {
    /// `diagnostic` as text for a terminal, ending with a newline.
    pub fn render(&self, diagnostic: &Diagnostic, colour: Colour) -> String {
        let window = Window::around(self, diagnostic);
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let (message, help) = (harmless(&diagnostic.message), diagnostic.help.as_deref());
        let snippet = Snippet::source(harmless_source(window.text))
            .line_start(window.first_line)
            .path(harmless(&self.path().to_string_lossy()))
            .annotation(window.annotation(&diagnostic.primary, AnnotationKind::Primary))
            .annotations(
                diagnostic
                    .secondary
                    .iter()
                    .map(|label| window.annotation(label, AnnotationKind::Context)),
            );
        let mut group: Group<'_> = level.primary_title(message).element(snippet);
        if let Some(help) = help {
            group = group.element(Level::HELP.message(harmless(help)));
        }
        let mut text = renderer(colour).render(&[group]);
        text.push('\n');
        text
    }
}

pub(crate) fn all(diagnostics: &Diagnostics, colour: Colour) -> String {
    let mut parts: Vec<String> = diagnostics
        .list
        .iter()
        .map(|diagnostic| diagnostics.source.render(diagnostic, colour))
        .collect();
    if diagnostics.omitted > 0 {
        parts.push(format!("… and {} more\n", diagnostics.omitted));
    }
    parts.join("\n")
}

fn renderer(colour: Colour) -> Renderer {
    match colour {
        Colour::On => Renderer::styled(),
        Colour::Off => Renderer::plain(),
    }
}

/// The lines that a diagnostic touches. The renderer is given only these: it
/// indexes all the text that it is given, once for each diagnostic.
struct Window<'a> {
    text: &'a str,
    start: usize,
    first_line: usize,
}

impl<'a> Window<'a> {
    fn around(source: &'a Source, diagnostic: &Diagnostic) -> Self {
        let spans = || {
            std::iter::once(&diagnostic.primary)
                .chain(&diagnostic.secondary)
                .map(|label| label.span.range())
        };
        let first = spans().map(|span| span.start).min().unwrap_or(0);
        let last = spans().map(|span| span.end).max().unwrap_or(0);
        let start = source.line_start(first);
        let end = source.line_end(last).max(start);
        let before = &source.text()[..start];
        Self {
            text: &source.shown()[start..end],
            start,
            first_line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
        }
    }

    /// The part of `label` on its first line: a caret under a whole table says
    /// less than one under its first line.
    fn annotation<'l>(&self, label: &'l Label, kind: AnnotationKind) -> Annotation<'l> {
        let span = label.span.range();
        let start = self
            .text
            .floor_char_boundary(span.start.saturating_sub(self.start));
        let line_end = self.text[start..]
            .find(['\n', '\r'])
            .map_or(self.text.len(), |newline| start + newline);
        let end = self
            .text
            .ceil_char_boundary(span.end.saturating_sub(self.start))
            .min(line_end)
            .max(start);
        let annotation = kind.span(start..end);
        if label.text.is_empty() {
            annotation
        } else {
            annotation.label(harmless(&label.text))
        }
    }
}

/// An error that points into no text.
pub(crate) fn plain_error(message: &str, help: Option<&str>, colour: Colour) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(harmless(message)));
    if let Some(help) = help {
        group = group.element(Level::HELP.message(harmless(help)));
    }
    let mut text = renderer(colour).render(&[group]);
    text.push('\n');
    text
}

/// Text with nothing in it that a terminal would obey: names and reasons come
/// from outside.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same for lines of the file, with the length kept, so that carets stay
/// where they are. The renderer shows most control characters as symbols; it
/// leaves those of C1, and the `\r` of a Windows line end needs no symbol.
fn harmless_source(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\r' => ' ',
            '\u{80}'..='\u{9f}' => '·',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_terminal_is_given_nothing_to_obey() {
        let source = Source::new(Path::new("a\u{1b}.toml"), "x = '\u{9b}31m\u{1b}[31m'\r\n");
        let diagnostic = Diagnostic::error((0..1).into(), "\u{1b}[31m")
            .label("\u{9b}")
            .help("\u{7}");
        let shown = source.render(&diagnostic, Colour::Off);
        let obeyed = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(obeyed), "{shown:?}");
    }

    #[test]
    fn colour_is_a_choice() {
        let source = Source::new(Path::new("a.toml"), "x");
        let diagnostic = Diagnostic::error((0..1).into(), "wrong");
        assert!(source.render(&diagnostic, Colour::On).contains('\u{1b}'));
        assert!(!source.render(&diagnostic, Colour::Off).contains('\u{1b}'));
    }
}
