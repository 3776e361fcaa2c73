//! What was found of each case, and how that compares.

use serde_json::Value;

use super::case::Case;

/// What was found of a case.
pub(crate) struct Found {
    pub(crate) name: String,
    expected: Vec<String>,
    sure: bool,
    verdict: Option<Value>,
}

/// How a case went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Right,
    /// Not the cause, or none, or one where there was nothing.
    Wrong,
    /// That, and sure of it; or sure where two readings are possible.
    WrongAndSure,
}

impl Found {
    pub(crate) fn new(case: &Case, verdict: Option<Value>) -> Self {
        Self {
            name: case.name.clone(),
            expected: case.cause.clone(),
            sure: case.sure,
            verdict,
        }
    }

    fn field(&self, name: &str) -> &str {
        let verdict = self.verdict.as_ref();
        verdict
            .and_then(|verdict| verdict[name].as_str())
            .unwrap_or("-")
    }

    /// As a row of a table.
    pub(crate) fn print(&self) {
        let mark = match self.grade() {
            Grade::Right => "",
            Grade::Wrong => "!",
            Grade::WrongAndSure => "!!!",
        };
        println!(
            "{mark:<3} {:<26} {:<22} {:<22} {:<7} {}",
            self.name,
            self.expected.first().map_or("(nothing)", String::as_str),
            self.field("cause"),
            self.field("confidence"),
            self.field("sentence").lines().next().unwrap_or_default(),
        );
        if self.grade() != Grade::Right
            && let Some(verdict) = &self.verdict
        {
            println!("    {:#}", verdict["evidence"]);
            println!("    {:#}", verdict["others"]);
        }
    }

    fn grade(&self) -> Grade {
        let is_right = match &self.verdict {
            Some(_) => self
                .expected
                .iter()
                .any(|cause| cause == self.field("cause")),
            None => self.expected.is_empty(),
        };
        let is_sure = self.field("confidence") == "high";
        match (is_right, is_sure) {
            (true, true) if !self.sure => Grade::WrongAndSure,
            (true, _) => Grade::Right,
            (false, false) => Grade::Wrong,
            (false, true) => Grade::WrongAndSure,
        }
    }
}

/// The share of cases, in percent, whose cause has to be found.
const RIGHT: usize = 95;

/// So many cases have to run for that to say something.
const ENOUGH: usize = 60;

/// Holds all to what is promised.
pub(crate) fn hold_to_the_promise(found: &[Found], is_whole: bool) {
    let count = |grade: Grade| found.iter().filter(|one| one.grade() == grade).count();
    let (right, sure) = (count(Grade::Right), count(Grade::WrongAndSure));
    println!(
        "{} cases: {right} right, {} wrong, {sure} of them sure",
        found.len(),
        found.len() - right
    );
    assert_eq!(
        sure, 0,
        "a certain verdict that is wrong is worse than none"
    );
    assert!(
        right * 100 >= found.len() * RIGHT,
        "{right} of {} are right",
        found.len()
    );
    assert!(
        !is_whole || found.len() >= ENOUGH,
        "only {} cases could run",
        found.len()
    );
}
