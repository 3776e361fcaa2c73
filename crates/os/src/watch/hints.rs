//! What the system tells of changes, and who waits for that.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::picture::{Depth, Visitor};
use super::sys::{self, Identity};

/// Where something may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// At these paths.
    Paths(HashSet<PathBuf>),
    /// Anywhere: too much has happened to tell.
    Anywhere,
}

/// More paths than this are anywhere.
const MOST_PATHS: usize = 4096;

/// Hints that nobody has taken yet.
#[derive(Clone, Debug, Default)]
pub struct HintBox(Arc<(Mutex<Waiting>, Condvar)>);

#[derive(Debug, Default)]
struct Waiting {
    paths: HashSet<PathBuf>,
    anywhere: bool,
    is_closed: bool,
}

/// What a wait for hints ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// There are some.
    Hinted(Hint),
    /// The time is over.
    TimedOut,
    /// Nobody wants to know any more.
    Closed,
}

impl HintBox {
    /// Puts a hint in. Never blocks for long.
    pub fn put(&self, hint: Hint) {
        self.change(|waiting| match hint {
            Hint::Anywhere => waiting.anywhere = true,
            Hint::Paths(paths) if waiting.paths.len() + paths.len() <= MOST_PATHS => {
                waiting.paths.extend(paths);
            }
            Hint::Paths(_) => waiting.anywhere = true,
        });
    }

    /// Puts nothing in while `act` runs: whoever wants to waits, and what the system has
    /// to tell waits for that in turn, for as long as its queue has room.
    pub fn hold<T>(&self, act: impl FnOnce() -> T) -> T {
        let (waiting, _) = &*self.0;
        let _held = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        act()
    }

    /// Ends every wait, now and later.
    pub fn close(&self) {
        self.change(|waiting| waiting.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        let (waiting, changed) = &*self.0;
        change(&mut waiting.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
    }

    /// Waits for hints, for so long at most.
    pub fn wait(&self, at_most: Option<Duration>) -> Woken {
        let (waiting, changed) = &*self.0;
        let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_empty = |waiting: &mut Waiting| {
            !waiting.is_closed && !waiting.anywhere && waiting.paths.is_empty()
        };
        let mut waiting = match at_most {
            None => changed
                .wait_while(waiting, is_empty)
                .unwrap_or_else(PoisonError::into_inner),
            Some(at_most) => {
                changed
                    .wait_timeout_while(waiting, at_most, is_empty)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        if waiting.is_closed {
            return Woken::Closed;
        }
        let paths = std::mem::take(&mut waiting.paths);
        if std::mem::take(&mut waiting.anywhere) {
            Woken::Hinted(Hint::Anywhere)
        } else if paths.is_empty() {
            Woken::TimedOut
        } else {
            Woken::Hinted(Hint::Paths(paths))
        }
    }
}

/// The folders about which the system is asked.
#[derive(Debug)]
pub(super) struct Hints {
    watcher: Option<RecommendedWatcher>,
    watched: HashMap<PathBuf, Identity>,
    /// Those of them that the last look has met.
    met: HashSet<PathBuf>,
    /// Why the system does not tell of everything.
    pub(super) trouble: Option<String>,
}

impl Hints {
    /// What the system tells goes to `hints`.
    pub(super) fn new(hints: HintBox) -> Self {
        let watcher = notify::recommended_watcher(move |told: notify::Result<Event>| {
            if let Some(hint) = hint(told) {
                hints.put(hint);
            }
        });
        let (watcher, trouble) = match watcher {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(why(&error))),
        };
        Self {
            watcher,
            watched: HashMap::new(),
            met: HashSet::new(),
            trouble,
        }
    }

    /// What is told at these paths may be about other folders than those that are
    /// watched under these names.
    pub(super) fn doubt(&mut self, hint: &Hint) {
        match hint {
            Hint::Anywhere => self.watched.clear(),
            Hint::Paths(paths) => self.watched.retain(|folder, _| {
                let mut above = folder.ancestors();
                !above.any(|above| paths.contains(above))
            }),
        }
    }

    /// A look begins.
    pub(super) fn begin(&mut self) {
        self.met.clear();
        if sys::RENEW {
            for folder in std::mem::take(&mut self.watched).into_keys() {
                self.unwatch(&folder);
            }
        }
    }

    /// A look is over: what it has not met is not watched any more.
    pub(super) fn end(&mut self) {
        let met = std::mem::take(&mut self.met);
        let gone: Vec<PathBuf> = self
            .watched
            .extract_if(|folder, _| !met.contains(folder))
            .map(|(folder, _)| folder)
            .collect();
        for folder in gone {
            self.unwatch(&folder);
        }
    }

    /// A folder, or a file, whose name or content others may change.
    pub(super) fn watch(&mut self, path: &Path, depth: RecursiveMode) {
        if !self.met.insert(path.to_owned()) {
            return;
        }
        let Some(identity) = sys::identity(path) else {
            return;
        };
        if self.watched.get(path) == Some(&identity) {
            return;
        }
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        match watcher.watch(path, depth) {
            Ok(()) => drop(self.watched.insert(path.to_owned(), identity)),
            // Gone again, which is told by its parent; or it may not be read.
            Err(_) if !is_readable(path) => {}
            Err(error) => {
                self.trouble.get_or_insert_with(|| why(&error));
            }
        }
    }

    fn unwatch(&mut self, folder: &Path) {
        if let Some(watcher) = &mut self.watcher {
            // The system may have forgotten it with the folder.
            let _ = watcher.unwatch(folder);
        }
    }
}

impl Visitor for Hints {
    fn folder(&mut self, path: &Path, depth: Depth) {
        match depth {
            Depth::Root if sys::EACH_FOLDER => self.watch(path, RecursiveMode::NonRecursive),
            Depth::Root => self.watch(path, RecursiveMode::Recursive),
            Depth::Below if sys::EACH_FOLDER => self.watch(path, RecursiveMode::NonRecursive),
            Depth::Below => {}
        }
    }
}

fn is_readable(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok()
}

fn hint(told: notify::Result<Event>) -> Option<Hint> {
    // What went wrong may have cost a change.
    let Ok(event) = told else {
        return Some(Hint::Anywhere);
    };
    if event.need_rescan() || !sys::PATHS_ARE_AS_ASKED && !event.kind.is_access() {
        return Some(Hint::Anywhere);
    }
    let is_read = match event.kind {
        // It may have been held open for writing, which is of interest for a program.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    };
    (!is_read).then(|| Hint::Paths(event.paths.into_iter().collect()))
}

fn why(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system's limit of watched folders is reached (hint: raise fs.inotify.max_user_watches, or name \
             folders in `watch.ignore`)"
                .to_owned()
        }
        ErrorKind::Io(error) => format!("the system does not tell of changes: {error}"),
        _ => format!("the system does not tell of changes: {error}"),
    }
}
