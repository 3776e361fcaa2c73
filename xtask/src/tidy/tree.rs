//! The text files of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::error::Error;

/// Directories whose content is not ours, by name.
const NOT_OURS: [&str; 3] = [".git", "node_modules", "seeds"];

/// What a text file's name ends with; `.ci/run` has no ending and counts as well.
const TEXT_ENDINGS: [&str; 9] = [
    ".rs", ".md", ".toml", ".yml", ".yaml", ".sh", ".py", ".c", "ci/run",
];

/// One file, read.
pub(crate) struct TextFile {
    /// Relative to the repository's root, with slashes.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

/// All files, sorted by path.
pub(crate) struct Tree {
    files: Vec<TextFile>,
    /// Every file and directory, also those that are no text.
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the repository at `root`, without what is built.
    pub(crate) fn read(root: &Path) -> Result<Self, Error> {
        let mut tree = Self {
            files: Vec::new(),
            paths: BTreeSet::from([String::new()]),
        };
        tree.read_dir(root, "")?;
        tree.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(tree)
    }

    /// A tree of these files, for tests.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files: Vec<TextFile> = files
            .iter()
            .map(|(path, text)| TextFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Self { files, paths }
    }

    /// The text files.
    pub(crate) fn files(&self) -> &[TextFile] {
        &self.files
    }

    /// The text file at `path`.
    pub(crate) fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether there is a file or directory at `path`.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    fn read_dir(&mut self, dir: &Path, relative_dir: &str) -> Result<(), Error> {
        let dir_error = |source| Error::File {
            attempt: "list",
            path: dir.to_path_buf(),
            source,
        };
        for entry in fs::read_dir(dir).map_err(dir_error)? {
            let entry = entry.map_err(dir_error)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = if relative_dir.is_empty() {
                name.clone()
            } else {
                format!("{relative_dir}/{name}")
            };
            let kind = entry.file_type().map_err(dir_error)?;
            if kind.is_dir() && !is_foreign(&entry.path(), &name) {
                self.paths.insert(relative.clone());
                self.read_dir(&entry.path(), &relative)?;
            } else if kind.is_file() {
                self.read_file(&entry.path(), relative)?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path, relative: String) -> Result<(), Error> {
        self.paths.insert(relative.clone());
        if TEXT_ENDINGS.iter().any(|ending| relative.ends_with(ending)) {
            let bytes = fs::read(path).map_err(|source| Error::File {
                attempt: "read",
                path: path.to_path_buf(),
                source,
            })?;
            self.files.push(TextFile {
                path: relative,
                text: String::from_utf8_lossy(&bytes).into_owned(),
            });
        }
        Ok(())
    }
}

/// Version control, and every directory that cargo or another program marked as a cache.
fn is_foreign(dir: &Path, name: &str) -> bool {
    NOT_OURS.contains(&name) || dir.join("CACHEDIR.TAG").exists() || name == "target"
}
