//! Whatever is done to watched files, one look finds it, and something tells that it
//! is time for that look.
//!
//! Not under Windows: each look renews the watches there, Wine 8 tells of a new watch
//! itself, and these tests look at every hint, so they never come to an end. A guardian
//! waits for a pause first and rests; it is tested there, too (`guardian_watches_files`,
//! `command_is_watched_for`).
#![cfg(all(feature = "watch", not(windows)))]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use outlast_model::glob::Glob;
use outlast_model::watch::{FileChanges, WatchedPlace};
use outlast_os::watch::{Hint, HintBox, Order, WatchedFiles, Woken};
use tempfile::TempDir;

/// Longer than any system takes to tell.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watch {
    dir: TempDir,
    files: WatchedFiles,
    hints: HintBox,
    fences: u32,
}

/// `root` without and `root/pattern` with a pattern.
fn place(dir: &Path, root: &str, below: Option<&str>) -> WatchedPlace {
    WatchedPlace {
        root: dir.join(root),
        below: below.map(|pattern| Glob::new(pattern).expect("it is a pattern")),
    }
}

impl Watch {
    /// Everything in the folders `src` and `fences`.
    fn over_src(prepare: impl FnOnce(&Path)) -> Self {
        let src = |dir: &Path| place(dir, "src", Some("**"));
        Self::over(prepare, |dir| Order::new(dir.to_owned(), vec![src(dir)]))
    }

    fn over(prepare: impl FnOnce(&Path), order: impl FnOnce(&Path) -> Order) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let base = dir.path().join("base");
        fs::create_dir_all(base.join("src")).expect("made");
        prepare(&base);
        let hints = HintBox::default();
        Self {
            files: WatchedFiles::open(order(&base), hints.clone()),
            hints,
            fences: 0,
            dir,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("base").join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("written");
    }

    /// What is found when somebody has told that it is time to look.
    fn change(&mut self) -> FileChanges {
        loop {
            let Woken::Hinted(hint) = self.hints.wait(Some(PATIENCE)) else {
                panic!("nobody told of a change");
            };
            if self.files.concerns(hint)
                && let Some(changes) = self.files.look()
            {
                return changes;
            }
        }
    }

    /// Everything that was told before this is dealt with. Hints come in order.
    fn fence(&mut self) {
        self.fences += 1;
        let name = format!("src/fence-{}", self.fences);
        // What is as old as this is not taken to be written again when more is told.
        let draft = fs::File::create(self.path("fence")).expect("made");
        draft.set_modified(UNIX_EPOCH).expect("set");
        drop(draft);
        let fence = self.path(&name);
        fs::rename(self.path("fence"), &fence).expect("renamed");
        loop {
            let Woken::Hinted(hint) = self.hints.wait(Some(PATIENCE)) else {
                panic!("nobody told of {name}");
            };
            let is_there = match &hint {
                Hint::Anywhere => true,
                Hint::Paths(paths) => paths.contains(&fence),
            };
            if self.files.concerns(hint) {
                self.files.look();
            }
            if is_there {
                return;
            }
        }
    }
}

fn first(changes: &FileChanges) -> String {
    changes.first.to_string_lossy().replace('\\', "/")
}

#[test]
fn an_editor_saves_by_renaming() {
    let mut watch = Watch::over_src(|base| fs::write(base.join("src/a"), "1").expect("written"));
    // vim: a probe, the old one aside, a new one, the backup away.
    watch.write("src/4913", "");
    fs::remove_file(watch.path("src/4913")).expect("removed");
    fs::rename(watch.path("src/a"), watch.path("src/a~")).expect("renamed");
    watch.write("src/a", "2");
    fs::remove_file(watch.path("src/a~")).expect("removed");
    let changes = watch.change();
    assert_eq!((first(&changes).as_str(), changes.more), ("src/a", 0));
    watch.fence();
    // Others: a new one under another name, in its place.
    watch.write("src/.a.swp", "3");
    fs::rename(watch.path("src/.a.swp"), watch.path("src/a")).expect("renamed");
    let changes = watch.change();
    assert_eq!((first(&changes).as_str(), changes.more), ("src/a", 0));
}

#[test]
fn a_replaced_folder_is_seen_and_the_new_one_watched() {
    let mut watch = Watch::over_src(|base| {
        fs::create_dir_all(base.join("src/sub")).expect("made");
        fs::write(base.join("src/sub/a"), "1").expect("written");
    });
    for round in 0..5 {
        let new = watch.path("new");
        fs::create_dir(&new).expect("made");
        fs::write(new.join("a"), round.to_string()).expect("written");
        fs::remove_dir_all(watch.path("src/sub")).expect("removed");
        fs::rename(&new, watch.path("src/sub")).expect("renamed");
        assert_eq!(first(&watch.change()), "src/sub/a");
        watch.fence();
        watch.write("src/sub/b", &round.to_string());
        assert_eq!(first(&watch.change()), "src/sub/b");
        watch.fence();
    }
}

#[test]
fn the_root_itself_may_be_replaced_go_and_come() {
    let mut watch = Watch::over_src(|base| fs::write(base.join("src/a"), "1").expect("written"));
    fs::rename(watch.path("src"), watch.path("old")).expect("renamed");
    assert_eq!(first(&watch.change()), "src/a");
    fs::create_dir(watch.path("src")).expect("made");
    watch.write("src/b", "1");
    assert_eq!(first(&watch.change()), "src/b");
    watch.fence();
    watch.write("src/b", "22");
    assert_eq!(first(&watch.change()), "src/b");
    watch.fence();
    // What is done to the old one is nobody's business any more.
    fs::write(watch.path("old/a"), "22").expect("written");
    watch.write("src/c", "1");
    let changes = watch.change();
    assert_eq!((first(&changes).as_str(), changes.more), ("src/c", 0));
}

#[test]
fn a_single_file_is_watched_by_its_name() {
    let order = |dir: &Path| Order::new(dir.to_owned(), vec![place(dir, "config.yaml", None)]);
    let mut watch = Watch::over(|_| {}, order);
    watch.write("other", "1");
    watch.write("config.yaml", "1");
    assert_eq!(first(&watch.change()), "config.yaml");
    fs::remove_file(watch.path("config.yaml")).expect("removed");
    let changes = watch.change();
    assert_eq!((first(&changes).as_str(), changes.more), ("config.yaml", 0));
}

#[test]
fn what_is_ignored_is_not_seen() {
    let prepare = |base: &Path| {
        fs::create_dir_all(base.join(".git")).expect("made");
        fs::create_dir_all(base.join("target")).expect("made");
        fs::create_dir_all(base.join("state")).expect("made");
        fs::write(base.join(".gitignore"), "/target\n*.o\n!keep.o\n").expect("written");
    };
    let order = |dir: &Path| {
        let places = vec![
            place(dir, "", Some("**")),
            // Whoever names a file means it.
            place(dir, "target/app", None),
        ];
        Order::new(dir.to_owned(), places)
            .ignoring(&["*.log".to_owned()])
            .without(dir.join("state"))
            .obeying_git()
    };
    let mut watch = Watch::over(prepare, order);
    for name in [
        ".git/index",
        "target/x",
        "a.o",
        "src/a.log",
        "state/x",
        "src/.a.swp",
    ] {
        watch.write(name, "1");
    }
    for name in ["src/keep.o", "target/app"] {
        watch.write(name, "1");
        let changes = watch.change();
        assert_eq!((first(&changes).as_str(), changes.more), (name, 0));
        watch.fence();
    }
}

/// Each operation has to be told of by itself: a fence before the next one takes what
/// others have told.
#[test]
fn of_a_thousand_operations_none_is_missed() {
    let mut watch = Watch::over_src(|_| {});
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for number in 0..1000 {
        operate(&watch.path("src"), &mut random, number);
        watch.change();
        watch.fence();
        if number % 50 == 49 {
            for fence in 1..=watch.fences {
                let _ = fs::remove_file(watch.path(&format!("src/fence-{fence}")));
            }
            watch.fence();
        }
    }
}

/// Does something that changes at least one file below `root`.
fn operate(root: &Path, random: &mut Random, number: u32) {
    let folders: Vec<PathBuf> = (0..6).map(|n| root.join(format!("d{n}"))).collect();
    let folder = &folders[random.below(6)];
    let other = &folders[random.below(6)];
    fs::create_dir_all(folder.join("deep")).expect("made");
    let file = |folder: &Path, n: usize| match n {
        0 => folder.join("deep/f"),
        n => folder.join(format!("f{n}")),
    };
    let content = "x".repeat(random.below(50)) + &number.to_string();
    let one = file(folder, random.below(4));
    match random.below(6) {
        0 if one.exists() => fs::remove_file(&one).expect("removed"),
        // By renaming, as editors do.
        1 => {
            let draft = root.join("draft.swp");
            fs::write(&draft, &content).expect("written");
            fs::rename(&draft, &one).expect("renamed");
        }
        2 if folder != other => {
            let _ = fs::remove_dir_all(other);
            fs::write(&one, &content).expect("written");
            fs::rename(folder, other).expect("renamed");
        }
        3 => {
            fs::remove_dir_all(folder).expect("removed");
            fs::create_dir_all(folder.join("deep")).expect("made");
            fs::write(&one, &content).expect("written");
        }
        4 => {
            let mut written = fs::read(&one).unwrap_or_default();
            written.extend(content.bytes());
            fs::write(&one, written).expect("written");
        }
        _ => fs::write(&one, &content).expect("written"),
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("it is small")
    }
}

/// The system's queue is full: what it tells then is that it has told too little.
#[cfg(target_os = "linux")]
#[test]
fn a_queue_that_overflows_costs_no_change() {
    const FILES: u32 = 9000;

    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").expect("a limit");
    let limit: u32 = limit.trim().parse().expect("a number");
    // Each file makes three events.
    assert!(limit < 3 * FILES, "the queue is too long for this test");
    let mut watch = Watch::over_src(|_| {});
    // As long as somebody looks at the hints, none can be put in, and whoever reads
    // the queue waits.
    let hints = watch.hints.clone();
    let files: Vec<PathBuf> = (0..FILES)
        .map(|n| watch.path(&format!("src/f{n}")))
        .collect();
    hints.hold(|| {
        for file in &files {
            fs::write(file, "1").expect("written");
        }
    });
    let mut was_told_so = false;
    let mut seen = 0;
    while seen < FILES || !was_told_so {
        let Woken::Hinted(hint) = watch.hints.wait(Some(PATIENCE)) else {
            panic!("seen {seen}, told of the overflow: {was_told_so}");
        };
        was_told_so |= hint == Hint::Anywhere;
        if watch.files.concerns(hint)
            && let Some(changes) = watch.files.look()
        {
            // What was written just now counts once more if it is hinted at again.
            seen += changes.more + 1;
        }
    }
    // Nothing was lost with it.
    watch.fence();
    watch.write("src/f1", "22");
    assert_eq!(first(&watch.change()), "src/f1");
}
