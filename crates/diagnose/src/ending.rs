//! Signs of how a process ended, by the meaning that its platform gives them.

use std::time::Duration;

use outlast_model::Exit;

use crate::case::{Case, Platform};
use crate::nt_status;
use crate::sign::Sign;
use crate::text::line::{self, Level};

/// Who ends sooner has not worked at all.
const BRIEF: Duration = Duration::from_secs(3);

/// A shell, and many run-times, tell the signal that ended a program as a code.
const SIGNAL_CODES: std::ops::RangeInclusive<i32> = 129..=159;

/// Whether a sign of this name tells how it ended.
pub(crate) fn tells_the_end(name: &str) -> bool {
    matches!(
        name,
        "exit" | "start-failed" | "stalled" | "vanished" | "killed-late" | "gave-up"
    )
}

/// How the process ended. `signal_name` is that of its platform, without `SIG`.
pub fn exit(exit: Exit, platform: Platform, signal_name: Option<&str>) -> Sign {
    match exit {
        Exit::Code(code) if platform == Platform::Windows => windows_code(code),
        Exit::Code(code) => unix_code(code),
        Exit::Signal {
            number,
            core_dumped,
        } => {
            let name = signal_name.map_or_else(|| number.to_string(), str::to_owned);
            let dumped = if core_dumped {
                ", which dumped core"
            } else {
                ""
            };
            Sign::new("exit", "exit", format!("signal {number} ({name}){dumped}"))
                .with("kind", "signal")
                .with("signal", &name)
                .with("core", if core_dumped { "yes" } else { "no" })
        }
        Exit::Unknown => {
            Sign::new("exit", "exit", "it is gone, and nobody can say how").with("kind", "unknown")
        }
    }
}

fn unix_code(code: i32) -> Sign {
    let like = SIGNAL_CODES.contains(&code).then(|| code - 128);
    let sign = Sign::new("exit", "exit", format!("exit code {code}"))
        .with("kind", "code")
        .with("code", code)
        .with("like", like.and_then(common_signal).unwrap_or_default());
    if code == 0 {
        sign.with("success", "yes")
    } else {
        sign
    }
}

/// The signals whose numbers are the same everywhere (POSIX names them so for `kill`).
fn common_signal(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        4 => "ILL",
        5 => "TRAP",
        6 => "ABRT",
        8 => "FPE",
        9 => "KILL",
        11 => "SEGV",
        13 => "PIPE",
        14 => "ALRM",
        15 => "TERM",
        _ => return None,
    })
}

/// What is above 2³⁰ is a status of the system, not a code of the program's.
fn windows_code(code: i32) -> Sign {
    let bits = code.cast_unsigned();
    let status = format!("0x{bits:08X}");
    let name = nt_status::name(bits);
    let text = match name {
        Some(name) => format!("exit status {status} ({name})"),
        None if bits > 0x3FFF_FFFF => format!("exit status {status}"),
        None => format!("exit code {code}"),
    };
    let sign = Sign::new("exit", "exit", text)
        .with("kind", if name.is_some() { "status" } else { "code" })
        .with("code", code)
        .with("status", status);
    if code == 0 {
        sign.with("success", "yes")
    } else {
        sign
    }
}

/// The names of the system's errors by which a start fails, where they are the same
/// everywhere on that platform.
fn error_name(number: i32, platform: Platform) -> Option<&'static str> {
    let names: &[(i32, &str)] = match platform {
        Platform::Windows => &[
            (2, "ERROR_FILE_NOT_FOUND"),
            (3, "ERROR_PATH_NOT_FOUND"),
            (5, "ERROR_ACCESS_DENIED"),
            (126, "ERROR_MOD_NOT_FOUND"),
            (127, "ERROR_PROC_NOT_FOUND"),
            (193, "ERROR_BAD_EXE_FORMAT"),
            (216, "ERROR_EXE_MACHINE_TYPE_MISMATCH"),
            (740, "ERROR_ELEVATION_REQUIRED"),
            (1260, "ERROR_ACCESS_DISABLED_BY_POLICY"),
            (14001, "ERROR_SXS_CANT_GEN_ACTCTX"),
            (10048, "WSAEADDRINUSE"),
        ],
        Platform::Linux => &[(11, "EAGAIN"), (98, "EADDRINUSE")],
        Platform::MacOs | Platform::FreeBsd => &[(35, "EAGAIN"), (48, "EADDRINUSE")],
    };
    let everywhere: &[(i32, &str)] = match platform {
        Platform::Windows => &[],
        _ => &[
            (1, "EPERM"),
            (2, "ENOENT"),
            (8, "ENOEXEC"),
            (12, "ENOMEM"),
            (13, "EACCES"),
            (20, "ENOTDIR"),
            (21, "EISDIR"),
        ],
    };
    let mut all = names.iter().chain(everywhere);
    all.find(|(known, _)| *known == number)
        .map(|(_, name)| *name)
}

/// It could not be started: at this step (a word of the journal), on this, for this
/// reason.
pub fn start_failed(
    step: &str,
    (subject, message): (&str, &str),
    error: Option<(i32, Platform)>,
) -> Sign {
    let name = error.map(|(number, platform)| {
        error_name(number, platform).map_or_else(|| number.to_string(), str::to_owned)
    });
    Sign::new("start-failed", "start", message)
        .with("step", step)
        .with("error", name.unwrap_or_default())
        .with("subject", subject)
}

/// It ran for no longer than a start takes.
pub fn brief(ran_for: Duration) -> Option<Sign> {
    let seconds = ran_for.as_secs_f64();
    (ran_for < BRIEF).then(|| {
        Sign::new("brief", "journal", format!("it ran for {seconds:.1} s")).with("seconds", seconds)
    })
}

/// That something has gone wrong: it ended by itself and not well, was found to hang,
/// or could not be started. Of a log alone only a block tells that that ends a process,
/// or stands at the end.
pub(crate) fn failure(case: &Case, signs: &[Sign]) -> Option<Sign> {
    let find = |name: &str| signs.iter().find(|sign| sign.name == name);
    let failed = |how: &str, of: &Sign| {
        let mut sign = Sign::new("failed", of.quote.source.clone(), "").with("how", how);
        sign.quote.at = of.quote.at;
        sign
    };
    for name in [
        "start-failed",
        "stalled",
        "vanished",
        "killed-late",
        "gave-up",
    ] {
        if let Some(sign) = find(name) {
            return Some(failed(name, sign));
        }
    }
    if let Some(exit) = find("exit") {
        let is_well = exit.field("success").is_some() || find("asked").is_some();
        return (!is_well).then(|| failed("exit", exit));
    }
    if !case.is_log_only {
        return None;
    }
    let told = signs.iter().find(|sign| match sign.name {
        "kernel" | "manager" | "memory-daemon" | "event-log" => true,
        "block" => is_told_by(sign),
        _ => false,
    });
    told.map(|sign| failed("told", sign))
}

/// A log that ends with a line which says that it cannot go on. More is told after it
/// where it does.
pub(crate) fn last_line(case: &Case) -> Option<Sign> {
    let last = case
        .lines
        .iter()
        .rev()
        .find(|line| !line.text.trim().is_empty())?;
    let is_fatal = line::message(&last.text).level == Some(Level::Fatal);
    is_fatal.then(|| {
        Sign::new("failed", "log", "")
            .with("how", "last-line")
            .at(last.at)
    })
}

/// Run-times that tell of an error which nobody caught as programs log one that they did.
const TOLD_ALIKE: [&str; 3] = ["python", "ruby", "php"];

/// Whether a process has ended by what this block tells, if nothing else is known.
fn is_told_by(block: &Sign) -> bool {
    let is = |field: &str, value: &str| block.field(field) == Some(value);
    let is_alike = block
        .field("language")
        .is_some_and(|language| TOLD_ALIKE.contains(&language));
    let is_uncaught = is("fatality", "open") && is_alike && !is("logged", "yes");
    // `catch_unwind` catches also what was thrown in the main thread.
    let is_certain = is("fatality", "process") && !is("language", "rust");
    is_certain || ((is_uncaught || is("fatality", "process")) && is("position", "last"))
}
