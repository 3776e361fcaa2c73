//! The schemas of those types that no derive can describe.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::file::dependency::UntilWord;
use crate::file::energy::{SleepWord, ThrottleWord, WhileWord};
use crate::file::health::{HostText, PatternText, ReadyWord, UrlText};
use crate::file::limits::{CoreSetting, CpuSetting, PrioritySetting, PriorityWord, UmaskText};
use crate::file::listen::{AddressText, ListenSetting, ModeText, SocketSetting};
use crate::file::log::{LogWord, MaxAge};
use crate::file::native::{AccountText, Capability, StartWord, TriggerWord, WatchdogSetting};
use crate::file::on_failure::OnFailureWord;
use crate::file::reaction::ReactionWord;
use crate::file::restart::RestartWord;
use crate::file::sandbox::PresetWord;
use crate::file::schedule::{CatchUpWord, CronText};
use crate::file::secret::DeliveryWord;
use crate::file::session::SessionWord;
use crate::file::stop::{ConsoleWord, KillWord, SignalName, WindowWord};
use crate::file::watch::ChangeWord;
use crate::native::{Network, Sandbox};
use crate::read::{Choice, DurationText, Line, Size, choice_schema};
use crate::source::Located;

/// Where something was written is nothing that a user writes.
impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for ListenSetting {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ListenSetting".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let address = generator.subschema_for::<AddressText>();
        let socket = generator.subschema_for::<SocketSetting>();
        json_schema!({ "anyOf": [
            address,
            { "type": "array", "items": socket },
            { "type": "object", "additionalProperties": socket },
        ] })
    }
}

macro_rules! described_by {
    ($type:ty, $schema:expr) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

described_by!(UntilWord, choice_schema::<Self>());
described_by!(SleepWord, choice_schema::<Self>());
described_by!(WhileWord, choice_schema::<Self>());
described_by!(ThrottleWord, choice_schema::<Self>());
described_by!(ReadyWord, choice_schema::<Self>());
described_by!(
    HostText,
    json_schema!({ "type": "string", "pattern": "^.+:[0-9]+$" })
);
described_by!(
    UrlText,
    json_schema!({ "type": "string", "pattern": "^http://.+" })
);
described_by!(
    PatternText,
    json_schema!({ "type": "string", "minLength": 1 })
);
described_by!(
    AddressText,
    json_schema!({ "anyOf": [
        { "type": "integer", "minimum": 1, "maximum": 65535 },
        { "type": "string", "minLength": 1 },
    ] })
);
described_by!(
    ModeText,
    json_schema!({ "type": "string", "pattern": "^0*[0-7]{1,3}$" })
);
described_by!(LogWord, choice_schema::<Self>());
described_by!(OnFailureWord, choice_schema::<Self>());
described_by!(ReactionWord, choice_schema::<Self>());
described_by!(RestartWord, choice_schema::<Self>());
described_by!(PresetWord, choice_schema::<Self>());
described_by!(CatchUpWord, choice_schema::<Self>());
described_by!(CronText, one_line());
described_by!(DeliveryWord, choice_schema::<Self>());
described_by!(SessionWord, choice_schema::<Self>());
described_by!(ChangeWord, choice_schema::<Self>());
described_by!(ConsoleWord, choice_schema::<Self>());
described_by!(KillWord, choice_schema::<Self>());
described_by!(WindowWord, choice_schema::<Self>());
described_by!(StartWord, choice_schema::<Self>());
described_by!(TriggerWord, choice_schema::<Self>());
described_by!(Capability, choice_schema::<Self>());
described_by!(Sandbox, choice_schema::<Self>());
described_by!(Network, choice_schema::<Self>());
described_by!(Line, one_line());
described_by!(AccountText, one_line());
described_by!(SignalName, {
    let plain = Self::all().map(str::to_owned);
    let prefixed = Self::all().map(|name| format!("SIG{name}"));
    let names: Vec<String> = plain.chain(prefixed).collect();
    json_schema!({ "type": "string", "enum": names })
});
described_by!(
    Size,
    json_schema!({
        "anyOf": [
            { "type": "string", "pattern": "^[0-9]+(([kKMGT]i?)?B)?$" },
            { "type": "integer", "minimum": 0 },
        ]
    })
);
described_by!(
    DurationText,
    json_schema!({ "type": "string", "pattern": DURATION_PATTERN })
);
described_by!(
    CpuSetting,
    json_schema!({
        "anyOf": [
            { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$" },
            { "type": "number", "exclusiveMinimum": 0 },
        ]
    })
);
described_by!(
    CoreSetting,
    json_schema!({
        "anyOf": [
            { "const": "unlimited" },
            { "type": "string", "pattern": "^[0-9]+(([kKMGT]i?)?B)?$" },
            { "type": "integer", "minimum": 0 },
        ]
    })
);
described_by!(PrioritySetting, {
    let words: Vec<&str> = PriorityWord::WORDS.iter().map(|(word, _)| *word).collect();
    json_schema!({
        "anyOf": [
            { "type": "string", "enum": words },
            { "type": "integer", "minimum": -20, "maximum": 19 },
        ]
    })
});
described_by!(
    UmaskText,
    json_schema!({ "type": "string", "pattern": "^0?[0-7]{1,3}$" })
);
described_by!(MaxAge, duration_or_false());
described_by!(WatchdogSetting, duration_or_false());

fn one_line() -> Schema {
    json_schema!({ "type": "string", "minLength": 1 })
}

fn duration_or_false() -> Schema {
    json_schema!({
        "anyOf": [{ "type": "string", "pattern": DURATION_PATTERN }, { "const": false }]
    })
}

/// A little more than what `duration::parse` accepts: that the units come in
/// order would take a look-ahead, which not every validator knows.
const DURATION_PATTERN: &str = "^([0-9]+(d|h|m|s|ms))+$";
