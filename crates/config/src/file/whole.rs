//! The whole file.

use std::collections::BTreeMap;

use outlast_model::ServiceName;
use schemars::JsonSchema;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{NativeTable, ServiceKeys, copies};
use crate::read::{Fields, FromToml, Keys, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::{Located, Span};
use crate::suggest;

/// One file is one guardian and the services that it looks after.
#[derive(Debug, Default, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Outlast")]
pub(crate) struct File {
    /// The guardian's name: 1 to 64 of `a-z 0-9 -`. Default: the name of the
    /// folder the file is in.
    pub(crate) name: Option<Located<Text>>,
    /// Any key of a service; it applies where a service does not say otherwise.
    /// The tables `env`, `restart` and `log` are merged key by key, everything
    /// else is replaced whole.
    pub(crate) defaults: Option<ServiceKeys>,
    /// How the operating system's own service manager keeps the guardian: what
    /// `outlast install` registers. A change takes effect with the next
    /// `outlast install`, or at once by `outlast config set`.
    pub(crate) native: Option<NativeTable>,
    /// The services by name: 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a
    /// letter or digit. Names that differ only in case count as equal.
    #[schemars(with = "BTreeMap<String, ServiceKeys>")]
    pub(crate) services: Vec<Entry>,
}

/// One service of the file.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Located<String>,
    /// What the file calls it, if its table stands for several.
    pub(crate) copy_of: Option<String>,
    pub(crate) keys: ServiceKeys,
    pub(crate) reading: Reading,
}

/// Whether everything a service says was understood. If not, what seems to be
/// missing may be there, wrongly written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Clean,
    Flawed,
}

impl File {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "",
        known: &["name", "defaults", "native", "services"],
        later: &[],
    };

    pub(crate) fn read(tree: DeTable<'_>, report: &mut Report) -> Self {
        let mut fields = Fields::new(tree, File::KEYS, report);
        let name = fields.take("name");
        let defaults = fields
            .take::<ServiceKeys>("defaults")
            .map(|located| located.value);
        if let Some(count) = defaults.as_ref().and_then(|keys| keys.instances) {
            fields.report().push(
                Diagnostic::error(count.span, "`instances` cannot be a default")
                    .help("write it at the services that are to run more than once"),
            );
        }
        let native = fields
            .take::<NativeTable>("native")
            .map(|located| located.value);
        let services = match fields.take_raw("services") {
            Some(services) => read_services(services, fields.report()),
            None => Vec::new(),
        };
        fields.finish(misplaced);
        Self {
            name,
            defaults,
            native,
            services,
        }
    }
}

fn misplaced(key: &str, value: &DeValue<'_>) -> Option<String> {
    if suggest::nearest(key, File::KEYS.known.iter().copied()).is_some() {
        return None;
    }
    if let Some(meant) = suggest::nearest(key, ServiceKeys::KEYS.known.iter().copied()) {
        return Some(format!(
            "`{meant}` belongs into [services.NAME], or into [defaults] for all services"
        ));
    }
    if let Some(meant) = suggest::nearest(key, NativeTable::KEYS.known.iter().copied()) {
        return Some(format!("`{meant}` belongs into [native]"));
    }
    let is_service = value.is_table() && ServiceName::new(key).is_ok();
    is_service.then(|| format!("a service is written [services.{key}]"))
}

/// In the order of the file, each tree freed as soon as it has been read.
fn read_services(value: Spanned<DeValue<'_>>, report: &mut Report) -> Vec<Entry> {
    let span = Span::from(value.span());
    let DeValue::Table(table) = value.into_inner() else {
        let message = "`services` must be a table with one table for each service";
        report.push(Diagnostic::error(span, message).help("write [services.NAME]"));
        return Vec::new();
    };
    let mut written: Vec<_> = table.into_iter().collect();
    written.sort_by_key(|(name, _)| name.span().start);
    let mut entries = Vec::with_capacity(written.len());
    for (name, value) in written {
        let name_span = Span::from(name.span());
        let name = Located::new(name.into_inner().into_owned(), name_span);
        let span = Span::from(value.span());
        let value = value.into_inner();
        if let DeValue::Table(table) = &value
            && let Some(count) = copies::count(table, report)
        {
            read_copies(&name, (table, count), report, &mut entries);
        } else {
            entries.push(read_entry(name, (value, span), report));
        }
    }
    entries
}

/// Each is a service of its own. What is wrong with the first is not told of the
/// others again.
fn read_copies(
    of: &Located<String>,
    (table, count): (&DeTable<'_>, u32),
    report: &mut Report,
    entries: &mut Vec<Entry>,
) {
    let errors = report.errors();
    for number in 1..=count {
        let (keys, reading) = if report.errors() == errors {
            read_keys(copies::numbered(table, number, report), report)
        } else {
            (ServiceKeys::default(), Reading::Flawed)
        };
        entries.push(Entry {
            name: Located::new(format!("{}.{number}", of.value), of.span),
            copy_of: Some(of.value.clone()),
            keys,
            reading,
        });
    }
}

fn read_keys(table: DeTable<'_>, report: &mut Report) -> (ServiceKeys, Reading) {
    let errors = report.errors();
    let keys = ServiceKeys::read(table, report);
    let reading = if report.errors() == errors {
        Reading::Clean
    } else {
        Reading::Flawed
    };
    (keys, reading)
}

fn read_entry(
    name: Located<String>,
    (value, span): (DeValue<'_>, Span),
    report: &mut Report,
) -> Entry {
    let (keys, reading) = match value {
        DeValue::Table(table) => read_keys(table, report),
        other => {
            let message = format!("the service {} must be a table", quoted(&name.value));
            report.push(
                Diagnostic::error(span, message)
                    .label(format!("this is {}", crate::read::kind(&other)))
                    .help("write [services.NAME] and the keys below it"),
            );
            (ServiceKeys::default(), Reading::Flawed)
        }
    };
    Entry {
        name,
        copy_of: None,
        keys,
        reading,
    }
}

impl FromToml for ServiceKeys {
    const EXPECTED: &'static str = "a table";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Table(table) = value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        Some(Self::read(table, report))
    }
}
