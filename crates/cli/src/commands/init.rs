//! `outlast init`: a file to begin with.

use std::fs::OpenOptions;
use std::io::{self, Write as _};

use crate::args::{Global, Init};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn perform(arguments: &Init, global: &Global) -> Result<ExitCode, Failure> {
    let path = global
        .file
        .clone()
        .unwrap_or_else(|| at_hand::DEFAULT_FILE.into());
    let mut options = OpenOptions::new();
    options.write(true);
    if arguments.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options
        .open(&path)
        .and_then(|mut file| file.write_all(outlast_config::example().as_bytes()));
    match written {
        Ok(()) => {
            terminal::print(&format!(
                "wrote {}; next: edit it, `outlast check`, `outlast run`",
                path.display()
            ))?;
            Ok(ExitCode::Ok)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::new(
            ExitCode::Failed,
            format!("{} is there already; nothing was changed", path.display()),
        )
        .hint("--force replaces it")),
        Err(error) => Err(Failure::of(&format!("write {}", path.display()), &error)),
    }
}
