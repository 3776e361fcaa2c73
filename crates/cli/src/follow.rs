//! Waiting until files below a folder have changed, without looking again and
//! again.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::failure::Failure;

/// Tells of changes below a folder.
pub(crate) struct Changes {
    watcher: RecommendedWatcher,
    told: Receiver<()>,
    wanted: PathBuf,
    /// The folder, or the nearest one above it that exists.
    watched: PathBuf,
}

impl Changes {
    /// Begins to look at `folder`, which need not exist yet.
    pub(crate) fn of(folder: &Path) -> Result<Self, Failure> {
        let failed =
            |error: notify::Error| Failure::of(&format!("watch {}", folder.display()), &error);
        let wanted =
            std::path::absolute(folder).map_err(|error| Failure::of("find the folder", &error))?;
        let (tell, told) = channel();
        let watcher = notify::recommended_watcher(move |_: notify::Result<notify::Event>| {
            // What happened is not of interest: everything is looked at again.
            let _ = tell.send(());
        })
        .map_err(failed)?;
        let mut changes = Self {
            watcher,
            told,
            watched: PathBuf::new(),
            wanted,
        };
        changes.watch().map_err(failed)?;
        Ok(changes)
    }

    /// Blocks until something may have changed.
    pub(crate) fn wait(&mut self) -> Result<(), Failure> {
        let _ = self.told.recv();
        while self.told.try_recv().is_ok() {}
        if self.watched != self.wanted {
            self.watch().map_err(|error| {
                Failure::of(&format!("watch {}", self.wanted.display()), &error)
            })?;
        }
        Ok(())
    }

    /// Watches the folder, or what is nearest to it, until it appears.
    fn watch(&mut self) -> notify::Result<()> {
        let nearest = self
            .wanted
            .ancestors()
            .find(|dir| dir.is_dir())
            .unwrap_or(&self.wanted)
            .to_owned();
        if nearest == self.watched {
            return Ok(());
        }
        if !self.watched.as_os_str().is_empty() {
            // It may be gone, and with it the watch.
            let _ = self.watcher.unwatch(&self.watched);
        }
        let mode = if nearest == self.wanted {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        self.watcher.watch(&nearest, mode)?;
        self.watched = nearest;
        Ok(())
    }
}
