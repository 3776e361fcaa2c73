//! `outlast install`: make a guardian a native service.

use outlast_native::Installer;
use outlast_native::Plan;
use outlast_native::register::Register;
use outlast_native::{Machine, Request, Scope};

use super::whole;
use crate::args::{Global, Install};
use crate::doctor::Planned;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::installation::definition::{Place, definition, origin};
use crate::installation::password::{self, supplied};
use crate::installation::subject::Subject;
use crate::installation::{self, check_rights, failed, risks, show};
use crate::registered;
use crate::terminal;

pub(crate) fn perform(arguments: &Install, global: &Global) -> Result<ExitCode, Failure> {
    let subject = Subject::of(arguments, global.file.as_deref())?;
    let place = place(arguments, global, &subject)?;
    let register = installation::register(place.scope)?;
    refuse_other_file(&subject, &register)?;
    let definition = definition(&subject, &place)?;
    let origin = origin(&subject, &place);
    let manager = place.manager_kind.manager();
    let mut installer = Installer {
        register: &register,
        manager: &*manager,
        host: &mut Machine,
    };
    if arguments.how.dry_run {
        let plan = installer.plan(&definition, origin)?;
        return planned(&plan, arguments);
    }
    check_rights(place.scope, "install a service")?;
    let to_be = Planned {
        definition: &definition,
        manager_kind: place.manager_kind,
        file: subject.file(),
        services: &subject.services,
    };
    risks::check(to_be, &arguments.accepted)?;
    let from = if arguments.password_stdin {
        password::From::StandardInput
    } else {
        password::From::Terminal
    };
    let definition = supplied(definition, place.manager_kind, from)?;
    let expected = installer.plan(&definition, origin.clone())?;
    show::fidelity(&expected.fidelity);
    if !manager.is_running_here() {
        terminal::tell(&format!(
            "warning: {} does not run this machine now; the service is there when it does",
            place.manager_kind.word()
        ));
    }
    let plan = installer.install(&definition, origin).map_err(failed)?;
    done(&plan, arguments)
}

fn place(arguments: &Install, global: &Global, subject: &Subject) -> Result<Place, Failure> {
    let scope = if arguments.user {
        Scope::User
    } else {
        Scope::System
    };
    let manager_kind = installation::manager(arguments.how.manager)?;
    Place::new(
        manager_kind,
        scope,
        global.state_dir.as_deref(),
        subject.name.as_str(),
    )
}

/// Two files with one name are two guardians, and the second would silently
/// replace the first.
fn refuse_other_file(subject: &Subject, register: &Register) -> Result<(), Failure> {
    let Some(installed) = registered::in_register(register, &subject.name)? else {
        return Ok(());
    };
    let is_same = match (installed.file.as_deref(), subject.file()) {
        (Some(old), Some(new)) => {
            old == new
                || matches!((old.canonicalize(), new.canonicalize()), (Ok(a), Ok(b)) if a == b)
        }
        (None, None) => true,
        _ => false,
    };
    // A file that is gone has moved, most likely to where it is installed from
    // now.
    if is_same || installed.file.as_deref().is_some_and(|old| !old.exists()) {
        return Ok(());
    }
    let what = installed.file.as_deref().map_or_else(
        || "for a command".to_owned(),
        |file| format!("from {}", file.display()),
    );
    Err(Failure::new(
        ExitCode::Failed,
        format!("{} is installed already, {what}", subject.name),
    )
    .hint(format!(
        "choose another name, or remove that one first: `outlast uninstall {}`",
        subject.name
    )))
}

fn planned(plan: &Plan, arguments: &Install) -> Result<ExitCode, Failure> {
    if arguments.how.json {
        terminal::print(&show::json(plan)?.to_string())?;
    } else {
        show::plan(plan)?;
    }
    Ok(ExitCode::Ok)
}

fn done(plan: &Plan, arguments: &Install) -> Result<ExitCode, Failure> {
    let definition = &plan.registration.definition;
    if arguments.how.json {
        terminal::print(&show::json(plan)?.to_string())?;
    } else {
        show::done(plan)?;
    }
    if arguments.now {
        let manager = plan.registration.manager_kind.manager();
        manager.control(&plan.registration, Request::Start, whole::START_PATIENCE)?;
        if !arguments.how.json {
            terminal::print("started")?;
        }
    } else if !arguments.how.json {
        terminal::print(&format!("start it: outlast start {}/", definition.name))?;
    }
    if !arguments.how.json {
        terminal::print(&format!("undo:     {}", show::undo(definition)))?;
    }
    Ok(ExitCode::Ok)
}
