//! The watched files as they were at one moment.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use outlast_model::glob::Glob;

use super::files::Order;
use super::ignored::{BY_DEFAULT, Rules, text};
use super::sys::Stamp;

/// Within this time a file may be written twice and show the same time: clocks of
/// file systems have ticks.
const TICK: Duration = Duration::from_millis(20);

/// A folder within a folder, and so on, further down than this is none that people
/// have made.
const DEEPEST: usize = 64;

/// No `.gitignore` that people have written is longer.
const LONGEST_RULES: u64 = 256 * 1024;

/// All watched files, and what was ignored.
#[derive(Debug, Default)]
pub(super) struct Picture {
    files: BTreeMap<PathBuf, Seen>,
    rules: Vec<Rules>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    stamp: Stamp,
    /// It was written so shortly before that the next time may not show.
    is_fresh: bool,
}

/// What a look meets on its way.
pub(super) trait Visitor {
    /// A folder is about to be read: the root of what is watched, or one below.
    fn folder(&mut self, path: &Path, depth: Depth);
}

/// Where a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// It is the root of what is watched.
    Root,
    /// It is somewhere below that.
    Below,
}

impl Picture {
    /// Looks now.
    pub(super) fn take(order: &Order, visitor: &mut impl Visitor) -> Self {
        let mut picture = Self {
            files: BTreeMap::new(),
            rules: vec![Rules::new(Path::new(""), BY_DEFAULT)],
        };
        if order.gitignore {
            for dir in above(&order.base) {
                picture.read_rules(dir);
            }
        }
        for place in &order.places {
            let Ok(metadata) = fs::metadata(&place.root) else {
                continue;
            };
            if !metadata.is_dir() {
                if place.below.is_none() {
                    picture.see(&place.root);
                }
                continue;
            }
            visitor.folder(&place.root, Depth::Root);
            let walk = Walk {
                order,
                root: &place.root,
                below: place.below.as_ref(),
            };
            picture.walk(&walk, &place.root, visitor);
        }
        picture
    }

    fn walk(&mut self, walk: &Walk<'_>, dir: &Path, visitor: &mut impl Visitor) {
        if dir.components().count() > walk.root.components().count() + DEEPEST {
            return;
        }
        if walk.order.gitignore && dir != walk.order.base {
            self.read_rules(dir);
        }
        // What cannot be read has no files that anybody could have read.
        let Ok(entries) = fs::read_dir(dir) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if self.is_ignored(walk.order, &path, kind.is_dir()) {
                continue;
            }
            if !kind.is_dir() {
                if walk.means(&path) {
                    self.see(&path);
                }
            } else if walk.may_mean_below(&path) {
                visitor.folder(&path, Depth::Below);
                self.walk(walk, &path, visitor);
            }
        }
    }

    fn see(&mut self, path: &Path) {
        // A link is as what it leads to: that is what is read.
        let Ok(metadata) = fs::metadata(path).or_else(|_| fs::symlink_metadata(path)) else {
            return;
        };
        let written = metadata.modified().ok();
        let age = written.map(|written| SystemTime::now().duration_since(written));
        let seen = Seen {
            stamp: Stamp::of(&metadata),
            is_fresh: age.is_none_or(|age| age.is_ok_and(|age| age < TICK)),
        };
        self.files.insert(path.to_owned(), seen);
    }

    fn read_rules(&mut self, dir: &Path) {
        if self.rules.iter().any(|rules| rules.is_of(dir)) {
            return;
        }
        let Ok(file) = fs::File::open(dir.join(".gitignore")) else {
            return;
        };
        let mut text = Vec::new();
        if file.take(LONGEST_RULES).read_to_end(&mut text).is_ok() {
            let text = String::from_utf8_lossy(&text);
            self.rules.push(Rules::new(dir, &text));
        }
    }

    /// Whether `path` itself is ignored; its folder is not.
    fn is_ignored(&self, order: &Order, path: &Path, is_folder: bool) -> bool {
        if order.never.iter().any(|never| path.starts_with(never)) {
            return true;
        }
        let said = order.ignore().ignore(path, is_folder);
        let said = said.or_else(|| {
            let mut rules = self.rules.iter().rev();
            rules.find_map(|rules| rules.ignore(path, is_folder))
        });
        said.unwrap_or(false)
    }

    /// Whether something at `path` may be, or have been, a watched file, or a folder
    /// with one.
    pub(super) fn concerns(&self, order: &Order, path: &Path) -> bool {
        order.places.iter().any(|place| {
            if place.root.starts_with(path) {
                return true;
            }
            let walk = Walk {
                order,
                root: &place.root,
                below: place.below.as_ref(),
            };
            path.starts_with(walk.root)
                && self.may_be_meant(&walk, path)
                && !self.is_below_ignored(&walk, path)
        })
    }

    /// A file that is not meant itself is no folder with one that is.
    fn may_be_meant(&self, walk: &Walk<'_>, path: &Path) -> bool {
        let is_rules = walk.order.gitignore && path.ends_with(".gitignore");
        let is_file = || fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir());
        walk.means(path)
            || is_rules
            || walk.may_mean_below(path) && (!is_file() || self.has_below(path))
    }

    fn has_below(&self, path: &Path) -> bool {
        let mut files = self.files.range(path.to_owned()..);
        files.next().is_some_and(|(file, _)| file.starts_with(path))
    }

    fn is_below_ignored(&self, walk: &Walk<'_>, path: &Path) -> bool {
        let below = path.ancestors().take_while(|above| *above != walk.root);
        let mut above = below.enumerate();
        // What it was itself nobody knows any more.
        above.any(|(distance, path)| self.is_ignored(walk.order, path, distance > 0))
    }

    /// What is different in `new`: what changed, came or went. With `is_hinted`, what
    /// was written again within a tick counts, too.
    pub(super) fn differences(
        &self,
        new: &Self,
        is_hinted: impl Fn(&Path) -> bool,
    ) -> Vec<PathBuf> {
        let mut different = Vec::new();
        for (path, seen) in &self.files {
            match new.files.get(path) {
                Some(now) if now.stamp != seen.stamp => different.push(path.clone()),
                Some(_) if seen.is_fresh && is_hinted(path) => different.push(path.clone()),
                Some(_) => {}
                // It may only be ignored from now on.
                None if is_gone(path) => different.push(path.clone()),
                None => {}
            }
        }
        let came = new.files.keys();
        different.extend(came.filter(|path| !self.files.contains_key(*path)).cloned());
        different
    }

    /// What was written at `moment` or later.
    pub(super) fn written_since(&self, moment: SystemTime) -> Vec<PathBuf> {
        let is_later = |path: &&PathBuf| {
            let metadata = fs::metadata(path);
            let written = metadata.and_then(|metadata| metadata.modified());
            written.is_ok_and(|written| written >= moment)
        };
        self.files.keys().filter(is_later).cloned().collect()
    }
}

/// A way through one watched place.
struct Walk<'a> {
    order: &'a Order,
    root: &'a Path,
    below: Option<&'a Glob>,
}

impl Walk<'_> {
    fn means(&self, path: &Path) -> bool {
        self.asks(path, Glob::matches)
    }

    fn may_mean_below(&self, path: &Path) -> bool {
        self.asks(path, Glob::may_match_below)
    }

    fn asks(&self, path: &Path, ask: impl Fn(&Glob, &str) -> bool) -> bool {
        let Some(glob) = self.below else { return true };
        let below = path.strip_prefix(self.root);
        below.is_ok_and(|below| ask(glob, &text(below)))
    }
}

fn is_gone(path: &Path) -> bool {
    fs::symlink_metadata(path)
        .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}

/// The folders from that of the repository down to `base`; only `base`, if it is in
/// none.
fn above(base: &Path) -> Vec<&Path> {
    let mut dirs = Vec::new();
    for dir in base.ancestors() {
        dirs.push(dir);
        if dir.join(".git").exists() {
            dirs.reverse();
            return dirs;
        }
    }
    vec![base]
}
