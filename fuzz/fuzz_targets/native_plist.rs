//! Property lists: what was rendered is read back, from the outermost table only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_native::launchd::plist::{Value, render, values};
use outlast_native::text::xml::{escape, unescape};

fuzz_target!(|text: &str| {
    if let Some(plain) = unescape(text) {
        assert!(plain.len() <= text.len());
    }
    if let Some(escaped) = escape(text) {
        assert!(!escaped.contains(['<', '>', '\n', '\r']));
        assert_eq!(unescape(&escaped).as_deref(), Some(text));
    }
    let found = values(text, "ProgramArguments");
    assert!(found.iter().map(String::len).sum::<usize>() <= text.len());

    let words: Vec<String> = text.split('\0').map(str::to_owned).collect();
    let key = |name: &str, value| (name.to_owned(), value);
    let table = [
        key(
            "Inner",
            Value::Table(vec![key("Words", Value::Text(text.to_owned()))]),
        ),
        key("Words", Value::List(words.clone())),
        key("First", Value::Text(words[0].clone())),
    ];
    // It is refused for a character that XML does not have.
    if let Ok(list) = render(text, &table) {
        assert_eq!(values(&list, "Words"), words);
        assert_eq!(values(&list, "First"), words[..1]);
    }
});
