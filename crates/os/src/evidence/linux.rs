//! `/proc/PID/task/TID/{stat,wchan,stack}` (proc(5)), and the tables of sockets.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use outlast_model::Pid;
use outlast_model::evidence::{Evidence, ProcessSeen, SocketSeen, ThreadsSeen};

use super::LIMIT;
use super::room::{MOST_PROCESSES, MOST_SOCKETS, MOST_THREADS, add, plain};
use crate::inspection::tcp;

const MOST_FRAMES: usize = 12;
/// Of a file about a thread. A page is what the kernel makes of them.
const MOST_BYTES: u64 = 4096;

pub(super) fn gather(processes: &[Pid]) -> Option<Evidence> {
    let by = Instant::now() + LIMIT;
    let mut evidence = Evidence {
        is_partial: processes.len() > MOST_PROCESSES,
        ..Evidence::default()
    };
    let mut room = MOST_THREADS;
    let mut seen: Vec<u32> = Vec::new();
    for pid in processes.iter().take(MOST_PROCESSES) {
        if Instant::now() >= by {
            evidence.is_partial = true;
            break;
        }
        // One that has ended meanwhile does nothing.
        let Some((process, is_whole)) = process(*pid, &mut room, by) else {
            continue;
        };
        evidence.is_partial |= !is_whole;
        evidence.processes.push(process);
        seen.push(pid.0);
    }
    if Instant::now() < by {
        evidence.sockets = sockets(&seen);
        evidence.is_partial |= evidence.sockets.len() > MOST_SOCKETS;
        evidence.sockets.truncate(MOST_SOCKETS);
    } else {
        evidence.is_partial = true;
    }
    Some(evidence)
}

/// And whether all of its threads were looked at.
fn process(pid: Pid, room: &mut usize, by: Instant) -> Option<(ProcessSeen, bool)> {
    let folder = format!("/proc/{pid}");
    let whole = stat(&read(format!("{folder}/stat"))?)?;
    let mut threads: Vec<ThreadsSeen> = Vec::new();
    let mut is_whole = true;
    for entry in fs::read_dir(format!("{folder}/task")).ok()?.flatten() {
        if *room == 0 || Instant::now() >= by {
            is_whole = false;
            break;
        }
        *room -= 1;
        if let Some(thread) = thread(&entry.path()) {
            add(&mut threads, thread);
        }
    }
    let process = ProcessSeen {
        pid,
        name: whole.name,
        cpu: whole.cpu,
        open_files: open_files(&folder),
        threads,
    };
    Some((process, is_whole))
}

fn open_files(folder: &str) -> Option<u32> {
    let entries = fs::read_dir(format!("{folder}/fd")).ok()?;
    u32::try_from(entries.count()).ok()
}

/// A group of one.
fn thread(folder: &Path) -> Option<ThreadsSeen> {
    let stat = stat(&read(folder.join("stat"))?)?;
    let wait = read(folder.join("wchan")).unwrap_or_default();
    let wait = wait.trim();
    let stack = read(folder.join("stack")).unwrap_or_default();
    Some(ThreadsSeen {
        count: 1,
        state: state(stat.state).to_owned(),
        // 0: it runs, or that is not told.
        waits_in: (!matches!(wait, "" | "0")).then(|| plain(wait)),
        names: vec![stat.name],
        stack: frames(&stack),
    })
}

struct Stat {
    name: String,
    state: char,
    cpu: Duration,
}

/// The name stands in brackets and may hold others.
fn stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.split_once('(')?;
    let (name, rest) = rest.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // The state is the third field, user and system time are the 14th and 15th.
    let mut times = fields.skip(10).map(str::parse::<u64>);
    let ticks = times.next()?.ok()?.saturating_add(times.next()?.ok()?);
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let millis = ticks.saturating_mul(1000) / per_second;
    Some(Stat {
        name: plain(name),
        state,
        cpu: Duration::from_millis(millis),
    })
}

const fn state(letter: char) -> &'static str {
    match letter {
        'R' => "running",
        'S' => "sleeping",
        'D' => "waiting in the kernel",
        'T' => "stopped by a signal",
        't' => "stopped by a debugger",
        'Z' => "ended, not waited for",
        'X' => "ended",
        'I' => "idle",
        _ => "unknown",
    }
}

/// `[<0>] futex_wait_queue+0x61/0x90` and so on, innermost first.
fn frames(stack: &str) -> Vec<String> {
    let names = stack.lines().filter_map(|line| {
        let (_, place) = line.split_once("] ")?;
        let name = place.split(['+', ' ']).next()?;
        (!name.is_empty()).then(|| plain(name))
    });
    names.take(MOST_FRAMES).collect()
}

/// Those that listen first, then those that something lies in.
fn sockets(pids: &[u32]) -> Vec<SocketSeen> {
    let mut found: Vec<SocketSeen> = Vec::new();
    for &pid in pids {
        let own = tcp::sockets_of(pid).unwrap_or_default();
        let rows = tcp::table(pid);
        let rows = rows.iter().filter(|row| own.contains(&row.inode));
        for row in rows {
            let socket = SocketSeen {
                local: row.local,
                remote: (row.state != tcp::LISTEN).then_some(row.remote),
                unread: row.unread,
                unsent: row.unsent,
            };
            // Processes share them.
            if !found.contains(&socket) {
                found.push(socket);
            }
        }
    }
    found.sort_by_key(|socket| {
        let lies = socket.unread.saturating_add(socket.unsent);
        (socket.remote.is_some(), std::cmp::Reverse(lies))
    });
    found
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::process::{Command, Stdio};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_process_with_a_strange_name_is_understood() {
        let text = "12 (a) R (\u{1}b) S 1 12 12 0 -1 4194560 96 0 0 0 150 50 0 0 20 0 1 0 9 0";
        let stat = stat(text).expect("it is whole");
        assert_eq!((stat.name.as_str(), stat.state), ("a) R (·b", 'S'));
        let per_second = rustix::param::clock_ticks_per_second();
        assert_eq!(stat.cpu, Duration::from_millis(200 * 1000 / per_second));
    }

    #[test]
    fn frames_lose_their_numbers() {
        let stack = "[<0>] futex_wait_queue+0x61/0x90\n[<0>] do_syscall_64+0x3b/0x90\nnothing\n";
        assert_eq!(frames(stack), ["futex_wait_queue", "do_syscall_64"]);
    }

    #[test]
    fn a_process_that_sleeps_is_seen_to_sleep() {
        let mut child = Command::new("sleep")
            .arg("600")
            .stdin(Stdio::null())
            .spawn()
            .expect("there is sleep");
        let pid = Pid(child.id());
        let mut seen = None;
        // Before it sleeps it is executed.
        for _ in 0..2_000 {
            let evidence = gather(&[pid]).expect("this is Linux");
            seen = evidence.processes.into_iter().next();
            let is_asleep = seen.as_ref().is_some_and(|process: &ProcessSeen| {
                process.name == "sleep" && process.threads[0].state == "sleeping"
            });
            if is_asleep {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = child.kill();
        let _ = child.wait();
        let seen = seen.expect("it lives");
        assert_eq!((seen.pid, seen.name.as_str()), (pid, "sleep"));
        assert_eq!(seen.threads.len(), 1);
        assert_eq!(
            (seen.threads[0].count, seen.threads[0].state.as_str()),
            (1, "sleeping")
        );
    }

    #[test]
    fn what_nobody_accepts_and_nobody_reads_is_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mut client = TcpStream::connect(address).expect("the system accepts");
        std::io::Write::write_all(&mut client, b"hello").expect("it is sent");
        let evidence = gather(&[Pid(std::process::id())]).expect("this is Linux");
        // Other tests of this process may have more sockets than are kept.
        let listening = evidence
            .sockets
            .iter()
            .find(|socket| socket.local == address && socket.remote.is_none());
        assert!(
            evidence.is_partial || listening.is_some_and(|socket| socket.unread == 1),
            "{evidence:?}"
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let _ = stat(&text);
            frames(&text);
        }
    }
}
