//! `/proc/PID/io` counts the bytes of `read(2)`, `write(2)` and their like, of all
//! threads (`proc_pid_io(5)`); what goes by `send(2)`, `recv(2)` or mapped memory is
//! not in it. `/proc/PID/task/TID/status` counts how often a thread has given a
//! processor away (`proc_pid_status(5)`): once for each time that it ran.

use std::fs;
use std::io;

use super::Counted;

pub(super) const IS_KNOWN: bool = true;

/// An odd number, so that sums of different sets differ.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

pub(super) fn of(pids: &[libc::pid_t]) -> Option<Counted> {
    let (mut wakeups, mut rests) = (0_u64, 0_u64);
    let mut moved = Some(0_u64);
    let mut members = 0_u64;
    for &pid in pids {
        for thread in threads(pid) {
            members = members.wrapping_add(thread.wrapping_mul(MIX) ^ thread);
            let status = fs::read_to_string(format!("/proc/{pid}/task/{thread}/status"));
            let (voluntary, other) = switches(&status.unwrap_or_default());
            rests = rests.wrapping_add(voluntary);
            wakeups = wakeups.wrapping_add(voluntary).wrapping_add(other);
        }
        moved = match fs::read_to_string(format!("/proc/{pid}/io")) {
            Ok(text) => moved.map(|moved| moved.wrapping_add(bytes(&text))),
            Err(error) if is_gone(&error) => moved,
            Err(_) => None,
        };
    }
    Some(Counted {
        wakeups: Some(wakeups),
        rests: Some(rests),
        moved,
        members,
    })
}

fn threads(pid: libc::pid_t) -> Vec<u64> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"));
    let names = entries.into_iter().flatten().flatten();
    names
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

/// Those it asked for and the others.
fn switches(status: &str) -> (u64, u64) {
    let number = |wanted: &str| {
        let lines = status.lines().filter_map(|line| line.split_once(':'));
        let mut numbers = lines.filter(|(name, _)| *name == wanted);
        let (_, number) = numbers.next()?;
        number.trim().parse().ok()
    };
    (
        number("voluntary_ctxt_switches").unwrap_or(0),
        number("nonvoluntary_ctxt_switches").unwrap_or(0),
    )
}

fn bytes(io: &str) -> u64 {
    let numbers = io.lines().filter_map(|line| {
        let (name, number) = line.split_once(':')?;
        matches!(name, "rchar" | "wchar").then(|| number.trim().parse::<u64>().ok())?
    });
    numbers.fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let status = "Name:\tx\nSpeculation_Store_Bypass:\tvulnerable\n\
                      voluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t30\n";
        assert_eq!(switches(status), (12, 30));
        assert_eq!(switches(""), (0, 0));
        let io = "rchar: 10\nwchar: 5\nsyscr: 7\nsyscw: 8\nread_bytes: 4096\nwrite_bytes: 0\n\
                  cancelled_write_bytes: 0\n";
        assert_eq!(bytes(io), 15);
        assert_eq!(bytes("rchar: no\nwchar"), 0);
    }

    #[test]
    fn what_this_process_does_is_seen() {
        let own = [std::process::id().cast_signed()];
        let before = of(&own).expect("Linux tells");
        fs::read("/proc/self/status").expect("readable");
        std::thread::spawn(std::thread::yield_now)
            .join()
            .expect("it ends");
        let after = of(&own).expect("Linux tells");
        assert!(after.moved > before.moved, "{before:?} {after:?}");
        assert!(before.wakeups.is_some());
        assert_eq!(of(&[]).map(|nothing| nothing.members), Some(0));
    }
}
