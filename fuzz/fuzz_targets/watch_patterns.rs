//! Patterns for watched files: where one matches, every folder on the way may hold a match.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_model::glob::Glob;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, path) = input;
    let Ok(glob) = Glob::new(pattern) else {
        return;
    };
    assert_eq!(glob.as_str(), pattern);
    if !glob.matches(path) {
        return;
    }
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    for length in 0..names.len() {
        assert!(glob.may_match_below(&names[..length].join("/")));
    }
});
