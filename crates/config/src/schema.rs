//! The JSON Schema of the file, for editors.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::defaults::TABLE;
use crate::file::{
    AliveKeys, File, LogKeys, NativeTable, ReadyKeys, RestartKeys, ScheduleKeys, ServiceKeys,
    StopKeys, WatchKeys,
};

/// The schema (JSON Schema 2020-12), generated from the types that the file is
/// read into, with the defaults from [`defaults`](crate::defaults).
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(WithoutNull);
    let mut schema = settings.into_generator().into_root_schema_for::<File>();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        add_defaults::<ServiceKeys>("", definitions);
        add_defaults::<RestartKeys>("restart.", definitions);
        add_defaults::<ScheduleKeys>("schedule.", definitions);
        add_defaults::<StopKeys>("stop.", definitions);
        add_defaults::<LogKeys>("log.", definitions);
        add_defaults::<ReadyKeys>("ready.", definitions);
        add_defaults::<AliveKeys>("alive.", definitions);
        add_defaults::<WatchKeys>("watch.", definitions);
        add_defaults::<NativeTable>("native.", definitions);
    }
    schema.into()
}

/// Writes the defaults of the keys that begin with `prefix` into the definition
/// of `T`.
fn add_defaults<T: JsonSchema>(prefix: &str, definitions: &mut Map<String, Value>) {
    let properties = definitions
        .get_mut(T::schema_name().as_ref())
        .and_then(|definition| definition.get_mut("properties"));
    let Some(Value::Object(properties)) = properties else {
        return;
    };
    for default in TABLE {
        let property = default
            .key
            .strip_prefix(prefix)
            .and_then(|name| properties.get_mut(name));
        // What is simple enough to be a default is written alike in TOML and JSON.
        let value = serde_json::from_str::<Value>(default.written);
        if let (Some(Value::Object(property)), Ok(value)) = (property, value) {
            property.insert("default".to_owned(), value);
        }
    }
}

/// Optional keys are `Option`s here, and a JSON reader would take `null` for
/// them; TOML has no such thing.
#[derive(Clone, Debug)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                object.remove("anyOf");
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::file::dependency::DependencyKeys;
    use crate::file::{ChangeKeys, LimitKeys, SleepKeys, SocketKeys, StepKeys, TriggerKeys};
    use crate::read::Keys;

    fn check<T: JsonSchema>(keys: Keys) {
        let schema = schema();
        let definition = match schema["$defs"].get(T::schema_name().as_ref()) {
            Some(definition) => definition,
            None => &schema,
        };
        let described: BTreeSet<&str> = definition["properties"]
            .as_object()
            .expect("a table has properties")
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(described, keys.known.iter().copied().collect());
        assert_eq!(definition["additionalProperties"], false);
        let described = definition["properties"].as_object().into_iter().flatten();
        for (name, property) in described {
            assert!(property["description"].is_string(), "{name} is explained");
        }
    }

    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        check::<File>(File::KEYS);
        check::<ServiceKeys>(ServiceKeys::KEYS);
        check::<DependencyKeys>(DependencyKeys::KEYS);
        check::<RestartKeys>(RestartKeys::KEYS);
        check::<ScheduleKeys>(ScheduleKeys::KEYS);
        check::<StopKeys>(StopKeys::KEYS);
        check::<StepKeys>(StepKeys::KEYS);
        check::<LogKeys>(LogKeys::KEYS);
        check::<ReadyKeys>(ReadyKeys::KEYS);
        check::<LimitKeys>(LimitKeys::KEYS);
        check::<SleepKeys>(SleepKeys::KEYS);
        check::<SocketKeys>(SocketKeys::KEYS);
        check::<AliveKeys>(AliveKeys::KEYS);
        check::<WatchKeys>(WatchKeys::KEYS);
        check::<ChangeKeys>(ChangeKeys::KEYS);
        check::<NativeTable>(NativeTable::KEYS);
        check::<TriggerKeys>(TriggerKeys::KEYS);
    }

    #[test]
    fn every_default_belongs_to_a_key() {
        let tables = [
            ("", ServiceKeys::KEYS.known),
            ("restart.", RestartKeys::KEYS.known),
            ("schedule.", ScheduleKeys::KEYS.known),
            ("stop.", StopKeys::KEYS.known),
            ("log.", LogKeys::KEYS.known),
            ("ready.", ReadyKeys::KEYS.known),
            ("alive.", AliveKeys::KEYS.known),
            ("listen[].", SocketKeys::KEYS.known),
            ("watch.", WatchKeys::KEYS.known),
            ("native.", NativeTable::KEYS.known),
        ];
        let keys: Vec<String> = tables
            .into_iter()
            .flat_map(|(table, keys)| keys.iter().map(move |key| format!("{table}{key}")))
            .collect();
        for default in TABLE {
            assert!(keys.contains(&default.key.to_owned()), "{}", default.key);
        }
    }

    #[test]
    fn no_schema_admits_null() {
        assert!(!schema().to_string().contains("\"null\""));
    }
}
