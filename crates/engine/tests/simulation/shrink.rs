//! Makes a failing case smaller, as long as it fails.

use std::fmt::Write as _;

use crate::case::Case;
use crate::run::{explain, run};

/// How many smaller cases are tried.
const TRIES: usize = 4_000;

/// The failing case, made small, as text.
pub(crate) fn report(case: &Case, what: &str) -> String {
    let small = shrink(case);
    let mut text = format!("{what}\n");
    let seed = case.seed;
    writeln!(
        text,
        "again with OUTLAST_SIM_SEED={seed}; the smallest case:"
    )
    .expect("text");
    for service in &small.services {
        let restart = &service.restart;
        let (name, depends_on, stop) = (&service.name, &service.depends_on, &service.stop);
        writeln!(text, "service {name:?} {depends_on:?} {restart:?} {stop:?}").expect("text");
    }
    for (gap, action) in &small.actions {
        writeln!(text, "after {gap:?} {action:?}").expect("text");
    }
    if let Some(failure) = explain(&small) {
        writeln!(text, "in which {}:", failure.what).expect("text");
        text += &failure.history.join("\n");
    }
    text
}

pub(crate) fn shrink(case: &Case) -> Case {
    let mut shrinker = Shrinker {
        case: case.clone(),
        tries: 0,
    };
    loop {
        let before = shrinker.size();
        shrinker.drop_actions();
        shrinker.drop_services();
        shrinker.simplify_services();
        if shrinker.size() == before || shrinker.tries >= TRIES {
            return shrinker.case;
        }
    }
}

struct Shrinker {
    case: Case,
    tries: usize,
}

impl Shrinker {
    fn size(&self) -> usize {
        let services = self.case.services.iter();
        let details: usize = services
            .map(|service| service.depends_on.len() + service.stop.steps.len() + 1)
            .sum();
        details + self.case.actions.len()
    }

    /// Keeps `smaller` if it fails, too.
    fn consider(&mut self, smaller: Case) -> bool {
        self.tries += 1;
        let fails = self.tries < TRIES && run(&smaller).is_err();
        if fails {
            self.case = smaller;
        }
        fails
    }

    /// Halves first, then quarters, down to single ones.
    fn drop_actions(&mut self) {
        let mut chunk = self.case.actions.len().max(1);
        while chunk > 0 {
            let mut from = 0;
            while from < self.case.actions.len() {
                let mut smaller = self.case.clone();
                let to = (from + chunk).min(smaller.actions.len());
                smaller.actions.drain(from..to);
                if !self.consider(smaller) {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
    }

    fn drop_services(&mut self) {
        for index in (0..self.case.services.len()).rev() {
            self.consider(self.case.without_service(index));
        }
    }

    fn simplify_services(&mut self) {
        for index in 0..self.case.services.len() {
            for edge in (0..self.case.services[index].depends_on.len()).rev() {
                let mut smaller = self.case.clone();
                smaller.services[index].depends_on.remove(edge);
                self.consider(smaller);
            }
            for step in (0..self.case.services[index].stop.steps.len()).rev() {
                let mut smaller = self.case.clone();
                smaller.services[index].stop.steps.remove(step);
                self.consider(smaller);
            }
        }
    }
}
