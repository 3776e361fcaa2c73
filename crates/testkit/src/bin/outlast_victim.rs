//! A program that behaves badly on demand. The first argument says how:
//!
//! | argument | does |
//! |---|---|
//! | `exit CODE [MILLISECONDS]` | ends with that code, after that time |
//! | `signal NUMBER` | dies of that signal (Windows: `raise` of the C run-time) |
//! | `segfault` | writes to an address that is not mapped |
//! | `hang` | says `ready`, then does nothing for ever |
//! | `beat FILE` | says `READY=1` to its guardian and `WATCHDOG=1` in time, until there is such a file; hangs (Linux, Windows) |
//! | `ignore-term` | the same, and ignores `TERM`, `INT` and `HUP` (Windows: Ctrl-C) |
//! | `alone FILE` | hangs, holding a lock on FILE; ends with 42 if another process holds it |
//! | `deadlock FILE` | works all the time with two threads until there is FILE, then each waits for a lock that the other has |
//! | `spin THREADS` | says `ready`, then turns in circles with so many threads |
//! | `eat MEBIBYTES` | takes so much memory and writes to all of it; says `ready`; hangs |
//! | `multiply` | starts one that hangs after the other, until it is refused; says what the system says, and ends with 1 |
//! | `open` | opens one file after the other, until it is refused; says on standard error what the system says, and ends with 1 |
//! | `six` | starts six that hang, one ignoring `TERM`, one forked twice in a session of its own; says `ready`; hangs |
//! | `leave-child` | starts one that hangs, says its process number, ends with 0 |
//! | `leave-daemon` | the same, the child forked twice in a session of its own |
//! | `log-off PID` | tells that process what Windows tells at the log-off of a user (Windows) |
//! | `flood BYTES` | prints numbered lines of 100 bytes, that many bytes in all (0: for ever) |
//! | `print TEXT` | prints it and a line end, and ends |
//! | `print-error TEXT` | the same on standard error |
//! | `arguments …` | prints each further argument and a zero byte after it |
//! | `environment` | prints each variable as `NAME=value` and a zero byte after it |
//! | `dir` | prints its working folder |
//! | `stdin` | prints how many bytes it can read |
//! | `descriptors` | prints the open descriptors (Unix) |
//! | `given` | prints what it was given by `sd_listen_fds(3)`, each as NAME, kind and address (Unix) |
//! | `serve FD` | answers what is asked by HTTP at the socket that it was given under that number; after `TERM` it accepts nothing more, finishes and ends (Unix) |
//! | `proc FILE` | prints `/proc/self/FILE` (Linux) |

#![expect(
    clippy::zombie_processes,
    reason = "leaving children behind is what it is for"
)]

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let behaviour = arguments.next().unwrap_or_default();
    let rest: Vec<OsString> = arguments.collect();
    match behaviour.to_str().unwrap_or_default() {
        "exit" => return exit(&rest),
        "signal" => platform::raise(number(&rest, 0)),
        "segfault" => platform::write_to_nowhere(),
        "hang" => hang(),
        "beat" => beat(&rest),
        "ignore-term" => {
            platform::ignore_polite_requests();
            hang();
        }
        "alone" => return alone(&rest),
        "deadlock" => deadlock(&rest),
        "spin" => spin(number(&rest, 0)),
        "eat" => eat(number(&rest, 0)),
        "multiply" => return multiply(),
        "open" => return open(),
        "six" => six(),
        "leave-child" => leave("hang"),
        "leave-daemon" => leave("daemon"),
        "daemon" => daemon(),
        "log-off" => platform::log_off(number(&rest, 0)),
        "flood" => flood(number(&rest, 0)),
        "print" => say(&rest, io::stdout()),
        "print-error" => say(&rest, io::stderr()),
        "arguments" => print_all(
            rest.iter()
                .map(|argument| argument.as_encoded_bytes().to_vec()),
        ),
        "environment" => print_all(env::vars_os().map(|(name, value)| {
            [name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat()
        })),
        "dir" => println!("{}", env::current_dir().expect("it has a folder").display()),
        "stdin" => println!(
            "{}",
            io::copy(&mut io::stdin(), &mut io::sink()).expect("readable")
        ),
        "descriptors" => descriptors(),
        "given" => platform::given(),
        "serve" => platform::serve(number(&rest, 0)),
        "proc" => print!("{}", proc_file(&rest)),
        other => {
            eprintln!("outlast-victim: {other:?} is no behaviour");
            return ExitCode::from(64);
        }
    }
    ExitCode::SUCCESS
}

fn number<N: std::str::FromStr + Default>(arguments: &[OsString], index: usize) -> N {
    arguments
        .get(index)
        .and_then(|argument| argument.to_str()?.parse().ok())
        .unwrap_or_default()
}

fn exit(arguments: &[OsString]) -> ExitCode {
    thread::sleep(Duration::from_millis(number(arguments, 1)));
    std::process::exit(number(arguments, 0))
}

fn hang() -> ! {
    println!("ready");
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// Says first where it says it.
fn beat(arguments: &[OsString]) -> ! {
    let quiet = std::path::Path::new(arguments.first().expect("a file is named"));
    let name = env::var("NOTIFY_SOCKET").expect("somebody listens");
    println!("{name}");
    let limit: Option<u64> = env::var("WATCHDOG_USEC")
        .ok()
        .and_then(|it| it.parse().ok());
    let interval = Duration::from_micros(limit.expect("there is a watchdog") / 4);
    platform::notify(&name, b"READY=1\nSTATUS=beating").expect("somebody listens");
    while !quiet.exists() {
        platform::notify(&name, b"WATCHDOG=1").expect("somebody listens");
        thread::sleep(interval);
    }
    hang()
}

/// Starts this program again. Its output is nobody's, so that whoever reads
/// ours sees the end when we have ended.
fn again(behaviour: &str) -> Child {
    let own = env::current_exe().expect("a running program knows its path");
    Command::new(own)
        .arg(behaviour)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it could be started once")
}

/// Shows two live instances of one service as an exit code that nothing else
/// has.
fn alone(arguments: &[OsString]) -> ExitCode {
    let path = arguments.first().expect("a file is named");
    let file = std::fs::File::create(path).expect("the file can be made");
    if file.try_lock().is_err() {
        return ExitCode::from(42);
    }
    hang()
}

/// The barrier makes sure that both hold what the other wants.
fn deadlock(arguments: &[OsString]) -> ! {
    static LOCKS: [Mutex<()>; 2] = [Mutex::new(()), Mutex::new(())];
    static BOTH: Barrier = Barrier::new(2);
    let path = PathBuf::from(arguments.first().expect("a file is named"));
    let work = move |mine: usize| {
        while !path.exists() {
            thread::sleep(Duration::from_millis(50));
        }
        let _mine = LOCKS[mine].lock();
        BOTH.wait();
        let _others = LOCKS[1 - mine].lock();
        unreachable!("the other has it");
    };
    let other = work.clone();
    thread::spawn(move || other(1));
    work(0)
}

fn spin(threads: u32) -> ! {
    println!("ready");
    for _ in 1..threads {
        thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    loop {
        std::hint::spin_loop();
    }
}

fn eat(mebibytes: u64) -> ! {
    let taken: Vec<Vec<u8>> = (0..mebibytes).map(|_| vec![1; 1 << 20]).collect();
    std::hint::black_box(&taken);
    hang()
}

fn multiply() -> ExitCode {
    let own = env::current_exe().expect("it has a path");
    let mut children = Vec::new();
    loop {
        let child = Command::new(&own).arg("hang").stdout(Stdio::null()).spawn();
        match child {
            Ok(child) => children.push(child),
            Err(error) => {
                eprintln!("{error}");
                for child in &mut children {
                    child.kill().expect("its own child");
                }
                return ExitCode::FAILURE;
            }
        }
    }
}

fn open() -> ExitCode {
    let own = env::current_exe().expect("it has a path");
    let mut files = Vec::new();
    loop {
        match std::fs::File::open(&own) {
            Ok(file) => files.push(file),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
}

fn six() {
    for behaviour in ["hang", "hang", "hang", "hang", "ignore-term"] {
        again(behaviour);
    }
    wait_for(again("daemon"));
    hang();
}

fn wait_for(mut child: Child) {
    child.wait().expect("it is our child");
}

/// The middle one of two forks: makes a session, starts the last, ends.
fn daemon() {
    platform::new_session();
    again("hang");
}

fn leave(behaviour: &str) {
    let child = again(behaviour);
    println!("{}", child.id());
    if behaviour == "daemon" {
        wait_for(child);
    }
}

/// `0000000000 xxx…`, 100 bytes with the line end; the last line may be cut.
fn flood(bytes: u64) {
    let limit = if bytes == 0 { u64::MAX } else { bytes };
    let mut output = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut written = 0;
    let mut counter = 0_u64;
    while written < limit {
        let line = format!("{counter:010} {}\n", "x".repeat(88));
        let length = usize::try_from(limit - written).map_or(100, |left| left.min(100));
        if output.write_all(&line.as_bytes()[..length]).is_err() {
            return;
        }
        written += length as u64;
        counter += 1;
    }
}

fn say(arguments: &[OsString], mut output: impl Write) {
    let text = arguments
        .first()
        .map_or(&b""[..], |text| text.as_encoded_bytes());
    let _ = output.write_all(&[text, b"\n"].concat());
}

fn print_all(entries: impl Iterator<Item = Vec<u8>>) {
    let mut output = io::stdout().lock();
    for mut entry in entries {
        entry.push(0);
        if output.write_all(&entry).is_err() {
            return;
        }
    }
}

/// The one that reading the list opens is not among them: it is closed by the
/// time each number is looked at again.
fn descriptors() {
    let listed: Vec<String> = std::fs::read_dir("/dev/fd")
        .expect("Unix has /dev/fd")
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    for number in listed {
        if std::fs::metadata(format!("/dev/fd/{number}")).is_ok() {
            println!("{number}");
        }
    }
}

fn proc_file(arguments: &[OsString]) -> String {
    let name = arguments
        .first()
        .and_then(|name| name.to_str())
        .unwrap_or("status");
    std::fs::read_to_string(format!("/proc/self/{name}")).expect("Linux has it")
}

mod platform {
    #![expect(unsafe_code, reason = "bad behaviour needs the system's own functions")]

    use std::ffi::c_int;

    unsafe extern "C" {
        /// ISO C.
        fn signal(number: c_int, handler: usize) -> usize;
        #[link_name = "raise"]
        fn c_raise(number: c_int) -> c_int;
    }

    const DEFAULT: usize = 0;
    const IGNORE: usize = 1;
    const TERM: c_int = 15;
    const INT: c_int = 2;

    pub(super) fn raise(number: c_int) {
        // SAFETY: numbers only; no handler is installed.
        unsafe {
            signal(number, DEFAULT);
            c_raise(number);
        }
    }

    pub(super) fn write_to_nowhere() {
        let nowhere = std::ptr::without_provenance_mut::<u8>(8);
        // SAFETY: none: ending by it is the purpose. No system maps that page.
        unsafe { std::hint::black_box(nowhere).write_volatile(1) };
    }

    #[cfg(unix)]
    pub(super) fn ignore_polite_requests() {
        const HUP: c_int = 1;
        for number in [TERM, INT, HUP] {
            // SAFETY: no handler is installed.
            unsafe { signal(number, IGNORE) };
        }
    }

    #[cfg(windows)]
    pub(super) fn ignore_polite_requests() {
        unsafe extern "system" {
            fn SetConsoleCtrlHandler(handler: usize, add: c_int) -> c_int;
        }
        for number in [TERM, INT] {
            // SAFETY: no handler is installed.
            unsafe { signal(number, IGNORE) };
        }
        // SAFETY: without a handler it makes this process ignore Ctrl-C.
        unsafe { SetConsoleCtrlHandler(0, 1) };
    }

    #[cfg(unix)]
    pub(super) fn given() {
        use std::mem::ManuallyDrop;
        use std::net::TcpListener;
        use std::os::fd::FromRawFd as _;
        use std::os::unix::net::UnixListener;

        let value = |name: &str| std::env::var(name).unwrap_or_default();
        let is_own = value("LISTEN_PID") == std::process::id().to_string();
        println!("for me: {is_own}");
        let count: i32 = value("LISTEN_FDS").parse().unwrap_or(0);
        let names = value("LISTEN_FDNAMES");
        for (number, name) in (3..3 + count).zip(names.split(':')) {
            // SAFETY: it was given to this process, and is not closed by these.
            let (inet, unix) = unsafe {
                (
                    ManuallyDrop::new(TcpListener::from_raw_fd(number)),
                    ManuallyDrop::new(UnixListener::from_raw_fd(number)),
                )
            };
            let inet = inet.local_addr().map(|at| at.to_string());
            let unix = unix.local_addr().ok();
            let unix = unix.and_then(|at| at.as_pathname().map(|at| at.display().to_string()));
            println!("{name} {}", inet.ok().or(unix).unwrap_or_default());
        }
    }

    #[cfg(windows)]
    pub(super) fn given() {}

    #[cfg(unix)]
    pub(super) fn serve(number: c_int) {
        use std::fs::File;
        use std::io::{Read as _, Write as _};
        use std::net::TcpListener;
        use std::os::fd::{FromRawFd as _, OwnedFd};
        use std::os::unix::net::UnixListener;
        use std::sync::atomic::{AtomicBool, Ordering};

        #[repr(C)]
        struct Poll {
            descriptor: c_int,
            wanted: i16,
            found: i16,
        }
        unsafe extern "C" {
            fn poll(list: *mut Poll, count: u64, milliseconds: c_int) -> c_int;
        }
        static ASKED: AtomicBool = AtomicBool::new(false);
        extern "C" fn asked(_: c_int) {
            ASKED.store(true, Ordering::Release);
        }
        fn answer(mut stream: File) {
            let (mut request, mut length) = ([0; 4096], 0);
            while !request[..length].ends_with(b"\r\n\r\n") {
                match stream.read(&mut request[length..]) {
                    Ok(count @ 1..) => length += count,
                    _ => return,
                }
            }
            let body = format!("{}\n", std::process::id());
            let _ = stream.write_all(
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                )
                .as_bytes(),
            );
        }
        // SAFETY: the handler does nothing but store.
        unsafe { signal(TERM, asked as *const () as usize) };
        // SAFETY: it was given to this process.
        let inet = unsafe { TcpListener::from_raw_fd(number) };
        let other = inet.try_clone().expect("it is open");
        let unix = UnixListener::from(OwnedFd::from(other));
        inet.set_nonblocking(true).expect("it is a socket");
        let accept = || -> std::io::Result<OwnedFd> {
            if inet.local_addr().is_ok() {
                let stream = inet.accept()?.0;
                stream.set_nonblocking(false)?;
                return Ok(stream.into());
            }
            let stream = unix.accept()?.0;
            stream.set_nonblocking(false)?;
            Ok(stream.into())
        };
        println!("ready");
        let mut threads = Vec::new();
        while !ASKED.load(Ordering::Acquire) {
            let mut list = Poll {
                descriptor: number,
                wanted: 1,
                found: 0,
            };
            // SAFETY: a list of one.
            unsafe { poll(&raw mut list, 1, 50) };
            if let Ok(stream) = accept() {
                let stream = File::from(stream);
                threads.push(std::thread::spawn(move || answer(stream)));
                threads.retain(|thread| !thread.is_finished());
            }
        }
        for thread in threads {
            thread.join().expect("it ends");
        }
    }

    #[cfg(windows)]
    pub(super) fn serve(_number: c_int) {}

    #[cfg(target_os = "linux")]
    pub(super) fn notify(name: &str, message: &[u8]) -> std::io::Result<()> {
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixDatagram};

        let address = SocketAddr::from_abstract_name(name.trim_start_matches('@'))?;
        UnixDatagram::unbound()?.send_to_addr(message, &address)?;
        Ok(())
    }

    #[cfg(windows)]
    pub(super) fn notify(name: &str, message: &[u8]) -> std::io::Result<()> {
        use std::io::Write as _;

        let mut pipe = std::fs::OpenOptions::new().write(true).open(name)?;
        pipe.write_all(message)
    }

    #[cfg(not(any(target_os = "linux", windows)))]
    pub(super) fn notify(_name: &str, _message: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    #[cfg(unix)]
    pub(super) fn new_session() {
        unsafe extern "C" {
            fn setsid() -> c_int;
        }
        // SAFETY: no arguments.
        unsafe { setsid() };
    }

    #[cfg(unix)]
    pub(super) fn log_off(_process: u32) {
        eprintln!("outlast-victim: only Windows tells of it");
    }

    /// Runs in the other process what Windows runs there for a console event.
    /// Ends when all of its handlers have run.
    #[cfg(windows)]
    pub(super) fn log_off(process: u32) {
        use std::ffi::c_void;

        const LOGOFF: usize = 5;
        const ALL_ACCESS: u32 = 0x001F_FFFF;
        const FOREVER: u32 = u32::MAX;

        unsafe extern "system" {
            fn GetModuleHandleA(name: *const u8) -> *mut c_void;
            fn GetProcAddress(module: *mut c_void, name: *const u8) -> *mut c_void;
            fn OpenProcess(access: u32, inherit: c_int, process: u32) -> *mut c_void;
            fn CreateRemoteThread(
                process: *mut c_void,
                attributes: *const c_void,
                stack: usize,
                start: *mut c_void,
                parameter: usize,
                flags: u32,
                id: *mut u32,
            ) -> *mut c_void;
            fn WaitForSingleObject(handle: *mut c_void, milliseconds: u32) -> u32;
        }
        // SAFETY: the names end with zeros. System libraries are at the same
        // place in every process, so the function can be called in the other.
        unsafe {
            let library = GetModuleHandleA(c"kernelbase.dll".as_ptr().cast());
            let routine = GetProcAddress(library, c"CtrlRoutine".as_ptr().cast());
            let target = OpenProcess(ALL_ACCESS, 0, process);
            assert!(!routine.is_null() && !target.is_null(), "it is there");
            let (none, id) = (std::ptr::null(), std::ptr::null_mut());
            let thread = CreateRemoteThread(target, none, 0, routine, LOGOFF, 0, id);
            assert!(!thread.is_null(), "a thread can be started there");
            WaitForSingleObject(thread, FOREVER);
        }
    }

    /// Windows has no sessions in that sense; the job holds the child anyway.
    #[cfg(windows)]
    pub(super) fn new_session() {}
}
