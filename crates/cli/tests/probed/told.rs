//! The rows of those who show by themselves how they are.

use super::stage::Outcome::{Ends, GoesOnFor, Missed, NeverReady, Works};
use super::stage::{hang, shell, told};
use super::table::Cell::{CannotHappen, Tried};
use super::table::Row;

pub(super) const LOG: Row = Row {
    asked: "log",
    works: Tried("good", |stage| {
        stage.runs(&shell("echo up; exec sleep 1000"), "log = \"^up$\"", Works);
    }),
    hangs: Tried("bad", |stage| {
        stage.runs(&shell("exec sleep 1000"), "log = \"^up$\"", NeverReady);
    }),
    refuses: Tried("bad: its output is closed", |stage| {
        let script = "exec >&- 2>&-; exec sleep 1000";
        stage.runs(&shell(script), "log = \"^up$\"", NeverReady);
    }),
    slow: Tried("good once the line is whole", |stage| {
        let script = "printf u; sleep 0.3; echo p; exec sleep 1000";
        stage.runs(&shell(script), "log = \"^up$\"", Works);
    }),
    flaps: Tried("good: once is enough", |stage| {
        let script = "while :; do echo up; echo down; sleep 0.1; done";
        stage.runs(&shell(script), "log = \"^up$\"", Works);
    }),
    half_open: Tried("bad: a line without its end", |stage| {
        let script = "printf up; exec sleep 1000";
        stage.runs(&shell(script), "log = \"^up$\"", NeverReady);
    }),
    wrong: Tried("bad", |stage| {
        stage.runs(
            &shell("echo down; exec sleep 1000"),
            "log = \"^up$\"",
            NeverReady,
        );
    }),
    endless: Tried("bad: 4096 bytes of a line are looked at", |stage| {
        let script = "while :; do printf %4000s up; sleep 0.01; done";
        stage.runs(&shell(script), "log = \"up$\"", NeverReady);
    }),
};

pub(super) const DELAY: Row = Row {
    asked: "delay",
    works: Tried("good", |stage| {
        stage.runs_for(&hang(), "200ms", Works);
    }),
    hangs: Tried("good: it runs", |stage| {
        stage.runs_for(&shell("kill -STOP $$"), "200ms", Works);
    }),
    refuses: Tried("never ready: it has ended", |stage| {
        stage.runs_for(&shell("exit 0"), "10s", Ends);
    }),
    slow: CannotHappen("nothing is waited for"),
    flaps: CannotHappen("nobody is asked"),
    half_open: CannotHappen("nobody is asked"),
    wrong: CannotHappen("nobody is asked"),
    endless: CannotHappen("nobody is asked"),
};

pub(super) const NOTIFY: Row = Row {
    asked: "notify",
    works: Tried("good", |stage| {
        stage.runs(&told("tell(b'READY=1')"), "notify = true", Works);
    }),
    hangs: Tried("bad", |stage| {
        stage.runs(&told(""), "notify = true", NeverReady);
    }),
    refuses: Tried("never ready: it has ended", |stage| {
        stage.runs(&shell("exit 0"), "notify = true", Ends);
    }),
    slow: Tried("good once it says so", |stage| {
        let script = "time.sleep(0.3)\ntell(b'READY=1')";
        stage.runs(&told(script), "notify = true", Works);
    }),
    flaps: Tried("good: it reloads", |stage| {
        let script = "while True:\n tell(b'READY=1')\n time.sleep(0.1)\n tell(b'RELOADING=1')";
        stage.runs(&told(script), "notify = true", Works);
    }),
    half_open: CannotHappen("datagrams have no connection"),
    wrong: Tried("bad", |stage| {
        let script =
            "for word in [b'READY=0', b'ready=1', b'READY', b'\\xff\\0', b'X=READY=1']: tell(word)";
        stage.runs(&told(script), "notify = true", NeverReady);
    }),
    endless: Tried("bad: it talks of something else", |stage| {
        let script = "while True:\n tell(b'STATUS=x\\n' * 400)\n time.sleep(0.01)";
        stage.runs(&told(script), "notify = true", NeverReady);
    }),
};

pub(super) const WATCHDOG: Row = Row {
    asked: "watchdog",
    works: Tried("good", |stage| {
        let script = "while True:\n tell(b'WATCHDOG=1')\n time.sleep(0.2)";
        stage.beats("4s", script, GoesOnFor(5.0));
    }),
    hangs: Tried("bad", |stage| stage.beats("1s", "", Missed)),
    refuses: Tried("bad at once: it says `trigger`", |stage| {
        stage.beats("10m", "tell(b'WATCHDOG=trigger')", Missed);
    }),
    slow: Tried("good in time", |stage| {
        let script = "while True:\n tell(b'WATCHDOG=1')\n time.sleep(2)";
        stage.beats("4s", script, GoesOnFor(5.0));
    }),
    flaps: CannotHappen("one beat that is missed is enough"),
    half_open: CannotHappen("datagrams have no connection"),
    wrong: Tried("bad", |stage| {
        let script = "while True:\n for word in [b'WATCHDOG=0', b'watchdog=1', b'WATCHDOG']: tell(word)\n time.sleep(0.1)";
        stage.beats("1s", script, Missed);
    }),
    endless: Tried("good", |stage| {
        let script = "while True:\n tell(b'WATCHDOG=1\\n' * 300)\n time.sleep(0.01)";
        stage.beats("4s", script, GoesOnFor(5.0));
    }),
};
