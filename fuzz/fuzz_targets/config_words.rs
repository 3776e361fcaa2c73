//! A command in one string: the words of what [`join`] writes are the words that it was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_config::{join, split};

fuzz_target!(|line: &str| {
    if let Ok(words) = split(line) {
        assert!(words.iter().map(String::len).sum::<usize>() <= line.len());
        assert_eq!(split(&join(&words)), Ok(words));
    }
    let words: Vec<&str> = line.split('\n').collect();
    let read = split(&join(&words)).expect("what is joined has balanced quotes");
    assert_eq!(read, words);
});
