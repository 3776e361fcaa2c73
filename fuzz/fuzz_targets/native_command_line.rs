//! Command lines of Windows services: any is read; what was written is read as it was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_native::windows::command_line::{read, written};

fuzz_target!(|text: &str| {
    let (program, arguments) = read(text);
    let length: usize = arguments.iter().map(String::len).sum();
    assert!(program.len() + length <= text.len());

    // One that was written by others is written as one that is read in the same way.
    if let Ok(line) = written(&program, &arguments) {
        assert_eq!(read(&line), (program, arguments));
    }
    let arguments: Vec<String> = text.split('\0').map(str::to_owned).collect();
    if let Ok(line) = written(r"C:\Program Files\shop.exe", &arguments) {
        let (program, read) = read(&line);
        assert_eq!(
            (program.as_str(), read),
            (r"C:\Program Files\shop.exe", arguments)
        );
        // Windows finds the name of no variable in it.
        let parts: Vec<&str> = line.split('%').collect();
        let between = parts.get(1..parts.len() - 1).unwrap_or_default();
        assert!(between.iter().all(|name| name.contains('"')), "{line}");
    }
});
