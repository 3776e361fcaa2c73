//! The password of an account: asked for on the terminal or read from standard
//! input, never from the command line, where every user of the machine could
//! read it.

use std::io::{self, BufRead as _, IsTerminal as _};

use outlast_native::{Account, Definition, ManagerKind, Secret};

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// A person at the terminal.
    Terminal,
    /// The first line of standard input.
    StandardInput,
}

/// `definition` with the password that its account needs at `manager_kind`: only
/// Windows wants one, and only for accounts of people.
pub(crate) fn supplied(
    definition: Definition,
    manager_kind: ManagerKind,
    from: From,
) -> Result<Definition, Failure> {
    let Account::User { name, .. } = &definition.account else {
        return Ok(definition);
    };
    if manager_kind != ManagerKind::Windows {
        return Ok(definition);
    }
    let secret = match from {
        From::StandardInput => first_line()?,
        From::Terminal => asked(name)?,
    };
    Ok(Definition {
        account: Account::User {
            name: name.clone(),
            password: Some(secret),
        },
        ..definition
    })
}

fn first_line() -> Result<Secret, Failure> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::of("read the password from standard input", &error))?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(Secret::new(line))
}

fn asked(account: &str) -> Result<Secret, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            ExitCode::Program(2),
            format!("the account {account} needs its password, and there is no terminal to ask on"),
        )
        .hint(
            "give it on standard input with --password-stdin, or choose an account without one: account=virtual",
        ));
    }
    rpassword::prompt_password(format!("password of {account}: "))
        .map(Secret::new)
        .map_err(|error| Failure::of("read the password", &error))
}
