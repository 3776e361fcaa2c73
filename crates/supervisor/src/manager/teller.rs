//! What is to be told to the native manager. Pure: time is an argument, and
//! nothing is told here.
//!
//! | phase | until | told |
//! |---|---|---|
//! | starting | every enabled service runs, or has come to rest as it should, or the patience is over | more time |
//! | guarding | the guardian is asked to end | reloads |
//! | stopping | the end | more time, as long as the engine has a deadline |
//!
//! The status text follows the services and the watchdog is fed in all of them.

use std::time::Duration;

use outlast_engine::{ServiceView, World};
use outlast_model::state::{Stopped, WhyStopped};
use outlast_model::{AwakeTime, Desired, State};
use outlast_os::manager_link::LinkKind;

use super::text::status_text;

/// How long a boot may be held up by services that do not get there.
const PATIENCE: Duration = Duration::from_secs(90);

/// The same for the SCM, which cannot stop a service before it has started.
const SCM_PATIENCE: Duration = Duration::from_secs(30);

/// More time is asked for this often, …
const WORD_INTERVAL: Duration = Duration::from_secs(5);

/// … and so much of it: two words may be late.
const WORD_HOLDS: Duration = Duration::from_secs(15);

/// When the manager is too busy to hear that the guardian is ready, it is told
/// again after this time.
const RETRY: Duration = Duration::from_secs(1);

/// Who knows what the manager has been told.
#[derive(Debug)]
pub(super) struct Teller {
    phase: Phase,
    /// The last status text; `None`: this manager shows none.
    status: Option<String>,
    /// What did not run when the manager was told too early that all does.
    missing: Option<String>,
    /// How many reloads have begun and are not done.
    reloads: u32,
    watchdog: Option<Watchdog>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Starting {
        /// When the manager is told that the guardian is ready, come what may.
        patience_ends: AwakeTime,
        /// When more time is asked for.
        word_at: AwakeTime,
    },
    Guarding,
    Stopping {
        /// The same; `None`: the stop waits for nothing that has a deadline.
        word_at: Option<AwakeTime>,
    },
}

#[derive(Clone, Copy, Debug)]
struct Watchdog {
    interval: Duration,
    feed_at: AwakeTime,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Ready,
    Status(String),
    Reloading,
    Stopping,
    MoreTime(Duration),
    Alive,
}

/// How the guardian is.
pub(super) struct Situation<'a> {
    pub(super) world: &'a World,
    /// The engine's next one.
    pub(super) deadline: Option<AwakeTime>,
    pub(super) now: AwakeTime,
}

impl Teller {
    /// For a guardian that begins at `now`.
    pub(super) fn new(kind: LinkKind, watchdog: Option<Duration>, now: AwakeTime) -> Self {
        let is_scm = kind == LinkKind::Scm;
        let patience = if is_scm { SCM_PATIENCE } else { PATIENCE };
        Self {
            phase: Phase::Starting {
                patience_ends: now.after(patience),
                word_at: now,
            },
            status: (!is_scm).then(String::new),
            missing: None,
            reloads: 0,
            watchdog: watchdog.map(|interval| Watchdog {
                interval,
                feed_at: now,
            }),
        }
    }

    /// When [`observe`](Self::observe) has something to tell even if nothing
    /// happens before; `None`: it has not.
    pub(super) fn due(&self) -> Option<AwakeTime> {
        let word_at = match self.phase {
            Phase::Starting {
                patience_ends,
                word_at,
            } => Some(word_at.min(patience_ends)),
            Phase::Guarding => None,
            Phase::Stopping { word_at } => word_at,
        };
        let feed_at = self.watchdog.map(|watchdog| watchdog.feed_at);
        [word_at, feed_at].into_iter().flatten().min()
    }

    /// What is new.
    pub(super) fn observe(&mut self, situation: &Situation<'_>) -> Vec<Word> {
        let mut words = Vec::new();
        words.extend(self.feed(situation.now));
        // Before the phase changes: who is told "ready" can look up what is not.
        words.extend(self.status(situation.world));
        if situation.world.is_shutting_down() {
            self.stop(situation, &mut words);
        } else {
            words.extend(self.begin(situation));
        }
        words
    }

    /// What did not run when [`Word::Ready`] was last said because the patience
    /// was over.
    pub(super) fn take_missing(&mut self) -> Option<String> {
        self.missing.take()
    }

    /// A reload begins. While the guardian starts, the word that would end the
    /// reload would be taken for the end of the start.
    pub(super) fn reloading(&mut self) -> Option<Word> {
        self.reloads += 1;
        matches!(self.phase, Phase::Guarding).then_some(Word::Reloading)
    }

    /// A reload was applied or refused.
    pub(super) fn reloaded(&mut self) -> Option<Word> {
        self.reloads = self.reloads.saturating_sub(1);
        let is_over = self.reloads == 0 && matches!(self.phase, Phase::Guarding);
        is_over.then_some(Word::Ready)
    }

    /// The manager was too busy for [`Word::Ready`]. It is told again whatever
    /// the services do until then.
    pub(super) fn not_heard(&mut self, now: AwakeTime) {
        if matches!(self.phase, Phase::Guarding) {
            self.phase = Phase::Starting {
                patience_ends: now.after(RETRY),
                word_at: now.after(RETRY),
            };
        }
    }

    fn feed(&mut self, now: AwakeTime) -> Option<Word> {
        let watchdog = self.watchdog.as_mut()?;
        if watchdog.feed_at > now {
            return None;
        }
        watchdog.feed_at = now.after(watchdog.interval / 2);
        Some(Word::Alive)
    }

    fn status(&mut self, world: &World) -> Option<Word> {
        let told = self.status.as_mut()?;
        let text = status_text(world);
        if text == *told {
            return None;
        }
        told.clone_from(&text);
        Some(Word::Status(text))
    }

    fn begin(&mut self, situation: &Situation<'_>) -> Option<Word> {
        let Phase::Starting {
            patience_ends,
            word_at,
        } = self.phase
        else {
            return None;
        };
        let now = situation.now;
        let is_complete = situation.world.services().all(has_settled);
        if is_complete || patience_ends <= now {
            self.missing = (!is_complete).then(|| status_text(situation.world));
            self.phase = Phase::Guarding;
            return Some(Word::Ready);
        }
        if word_at > now {
            return None;
        }
        self.phase = Phase::Starting {
            patience_ends,
            word_at: now.after(WORD_INTERVAL),
        };
        Some(Word::MoreTime(WORD_HOLDS))
    }

    fn stop(&mut self, situation: &Situation<'_>, words: &mut Vec<Word>) {
        let word_at = match self.phase {
            Phase::Stopping { word_at } => word_at,
            Phase::Starting { .. } | Phase::Guarding => {
                words.push(Word::Stopping);
                None
            }
        };
        let word_at = situation.deadline.map(|_| match word_at {
            Some(at) if at > situation.now => at,
            _ => {
                words.push(Word::MoreTime(WORD_HOLDS));
                situation.now.after(WORD_INTERVAL)
            }
        });
        self.phase = Phase::Stopping { word_at };
    }
}

/// Whether a start that waits for it need not wait any longer.
fn has_settled(service: ServiceView<'_>) -> bool {
    let is_wanted = service.definition.enabled && service.desired == Desired::Running;
    match service.state {
        State::Running(_)
        | State::Stopped(Stopped {
            why: WhyStopped::Completed(_) | WhyStopped::InSessions,
            ..
        }) => true,
        _ => !is_wanted,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use outlast_engine::{Input, step};
    use outlast_model::request::{Target, Urgency, Verb};
    use outlast_model::{Effect, Event, InstanceId, Now, Pid, Request, RequestId, ServiceName};

    use super::*;
    use crate::surroundings::ThisHost;

    /// A guardian without processes: starts are answered when a test says so.
    struct Fake {
        world: World,
        deadline: Option<AwakeTime>,
        now: AwakeTime,
        teller: Teller,
    }

    impl Fake {
        fn start(config: &str, kind: LinkKind) -> Self {
            let config =
                outlast_config::parse(config, Path::new("/shop/outlast.toml"), &ThisHost::facts())
                    .expect("the configuration is right");
            let now = AwakeTime::from_origin(Duration::from_secs(1000));
            let mut fake = Self {
                world: World::new(config.into_services(), 1, InstanceId(1)),
                deadline: None,
                now,
                teller: Teller::new(kind, None, now),
            };
            fake.ask(Verb::Start(Target::All));
            fake
        }

        fn ask(&mut self, verb: Verb) {
            let id = RequestId(1);
            self.input(Input::Request(Request { id, verb }));
        }

        fn input(&mut self, input: Input) {
            let now = Now {
                awake: self.now,
                ..Now::default()
            };
            for effect in step(&mut self.world, input, now) {
                match effect {
                    Effect::SetTimer(at) => self.deadline = Some(at),
                    Effect::ClearTimer => self.deadline = None,
                    _ => {}
                }
            }
        }

        fn runs(&mut self, service: &str, instance: u64) {
            self.input(Input::Event(Event::Started {
                service: ServiceName::new(service).expect("a name"),
                instance: InstanceId(instance),
                pid: Pid(1),
            }));
        }

        fn told(&mut self) -> Vec<Word> {
            self.teller.observe(&Situation {
                world: &self.world,
                deadline: self.deadline,
                now: self.now,
            })
        }

        /// What is told when nothing happens until there is something to tell.
        fn told_next(&mut self) -> Vec<Word> {
            self.now = self.teller.due().expect("there is something to come");
            self.told()
        }
    }
    const TWO: &str = "[services.db]\ncommand = [\"db\"]\n[services.api]\ncommand = [\"api\"]\n";

    fn status(text: &str) -> Word {
        Word::Status(text.to_owned())
    }

    #[test]
    fn nobody_has_to_log_on_before_a_guardian_is_ready() {
        let text =
            "[services.db]\ncommand = 'db'\n[services.tray]\ncommand = 'tray'\nsession = 'each'\n";
        let mut fake = Fake::start(text, LinkKind::Notify);
        fake.told();
        fake.runs("db", 1);
        assert_eq!(fake.told(), [status("1 of 1 service runs"), Word::Ready]);
    }

    #[test]
    fn ready_is_told_when_the_last_service_runs() {
        let mut fake = Fake::start(TWO, LinkKind::Notify);
        assert_eq!(
            fake.told(),
            [
                status("0 of 2 services run; starting: db, api"),
                Word::MoreTime(WORD_HOLDS)
            ]
        );
        fake.runs("db", 1);
        assert_eq!(fake.told(), [status("1 of 2 services run; starting: api")]);
        fake.runs("api", 2);
        assert_eq!(fake.told(), [status("2 of 2 services run"), Word::Ready]);
        assert_eq!(fake.teller.due(), None, "an idle guardian does not wake up");
        assert_eq!(fake.teller.take_missing(), None);
    }

    #[test]
    fn a_boot_is_held_up_for_90_seconds_at_the_most() {
        let mut fake = Fake::start(TWO, LinkKind::Notify);
        fake.runs("db", 1);
        fake.told();
        let begin = fake.now;
        let mut words = Vec::new();
        while words != [Word::Ready] {
            words = fake.told_next();
            assert!(
                words == [Word::Ready] || words == [Word::MoreTime(WORD_HOLDS)],
                "{words:?}"
            );
        }
        assert_eq!(fake.now.since(begin), Duration::from_secs(90));
        let missing = fake.teller.take_missing();
        assert_eq!(
            missing.as_deref(),
            Some("1 of 2 services run; starting: api")
        );
    }

    #[test]
    fn the_scm_waits_for_30_seconds_and_is_shown_no_text() {
        let mut fake = Fake::start(TWO, LinkKind::Scm);
        let begin = fake.now;
        assert_eq!(fake.told(), [Word::MoreTime(WORD_HOLDS)]);
        while fake.told_next() != [Word::Ready] {}
        assert_eq!(fake.now.since(begin), Duration::from_secs(30));
    }

    #[test]
    fn what_is_not_enabled_is_not_waited_for() {
        let mut fake = Fake::start(
            "[services.it]\ncommand = [\"it\"]\nenabled = false\n",
            LinkKind::Notify,
        );
        assert_eq!(fake.told(), [status("0 of 0 services run"), Word::Ready]);
    }

    #[test]
    fn a_busy_manager_is_told_again() {
        let mut fake = Fake::start(TWO, LinkKind::Scm);
        fake.runs("db", 1);
        fake.runs("api", 2);
        assert_eq!(fake.told(), [Word::Ready]);
        fake.teller.not_heard(fake.now);
        assert_eq!(fake.told(), [Word::Ready]);
    }

    #[test]
    fn more_time_is_asked_for_only_while_the_stop_has_a_deadline() {
        let mut fake = Fake::start(TWO, LinkKind::Scm);
        fake.runs("db", 1);
        fake.runs("api", 2);
        assert_eq!(fake.told(), [Word::Ready]);
        fake.ask(Verb::Shutdown(Urgency::Orderly));
        assert_eq!(fake.told(), [Word::Stopping, Word::MoreTime(WORD_HOLDS)]);
        assert_eq!(fake.told(), []);
        assert_eq!(fake.told_next(), [Word::MoreTime(WORD_HOLDS)]);
        fake.deadline = None;
        assert_eq!(fake.told(), []);
        assert_eq!(fake.teller.due(), None);
    }

    #[test]
    fn a_reload_during_the_start_does_not_end_the_start() {
        let mut fake = Fake::start(TWO, LinkKind::Scm);
        assert_eq!(fake.teller.reloading(), None);
        assert_eq!(fake.teller.reloaded(), None);
        fake.runs("db", 1);
        fake.runs("api", 2);
        assert_eq!(fake.told(), [Word::Ready]);
        assert_eq!(fake.teller.reloading(), Some(Word::Reloading));
        assert_eq!(fake.teller.reloading(), Some(Word::Reloading));
        assert_eq!(fake.teller.reloaded(), None);
        assert_eq!(fake.teller.reloaded(), Some(Word::Ready));
    }

    #[test]
    fn the_watchdog_is_fed_twice_in_its_interval() {
        let mut fake = Fake::start(TWO, LinkKind::Notify);
        fake.runs("db", 1);
        fake.runs("api", 2);
        let interval = Duration::from_secs(10);
        fake.teller = Teller::new(LinkKind::Notify, Some(interval), fake.now);
        assert_eq!(fake.told().first(), Some(&Word::Alive));
        let begin = fake.now;
        assert_eq!(fake.told_next(), [Word::Alive]);
        assert_eq!(fake.now.since(begin), interval / 2);
    }
}
