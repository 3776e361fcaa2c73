//! How long a whole guardian may take to stop.

use std::collections::HashMap;
use std::time::Duration;

use outlast_model::{Service, ServiceName};

use crate::defaults::NATIVE_STOP_MARGIN;

/// How long a guardian of `services` may take to stop when every service uses
/// all the time that it is given: the longest chain of stop sequences, as a
/// service is stopped after those that depend on it, and
/// [`NATIVE_STOP_MARGIN`] for the kill and for the guardian itself.
pub fn stop_timeout(services: &[Service]) -> Duration {
    longest_chain(services).saturating_add(NATIVE_STOP_MARGIN)
}

/// Services are taken up once all that depend on them have been: by hand and
/// not by recursion, since a chain can be longer than the stack is deep.
fn longest_chain(services: &[Service]) -> Duration {
    let indexes: HashMap<&ServiceName, usize> = services
        .iter()
        .map(|service| &service.name)
        .zip(0..)
        .collect();
    let needs = |service: &Service| -> Vec<usize> {
        let known = service.depends_on.iter();
        known
            .filter_map(|dependency| indexes.get(&dependency.service).copied())
            .collect()
    };
    let mut dependants = vec![0_usize; services.len()];
    for index in services.iter().flat_map(needs) {
        dependants[index] += 1;
    }
    let mut ready: Vec<usize> = (0..services.len())
        .filter(|&index| dependants[index] == 0)
        .collect();
    let mut begins = vec![Duration::ZERO; services.len()];
    let mut longest = Duration::ZERO;
    while let Some(index) = ready.pop() {
        let ends = begins[index].saturating_add(own(&services[index]));
        longest = longest.max(ends);
        for need in needs(&services[index]) {
            begins[need] = begins[need].max(ends);
            dependants[need] -= 1;
            if dependants[need] == 0 {
                ready.push(need);
            }
        }
    }
    longest
}

fn own(service: &Service) -> Duration {
    service
        .stop
        .steps
        .iter()
        .fold(Duration::ZERO, |sum, step| sum.saturating_add(step.wait))
}
