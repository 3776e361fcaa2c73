//! The part that installs what the cross parts need.

use crate::debian;
use crate::debian_base;
use crate::error::Error;
use crate::process::{Log, is_installed};
use crate::test::Context;
use crate::test::clock_part;
use crate::test::corpus_part;
use crate::test::example_parts::LANGUAGES;
use crate::test::host_parts;
use crate::test::logind_part;
use crate::test::network_part;
use crate::test::outcome::Outcome;
use crate::test::strangers_part;
use crate::test::unix_parts;
use crate::toolchain::{self, CrossToolchain};
use crate::wine;

/// Finds out what is missing and installs it; skipped where nothing can be installed.
pub(crate) fn tools(_: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if cfg!(windows) {
        return Ok(Outcome::skipped("nothing is cross-compiled from Windows"));
    }
    let packages = missing_packages();
    if packages.is_empty() {
        return Ok(Outcome::passed());
    }
    if let Some(obstacle) = debian::obstacle() {
        return Ok(Outcome::skipped(format!(
            "{obstacle}; missing here: {}",
            packages.join(" ")
        )));
    }
    debian::update(log)?;
    let unknown: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !debian::is_known(package))
        .collect();
    if !unknown.is_empty() {
        return Ok(Outcome::skipped(format!(
            "this release of Debian has no {}",
            unknown.join(", no ")
        )));
    }
    debian::install(&packages, log)?;
    Ok(Outcome::Passed {
        note: format!("installed {}", packages.join(" ")),
    })
}

fn missing_packages() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if CrossToolchain::find().is_none() {
        packages.extend(toolchain::PACKAGES);
    }
    if !is_installed(wine::COMPILER) {
        packages.extend(wine::COMPILER_PACKAGES);
    }
    if !wine::is_wine_installed() {
        packages.extend(wine::PACKAGES);
    }
    let programs = LANGUAGES
        .into_iter()
        .chain(host_parts::PACKAGES)
        .chain(debian_base::PACKAGES)
        .chain(logind_part::PACKAGES)
        .chain(clock_part::PACKAGES)
        .chain(corpus_part::PACKAGES)
        .chain(network_part::PACKAGES)
        .chain(unix_parts::PACKAGES);
    packages.extend(
        programs
            .filter(|(program, _)| !is_installed(program))
            .map(|(_, package)| package),
    );
    if !logind_part::is_mock_installed() {
        packages.push(logind_part::MOCK_PACKAGE);
    }
    packages.extend(strangers_part::missing_packages());
    packages
}
