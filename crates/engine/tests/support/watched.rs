//! Files that are watched, for tests.

use std::time::Duration;

use outlast_model::watch::{FileChanges, OnChange, Poll, WatchNews, WatchPolicy, WatchedPlace};
use outlast_model::{Event, ServiceName};

/// Everything below a folder.
pub(crate) fn watching(on_change: OnChange) -> WatchPolicy {
    WatchPolicy {
        places: vec![WatchedPlace {
            root: "/src".into(),
            below: None,
        }],
        ignore: Vec::new(),
        gitignore: true,
        debounce: Duration::from_millis(200),
        poll: Poll::WhereNeeded,
        on_change,
    }
}

/// Four of them have changed.
pub(crate) fn files_changed(service: &ServiceName) -> Event {
    Event::Watched {
        service: service.clone(),
        news: WatchNews::Changed(changes()),
    }
}

/// Which.
pub(crate) fn changes() -> FileChanges {
    FileChanges {
        first: "main.c".into(),
        more: 3,
    }
}
