//! Scripts: what was quoted is read back, and of any script no more than stands in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_native::text::sh::{assignments, line, quote};

fuzz_target!(|text: &str| {
    let found = assignments(text);
    let variables = found
        .variables
        .iter()
        .map(|(name, value)| name.len() + value.len());
    let parameters = found.parameters.iter().map(String::len);
    assert!(variables.chain(parameters).sum::<usize>() <= text.len());

    let words: Vec<&str> = text.split('\0').collect();
    let script = format!(
        "#!/bin/sh\nfirst={}\nset -- {}\nexport last={}\nexec \"$@\"\n",
        quote(words[0]),
        line(words.iter().copied()),
        quote(words[words.len() - 1])
    );
    let found = assignments(&script);
    assert_eq!(found.parameters, words);
    assert_eq!(found.variables["first"], words[0]);
    assert_eq!(found.variables["last"], words[words.len() - 1]);
    assert_eq!(found.variables.len(), 2, "a value is no line of the script");
});
