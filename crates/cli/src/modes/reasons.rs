//! What a difference commonly breaks: "works in my terminal, fails as a service".
//! What is not here gets no text.

/// Of a variable that one half lacks, or has another value of.
pub(crate) fn of_variable(name: &str) -> Option<&'static str> {
    let reason = match name {
        "HOME" | "USERPROFILE" => {
            "programs look there for their settings, keys and caches; without it many fail, or use another folder"
        }
        "USER" | "LOGNAME" | "USERNAME" => {
            "scripts that name files or accounts after the user get another name, or none"
        }
        "SHELL" => "programs that start a shell take another one",
        "LANG" | "LANGUAGE" => {
            "letters beyond ASCII, sorting and messages may be others; some programs refuse such file names"
        }
        "TMPDIR" | "TEMP" | "TMP" => {
            "temporary files are somewhere else, and need not be found by others"
        }
        "TZ" => "local times differ",
        "TERM" => "programs that draw on a terminal refuse, or print no colours",
        "DISPLAY" | "WAYLAND_DISPLAY" | "XAUTHORITY" => "nothing can be shown on the user's screen",
        "XDG_RUNTIME_DIR" => "sockets of the session (sound, podman, systemd --user) are not found",
        "DBUS_SESSION_BUS_ADDRESS" => {
            "the session's bus is not reached: no key ring, no notifications, no systemctl --user"
        }
        "SSH_AUTH_SOCK" => "no SSH agent: git and ssh ask for a key's passphrase, or fail",
        "GPG_TTY" | "GPG_AGENT_INFO" => "no passphrase can be asked for",
        "LD_LIBRARY_PATH" | "DYLD_LIBRARY_PATH" => "other libraries are loaded, or none are found",
        "LD_PRELOAD" => "something is loaded into programs, or no longer",
        "PYTHONPATH" | "VIRTUAL_ENV" | "CONDA_PREFIX" | "PYTHONHOME" => {
            "Python finds other modules, or not those of the environment"
        }
        "NODE_PATH" | "NVM_DIR" | "NVM_BIN" => {
            "Node, or its modules, are another version or not found"
        }
        "JAVA_HOME" | "CLASSPATH" => "Java is another version, or finds other classes",
        "GOPATH" | "GOROOT" | "GEM_HOME" | "GEM_PATH" | "CARGO_HOME" | "RUSTUP_HOME"
        | "PERL5LIB" => "the language's tools look for their files somewhere else",
        "EDITOR" | "VISUAL" | "PAGER" => "another program is opened, or none",
        "PATHEXT" => "programs are found by other endings",
        _ if name.starts_with("LC_") => "letters, numbers or sorting may be others",
        _ if is_proxy(name) => "connections go through a proxy, or no longer do",
        _ => return None,
    };
    Some(reason)
}

fn is_proxy(name: &str) -> bool {
    let folded = name.to_ascii_lowercase();
    [
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "ftp_proxy",
    ]
    .contains(&folded.as_str())
}

/// Of an entry of `PATH` that one half lacks.
pub(crate) const OF_PATH: &str =
    "programs that are only there are not found without their whole path";

/// Of the order of the entries.
pub(crate) const OF_PATH_ORDER: &str = "of two programs with one name the other one is found";

/// Of a fact.
pub(crate) fn of_fact(name: &str) -> Option<&'static str> {
    let reason = match name {
        "user" => "files of one are not readable, or not writable, for the other",
        "group" | "further groups" | "number of groups" => {
            "what is open to a group (docker, audio, serial ports) is closed without it"
        }
        "umask" => "new files are open to others, or closed to them",
        "elevated" | "integrity level" => "what takes an administrator is refused",
        "capabilities" => {
            "ports below 1024, other users' files and the like are refused without them"
        }
        "capabilities that it could ever have" => "sudo and setuid programs get less",
        "no new privileges" => "sudo, ping and other setuid programs do not get their rights",
        "system calls are filtered" => {
            "some calls fail, or end the program, and each takes a little longer"
        }
        "security label" => "SELinux or AppArmor refuses other things",
        "nice value" | "priority class" | "scheduling policy" => {
            "one gets less of the processors when they are busy"
        }
        "I/O class" | "I/O priority" => "one waits longer for a disk that is busy",
        "score when memory lacks" => "the higher one is killed first",
        "timer slack in nanoseconds" => "timers may be late by so much",
        "power throttling" => "on battery it may be slowed down",
        "processors that it may use" => "fewer processors, fewer threads at a time",
        "most memory of the control group" | "memory from which it is slowed down" => {
            "it is killed, or slowed down, when it needs more"
        }
        "processor time of the control group" => "it stands still when it has used its time",
        "most processes of the control group" => "no more processes and threads can be made",
        "terminal" => "nobody can be asked: passwords, confirmations, editors, `sudo`",
        "standard input" => "who reads from it gets nothing, and may end at once",
        "audit session" | "user who has logged in" => {
            "polkit and logind take it for another session, or none"
        }
        "session" | "window station" => {
            "windows and the clipboard are nobody's: nothing is shown to a person"
        }
        "working directory" => "relative paths lead somewhere else",
        "root directory" => "every path leads somewhere else",
        "namespace of mounts" => "file systems may be there for one only, or read-only for one",
        "namespace of the network" => "127.0.0.1 is another one, and so are the interfaces",
        "namespace of processes" => "process numbers are others, and other processes are not seen",
        "namespace of users" => "root is not root outside",
        _ => return None,
    };
    Some(reason)
}

/// Of a limit.
pub(crate) fn of_limit(name: &str) -> Option<&'static str> {
    let reason = match name {
        "open files" => "\"too many open files\" for the one that has less",
        "processes of the user" => {
            "\"resource temporarily unavailable\" when a process or thread is made"
        }
        "size of a core dump" => "a crash leaves a core, or none",
        "size of a file" => "writing a large file ends the program",
        "locked memory" => "databases, io_uring and keys that must not be swapped are refused",
        "stack" => "deep recursion crashes earlier",
        "processor time in seconds" => "the program is ended when it has used so much",
        "address space" => "memory is refused though there is some",
        "real-time priority" => "audio and control programs get no real-time threads",
        _ => return None,
    };
    Some(reason)
}

/// Of a mount that one half has, or sees otherwise.
pub(crate) const OF_MOUNT: &str = "files there are others, are missing, or cannot be written";
