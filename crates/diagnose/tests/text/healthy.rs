//! Words that sound like a death and are none.

use super::{found, row};

const LINES: &[&str] = &[
    "error: 0 errors",
    "error: foo",
    "panic mode disabled",
    "out of memory handler installed",
    "Out of memory? Not with the new allocator.",
    "WARN the word Traceback in prose is harmless",
    "no Traceback (most recent call last): was seen today",
    "killed 3 stale sessions",
    "Out of memory.",
    "Stack overflow.",
    "WARNING: HtmlSanitizer: removed a script",
    "ERROR: HtmlSanitizer: removed a script",
    "fatal: not a git repository (or any of the parent directories): .git",
    "FATAL ERROR: level of the tank",
    "FATAL:  password authentication failed for user \"shop\"",
    "fatal error: could not open the gate, trying the other one",
    "Fatal error. Please ask for help.",
    "Fatal error: none",
    "Segmentation fault (core dumped)",
    "Segmentation fault",
    "Aborted (core dumped)",
    "Killed",
    "bash: line 1: 4711 Segmentation fault      ./shop",
    "thread 'main' started",
    "thread 'worker' panicked at some time in the past, it is told",
    "stack backtrace: see the other file",
    "memory allocation of 20 buffers done",
    "Error: no such table",
    "Error: could not reach the printer",
    "Caused by: a change of the weather",
    "terminate called for session 4",
    "terminating 3 connections",
    "free(): 3 calls, 120 bytes",
    "malloc(): statistics follow",
    "*** configuration reloaded ***",
    "*** welcome ***: terminated sessions 0",
    "Assertion of identity failed for user 4",
    "saml: Assertion accepted",
    "assertion failed in the review, not in the program",
    "goroutine 7 [running] is what a dump begins with",
    "http: TLS handshake error from 192.0.2.1:4711: EOF",
    "2026/11/27 02:12:35 recovered from panic: index out of range",
    "Exception in thread pool accounting: none",
    "java.lang.OutOfMemoryError is what we are afraid of",
    "OpenJDK 64-Bit Server VM warning: Options -Xverify:none and -noverify were deprecated in JDK 13",
    "shop.Main: started in 3 s",
    "com.example.shop.Application : Started Application in 2.1 seconds",
    "# A comment in a configuration file",
    "#",
    "Found 3 Java processes",
    "Unhandled exceptions today: 0",
    "Unhandled exception handler installed",
    "Process terminated normally.",
    "Stack overflow questions are answered on Mondays.",
    "System.Net.Http: 3 requests",
    "TypeError: is what it said, without a stack",
    "(node:4711) Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections insecure",
    "(Use `node --trace-warnings ...` to show where the warning was created)",
    "Node.js v20.20.2",
    "/srv/shop/app.js:3",
    "PHP Warning:  Undefined variable $x in /srv/app.php on line 5",
    "PHP Deprecated:  Function is deprecated in /srv/app.php on line 5",
    "app.rb:3: warning: assigned but unused variable - x",
    "app.rb:3:in `load': warning: deprecated",
    "listening at /srv/shop/socket line busy",
    "** (info) nothing **",
    "=INFO REPORT==== 27-Nov-2026::02:12:35 ===",
    "=PROGRESS REPORT==== 27-Nov-2026::02:12:35 ===",
    "==4711== Memcheck, a memory error detector",
    "==4711== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)",
    "SUMMARY: 3 tests passed",
    "==================",
    "shop.c:8:3: warning: unused variable 'x'",
    "shop.c:8:3: error: expected ';' before 'return'",
    "  File \"notes.txt\", line 3",
    "During handling of the above exception, another exception occurred:",
    "ValueError: logged without its stack",
    "at least 3 of 5 replicas agree",
    "    at 10:30 (local time)",
    "dyld is the loader of macOS",
    "rtld: libraries: loaded",
    "SIGSEGV: handler installed",
    "SIGTERM received: stopping",
    "level=error msg=\"panic: in another process\\n\\ngoroutine 1 [running]:\\nmain.main()\"",
    r#"{"level":"error","msg":"job failed","stack":"Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x"}"#,
    r#"{"level":"error","msg":"panic: in another process\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1"}"#,
    r#"{"level":"error","message":"java.lang.IllegalStateException: x\n\tat shop.Main.main(Main.java:3)"}"#,
    r#"{"severity":"ERROR","message":"TypeError: x\n    at f (/srv/a.js:1:2)"}"#,
    r#"{"text":"Fatal Python error: Segmentation fault"}"#,
];

const LOGS: &[&str] = &[
    "panic: the button has been removed from the settings page\nsee the notes",
    "Caused by:\n    a change of the weather\nError: later",
    "error[E0308]: mismatched types\n --> src/main.rs:2:5\n  |\n2 |     x\n  |     ^ expected `()`, found `i32`",
    "shop.c:3:5: error: x\n    3 |     x\n      |     ^\n",
    "panic: in a list of words\ncalm\nquiet\nsilence\n1\n2\n3",
    "fatal error: in a list of words\ncalm\nquiet\n",
    "FAILED tests/test_shop.py::test_price - ValueError: x\n1 failed, 3 passed",
    "at first\n    at last\n  at all",
    "free(): see malloc()\nmalloc(): see free()",
    "Usage: shop [options]\n  at least one option\n",
    "warning at a.pl line 3.\nready\nlistening",
];

#[test]
fn a_healthy_line_is_no_block() {
    for line in LINES {
        for text in [
            (*line).to_owned(),
            format!("before\n{line}\nafter\nand more"),
            format!("2026-11-27T02:12:35Z {line}\nafter\nx"),
        ] {
            assert_eq!(
                found(&text).iter().map(row).collect::<Vec<_>>(),
                [""; 0],
                "{text}"
            );
        }
    }
}

#[test]
fn a_healthy_log_is_no_block() {
    let all = LINES.join("\n");
    for log in LOGS.iter().copied().chain([all.as_str()]) {
        assert_eq!(
            found(log).iter().map(row).collect::<Vec<_>>(),
            [""; 0],
            "{log}"
        );
    }
}
