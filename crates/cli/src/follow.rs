//! Waiting until files below a folder have changed, without looking again and
//! again.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::failure::Failure;

/// Tells of changes below a folder.
pub(crate) struct Changes {
    watcher: RecommendedWatcher,
    told: Receiver<()>,
    /// Something that is watched, or a folder above it, was removed.
    lost: Receiver<()>,
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
        // One change that waits says as much as a thousand, and takes no memory
        // while a reader of ours has stopped reading.
        let (tell, told) = sync_channel(1);
        let (lose, lost) = sync_channel(1);
        let watcher = notify::recommended_watcher({
            let wanted = wanted.clone();
            move |event: notify::Result<Event>| pass_on(event, &wanted, &tell, &lose)
        })
        .map_err(failed)?;
        let mut changes = Self {
            watcher,
            told,
            lost,
            watched: PathBuf::new(),
            wanted,
        };
        changes.watch().map_err(failed)?;
        Ok(changes)
    }

    /// Blocks until something may have changed.
    pub(crate) fn wait(&mut self) -> Result<(), Failure> {
        let _ = self.told.recv();
        if self.lost.try_recv().is_ok() {
            // The system forgets a watch with its folder, and another folder of
            // the same name would be taken for it.
            let _ = self.watcher.unwatch(&self.watched);
            self.watched = PathBuf::new();
        }
        if self.watched != self.wanted {
            self.watch().map_err(|error| {
                Failure::of(&format!("watch {}", self.wanted.display()), &error)
            })?;
        }
        Ok(())
    }

    /// Watches the folder, or what is nearest to it, until it appears.
    fn watch(&mut self) -> notify::Result<()> {
        // A folder that was made after it was looked for and before its parent
        // was watched told nobody, so it is looked for again.
        loop {
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
        }
    }
}

/// Passes on that something happened, unless it was only read: Linux tells of
/// our own reading, too, and we would wake ourselves for ever.
fn pass_on(
    event: notify::Result<Event>,
    wanted: &Path,
    tell: &SyncSender<()>,
    lose: &SyncSender<()>,
) {
    if let Ok(event) = event {
        if event.kind.is_access() {
            return;
        }
        if event.kind.is_remove() && event.paths.iter().any(|path| wanted.starts_with(path)) {
            let _ = lose.try_send(());
        }
    }
    let _ = tell.try_send(());
}
