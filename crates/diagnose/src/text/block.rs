//! A block: the lines by which a run-time tells that something has gone wrong.

use std::ops::Range;

/// The lines by which a run-time tells that something has gone wrong: a panic, an
/// exception with its stack, a fatal error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whose words these are.
    pub language: Language,
    /// What has gone wrong.
    pub kind: Kind,
    /// The first thing that went wrong as it is told: the exception that ended
    /// it. `name` is its type (`ValueError`, `java.lang.IllegalStateException`,
    /// `SIGSEGV`, `heap-use-after-free`), as far as there is one.
    pub error: Named,
    /// What that came from: the innermost of its causes (`Caused by`, the first
    /// traceback of "During handling of …"); `None`: it came from nothing else.
    pub root: Option<Named>,
    /// Where in the program it happened: the innermost frame that is the program's
    /// own, as the run-time writes it (`src/main.rs:4:5`, `app.py:12 in handle`,
    /// `main.(*Server).run (/src/server.go:41)`).
    pub place: Option<String>,
    /// The thread, goroutine or process it happened in, as far as it has a name.
    pub thread: Option<String>,
    /// Whether the process ends by it.
    pub fatality: Fatality,
    /// Which of the lines.
    pub lines: Range<usize>,
}

/// An error with its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Its type; empty: it has none.
    pub name: String,
    /// What it says, without its type; empty: nothing.
    pub message: String,
}

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Rust.
    Rust,
    /// Go.
    Go,
    /// Python.
    Python,
    /// Java and whatever runs on its machine.
    Java,
    /// Node.js, Deno, Bun.
    Node,
    /// .NET.
    Dotnet,
    /// C, C++ and their libraries; sanitizers.
    Native,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// Perl.
    Perl,
    /// Erlang, Elixir.
    Erlang,
}

/// What has gone wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A panic (Rust, Go).
    Panic,
    /// An exception that nobody caught.
    Exception,
    /// The run-time gave up by itself, for a reason that has no word here.
    Fatal,
    /// An assertion of C or the run-time.
    Assertion,
    /// It had no memory left, or was not allowed more: heap of a managed run-time,
    /// a failed allocation.
    OutOfMemory,
    /// It could make no thread or process.
    NoThread,
    /// Its stack was too small, or a recursion too deep.
    StackOverflow,
    /// Every thread of it waits for another.
    Deadlock,
    /// Two threads have changed the same at once, and the run-time noticed.
    DataRace,
    /// The heap was found to be corrupt.
    HeapCorruption,
    /// A buffer on the stack was overrun.
    StackSmash,
    /// A sanitizer found a fault.
    Sanitizer,
    /// It used memory that is not its own, or executed what is no instruction: a
    /// signal or an exception of the processor, as the run-time tells it.
    Crash,
    /// The program, or a part of it, could not be loaded: a module, a class, a
    /// shared library, a run-time of the right version.
    NotLoaded,
}

/// Whether a process ends by what a block tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fatality {
    /// It is told in this way also where it was caught and the program goes on:
    /// a traceback in a log.
    Open,
    /// A thread ended by it, which is not the main one; the process may go on.
    Thread,
    /// The process ended by it: the run-time says so in no other case.
    Process,
}
