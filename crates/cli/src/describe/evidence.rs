//! What a service did before it was stopped, in one line.

use outlast_journal::events::stored::{StoredProcess, StoredSocket, StoredThreads};

use crate::unit;

/// Of more, `outlast events --json` tells.
const MOST_SOCKETS: usize = 4;

pub(super) fn line(
    processes: &[StoredProcess],
    sockets: &[StoredSocket],
    is_partial: bool,
) -> String {
    let mut parts: Vec<String> = processes.iter().map(process).collect();
    parts.extend(sockets.iter().take(MOST_SOCKETS).map(socket));
    if is_partial || sockets.len() > MOST_SOCKETS {
        parts.push("and more (`--json`)".to_owned());
    }
    if parts.is_empty() {
        return "nothing could be seen of its processes".to_owned();
    }
    format!("seen before the stop: {}", parts.join("; "))
}

fn process(process: &StoredProcess) -> String {
    let files = process.open_files.map(|count| format!(", {count} files"));
    let threads: Vec<String> = process.threads.iter().map(threads).collect();
    format!(
        "{} ({}): {}, {} of CPU{}",
        process.name,
        process.pid,
        threads.join(", "),
        unit::duration(process.cpu_seconds),
        files.unwrap_or_default()
    )
}

fn threads(threads: &StoredThreads) -> String {
    let noun = if threads.count == 1 {
        "thread"
    } else {
        "threads"
    };
    let place = threads.waits_in.as_ref();
    let place = place.map(|place| format!(" in {place}"));
    format!(
        "{} {noun} {}{}",
        threads.count,
        threads.state,
        place.unwrap_or_default()
    )
}

fn socket(socket: &StoredSocket) -> String {
    match &socket.remote {
        None if socket.unread > 0 => {
            let waiting = socket.unread;
            format!("{} listens, {waiting} not accepted", socket.local)
        }
        None => format!("{} listens", socket.local),
        Some(remote) => format!(
            "{} to {remote}: {} not read, {} not sent",
            socket.local,
            unit::size(socket.unread.into()),
            unit::size(socket.unsent.into())
        ),
    }
}
