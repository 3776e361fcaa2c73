//! Threads by `NtQuerySystemInformation(SystemProcessInformation)`, which the kernel
//! answers without asking a process; sockets by `GetExtendedTcpTable`.
//!
//! The states and what is waited for have the numbers of `ThreadState` and
//! `ThreadWaitReason` of .NET, which documents them.

use std::time::Instant;

use outlast_model::Pid;
use outlast_model::evidence::{Evidence, ProcessSeen, SocketSeen, ThreadsSeen};
use windows_sys::Wdk::System::SystemInformation::{
    NtQuerySystemInformation, SystemProcessInformation,
};
use windows_sys::Win32::Foundation::{STATUS_INFO_LENGTH_MISMATCH, STATUS_SUCCESS};
use windows_sys::Win32::System::WindowsProgramming::{
    SYSTEM_PROCESS_INFORMATION, SYSTEM_THREAD_INFORMATION,
};

use super::LIMIT;
use super::room::{MOST_PROCESSES, MOST_SOCKETS, MOST_THREADS, add, plain};
use crate::inspection::tcp_owners;
use crate::tree::cpu_of;

/// In words of 64 bits, as which the answer is aligned: some thousand processes.
const FIRST_WORDS: usize = 64 * 1024;
const MOST_WORDS: usize = 4 * 1024 * 1024;

/// `Waiting`.
const WAITING: u32 = 5;

pub(super) fn gather(processes: &[Pid]) -> Option<Evidence> {
    let by = Instant::now() + LIMIT;
    let answer = ask()?;
    let mut evidence = Evidence::default();
    let mut room = MOST_THREADS;
    for entry in entries(&answer) {
        let Some(pid) = processes.iter().find(|pid| pid.0 == entry.pid) else {
            continue;
        };
        if evidence.processes.len() == MOST_PROCESSES || Instant::now() >= by {
            evidence.is_partial = true;
            break;
        }
        evidence.is_partial |= entry.threads.len() > room;
        let mut threads = Vec::new();
        for thread in entry.threads.iter().take(room) {
            add(&mut threads, seen(*thread));
        }
        room -= entry.threads.len().min(room);
        evidence.processes.push(ProcessSeen {
            pid: *pid,
            name: entry.name,
            cpu: cpu_of(pid.0).unwrap_or_default(),
            open_files: Some(entry.handles),
            threads,
        });
    }
    evidence.sockets = sockets(processes);
    evidence.is_partial |= evidence.sockets.len() > MOST_SOCKETS;
    evidence.sockets.truncate(MOST_SOCKETS);
    Some(evidence)
}

/// What is known of all processes, as the kernel has written it.
fn ask() -> Option<Vec<u64>> {
    let mut words = vec![0_u64; FIRST_WORDS];
    while words.len() <= MOST_WORDS {
        let size = u32::try_from(size_of_val(words.as_slice())).ok()?;
        // SAFETY: the buffer has that size; how much was needed is not asked.
        let status = unsafe {
            NtQuerySystemInformation(
                SystemProcessInformation,
                words.as_mut_ptr().cast(),
                size,
                std::ptr::null_mut(),
            )
        };
        match status {
            STATUS_SUCCESS => return Some(words),
            STATUS_INFO_LENGTH_MISMATCH => words.resize(words.len() * 2, 0),
            _ => return None,
        }
    }
    None
}

/// A process in the answer.
struct Entry {
    pid: u32,
    name: String,
    handles: u32,
    threads: Vec<Thread>,
}

#[derive(Clone, Copy)]
struct Thread {
    state: u32,
    waits_for: u32,
}

/// Each says how far behind it the next one begins, the last one zero.
fn entries(answer: &[u64]) -> impl Iterator<Item = Entry> {
    let mut next = Some(0_usize);
    std::iter::from_fn(move || {
        let offset = next?;
        let process: SYSTEM_PROCESS_INFORMATION = at(answer, offset)?;
        next = match process.NextEntryOffset as usize {
            0 => None,
            distance => offset.checked_add(distance),
        };
        let first = offset.checked_add(size_of::<SYSTEM_PROCESS_INFORMATION>())?;
        let threads = (0..process.NumberOfThreads as usize).map_while(|index| {
            let offset = index.checked_mul(size_of::<SYSTEM_THREAD_INFORMATION>())?;
            let thread: SYSTEM_THREAD_INFORMATION = at(answer, first.checked_add(offset)?)?;
            Some(Thread {
                state: thread.ThreadState,
                waits_for: thread.WaitReason,
            })
        });
        Some(Entry {
            // A number, though its type is that of a handle.
            pid: process.UniqueProcessId.addr() as u32,
            name: name(answer, &process),
            handles: process.HandleCount,
            threads: threads.collect(),
        })
    })
}

/// The structure of plain numbers at this byte; `None` beyond the end.
fn at<T: Copy>(answer: &[u64], offset: usize) -> Option<T> {
    let end = offset.checked_add(size_of::<T>())?;
    if end > size_of_val(answer) {
        return None;
    }
    // SAFETY: within the answer, for any bytes are such a structure; it may lie anywhere.
    Some(unsafe {
        answer
            .as_ptr()
            .cast::<u8>()
            .add(offset)
            .cast::<T>()
            .read_unaligned()
    })
}

/// It lies in the same answer; the place is given as an address.
fn name(answer: &[u64], process: &SYSTEM_PROCESS_INFORMATION) -> String {
    let address = process.ImageName.Buffer.addr();
    let Some(offset) = address.checked_sub(answer.as_ptr().addr()) else {
        return String::new();
    };
    let units = (0..usize::from(process.ImageName.Length) / 2)
        .map_while(|index| at::<u16>(answer, offset.checked_add(index * 2)?));
    let units: Vec<u16> = units.collect();
    plain(&String::from_utf16_lossy(&units))
}

/// A group of one.
fn seen(thread: Thread) -> ThreadsSeen {
    let state = match thread.state {
        0 => "initialized",
        1 | 3 | 7 => "ready to run",
        2 => "running",
        4 => "ended",
        WAITING => "waiting",
        6 => "waiting for its stack",
        _ => "unknown",
    };
    ThreadsSeen {
        count: 1,
        state: state.to_owned(),
        waits_in: (thread.state == WAITING).then(|| reason(thread.waits_for).to_owned()),
        names: Vec::new(),
        stack: Vec::new(),
    }
}

/// `KWAIT_REASON` of `wdm.h`; from 7 on the same again for waits of a second kind.
const fn reason(number: u32) -> &'static str {
    match number {
        0 | 7 => "Executive",
        1 | 8 => "FreePage",
        2 | 9 => "PageIn",
        3 | 10 => "PoolAllocation",
        4 | 11 => "DelayExecution",
        5 | 12 => "Suspended",
        6 | 13 => "UserRequest",
        14 => "EventPair",
        15 => "Queue",
        16 => "LpcReceive",
        17 => "LpcReply",
        18 => "VirtualMemory",
        19 => "PageOut",
        _ => "another reason",
    }
}

/// Those that listen first.
fn sockets(processes: &[Pid]) -> Vec<SocketSeen> {
    let rows = tcp_owners::table().unwrap_or_default();
    let own = rows
        .iter()
        .filter(|row| processes.iter().any(|pid| Some(pid.0) == row.pid));
    let mut found: Vec<SocketSeen> = own
        .map(|row| SocketSeen {
            local: row.local,
            remote: row.remote,
            // Windows tells neither.
            unread: 0,
            unsent: 0,
        })
        .collect();
    found.sort_by_key(|socket| socket.remote.is_some());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_with_its_threads() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let waiting = std::thread::spawn(move || stopped.recv());
        let pid = Pid(std::process::id());
        let evidence = gather(&[pid]).expect("Windows tells");
        drop(stop);
        let _ = waiting.join();
        let [process] = evidence.processes.as_slice() else {
            panic!("{evidence:?}");
        };
        let threads: u32 = process.threads.iter().map(|threads| threads.count).sum();
        assert!(process.pid == pid && threads >= 2, "{process:?}");
        let own = std::env::current_exe().expect("it has a path");
        let own = own.file_name().expect("a name").to_string_lossy();
        assert!(
            own.starts_with(process.name.trim_end_matches(".exe")),
            "{process:?}"
        );
    }

    #[test]
    fn an_answer_that_ends_early_is_read_as_far_as_it_goes() {
        assert_eq!(entries(&[]).count(), 0);
        // The next one would begin beyond the end.
        let mut words = vec![0_u64; size_of::<SYSTEM_PROCESS_INFORMATION>() / 8];
        words[0] = u64::from(u32::MAX) | 3 << 32;
        assert_eq!(entries(&words).count(), 1);
    }
}
