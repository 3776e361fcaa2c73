//! The keys of one table.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::from_toml::{FromToml, Key, located};
use crate::report::Report;
use crate::source::{Located, Span};
use crate::suggest;

/// The names of the keys that a table may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    /// What messages call the table; empty for a service or the whole file.
    pub(crate) table: &'static str,
    /// Those that this version understands.
    pub(crate) known: &'static [&'static str],
    /// Those that a later one will.
    pub(crate) later: &'static [&'static str],
}

/// A table while its keys are taken out, one after the other.
pub(crate) struct Fields<'i, 'r> {
    table: DeTable<'i>,
    keys: Keys,
    report: &'r mut Report,
}

impl<'i, 'r> Fields<'i, 'r> {
    pub(crate) fn new(table: DeTable<'i>, keys: Keys, report: &'r mut Report) -> Self {
        Self {
            table,
            keys,
            report,
        }
    }

    /// What `take` makes of a table of which a part would be none; `None` when
    /// anything is wrong with it. `explain` as in [`finish`](Self::finish).
    pub(crate) fn whole<T>(
        table: DeTable<'i>,
        keys: Keys,
        report: &mut Report,
        take: impl FnOnce(&mut Fields<'i, '_>) -> T,
        explain: impl Fn(&str, &DeValue<'_>) -> Option<String>,
    ) -> Option<T> {
        let errors = report.errors();
        let mut fields = Fields::new(table, keys, &mut *report);
        let taken = take(&mut fields);
        fields.finish(explain);
        (report.errors() == errors).then_some(taken)
    }

    /// The value of `name`; `None` when it is absent or was refused.
    pub(crate) fn take<T: FromToml>(&mut self, name: &'static str) -> Option<Located<T>> {
        let value = self.take_raw(name)?;
        let key = Key {
            table: self.keys.table,
            name,
        };
        located(value, key, self.report)
    }

    pub(crate) fn take_raw(&mut self, name: &'static str) -> Option<Spanned<DeValue<'i>>> {
        debug_assert!(self.keys.known.contains(&name), "{name} is not listed");
        self.table.remove(name)
    }

    pub(crate) fn report(&mut self) -> &mut Report {
        self.report
    }

    /// Reports the keys that nobody took; `explain` may know better what was
    /// meant than a comparison of letters.
    pub(crate) fn finish(self, explain: impl Fn(&str, &DeValue<'_>) -> Option<String>) {
        for (key, value) in self.table {
            let span = Span::from(key.span());
            let name = key.into_inner();
            self.report.push(
                self.keys
                    .unknown(&name, span, explain(&name, value.get_ref())),
            );
        }
    }
}

impl Keys {
    fn unknown(&self, name: &str, span: Span, explanation: Option<String>) -> Diagnostic {
        if self.later.contains(&name) {
            return Diagnostic::error(
                span,
                format!("{} is not in this version of Outlast yet", quoted(name)),
            )
            .help("remove it, or use a later version");
        }
        let diagnostic = Diagnostic::error(span, format!("unknown key {}", quoted(name)));
        if let Some(explanation) = explanation {
            return diagnostic.help(explanation);
        }
        match suggest::nearest(name, self.known.iter().copied()) {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
            None => diagnostic.help(format!("the keys here are: {}", self.known.join(", "))),
        }
    }
}
