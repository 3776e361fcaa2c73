//! A child on the same console, to which Windows sends Ctrl-C and Ctrl-Break
//! itself.

use std::io;
use std::process::Child;

use outlast_model::Exit;
use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

/// Hears them, so that they do not end this process. A handler is not inherited,
/// unlike the flag to ignore Ctrl-C.
pub(super) struct Signals {
    _ctrl_c: CtrlC,
    _ctrl_break: CtrlBreak,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            _ctrl_c: ctrl_c()?,
            _ctrl_break: ctrl_break()?,
        })
    }
}

pub(super) async fn wait(mut child: Child, _signals: Signals) -> io::Result<Exit> {
    let ended = tokio::task::spawn_blocking(move || child.wait());
    let status = ended.await.map_err(io::Error::other)??;
    Ok(status.code().map_or(Exit::Unknown, Exit::Code))
}
