//! From the vocabulary to what is stored.

use outlast_model::exit::{StartStep, Usage};
use outlast_model::hang::{Hang, Work};
use outlast_model::inhibitor::{Grant, Overrider};
use outlast_model::limits::{Limit, Reached};
use outlast_model::machine::{MachineEvent, Saver};
use outlast_model::record::{
    Death, Direction, Entry, GuardianEntry, MemoryUse, OutputLine, ServiceEntry, StopReason,
};
use outlast_model::request::Target;
use outlast_model::service::Occasion;
use outlast_model::state::LastEnd;
use outlast_model::watch::OnChange;
use outlast_model::{Exit, Record, ServiceName, StartFailure};

use super::stored::{
    StoredDeath, StoredEnd, StoredEvent, StoredExit, StoredFailure, StoredLine, StoredMemory,
    StoredReached, StoredReason, StoredRecord, StoredRefused, StoredUsage, StoredVerdict,
    StoredWork, Time, VERSION,
};

impl StoredRecord {
    /// `record` as the line with this number.
    pub fn new(record: &Record, seq: u64) -> Self {
        let (service, event) = match &record.entry {
            Entry::Service { service, entry } => (Some(service.to_string()), entry.into()),
            Entry::Guardian(entry) => (None, entry.into()),
        };
        Self {
            v: VERSION,
            seq,
            time: Time(record.at),
            service,
            event,
        }
    }
}

impl From<&ServiceEntry> for StoredEvent {
    fn from(entry: &ServiceEntry) -> Self {
        match entry {
            ServiceEntry::Waiting { on } => Self::Waiting { on: names(on) },
            ServiceEntry::WaitingForNetwork { at_most } => Self::WaitingForNetwork {
                at_most_seconds: at_most.as_secs_f64(),
            },
            ServiceEntry::NetworkMissing => Self::NetworkMissing,
            ServiceEntry::Starting { instance } => Self::Starting {
                instance: instance.0,
            },
            ServiceEntry::Started { instance, pid } => Self::Started {
                instance: instance.0,
                pid: pid.0,
            },
            ServiceEntry::Ready { instance, after } => Self::Ready {
                instance: instance.0,
                after_seconds: after.as_secs_f64(),
            },
            ServiceEntry::NotReady {
                instance,
                within,
                seen,
            } => Self::NotReady {
                instance: instance.0,
                within_seconds: within.as_secs_f64(),
                seen: seen.clone(),
            },
            ServiceEntry::ProbeFailing { instance, seen } => Self::ProbeFailing {
                instance: instance.0,
                seen: seen.clone(),
            },
            ServiceEntry::ProbeRecovered { instance, failures } => Self::ProbeRecovered {
                instance: instance.0,
                failures: *failures,
            },
            ServiceEntry::NotAlive {
                instance,
                failures,
                seen,
            } => Self::NotAlive {
                instance: instance.0,
                failures: *failures,
                seen: seen.clone(),
            },
            ServiceEntry::WatchdogMissed { instance, every } => Self::WatchdogMissed {
                instance: instance.0,
                every_seconds: every.map(|every| every.as_secs_f64()),
            },
            ServiceEntry::Evidence { instance, evidence } => Self::Evidence {
                instance: instance.0,
                processes: evidence.processes.iter().map(Into::into).collect(),
                sockets: evidence.sockets.iter().map(Into::into).collect(),
                partial: evidence.is_partial,
            },
            ServiceEntry::BreakerClosed { instance, openings } => Self::BreakerClosed {
                instance: instance.0,
                openings: *openings,
            },
            ServiceEntry::Hangs {
                instance,
                hang,
                during,
                before,
            } => Self::Hangs {
                instance: instance.0,
                hang: hang.word().to_owned(),
                during: during.into(),
                before: before.into(),
            },
            ServiceEntry::StartFailed { instance, failure } => Self::StartFailed {
                instance: instance.0,
                failure: failure.into(),
            },
            ServiceEntry::Death(death) => Self::Death(death.into()),
            ServiceEntry::Verdict { instance, verdict } => {
                Self::Verdict(Box::new(StoredVerdict::new(instance.0, verdict)))
            }
            ServiceEntry::BackingOff {
                delay,
                spread,
                attempt,
            } => Self::BackingOff {
                delay_seconds: (*delay + *spread).as_secs_f64(),
                spread_seconds: (!spread.is_zero()).then_some(spread.as_secs_f64()),
                attempt: *attempt,
            },
            ServiceEntry::GaveUp {
                last,
                starts,
                window,
            } => Self::GaveUp {
                last: last.into(),
                starts: *starts,
                window_seconds: window.map(|window| window.as_secs_f64()),
            },
            ServiceEntry::RunsMissed { runs, made_up } => Self::RunsMissed {
                runs: *runs,
                made_up: *made_up,
            },
            ServiceEntry::RunSkipped => Self::RunSkipped,
            ServiceEntry::RebootWithheld { after } => Self::RebootWithheld {
                after_seconds: after.as_secs_f64(),
            },
            ServiceEntry::Stopping { instance, reason } => Self::Stopping {
                instance: instance.0,
                reason: (*reason).into(),
            },
            ServiceEntry::Reloading { instance, occasion } => Self::Reloading {
                instance: instance.0,
                occasion: occasion.word().to_owned(),
            },
            ServiceEntry::FilesChanged { changes, then } => Self::FilesChanged {
                first: changes.first.to_string_lossy().into_owned(),
                more: changes.more,
                then: then.word().to_owned(),
                starts: match then {
                    OnChange::Start(service) => Some(service.to_string()),
                    OnChange::Restart | OnChange::Reload => None,
                },
            },
            ServiceEntry::ChangeWithheld { changes, reason } => Self::ChangeWithheld {
                first: changes.first.to_string_lossy().into_owned(),
                more: changes.more,
                reason: reason.clone(),
            },
            ServiceEntry::FilesPolled { every, reason } => Self::FilesPolled {
                every_seconds: every.as_secs_f64(),
                reason: reason.clone(),
            },
            ServiceEntry::ChangesGathered { reports, pause } => Self::ChangesGathered {
                reports: *reports,
                pause_seconds: pause.as_secs_f64(),
            },
            ServiceEntry::Killed { instance } => Self::Killed {
                instance: instance.0,
            },
            ServiceEntry::Unkillable { instance } => Self::Unkillable {
                instance: instance.0,
            },
            ServiceEntry::Stopped => Self::Stopped,
            ServiceEntry::Finished { last } => Self::Finished { last: last.into() },
            ServiceEntry::EndedAtLogOff { instance, session } => Self::EndedAtLogOff {
                instance: instance.0,
                session: session.id.to_string(),
                user: session.user.clone(),
            },
            ServiceEntry::Inhibited(grant) => inhibited(grant),
            ServiceEntry::NotInhibited(denied) => Self::NotInhibited {
                reason: denied.reason.clone(),
            },
            ServiceEntry::InhibitorReleased => Self::InhibitorReleased,
            ServiceEntry::NotLimited { limit, reason } => Self::NotLimited {
                limit: limit.word().to_owned(),
                reason: reason.clone(),
            },
            ServiceEntry::LeftoversKilled { processes } => Self::LeftoversKilled {
                processes: *processes,
            },
            ServiceEntry::OutputDropping { reason } => Self::OutputDropping {
                reason: reason.clone(),
            },
            ServiceEntry::OutputDropped { bytes } => Self::OutputDropped { bytes: *bytes },
            ServiceEntry::OutputExpired { segments, bytes } => Self::OutputExpired {
                segments: *segments,
                bytes: *bytes,
            },
        }
    }
}

impl From<&GuardianEntry> for StoredEvent {
    fn from(entry: &GuardianEntry) -> Self {
        match entry {
            GuardianEntry::Started { name, version, pid } => Self::GuardianStarted {
                name: name.to_string(),
                version: version.clone(),
                pid: pid.0,
            },
            GuardianEntry::Requested { verb, target } => Self::Requested {
                verb: (*verb).to_owned(),
                services: targeted(target),
            },
            GuardianEntry::Reloaded {
                added,
                changed,
                removed,
            } => Self::Reloaded {
                added: names(added),
                changed: names(changed),
                removed: names(removed),
            },
            GuardianEntry::ReloadRefused { reason } => Self::ReloadRefused {
                reason: reason.clone(),
            },
            GuardianEntry::ShuttingDown => Self::ShuttingDown,
            GuardianEntry::Stopped => Self::GuardianStopped,
            GuardianEntry::Slept { duration } => Self::Slept {
                duration_seconds: duration.as_secs_f64(),
            },
            GuardianEntry::Frozen { at_least, at_most } => Self::Frozen {
                at_least_seconds: at_least.as_secs_f64(),
                at_most_seconds: at_most.as_secs_f64(),
            },
            GuardianEntry::ClockSet { direction, by } => Self::ClockSet {
                by_seconds: match direction {
                    Direction::Forward => by.as_secs_f64(),
                    Direction::Back => -by.as_secs_f64(),
                },
            },
            GuardianEntry::Machine(event) => event.into(),
            GuardianEntry::Network(network) => Self::Network {
                state: network.word().to_owned(),
            },
            GuardianEntry::SessionEnds(why) => Self::SessionEnds {
                why: why.word().to_owned(),
            },
            GuardianEntry::TerminalClosed => Self::TerminalClosed,
            GuardianEntry::RecordsLost { count } => Self::RecordsLost { count: *count },
        }
    }
}

impl From<&MachineEvent> for StoredEvent {
    fn from(event: &MachineEvent) -> Self {
        match event {
            MachineEvent::Suspending { time_left } => Self::Suspending {
                time_left_seconds: time_left.map(|time| time.as_secs_f64()),
            },
            MachineEvent::Resumed => Self::Resumed,
            MachineEvent::ShuttingDown => Self::MachineShuttingDown,
            MachineEvent::ShutdownCancelled => Self::MachineShutdownCancelled,
            MachineEvent::Power(source) => Self::Power {
                source: source.word().to_owned(),
            },
            MachineEvent::Lid(lid) => Self::Lid {
                position: lid.word().to_owned(),
            },
            MachineEvent::Screen(screen) => Self::Screen {
                light: screen.word().to_owned(),
            },
            MachineEvent::Saver(saver) => Self::Saver {
                saving: *saver == Saver::On,
            },
            MachineEvent::Session { session, change } => Self::Session {
                session: session.id.to_string(),
                change: change.word().to_owned(),
                user: session.user.clone(),
            },
        }
    }
}

fn inhibited(grant: &Grant) -> StoredEvent {
    let refused = grant.refused.iter().map(|refused| StoredRefused {
        what: refused.what.word().to_owned(),
        reason: refused.reason.clone(),
    });
    let word = |overrider: &Overrider| overrider.word().to_owned();
    StoredEvent::Inhibited {
        by: grant.by.word().to_owned(),
        prevents: grant
            .prevents
            .iter()
            .map(|what| what.word().to_owned())
            .collect(),
        refused: refused.collect(),
        overridden_by: grant.overriders.iter().map(word).collect(),
    }
}

fn names(services: &[ServiceName]) -> Vec<String> {
    services.iter().map(ToString::to_string).collect()
}

fn targeted(target: &Target) -> Option<Vec<String>> {
    match target {
        Target::All => None,
        Target::Services(services) => Some(names(services)),
    }
}

impl From<&Death> for StoredDeath {
    fn from(death: &Death) -> Self {
        Self {
            instance: death.instance.0,
            pid: death.pid.0,
            exit: death.exit.into(),
            success: death.success,
            asked: death.asked,
            ran_for_seconds: death.ran_for.as_secs_f64(),
            usage: death.usage.map(Into::into),
            reached: death.reached.iter().map(Into::into).collect(),
            memory: death.memory.iter().map(memory).collect(),
            last_output: death.last_output.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Reached> for StoredReached {
    fn from(reached: &Reached) -> Self {
        let limit = reached.limit();
        let plain = Self {
            limit: limit.map_or("machine_memory", Limit::word).to_owned(),
            text: reached.to_string(),
            ..Self::default()
        };
        match *reached {
            Reached::Memory { limit, killed } => Self {
                at_most: Some(limit as f64),
                killed: Some(killed),
                ..plain
            },
            Reached::MachineMemory { killed } => Self {
                killed: Some(killed),
                ..plain
            },
            Reached::Pids { limit, refused } => Self {
                at_most: Some(f64::from(limit)),
                refused: Some(refused),
                ..plain
            },
            Reached::OpenFiles { limit } => Self {
                at_most: Some(limit as f64),
                ..plain
            },
            Reached::Cpu { limit, waited } => Self {
                at_most: Some(f64::from(limit.0) / 1000.0),
                waited_seconds: Some(waited.as_secs_f64()),
                ..plain
            },
        }
    }
}

impl From<Exit> for StoredExit {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self {
                code: Some(code),
                ..Self::default()
            },
            Exit::Signal {
                number,
                core_dumped,
            } => Self {
                code: None,
                signal: Some(number),
                core_dumped,
            },
            Exit::Unknown => Self::default(),
        }
    }
}

impl From<StoredExit> for Exit {
    fn from(stored: StoredExit) -> Self {
        match (stored.code, stored.signal) {
            (Some(code), _) => Self::Code(code),
            (None, Some(number)) => Self::Signal {
                number,
                core_dumped: stored.core_dumped,
            },
            (None, None) => Self::Unknown,
        }
    }
}

impl From<Usage> for StoredUsage {
    fn from(usage: Usage) -> Self {
        Self {
            user_seconds: usage.user.as_secs_f64(),
            system_seconds: usage.system.as_secs_f64(),
            max_resident_bytes: usage.max_resident,
        }
    }
}

impl From<&Work> for StoredWork {
    fn from(work: &Work) -> Self {
        Self {
            seconds: work.time.as_secs_f64(),
            cpu_seconds: work.cpu.map(|cpu| cpu.as_secs_f64()),
            wakeups: work.wakeups,
            moved_bytes: work.moved,
            printed_bytes: work.printed,
        }
    }
}

impl From<&OutputLine> for StoredLine {
    fn from(line: &OutputLine) -> Self {
        let text = String::from_utf8_lossy(&line.text);
        let lossy = text.as_bytes() != line.text;
        Self {
            stream: line.stream.name().to_owned(),
            time: Time(line.at),
            text: text.into_owned(),
            lossy,
        }
    }
}

impl From<&StartFailure> for StoredFailure {
    fn from(failure: &StartFailure) -> Self {
        Self {
            step: step_word(failure.step).to_owned(),
            subject: failure.subject.to_string_lossy().into_owned(),
            os_error: failure.os_error,
            message: failure.message.clone(),
        }
    }
}

const fn memory(used: &MemoryUse) -> StoredMemory {
    StoredMemory {
        before_seconds: used.before.as_secs_f64(),
        bytes: used.bytes,
    }
}

const fn step_word(step: StartStep) -> &'static str {
    match step {
        StartStep::FindProgram => "find-program",
        StartStep::ReadEnvironment => "read-environment",
        StartStep::ReadSecret => "read-secret",
        StartStep::ChangeUser => "change-user",
        StartStep::Listen => "listen",
        StartStep::EnterDir => "enter-dir",
        StartStep::Confine => "confine",
        StartStep::Prepare => "prepare",
        StartStep::Fork => "fork",
        StartStep::Execute => "execute",
    }
}

impl From<&LastEnd> for StoredEnd {
    fn from(last: &LastEnd) -> Self {
        match last {
            LastEnd::Exit(exit) => Self::Exit((*exit).into()),
            LastEnd::StartFailure(failure) => Self::StartFailure(failure.into()),
        }
    }
}

impl From<StopReason> for StoredReason {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Requested => Self::Requested,
            StopReason::Restart => Self::Restart,
            StopReason::Dependency => Self::Dependency,
            StopReason::Changed => Self::Changed,
            StopReason::FilesChanged => Self::FilesChanged,
            StopReason::Shutdown => Self::Shutdown,
            StopReason::LeftBehind => Self::LeftBehind,
            StopReason::Occasion(occasion) => match occasion {
                Occasion::Suspend => Self::Suspend,
                Occasion::Resume => Self::Resume,
                Occasion::Lock => Self::Lock,
                Occasion::Unlock => Self::Unlock,
                Occasion::LogOff => Self::LogOff,
            },
            StopReason::TimeLimit => Self::TimeLimit,
            StopReason::SessionOver => Self::SessionOver,
            StopReason::NotReady => Self::NotReady,
            StopReason::NotAlive => Self::NotAlive,
            StopReason::Watchdog => Self::Watchdog,
            StopReason::Hang(Hang::Silent) => Self::Silent,
            StopReason::Hang(Hang::Stuck) => Self::Stuck,
            StopReason::Hang(Hang::Spin) => Self::Spin,
        }
    }
}
