//! `outlast __measure`: one half of `outlast compare-modes`, which does what it is
//! ordered to and nothing else.

use std::io;
use std::path::Path;

use outlast_api::frame;
use outlast_os::endpoint::{self, Connection, Listener};
use outlast_os::lock::StateLock;
use outlast_os::manager_link::{self, Conclusion, Notices};

use crate::args::{Global, Measure};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::modes::attempts;
use crate::modes::order::{Input, LONGEST_ANSWER, LONGEST_ORDER, answer, read_frame, write_frame};

pub(crate) fn perform(arguments: &Measure, global: &Global) -> Result<ExitCode, Failure> {
    if let Some(word) = &arguments.attempt {
        return Ok(attempts::make(word));
    }
    match (&global.state_dir, arguments.listen) {
        (Some(state_dir), true) => as_service(state_dir),
        _ => as_child(&arguments.input),
    }
    .map_err(|error| Failure::of("measure", &error))?;
    Ok(ExitCode::Ok)
}

/// Until whoever has started this process closes its pipe, or ends.
fn as_child(input: &Input) -> io::Result<()> {
    let (mut orders, mut answers) = (io::stdin().lock(), io::stdout().lock());
    while let Some(order) = read_frame(&mut orders)? {
        let Some(answer) = answer(&order, input) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        write_frame(&mut answers, &answer)?;
    }
    Ok(())
}

/// Until the manager ends it. On Unix that is a signal, which ends any program.
fn as_service(state_dir: &Path) -> io::Result<()> {
    let (link, notices) = manager_link::connect()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listened = runtime.block_on(async {
        let _lock = StateLock::acquire(state_dir).map_err(io::Error::other)?;
        let listener = Listener::bind(&endpoint::address(state_dir))?;
        // A manager that does not hear it takes the process for ready already.
        let _ = link.ready();
        serve(listener, notices).await
    });
    let conclusion = match &listened {
        Ok(()) => Conclusion::Well,
        Err(_) => Conclusion::Failed(1),
    };
    link.concluded(conclusion);
    listened
}

async fn serve(mut listener: Listener, mut notices: Notices) -> io::Result<()> {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (connection, _) = accepted?;
                tokio::spawn(converse(connection));
            }
            notice = notices.next() => {
                if let manager_link::Notice::Stop { .. } = notice {
                    return Ok(());
                }
            }
        }
    }
}

/// Whoever says something else, or goes, is hung up on.
async fn converse(mut connection: Connection) {
    while let Ok(Some(order)) = frame::read_frame(&mut connection, LONGEST_ORDER).await {
        let Some(answer) = answer(&order, &None) else {
            return;
        };
        let written = frame::write_frame(&mut connection, &answer, LONGEST_ANSWER).await;
        if written.is_err() {
            return;
        }
    }
}
