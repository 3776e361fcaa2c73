//! What a user may write, key by key.
//!
//! The types mirror the file and nothing else: every key is optional, nothing
//! is merged or defaulted. They read themselves (`FromToml`) and describe
//! themselves (`JsonSchema`); their doc comments are the descriptions that users
//! see in the schema and in `docs/configuration.md`.

mod command;
mod copies;
pub(crate) mod dependency;
mod energy;
mod environment;
mod health;
mod limits;
mod listen;
mod log;
mod native;
mod on_failure;
mod reaction;
mod restart;
mod sandbox;
mod schedule;
mod schema;
mod secret;
mod service;
mod session;
mod stop;
mod watch;
mod webhook;
mod whole;

pub(crate) use command::CommandLine;
pub(crate) use dependency::DependencySetting;
pub(crate) use energy::{SleepKeys, SleepSetting, ThrottleWord};
pub(crate) use environment::{InheritSetting, Variables};
pub(crate) use health::{
    AliveKeys, HangKeys, HostText, ReadyKeys, ReadySetting, ReadyWord, UrlText,
};
pub(crate) use limits::{LimitKeys, UmaskText};
pub(crate) use listen::{AddressText, ListenSetting, Named, SocketKeys, SocketSetting};
pub(crate) use log::{LogKeys, LogSetting, MaxAge};
pub(crate) use native::{
    Capability, NativeTable, StartSetting, TriggerKeys, TriggerWord, WatchdogSetting,
};
pub(crate) use on_failure::{OnFailureKeys, OnFailureSetting};
pub(crate) use reaction::{ReactionKeys, ReactionSetting, ReactionWord};
pub(crate) use restart::{RestartKeys, RestartSetting};
pub(crate) use sandbox::SandboxSetting;
pub(crate) use schedule::{ScheduleKeys, ScheduleSetting};
pub(crate) use secret::{SecretKeys, Secrets};
pub(crate) use service::ServiceKeys;
pub(crate) use session::SessionWord;
pub(crate) use stop::{ConsoleWord, StepKeys, StepSetting, StopKeys, StopSetting, WindowWord};
pub(crate) use watch::{ChangeKeys, ChangeSetting, ChangeWord, WatchKeys, WatchSetting};
pub(crate) use webhook::WebhookSetting;
pub(crate) use whole::{Entry, File, Reading};
