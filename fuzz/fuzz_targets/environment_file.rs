//! Environment files: variables that a process can be given, or the line that is wrong and nothing of what it says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_supervisor::environment_file::parse;

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(variables) => {
            let length: usize = variables
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            assert!(length <= text.len(), "what is read stands in the file");
            for (name, value) in &variables {
                assert!(
                    !name.is_empty() && !name.contains(['=', '\0', '\n']),
                    "{name:?}"
                );
                assert!(!value.contains('\0'), "{value:?}");
            }
            assert_eq!(parse(&written(&variables)), Ok(variables));
        }
        Err(why) => {
            let rest = why.strip_prefix("line ").expect("it begins with the line");
            let (line, why) = rest.split_once(": ").expect("and goes on with the reason");
            let line: usize = line.parse().expect("a number");
            assert!((1..=text.lines().count()).contains(&line));
            assert!(why.len() < 80, "a reason is a fixed text: {why}");
        }
    }
});

/// The same variables, each in double quotes.
fn written(variables: &[(String, String)]) -> String {
    let line = |(name, value): &(String, String)| {
        let value = value
            .replace('\\', r"\\")
            .replace('"', "\\\"")
            .replace('\n', r"\n");
        // A file that begins a line with these does not mean a variable; `export ` in front shields them.
        format!("export {name}=\"{value}\"\n")
    };
    variables.iter().map(line).collect()
}
