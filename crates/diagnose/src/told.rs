//! What the kernel, systemd and keepers of memory say of the end of a process, in the
//! lines of their logs.

use crate::sign::Sign;

/// What a line of Linux' kernel log says (its sources: `mm/oom_kill.c`, `arch/*/mm/fault.c`,
/// `arch/*/kernel/traps.c`, `kernel/hung_task.c`, `kernel/cgroup/pids.c`, `fs/file_table.c`,
/// `block/blk-core.c`, `kernel/seccomp.c` with audit); `None`: nothing of that.
pub fn kernel(text: &str) -> Option<Sign> {
    let sign = |event: &str| Sign::new("kernel", "kernel log", text).with("event", event);
    killed_for_memory(text)
        .map(|killed| {
            sign("oom")
                .with("constraint", killed.constraint)
                .with("pid", killed.pid)
                .with("name", killed.name)
                .with("task_memory", killed.memory)
        })
        .or_else(|| {
            let (process, object) = segfault(text)?;
            Some(
                sign("segfault")
                    .with("pid", process.1)
                    .with("name", process.0)
                    .with("object", object),
            )
        })
        .or_else(|| {
            let (process, what, object) = trap(text)?;
            Some(
                sign("trap")
                    .with("pid", process.1)
                    .with("name", process.0)
                    .with("what", what)
                    .with("object", object),
            )
        })
        .or_else(|| {
            let rest = text.strip_prefix("INFO: task ")?;
            let (task, rest) = rest.split_once(" blocked for more than ")?;
            let (name, pid) = task.rsplit_once(':')?;
            rest.contains("seconds")
                .then(|| sign("hung-task").with("pid", pid).with("name", name))
        })
        .or_else(|| {
            let rest = text.strip_prefix("cgroup: fork rejected by pids controller")?;
            let group = rest.strip_prefix(" in ").unwrap_or_default();
            Some(sign("fork-rejected").with("group", group.trim()))
        })
        .or_else(|| {
            text.contains("VFS: file-max limit")
                .then(|| sign("file-max"))
        })
        .or_else(|| {
            let (_, rest) = text.split_once("I/O error, dev ")?;
            let device = rest.split([',', ' ']).next()?;
            Some(sign("io-error").with("device", device))
        })
        .or_else(|| {
            let is_seccomp = text.contains("type=1326 ") || text.contains("type=SECCOMP ");
            let call = value(text, "syscall=").unwrap_or_default();
            is_seccomp.then(|| {
                sign("seccomp")
                    .with("pid", value(text, "pid=").unwrap_or_default())
                    .with("what", format!("system call {call}"))
            })
        })
}

struct KilledForMemory<'a> {
    constraint: &'static str,
    pid: &'a str,
    name: &'a str,
    memory: String,
}

/// `Memory cgroup out of memory: Killed process 7 (x) total-vm:…kB, anon-rss:…kB`, and
/// the older `Kill process … score … or sacrifice child`.
fn killed_for_memory(text: &str) -> Option<KilledForMemory<'_>> {
    let (before, rest) = text
        .split_once(": Killed process ")
        .or_else(|| text.split_once(": Kill process "))?;
    let constraint = match before {
        "Memory cgroup out of memory" => "memcg",
        "Out of memory" | "Out of memory (oom_kill_allocating_task)" => "none",
        _ => return None,
    };
    let (pid, rest) = rest.split_once(" (").or_else(|| rest.split_once(", "))?;
    let name = rest.split_once(')').map_or("", |(name, _)| name);
    is_number(pid).then(|| KilledForMemory {
        constraint,
        pid,
        name,
        memory: value(rest, "anon-rss:").unwrap_or_default().to_owned(),
    })
}

/// `app[7]: segfault at 0 ip … sp … error 4 in libx.so[…]`.
fn segfault(text: &str) -> Option<((&str, &str), &str)> {
    let (process, rest) = text.split_once(": segfault at ")?;
    let object = rest.split_once(" in ").map_or("", |(_, object)| object);
    Some((
        process_of(process)?,
        object.split('[').next().unwrap_or_default(),
    ))
}

/// `traps: app[7] trap invalid opcode ip:… sp:… error:0 in app[…]`.
fn trap(text: &str) -> Option<((&str, &str), &str, &str)> {
    let text = text.strip_prefix("traps: ").unwrap_or(text);
    let (process, rest) = text.split_once(" trap ").or_else(|| {
        Some((
            text.split_once(" general protection fault")?.0,
            "general protection fault",
        ))
    })?;
    let what = rest.split_once(" ip:").map_or(rest, |(what, _)| what);
    let object = rest.split_once(" in ").map_or("", |(_, object)| object);
    Some((
        process_of(process)?,
        what,
        object.split('[').next().unwrap_or_default(),
    ))
}

/// `name[7]`; a name may have blanks, and brackets of its own.
fn process_of(text: &str) -> Option<(&str, &str)> {
    let (name, pid) = text.trim_end().strip_suffix(']')?.rsplit_once('[')?;
    is_number(pid).then_some((name, pid))
}

/// The word after `key`, up to a blank or a comma.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(key)?;
    rest.split([' ', ',', '"'])
        .next()
        .filter(|value| !value.is_empty())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Who had most memory when the kernel killed for it, by the last table of tasks in `lines`
/// (`[ pid ] uid tgid total_vm rss … name`, in pages of 4 KiB on most machines).
pub fn largest<'a>(lines: impl DoubleEndedIterator<Item = &'a str>) -> Option<Sign> {
    const SHOWN: usize = 3;
    let from_its_end = lines.rev().map(task).skip_while(Option::is_none);
    let table = from_its_end.map_while(|task| task);
    let mut tasks: Vec<(u64, &str, &str)> = table.collect();
    tasks.sort_by(|one, other| other.cmp(one));
    let shown = tasks.iter().take(SHOWN);
    let shown: Vec<String> = shown
        .map(|(pages, pid, name)| format!("{name} (pid {pid}) {} MiB", pages / 256))
        .collect();
    (!shown.is_empty()).then(|| {
        let text = format!("who used most memory then: {}", shown.join(", "));
        Sign::new("kernel", "kernel log", text).with("event", "oom-tasks")
    })
}

/// Resident pages, number and name.
fn task(line: &str) -> Option<(u64, &str, &str)> {
    let (pid, rest) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    let pid = pid.trim();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (pages, name) = (words.get(3)?.parse().ok()?, words.last()?);
    (is_number(pid) && words.len() >= 7).then_some((pages, pid, name))
}

/// What systemd says of a unit (`src/core/service.c`, `src/core/unit.c`); `None`: nothing
/// about an end.
pub fn manager(text: &str) -> Option<Sign> {
    if let Some(rest) = text.strip_prefix("Dependency failed for ") {
        let unit = rest.split([' ', '\n']).next()?.trim_end_matches('.');
        let sign = Sign::new("manager", "systemd", text).with("event", "dependency");
        return is_unit(unit).then(|| sign.with("unit", unit));
    }
    let (unit, said) = text.split_once(": ").filter(|(unit, _)| is_unit(unit))?;
    let sign = |event: &str| {
        Sign::new("manager", "systemd", text)
            .with("event", event)
            .with("unit", unit)
    };
    if let Some(rest) = said.strip_prefix("Main process exited, code=") {
        let (code, rest) = rest.split_once(", status=")?;
        let status = rest.split(['/', ' ']).next().unwrap_or_default();
        return Some(sign("exited").with("code", code).with("status", status));
    }
    if let Some(rest) = said.strip_prefix("Failed with result '") {
        let result = rest.split('\'').next().unwrap_or_default();
        return Some(sign("failed").with("result", result));
    }
    let events = [
        (
            "A process of this unit has been killed by the OOM killer",
            "oom-kill",
        ),
        ("start operation timed out", "start-timeout"),
        ("Watchdog timeout", "watchdog"),
        ("Start request repeated too quickly", "start-limit"),
    ];
    let event = events.iter().find(|(words, _)| said.starts_with(words));
    if let Some((_, event)) = event {
        return Some(sign(event));
    }
    let is_stop_timeout = said.starts_with("State 'stop-") && said.contains("timed out. Killing");
    is_stop_timeout.then(|| sign("stop-timeout"))
}

fn is_unit(text: &str) -> bool {
    const TYPES: [&str; 5] = [".service", ".scope", ".socket", ".mount", ".slice"];
    !text.contains(' ') && TYPES.iter().any(|end| text.ends_with(end))
}

/// What systemd-oomd or earlyoom say when they end something; `None`: nothing of that.
/// `tag` is who says it, where that is known.
pub fn memory_daemon(text: &str, tag: Option<&str>) -> Option<Sign> {
    let sign = |name: &str| Sign::new("memory-daemon", name, text).with("name", name);
    let of_unit = text.split_once(": ").filter(|(unit, _)| is_unit(unit));
    let said = of_unit.map_or(text, |(_, said)| said);
    if said.starts_with("systemd-oomd killed ") && said.contains("process(es) in this unit") {
        return Some(sign("systemd-oomd"));
    }
    if let Some(rest) = text.strip_prefix("Killed /")
        && let Some((_, why)) = rest.split_once(" due to memory ")
    {
        return Some(sign("systemd-oomd").with("why", format!("memory {why}")));
    }
    let is_earlyoom = text.starts_with("sending SIG")
        && text.contains(" to process ")
        && (text.contains("oom_score") || text.contains("badness"));
    (is_earlyoom && tag.is_none_or(|tag| tag == "earlyoom")).then(|| sign("earlyoom"))
}

/// How the main process of a unit ended, from the words of systemd.
pub fn exit_of(manager: &Sign) -> Option<Sign> {
    if manager.field("event") != Some("exited") {
        return None;
    }
    let (code, status) = (manager.field("code")?, manager.field("status")?);
    let text = manager.quote.text.as_str();
    let sign = Sign::new("exit", "systemd", text).at(manager.quote.at);
    match code {
        "exited" => {
            let sign = sign.with("kind", "code").with("code", status);
            Some(if status == "0" {
                sign.with("success", "yes")
            } else {
                sign
            })
        }
        "killed" | "dumped" => {
            let (_, rest) = text.split_once("status=")?;
            let name = rest.split_once('/').map_or(status, |(_, name)| name.trim());
            let core = if code == "dumped" { "yes" } else { "no" };
            Some(
                sign.with("kind", "signal")
                    .with("signal", name)
                    .with("core", core),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(sign: Option<Sign>) -> Vec<String> {
        let sign = sign.expect("it says something");
        let fields = sign.fields.into_iter();
        fields
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn the_kernel_tells_of_memory_and_of_faults() {
        assert_eq!(
            fields(kernel(
                "Memory cgroup out of memory: Killed process 812 (stress ng) total-vm:10kB, anon-rss:9216kB, file-rss:0kB"
            )),
            [
                "event=oom",
                "constraint=memcg",
                "pid=812",
                "name=stress ng",
                "task_memory=9216kB"
            ]
        );
        assert_eq!(
            fields(kernel(
                "Out of memory: Killed process 9 (java) total-vm:1kB, anon-rss:7kB"
            )),
            [
                "event=oom",
                "constraint=none",
                "pid=9",
                "name=java",
                "task_memory=7kB"
            ]
        );
        assert_eq!(
            fields(kernel(
                "my app[77]: segfault at 0 ip 00007f sp 00007ffd error 4 in libfoo.so.1[7f00+2000] likely on CPU 1"
            )),
            [
                "event=segfault",
                "pid=77",
                "name=my app",
                "object=libfoo.so.1"
            ]
        );
        assert_eq!(
            fields(kernel(
                "traps: a[5] trap invalid opcode ip:40 sp:7f error:0 in a[400000+1000]"
            )),
            [
                "event=trap",
                "pid=5",
                "name=a",
                "what=invalid opcode",
                "object=a"
            ]
        );
        assert_eq!(
            fields(kernel(
                "INFO: task nfsd:31 blocked for more than 120 seconds."
            )),
            ["event=hung-task", "pid=31", "name=nfsd"]
        );
        assert_eq!(
            fields(kernel(
                "blk_update_request: I/O error, dev sda, sector 7 op 0x0"
            )),
            ["event=io-error", "device=sda"]
        );
    }

    #[test]
    fn what_only_sounds_like_it_is_nothing() {
        for text in [
            "oom-killer is enabled",
            "Killed process 7 politely",
            "segfault handler installed",
            "task: Killed process x (y)",
            "application: out of memory handler installed",
            "see \"systemd-oomd killed n process(es) in this unit.\"",
        ] {
            assert_eq!(kernel(text), None, "{text}");
            assert_eq!(manager(text), None, "{text}");
            assert_eq!(memory_daemon(text, None), None, "{text}");
        }
    }

    #[test]
    fn the_kernels_table_tells_who_had_most() {
        let table = [
            "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
            "[    812]     0   812    12622    11829   135168        0             0 python3",
            "[    813]     0   813     1262      256    53248        0             0 sh",
        ];
        let earlier = [
            "[    700]     0   700    12622    99999   135168  0  0 other",
            "killed",
        ];
        let lines = earlier.into_iter().chain(table).chain(["oom-kill:…"]);
        let told = largest(lines).expect("it is such a table");
        assert_eq!(
            told.quote.text,
            "who used most memory then: python3 (pid 812) 46 MiB, sh (pid 813) 1 MiB"
        );
        assert_eq!(largest(["[   1.5] nothing of that"].into_iter()), None);
    }

    #[test]
    fn systemd_tells_how_a_unit_ended() {
        let killed =
            manager("a.service: Main process exited, code=killed, status=9/KILL").expect("it does");
        assert_eq!(
            fields(exit_of(&killed)),
            ["kind=signal", "signal=KILL", "core=no"]
        );
        let exited = manager("a.service: Main process exited, code=exited, status=203/EXEC")
            .expect("it does");
        assert_eq!(fields(exit_of(&exited)), ["kind=code", "code=203"]);
        assert_eq!(
            fields(manager("a.service: Failed with result 'oom-kill'.")),
            ["event=failed", "unit=a.service", "result=oom-kill"]
        );
        assert_eq!(
            fields(manager(
                "a.service: State 'stop-sigterm' timed out. Killing."
            )),
            ["event=stop-timeout", "unit=a.service"]
        );
    }
}
