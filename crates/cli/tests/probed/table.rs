//! The table: who is asked × how they answer.

use std::fmt::Write as _;

use super::asked::{EXEC, FILE, HTTP, PORT, TCP, UNIX};
use super::stage::Stage;
use super::told::{DELAY, LOG, NOTIFY, WATCHDOG};

/// What becomes of a service with this kind of question and that kind of answer.
pub(crate) enum Cell {
    /// What the document says of it, and what adds the services that try it.
    Tried(&'static str, fn(&mut Stage)),
    /// Why there is nothing to try.
    CannotHappen(&'static str),
}

use Cell::{CannotHappen, Tried};

/// One way of asking. Its fields are the ways of answering: none can be left out.
pub(crate) struct Row {
    /// As the file calls it.
    pub(crate) asked: &'static str,
    pub(super) works: Cell,
    pub(super) hangs: Cell,
    pub(super) refuses: Cell,
    pub(super) slow: Cell,
    pub(super) flaps: Cell,
    pub(super) half_open: Cell,
    pub(super) wrong: Cell,
    pub(super) endless: Cell,
}

impl Row {
    pub(crate) fn cells(&self) -> [(&'static str, &Cell); 8] {
        [
            ("works", &self.works),
            ("hangs", &self.hangs),
            ("refuses", &self.refuses),
            ("slow", &self.slow),
            ("flaps", &self.flaps),
            ("half-open", &self.half_open),
            ("wrong", &self.wrong),
            ("endless", &self.endless),
        ]
    }
}

pub(crate) const TABLE: [Row; 10] = [
    HTTP, TCP, UNIX, EXEC, FILE, PORT, LOG, DELAY, NOTIFY, WATCHDOG,
];

/// As a document has it.
pub(crate) fn markdown() -> String {
    let mut text = String::new();
    for (index, row) in TABLE.iter().enumerate() {
        if index == 0 {
            let answers = row.cells().map(|(answer, _)| answer);
            writeln!(text, "| | {} |", answers.join(" | ")).expect("a string takes all");
            writeln!(text, "|---{}|", "|---".repeat(answers.len())).expect("a string takes all");
        }
        let says = row.cells().map(|(_, cell)| match cell {
            Tried(says, _) => (*says).to_owned(),
            CannotHappen(why) => format!("– ({why})"),
        });
        writeln!(text, "| `{}` | {} |", row.asked, says.join(" | ")).expect("a string takes all");
    }
    text
}
