//! What the tests of the Windows half need and `outlast-victim` has no place
//! for. The first argument says what it does:
//!
//! | argument | does |
//! |---|---|
//! | `__console-event …` | is the helper of a guardian ([`outlast_os::host::run_helper`]) |
//! | `on-ctrl-c CODE` | says `ready`; ends with that code when Ctrl-C comes |
//! | `parent-on-ctrl-c CODE` | starts one such, says its `ready`, and ends |
//! | `host-signals CODE` | says `ready`; ends with that code when told to end, as a guardian is |
//! | `window CODE` | makes a window, says `ready` or `no window`; ends with that code when it is closed |
//! | `handle NUMBER` | says whether that handle is open in it |
//! | `write-nothing` | writes no bytes, then `after`, to its standard output |
//! | `guard PROGRAM` | is a guardian with one service, `PROGRAM six`; says `ready`; hangs |

#[cfg(not(windows))]
fn main() {}

#[cfg(windows)]
fn main() {
    if let Some(code) = outlast_os::host::run_helper(std::env::args_os().skip(1)) {
        std::process::exit(code);
    }
    companion::main();
}

#[cfg(windows)]
mod companion {
    #![expect(
        unsafe_code,
        reason = "it does what only the system's own functions do"
    )]

    use std::path::Path;
    use std::process::{Command, Stdio, exit};
    use std::ptr;
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::thread::park;

    use outlast_model::ServiceName;
    use outlast_os::process::{Output, Spawn};
    use outlast_os::signals::{HostSignal, HostSignals};
    use outlast_os::tree::Forest;
    use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE};
    use windows_sys::Win32::Storage::FileSystem::WriteFile;
    use windows_sys::Win32::System::Console::{
        CTRL_C_EVENT, GetStdHandle, STD_OUTPUT_HANDLE, SetConsoleCtrlHandler,
    };
    use windows_sys::Win32::UI::WindowsAndMessaging::{
        CreateWindowExW, DispatchMessageW, GetMessageW, MSG, WM_CLOSE, WS_OVERLAPPEDWINDOW,
    };
    use windows_sys::core::BOOL;
    use windows_sys::w;

    static CODE: AtomicI32 = AtomicI32::new(0);

    pub(super) fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let second = arguments.get(1).map_or("", String::as_str);
        CODE.store(second.parse().unwrap_or(0), Ordering::Relaxed);
        match arguments.first().map_or("", String::as_str) {
            "on-ctrl-c" => on_ctrl_c(),
            "parent-on-ctrl-c" => parent(second),
            "host-signals" => host_signals(),
            "window" => window(),
            "handle" => handle(second),
            "write-nothing" => write_nothing(),
            "guard" => guard(Path::new(second)),
            other => panic!("{other:?} is nothing it can do"),
        }
    }

    fn on_ctrl_c() {
        // SAFETY: the handler is a function.
        unsafe { SetConsoleCtrlHandler(Some(end), 1) };
        println!("ready");
        loop {
            park();
        }
    }

    unsafe extern "system" fn end(event: u32) -> BOOL {
        if event == CTRL_C_EVENT {
            exit(CODE.load(Ordering::Relaxed));
        }
        1
    }

    /// Waits for the child's `ready`, so that the main process ends after it.
    #[expect(clippy::zombie_processes, reason = "leaving it behind is the purpose")]
    fn parent(code: &str) {
        let own = std::env::current_exe().expect("known");
        let child = Command::new(own)
            .args(["on-ctrl-c", code])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it could be started once");
        let mut line = String::new();
        let said = child.stdout.expect("a pipe");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line)
            .expect("readable");
        print!("{line}");
    }

    fn window() {
        // SAFETY: a class that the system has; the strings are constants.
        let window = unsafe {
            let (none, class) = (ptr::null_mut(), w!("STATIC"));
            let style = WS_OVERLAPPEDWINDOW;
            CreateWindowExW(
                0,
                class,
                class,
                style,
                0,
                0,
                9,
                9,
                none,
                none,
                none,
                ptr::null(),
            )
        };
        println!(
            "{}",
            if window.is_null() {
                "no window"
            } else {
                "ready"
            }
        );
        let mut message = MSG::default();
        // SAFETY: the message is ours.
        while unsafe { GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) } > 0 {
            if message.message == WM_CLOSE {
                exit(CODE.load(Ordering::Relaxed));
            }
            // SAFETY: the same.
            unsafe { DispatchMessageW(&raw const message) };
        }
    }

    fn handle(number: &str) {
        let number: usize = number.parse().expect("a number");
        let handle: HANDLE = ptr::without_provenance_mut(number);
        // SAFETY: a number that is no handle is an error, not a danger.
        let is_open = unsafe { GetHandleInformation(handle, &mut 0) } != 0;
        println!("{}", if is_open { "open" } else { "closed" });
    }

    fn write_nothing() {
        let mut written = 0;
        // SAFETY: no bytes are read; the handle is the standard output's.
        unsafe {
            let output = GetStdHandle(STD_OUTPUT_HANDLE);
            WriteFile(output, b"".as_ptr(), 0, &raw mut written, ptr::null_mut());
        }
        println!("after");
    }

    fn host_signals() {
        runtime().block_on(async {
            let mut signals = HostSignals::listen().expect("installed");
            println!("ready");
            if signals.next().await == HostSignal::Terminate {
                exit(CODE.load(Ordering::Relaxed));
            }
        });
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    }

    fn guard(program: &Path) {
        runtime().block_on(async {
            let forest = Forest::open("guard").expect("a forest");
            let tree = forest.tree(&ServiceName::new("six").expect("valid"));
            let spawn = Spawn {
                program,
                arguments: &["six".into()],
                environment: &[],
                dir: program.parent().expect("a folder"),
                logon: None,
                sandbox: None,
                umask: None,
                capabilities: None,
                limits: &outlast_model::Limits::default(),
                stdout: Output::Inherit,
                stderr: Output::Null,
                handed: &[],
            };
            let _process = tree.spawn(&spawn).expect("it starts");
            std::future::pending::<()>().await;
        });
    }
}
