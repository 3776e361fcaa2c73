//! `outlast doctor`: what an auditor would say about a guardian.

use std::path::{Path, PathBuf};

use outlast_model::GuardianName;
use outlast_native::{Scope, Step};
use serde_json::{Value, json};

use crate::args::{Doctor, Global, SelfTestWord};
use crate::at_hand;
use crate::commands;
use crate::doctor::{
    Finding, Here, Planned, Presence, Prospect, Severity, Subject, examine, machine, prospects,
};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::installation;
use crate::installation::definition::{Place, definition};
use crate::installation::subject;
use crate::registered::{self, Installed};
use crate::selftest::{self, Format, SelfTest, Watched};
use crate::terminal::{self, GOOD, styled};

pub(crate) fn perform(arguments: &Doctor, global: &Global) -> Result<ExitCode, Failure> {
    let patient = patient(arguments, global)?;
    let found = match &patient {
        Patient::Installed(installed) => of_installed(installed)?,
        Patient::File(path) => of_file(path, arguments, global)?,
    };
    if let Some(word) = arguments.selftest {
        return self_test(word, &patient, found, arguments, global);
    }
    if arguments.json {
        print_json(&patient, &found)?;
    } else {
        print(&patient, &found)?;
    }
    let is_dangerous = found
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Danger);
    Ok(if is_dangerous {
        ExitCode::Failed
    } else {
        ExitCode::Ok
    })
}

/// Watches the guardian while a person does what `word` says. One that is not
/// installed is watched as what it is: run in a terminal.
fn self_test(
    word: SelfTestWord,
    patient: &Patient,
    found: Examination,
    arguments: &Doctor,
    global: &Global,
) -> Result<ExitCode, Failure> {
    let test = match word {
        SelfTestWord::Lock => SelfTest::Lock,
        SelfTestWord::Sleep => SelfTest::Sleep,
        SelfTestWord::Logoff => SelfTest::LogOff,
    };
    let (name, state_dir) = match patient {
        Patient::Installed(installed) => {
            (installed.name().to_string(), installed.state_dir.clone())
        }
        Patient::File(path) => of_running(path, global)?,
    };
    // The last form is the one it has now: a planned one is not there yet.
    let promise = found
        .prospects
        .into_iter()
        .rfind(|prospect| prospect.moment == test.moment())
        .expect("every form has every moment");
    let watched = Watched {
        name,
        state_dir,
        promise,
        machine: machine(&Here),
    };
    let format = if arguments.json {
        Format::Json
    } else {
        Format::Text
    };
    selftest::perform(test, &watched, format)
}

/// The name and the state directory of the guardian that runs the file at `path`.
fn of_running(path: &Path, global: &Global) -> Result<(String, PathBuf), Failure> {
    let state_dir = match &global.state_dir {
        Some(state_dir) => state_dir.clone(),
        None => at_hand::of_file(path)?,
    };
    let name = commands::load(path)?.name.to_string();
    Ok((name, state_dir))
}

/// What came of an examination.
struct Examination {
    findings: Vec<Finding>,
    prospects: Vec<Prospect>,
}

impl Examination {
    fn of(subject: &Subject<'_>) -> Self {
        Self {
            findings: examine(subject, &Here),
            prospects: prospects(subject, &Here),
        }
    }
}

/// Who is examined.
enum Patient {
    Installed(Box<Installed>),
    /// A file that is not installed.
    File(PathBuf),
}

impl Patient {
    fn name(&self) -> String {
        match self {
            Self::Installed(installed) => installed.name().to_string(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

fn patient(arguments: &Doctor, global: &Global) -> Result<Patient, Failure> {
    let Some(what) = &arguments.what else {
        return match at_hand::file(global) {
            Some(file) => of_path(&file),
            None => the_one_at_hand(global),
        };
    };
    let word = what.strip_suffix('/').unwrap_or(what);
    if let Ok(name) = GuardianName::new(word)
        && let Some(installed) = registered::by_name(&name)?
    {
        return Ok(Patient::Installed(Box::new(installed)));
    }
    if Path::new(what).exists() {
        return of_path(Path::new(what));
    }
    Err(Failure::new(
        ExitCode::NotInstalled,
        format!("{what} is neither an installed guardian nor a file"),
    )
    .hint("`outlast list` shows what is installed"))
}

/// The file, or the guardian that is installed with it.
fn of_path(path: &Path) -> Result<Patient, Failure> {
    let wanted = path.canonicalize().ok();
    let has_it = |installed: &Installed| {
        let known = installed.file.as_ref();
        known.is_some_and(|file| file.canonicalize().ok() == wanted)
    };
    Ok(registered::all()?
        .into_iter()
        .find(|installed| wanted.is_some() && has_it(installed))
        .map_or_else(
            || Patient::File(path.to_owned()),
            |installed| Patient::Installed(Box::new(installed)),
        ))
}

fn the_one_at_hand(global: &Global) -> Result<Patient, Failure> {
    let state_dir = at_hand::state_dir(global)?;
    let installed = registered::by_state_dir(&state_dir)?.ok_or_else(|| {
        Failure::new(
            ExitCode::NotInstalled,
            format!("the guardian in {} is not installed", state_dir.display()),
        )
        .hint("name its file: outlast doctor FILE")
    })?;
    Ok(Patient::Installed(Box::new(installed)))
}

fn of_file(path: &Path, arguments: &Doctor, global: &Global) -> Result<Examination, Failure> {
    let subject = subject::Subject::of_file(path)?;
    let scope = if arguments.user {
        Scope::User
    } else {
        Scope::System
    };
    let place = Place::new(
        installation::manager(arguments.manager)?,
        scope,
        global.state_dir.as_deref(),
        subject.name.as_str(),
    )?;
    let definition = definition(&subject, &place)?;
    let planned = Planned {
        definition: &definition,
        manager_kind: place.manager_kind,
        file: subject.file(),
        services: &subject.services,
    };
    Ok(Examination::of(&Subject::planned(planned)))
}

fn of_installed(installed: &Installed) -> Result<Examination, Failure> {
    let registration = &installed.registration;
    let services = installed.services()?;
    let own_record = installation::register(installed.scope())?.path_of(installed.name());
    let files: Vec<PathBuf> = registration
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::File { path, .. } if *path != own_record => Some(path.clone()),
            _ => None,
        })
        .collect();
    // A manager that does not answer leaves it unknown.
    let status = installed.status().ok();
    let subject = Subject {
        planned: Planned {
            definition: &registration.definition,
            manager_kind: registration.manager_kind,
            file: installed.file.as_deref(),
            services: &services,
        },
        presence: Presence::Installed {
            running: status.as_ref().and_then(|status| status.pid),
            enabled: status.as_ref().and_then(|status| status.is_enabled),
            files: &files,
        },
    };
    Ok(Examination::of(&subject))
}

fn print(patient: &Patient, found: &Examination) -> Result<(), Failure> {
    for finding in &found.findings {
        for line in finding.lines() {
            terminal::print(&line)?;
        }
    }
    let count = |severity| {
        let all = found.findings.iter();
        all.filter(|finding| finding.severity == severity).count()
    };
    let (dangers, warnings) = (count(Severity::Danger), count(Severity::Warning));
    let verdict = match (dangers, warnings) {
        (0, 0) => styled(GOOD, "nothing wrong was found"),
        _ => format!("dangers: {dangers}, warnings: {warnings}"),
    };
    terminal::print(&format!("{}: {verdict}", patient.name()))?;
    for of_form in found.prospects.chunk_by(|one, next| one.form == next.form) {
        terminal::print(&format!(
            "what will happen to it {}:",
            of_form[0].form.phrase()
        ))?;
        for line in of_form.iter().flat_map(Prospect::lines) {
            terminal::print(&line)?;
        }
    }
    Ok(())
}

fn print_json(patient: &Patient, found: &Examination) -> Result<(), Failure> {
    let findings: Vec<Value> = found.findings.iter().map(Finding::json).collect();
    let prospects: Vec<Value> = found.prospects.iter().map(Prospect::json).collect();
    let report = json!({
        "guardian": patient.name(),
        "installed": matches!(patient, Patient::Installed(_)),
        "findings": findings,
        "prospects": prospects,
        "machine": machine(&Here),
    });
    terminal::print(&report.to_string())
}
