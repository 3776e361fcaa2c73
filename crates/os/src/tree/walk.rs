//! A tree held together by search: for machines without control groups that the
//! guardian may use.
//!
//! A process is in the tree when
//! - it is in the session of one of the tree's main processes, or
//! - the environment it was started with has the tree's mark, or
//! - its parent is in the tree.
//!
//! A daemon that forks twice and makes a session of its own has left the first
//! and the third, and has still inherited the mark. One that also clears its
//! environment (`setsid env -i …` from a parent that ends at once) is lost:
//! only control groups and jobs hold such.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::children::CHILD_REAPED;
use super::table::{self, Member, Row};
use super::unix::{MARKER, has_mark};

/// How long to wait for a notification before looking again. With a subreaper
/// each orphan's end is notified, so this is for processes of an earlier
/// guardian, which are nobody's child here. macOS offers no notification at all
/// for a process that is no child (kqueue would need its number first).
const RECHECK: Duration = if cfg!(target_vendor = "apple") {
    Duration::from_millis(100)
} else {
    Duration::from_secs(1)
};

/// How many ancestors of a process are looked at.
const MAX_DEPTH: usize = 64;

#[derive(Debug)]
pub(super) struct Walk {
    /// What its processes have in their [`MARKER`].
    mark: String,
    /// The main processes so far whose sessions may still have someone in them.
    /// A session has the number of its first process, and no other process gets
    /// that number while anybody is in the session.
    mains: Mutex<Vec<Member>>,
    /// Processes of an earlier guardian may be there.
    has_leftovers: AtomicBool,
}

impl Walk {
    pub(super) fn new(mark: String) -> Self {
        Self {
            mark,
            mains: Mutex::default(),
            has_leftovers: AtomicBool::new(false),
        }
    }

    fn mains(&self) -> MutexGuard<'_, Vec<Member>> {
        self.mains.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// If it has been reaped already there is no row: its session, if anybody
    /// is in it, is found by the mark.
    pub(super) fn note_main(&self, pid: libc::pid_t) {
        if let Some(row) = table::row(pid) {
            self.mains().push(row.member());
        }
    }

    pub(super) fn leftovers(&self) -> io::Result<u32> {
        let count = self.members()?.len();
        self.has_leftovers.store(count > 0, Ordering::Relaxed);
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Who is in the tree now and has not ended.
    pub(super) fn members(&self) -> io::Result<Vec<Member>> {
        let rows = table::rows()?;
        let sessions = self.sessions(&rows);
        let mut inside: HashSet<libc::pid_t> = rows
            .iter()
            .filter(|row| sessions.contains(&row.session) || self.is_marked(row.pid))
            .map(|row| row.pid)
            .collect();
        let own = std::process::id().cast_signed();
        inside.remove(&own);
        add_descendants(&rows, &mut inside, own);
        Ok(rows
            .into_iter()
            .filter(|row| !row.zombie && inside.contains(&row.pid))
            .map(Row::member)
            .collect())
    }

    /// Whether this process is in the tree: by itself, or because an ancestor is.
    pub(super) fn contains(&self, pid: libc::pid_t) -> bool {
        let mains = self.mains().clone();
        let own = std::process::id().cast_signed();
        let mut next = pid;
        // The table is no snapshot; a chain that does not end is no chain.
        for _ in 0..MAX_DEPTH {
            if next <= 1 || next == own {
                return false;
            }
            let Some(row) = table::row(next) else {
                return false;
            };
            let leads = mains.iter().any(|main| main.pid == row.session);
            if leads || self.is_marked(next) {
                return true;
            }
            next = row.parent;
        }
        false
    }

    fn is_marked(&self, pid: libc::pid_t) -> bool {
        table::variable(pid, MARKER).is_some_and(|marks| has_mark(&marks, &self.mark))
    }

    /// The sessions of the tree. Forgets those that nobody is in, and those
    /// whose number belongs to another process by now.
    fn sessions(&self, rows: &[Row]) -> HashSet<libc::pid_t> {
        let starts: HashMap<_, _> = rows.iter().map(|row| (row.pid, row.start)).collect();
        let used: HashSet<_> = rows.iter().map(|row| row.session).collect();
        let mut mains = self.mains();
        mains.retain(|main| {
            let is_its_own = starts
                .get(&main.pid)
                .is_none_or(|start| *start == main.start);
            is_its_own && used.contains(&main.pid)
        });
        mains.iter().map(|main| main.pid).collect()
    }

    /// With a subreaper whoever is left of a tree, or an ancestor of his, is a
    /// child of this process; the kernel lists those, so that the death of one
    /// service among a thousand does not cost a look at every process.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        #[cfg(target_os = "linux")]
        if !self.has_leftovers.load(Ordering::Relaxed)
            && let Some(children) = table::children_of_this_process()
        {
            return Ok(!children.into_iter().any(|pid| self.has_child(pid)));
        }
        self.members().map(|members| members.is_empty())
    }

    /// Whether this child of the guardian is in the tree.
    #[cfg(target_os = "linux")]
    fn has_child(&self, pid: libc::pid_t) -> bool {
        let mains: Vec<libc::pid_t> = self.mains().iter().map(|main| main.pid).collect();
        if super::children::is_main(pid) {
            return mains.contains(&pid);
        }
        table::row(pid)
            .is_some_and(|row| !row.zombie && (mains.contains(&row.session) || self.is_marked(pid)))
    }

    pub(super) async fn emptied(&self) -> io::Result<()> {
        loop {
            // Before the look, so that an end right after it is not missed.
            let mut reaped = std::pin::pin!(CHILD_REAPED.notified());
            reaped.as_mut().enable();
            if self.is_empty()? {
                return Ok(());
            }
            let _ = tokio::time::timeout(RECHECK, reaped).await;
        }
    }
}

/// Adds whoever has a parent inside, until nobody is added. The guardian itself
/// is no way in: other trees are its children as well.
fn add_descendants(rows: &[Row], inside: &mut HashSet<libc::pid_t>, own: libc::pid_t) {
    loop {
        let before = inside.len();
        for row in rows {
            if row.pid != own && inside.contains(&row.parent) {
                inside.insert(row.pid);
            }
        }
        if inside.len() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pid: libc::pid_t, parent: libc::pid_t) -> Row {
        Row {
            pid,
            parent,
            session: pid,
            start: 0,
            zombie: false,
        }
    }

    #[test]
    fn descent_is_followed_in_any_order_but_not_through_the_guardian() {
        let rows = [row(9, 8), row(8, 7), row(7, 1), row(5, 7), row(6, 5)];
        let mut inside = HashSet::from([7]);
        add_descendants(&rows, &mut inside, 5);
        assert_eq!(inside, HashSet::from([7, 8, 9]));
    }
}
