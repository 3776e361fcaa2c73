//! How much is kept of what is seen.

use outlast_model::evidence::ThreadsSeen;

pub(super) const MOST_PROCESSES: usize = 16;
pub(super) const MOST_THREADS: usize = 128;
pub(super) const MOST_SOCKETS: usize = 32;
/// Of threads that do the same.
const MOST_NAMES: usize = 4;

/// Puts a thread to those that do the same.
pub(super) fn add(threads: &mut Vec<ThreadsSeen>, thread: ThreadsSeen) {
    let like = threads.iter_mut().find(|other| {
        (&other.state, &other.waits_in, &other.stack)
            == (&thread.state, &thread.waits_in, &thread.stack)
    });
    let Some(like) = like else {
        threads.push(thread);
        return;
    };
    like.count += 1;
    for name in thread.names {
        if like.names.len() < MOST_NAMES && !like.names.contains(&name) {
            like.names.push(name);
        }
    }
}

/// A process names itself as it likes.
pub(super) fn plain(text: &str) -> String {
    let shown = text.chars().take(64);
    shown
        .map(|c| if c.is_control() { '·' } else { c })
        .collect()
}
