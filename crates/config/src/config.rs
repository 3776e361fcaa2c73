//! A file that was found to be in order.

use std::path::{Path, PathBuf};

use outlast_model::service::StopSequence;
use outlast_model::{GuardianName, Service};
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file::File;
use crate::load::MAX_FILE_SIZE;
use crate::native::NativeKeys;
use crate::read;
use crate::report::Report;
use crate::resolve::{Context, Places, resolve};
use crate::source::{Source, Span};

/// What the caller knows about the machine and this crate does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// How this OS asks a process to end where the file says nothing.
    /// [`defaults::stop_sequence`](crate::defaults::stop_sequence) makes it
    /// from the OS's ways of asking.
    pub stop: StopSequence,
    /// The program that restarts this machine, and its arguments.
    pub reboot: Vec<String>,
    /// The program that sends a webhook, and its arguments.
    pub webhook: Vec<String>,
}

/// A guardian and its services, as a file defines them.
///
/// Besides them it holds the text of the file and places in it, for
/// [`check_surroundings`](Self::check_surroundings) and
/// [`warnings`](Self::warnings). Who has no more questions keeps
/// [`into_services`](Self::into_services) and drops the rest.
#[derive(Debug)]
pub struct Config {
    /// The guardian's name.
    pub name: GuardianName,
    /// The file; for [`ad_hoc`](crate::ad_hoc) the folder.
    pub path: PathBuf,
    /// How it is to be kept by the operating system's own manager.
    pub native: NativeKeys,
    /// The services in the order of the file; after each those that are its
    /// reactions.
    pub services: Vec<Service>,
    pub(crate) places: Vec<Places>,
    pub(crate) warnings: Diagnostics,
}

impl Config {
    /// The services alone; the text of the file is freed.
    pub fn into_services(self) -> Vec<Service> {
        self.services
    }

    /// Those that the file calls services, without the programs that are reactions.
    pub fn written_services(&self) -> impl Iterator<Item = &Service> {
        let all = self.services.iter();
        all.filter(|service| service.part_of.is_none())
    }

    /// What is allowed and probably not meant.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The text that diagnostics about this configuration point into.
    pub fn source(&self) -> &Source {
        self.warnings.source()
    }
}

/// Reads `text` as the file `path`, against whose folder relative paths are
/// resolved: it must be absolute for them to become absolute.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn parse(text: &str, path: &Path, host: &Host) -> Result<Config, Diagnostics> {
    parse_source(Source::new(path, text), path, host)
}

/// As [`parse`], for a file that is shown under another name than its path.
pub(crate) fn parse_source(
    source: Source,
    path: &Path,
    host: &Host,
) -> Result<Config, Diagnostics> {
    let mut report = Report::default();
    if let Some(diagnostic) = unreadable(&source) {
        report.push(diagnostic);
        return Err(report.finish(source));
    }
    let mut syntax = Report::default();
    let repaired;
    let tree = match DeTable::parse(source.text()) {
        Ok(tree) => tree,
        Err(error) => {
            repaired = read::repair(&source, error, &mut syntax);
            DeTable::parse_recoverable(&repaired).0
        }
    };
    let tree = tree.into_inner();
    let services = tree.get("services").map(|value| Span::from(value.span()));
    let file = File::read(tree, &mut report);
    if file.services.is_empty() && report.errors() == 0 {
        report.push(without_services(services));
    }
    let context = Context {
        folder: path.parent().unwrap_or(Path::new("")),
        stop: &host.stop,
        reboot: &host.reboot,
        webhook: &host.webhook,
    };
    let resolved = resolve(file, context, &mut report);
    let report = report.without_consequences(syntax, &source);
    let failed = report.errors() > 0;
    let diagnostics = report.finish(source);
    if failed {
        return Err(diagnostics);
    }
    Ok(Config {
        name: resolved.name,
        path: path.to_owned(),
        native: resolved.native,
        services: resolved.services,
        places: resolved.places,
        warnings: diagnostics,
    })
}

fn unreadable(source: &Source) -> Option<Diagnostic> {
    if source.text().len() as u64 > MAX_FILE_SIZE {
        return Some(
            Diagnostic::error(Span::START, "the text is larger than 1 MiB")
                .help("a guardian's file is small; is this the right one?"),
        );
    }
    let blank = source
        .text()
        .trim_start_matches('\u{feff}')
        .trim()
        .is_empty();
    blank.then(|| {
        Diagnostic::error(Span::START, "the file is empty")
            .help("`outlast init` writes one to begin with")
    })
}

fn without_services(place: Option<Span>) -> Diagnostic {
    Diagnostic::missing(place.unwrap_or(Span::START), "there are no services")
        .help("add [services.NAME] with a `command`; `outlast init` writes an example")
}
