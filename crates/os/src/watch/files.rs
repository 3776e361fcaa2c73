//! The files that somebody watches.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use notify::RecursiveMode;
use outlast_model::watch::{FileChanges, WatchedPlace};

use super::hints::{Hint, HintBox, Hints};
use super::ignored::Rules;
use super::picture::{Depth, Picture, Visitor as _};
use super::sys;
use crate::drive;

/// What is watched.
#[derive(Debug)]
pub struct Order {
    pub(super) base: PathBuf,
    pub(super) places: Vec<WatchedPlace>,
    pub(super) gitignore: bool,
    pub(super) never: Vec<PathBuf>,
    ignore: Rules,
}

impl Order {
    /// The files of `places`, seen from `base`.
    pub fn new(base: PathBuf, places: Vec<WatchedPlace>) -> Self {
        Self {
            ignore: Rules::new(&base, ""),
            base,
            places,
            gitignore: false,
            never: Vec::new(),
        }
    }

    /// But for what these lines of a `.gitignore` in the base name.
    #[must_use]
    pub fn ignoring(mut self, lines: &[String]) -> Self {
        self.ignore = Rules::new(&self.base, &lines.join("\n"));
        self
    }

    /// But for what `.gitignore` files name, of the base, below it, and above it up to
    /// the repository's folder.
    #[must_use]
    pub fn obeying_git(mut self) -> Self {
        self.gitignore = true;
        self
    }

    /// But for what is in `folder`, whatever others say.
    #[must_use]
    pub fn without(mut self, folder: PathBuf) -> Self {
        self.never.push(folder);
        self
    }

    pub(super) fn ignore(&self) -> &Rules {
        &self.ignore
    }

    /// The folders that hold the names on the way to `root`: one of them may be
    /// replaced, too.
    fn way_to<'a>(&'a self, root: &'a Path) -> impl Iterator<Item = &'a Path> {
        let is_inside = sys::EACH_FOLDER && root.starts_with(&self.base);
        let end = self.base.parent();
        let mut is_over = false;
        root.ancestors().skip(1).take_while(move |above| {
            let goes_on = !is_over;
            is_over = !is_inside || Some(*above) == end;
            goes_on
        })
    }
}

/// Watched files. Dropping this ends it.
#[derive(Debug)]
pub struct WatchedFiles {
    order: Order,
    hints: Hints,
    /// What was hinted at since the last look.
    hinted: Vec<Hint>,
    picture: Picture,
}

impl WatchedFiles {
    /// Looks for the first time. What the system tells from now on goes to `hints`.
    pub fn open(order: Order, hints: HintBox) -> Self {
        let mut files = Self {
            hints: Hints::new(hints),
            hinted: Vec::new(),
            picture: Picture::default(),
            order,
        };
        files.picture = files.take();
        files
    }

    /// Whether there is something to look at, because of this hint.
    pub fn concerns(&mut self, mut hint: Hint) -> bool {
        if let Hint::Paths(paths) = &mut hint {
            paths.retain(|path| self.picture.concerns(&self.order, path));
            if paths.is_empty() {
                return false;
            }
        }
        self.hints.doubt(&hint);
        self.hinted.push(hint);
        true
    }

    /// What has changed since the last look.
    pub fn look(&mut self) -> Option<FileChanges> {
        let new = self.take();
        let hinted = std::mem::take(&mut self.hinted);
        let is_hinted = |path: &Path| {
            hinted.iter().any(|hint| match hint {
                Hint::Anywhere => true,
                Hint::Paths(paths) => paths.contains(path),
            })
        };
        let different = self.picture.differences(&new, is_hinted);
        self.picture = new;
        self.changes(&different)
    }

    /// What was written at `moment` or later, as of the last look.
    pub fn written_since(&self, moment: SystemTime) -> Option<FileChanges> {
        self.changes(&self.picture.written_since(moment))
    }

    /// Why the system does not tell of all changes; `None`: it does.
    pub fn why_untold(&self) -> Option<String> {
        if let Some(trouble) = &self.hints.trouble {
            return Some(trouble.clone());
        }
        let roots = self.order.places.iter();
        let mut found = roots.filter_map(|place| nearest(&place.root).and_then(drive::why_remote));
        found
            .next()
            .map(|why| format!("the system does not tell of all changes there: {why}"))
    }

    fn take(&mut self) -> Picture {
        self.hints.begin();
        // Whoever hears of all below a folder hears of it, too; not the other way.
        for place in &self.order.places {
            if place.root.is_dir() {
                self.hints.folder(&place.root, Depth::Root);
            }
        }
        for place in &self.order.places {
            for folder in self.order.way_to(&place.root) {
                self.hints.watch(folder, RecursiveMode::NonRecursive);
            }
            // Where there is nothing yet, it will come into the nearest folder.
            if let Some(nearest) = nearest(&place.root)
                && (nearest != place.root || sys::EACH_ROOT_FILE && nearest.is_file())
            {
                self.hints.watch(nearest, RecursiveMode::NonRecursive);
            }
        }
        let picture = Picture::take(&self.order, &mut self.hints);
        self.hints.end();
        picture
    }

    fn changes(&self, different: &[PathBuf]) -> Option<FileChanges> {
        let first = different.first()?;
        let first = first.strip_prefix(&self.order.base).unwrap_or(first);
        Some(FileChanges {
            first: first.to_owned(),
            more: u32::try_from(different.len() - 1).unwrap_or(u32::MAX),
        })
    }
}

/// `path`, or the nearest folder above it that is there.
fn nearest(path: &Path) -> Option<&Path> {
    path.ancestors().find(|above| above.exists())
}
