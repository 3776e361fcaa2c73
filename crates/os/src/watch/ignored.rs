//! What is not watched: rules as `.gitignore` has them (gitignore(5)).

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use outlast_model::glob::Glob;

/// What programs write beside the files that people mean: editors' drafts and backups,
/// what belongs to version control, and what a run itself leaves behind.
pub(super) const BY_DEFAULT: &str = "\
.git
.hg
.svn
.jj
node_modules
__pycache__
.DS_Store
4913
*~
*.swp
*.swo
*.swx
.#*
\\#*#
";

/// The rules of one file, for what is below its folder.
#[derive(Debug)]
pub(super) struct Rules {
    dir: PathBuf,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    glob: Glob,
    /// It is about the whole path below the folder, not about a name.
    is_anchored: bool,
    only_folders: bool,
    is_exception: bool,
}

impl Rules {
    /// The lines of `text`, of a file in `dir`.
    pub(super) fn new(dir: &Path, text: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            rules: text.lines().filter_map(rule).collect(),
        }
    }

    /// Whether they are of a file in `dir`.
    pub(super) fn is_of(&self, dir: &Path) -> bool {
        self.dir == dir
    }

    /// What the last rule about `path` says; `None`: none is about it.
    pub(super) fn ignore(&self, path: &Path, is_folder: bool) -> Option<bool> {
        let below = text(path.strip_prefix(&self.dir).ok()?);
        let name = below.rsplit('/').next().unwrap_or_default();
        let is_meant = |rule: &&Rule| {
            let seen = if rule.is_anchored { &below } else { name };
            (is_folder || !rule.only_folders) && rule.glob.matches(seen)
        };
        let last = self.rules.iter().rev().find(is_meant)?;
        Some(!last.is_exception)
    }
}

/// `path` with slashes between names.
pub(super) fn text(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        return text;
    }
    text.replace(std::path::MAIN_SEPARATOR, "/").into()
}

/// A line that is no pattern ignores nothing, as with git.
fn rule(line: &str) -> Option<Rule> {
    let line = without_trailing_spaces(line.trim_end_matches('\r'));
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (is_exception, pattern) = match line.strip_prefix('!') {
        Some(pattern) => (true, pattern),
        None => (false, line),
    };
    let (only_folders, pattern) = match pattern.strip_suffix('/') {
        Some(pattern) => (true, pattern),
        None => (false, pattern),
    };
    // Braces are letters there.
    let pattern = pattern.replace('{', "\\{").replace('}', "\\}");
    Some(Rule {
        glob: Glob::new(&pattern).ok()?,
        is_anchored: pattern.contains('/'),
        only_folders,
        is_exception,
    })
}

fn without_trailing_spaces(line: &str) -> &str {
    let trimmed = line.trim_end_matches(' ');
    if trimmed.ends_with('\\') && trimmed.len() < line.len() {
        &line[..=trimmed.len()]
    } else {
        trimmed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_those_of_git() {
        let rules = "\
# a comment
target/
*.log
!keep.log
/build
docs/*.html
**/generated
a/**/b
{x}
\\!odd
spaced\\\u{20}
";
        let rules = Rules::new(Path::new("/p"), rules);
        for (path, is_folder, expected) in [
            ("target", true, Some(true)),
            ("sub/target", true, Some(true)),
            ("target", false, None),
            ("a.log", false, Some(true)),
            ("sub/a.log", false, Some(true)),
            ("sub/keep.log", false, Some(false)),
            ("build", false, Some(true)),
            ("sub/build", false, None),
            ("docs/a.html", false, Some(true)),
            ("docs/sub/a.html", false, None),
            ("x/y/generated", true, Some(true)),
            ("a/1/2/b", false, Some(true)),
            ("{x}", false, Some(true)),
            ("!odd", false, Some(true)),
            ("spaced ", false, Some(true)),
            ("spaced", false, None),
            ("other", false, None),
        ] {
            let path = Path::new("/p").join(path);
            assert_eq!(rules.ignore(&path, is_folder), expected, "{path:?}");
        }
        assert_eq!(rules.ignore(Path::new("/q/a.log"), false), None);
    }

    #[test]
    fn drafts_of_editors_are_ignored() {
        let rules = Rules::new(Path::new("/p"), BY_DEFAULT);
        for name in ["4913", "a.c~", ".a.c.swp", ".#a.c", "#a.c#", ".git"] {
            let path = Path::new("/p/src").join(name);
            assert_eq!(rules.ignore(&path, false), Some(true), "{name}");
        }
        assert_eq!(rules.ignore(Path::new("/p/src/a.c"), false), None);
    }
}
