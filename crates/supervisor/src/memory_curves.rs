//! How much memory services with a limit of it have used in the last minutes: at the
//! death of one, that tells what grew steadily from what came at once.
//!
//! Of services without such a limit nothing is kept, and without any of those nothing
//! wakes the guardian.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use outlast_model::record::MemoryUse;
use outlast_model::{AwakeTime, Service, ServiceName};
use outlast_os::clock;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);

/// So many looks are kept: five minutes.
const KEPT: usize = 60;

/// What was seen of each service.
#[derive(Debug, Default)]
pub(crate) struct MemoryCurves {
    seen: HashMap<ServiceName, VecDeque<(AwakeTime, u64)>>,
    due: Option<AwakeTime>,
}

impl MemoryCurves {
    /// `service` has been started.
    pub(crate) fn begin(&mut self, service: &Service) {
        let limits = &service.limits;
        if limits.memory.is_some() || limits.memory_high.is_some() {
            self.seen.insert(service.name.clone(), VecDeque::new());
            self.due.get_or_insert(clock::now().awake.after(EVERY));
        }
    }

    /// When it is time to look; `None`: there is nothing to look at.
    pub(crate) const fn due(&self) -> Option<AwakeTime> {
        self.due
    }

    /// Looks: `used` is how much a service uses now, if it runs.
    pub(crate) fn look(&mut self, used: impl Fn(&ServiceName) -> Option<u64>) {
        let now = clock::now().awake;
        for (service, seen) in &mut self.seen {
            if let Some(bytes) = used(service) {
                seen.push_back((now, bytes));
            }
            if seen.len() > KEPT {
                seen.pop_front();
            }
        }
        self.due = (!self.seen.is_empty()).then(|| now.after(EVERY));
    }

    /// What was seen of `service`, which has ended now.
    pub(crate) fn end(&mut self, service: &ServiceName) -> Vec<MemoryUse> {
        let now = clock::now().awake;
        let seen = self.seen.remove(service).unwrap_or_default();
        if self.seen.is_empty() {
            self.due = None;
        }
        let seen = seen.into_iter().map(|(at, bytes)| MemoryUse {
            before: now.since(at),
            bytes,
        });
        seen.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::surroundings::ThisHost;

    fn service(limits: &str) -> Service {
        let text = format!("[services.web]\ncommand = 'x'\n{limits}");
        let path = Path::new("/shop/outlast.toml");
        let config = outlast_config::parse(&text, path, &ThisHost::facts()).expect("it is valid");
        config.into_services().remove(0)
    }

    #[test]
    fn what_has_no_limit_wakes_nobody() {
        let mut curves = MemoryCurves::default();
        let free = service("");
        curves.begin(&free);
        assert_eq!(curves.due(), None);
        assert_eq!(curves.end(&free.name), []);
    }

    #[test]
    fn the_last_minutes_are_kept_until_the_end_and_no_longer() {
        let mut curves = MemoryCurves::default();
        let limited = service("limits = { memory = '1GiB' }");
        curves.begin(&limited);
        assert!(curves.due().is_some());
        for bytes in 0..100 {
            curves.look(|_| Some(bytes));
        }
        let seen: Vec<u64> = curves
            .end(&limited.name)
            .iter()
            .map(|used| used.bytes)
            .collect();
        assert_eq!(seen, (40..100).collect::<Vec<_>>());
        assert_eq!(curves.due(), None);
        curves.begin(&limited);
        assert_eq!(
            curves.end(&limited.name),
            [],
            "another instance begins anew"
        );
    }
}
