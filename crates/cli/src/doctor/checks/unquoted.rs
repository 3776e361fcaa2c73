//! A command line of a Windows service whose path has spaces and no quotes:
//! Windows tries `C:\Program.exe` before `C:\Program Files\…`.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let name = subject.planned.name();
    let Some(line) = facts.image_path(name) else {
        return Vec::new();
    };
    if !is_ambiguous(&line) {
        return Vec::new();
    }
    vec![Finding {
        id: "unquoted-path",
        severity: Severity::Danger,
        what: format!("the program of the service {name} is registered without quotes: {line}"),
        why:
            "its path has spaces, so Windows may run another program whose path ends at one of them"
                .to_owned(),
        fix: format!(
            "outlast install again, or: sc.exe config {name} binPath= with the path in quotes"
        ),
    }]
}

/// Whether the program's path, as far as its `.exe`, has a space and no quotes.
fn is_ambiguous(line: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with('"') {
        return false;
    }
    let end = line.to_ascii_lowercase().find(".exe");
    end.is_some_and(|end| line[..end].contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_space_in_a_bare_path_is_ambiguous() {
        for (line, expected) in [
            (r"C:\Program Files\Outlast\outlast.exe run", true),
            (r"C:\Program Files\Outlast\OUTLAST.EXE", true),
            (r#""C:\Program Files\Outlast\outlast.exe" run"#, false),
            (r"C:\Outlast\outlast.exe run C:\My Shop\outlast.toml", false),
            (r"C:\Outlast\outlast.exe", false),
            ("", false),
        ] {
            assert_eq!(is_ambiguous(line), expected, "{line}");
        }
    }
}
