//! What a person is told to do.

use super::note::Note;
use super::{SelfTest, Watched};

/// The lines, for standard error.
pub(super) fn lines(test: SelfTest, watched: &Watched, note: &Note) -> Vec<String> {
    let promise = &watched.promise;
    let mut lines = vec![
        format!(
            "self-test {} of {} (pid {}), which runs {}",
            test.word(),
            watched.name,
            note.guardian_pid,
            note.services.join(", ")
        ),
        format!("expected: {}", promise.text),
    ];
    let steps = of(test);
    let numbered = steps.iter().zip(1..);
    lines.extend(numbered.map(|(step, number)| format!("  {number}. {step}")));
    lines
}

const fn of(test: SelfTest) -> [&'static str; 3] {
    match test {
        SelfTest::Lock => [
            "Lock the screen: Win+L on Windows, Ctrl+Cmd+Q on macOS; on Linux as your desktop does, or `loginctl \
             lock-session`.",
            "Wait until the screen has been dark for a minute.",
            "Unlock it, and press Enter here.",
        ],
        SelfTest::Sleep => [
            "Put the machine to sleep: by its menu, by its lid, or on Linux with `systemctl suspend`.",
            "Wait two minutes.",
            "Wake it, and press Enter here.",
        ],
        SelfTest::LogOff => [
            "Log off now. Do not shut down, and do not only switch users.",
            "Wait a minute.",
            "Log on again, and give the same command again: it tells the verdict.",
        ],
    }
}
