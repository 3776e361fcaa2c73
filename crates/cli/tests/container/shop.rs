//! The guardian that most scenarios are about: the Go example, installed as
//! `shop`.

use std::cell::Cell;

use super::{Machine, told};
use crate::web::{answer, free_port};

/// A machine with the Go example in `/opt/shop`.
pub(crate) struct Shop {
    pub(crate) machine: Machine,
    pub(crate) port: u16,
    /// The main process of the unit when [`Shop::note_pid`] was called.
    noted: Cell<u32>,
}

/// Its program.
pub(crate) const PROGRAM: &str = "/opt/shop/go-http";

impl Shop {
    /// With nothing installed yet.
    pub(crate) fn open() -> Self {
        let machine = Machine::boot();
        machine.put(&told("OUTLAST_TEST_PROGRAMS").join("go-http"), PROGRAM);
        Self {
            machine,
            port: free_port(),
            noted: Cell::new(0),
        }
    }

    /// With the program installed as people would do it, with `options`.
    pub(crate) fn installed(options: &[&str]) -> Self {
        let shop = Self::open();
        shop.install(options);
        shop
    }

    /// `outlast install OPTIONS -- PROGRAM`, in the program's folder.
    #[track_caller]
    pub(crate) fn install(&self, options: &[&str]) {
        let port = self.port.to_string();
        let line = [
            &["outlast", "install", "--name", "shop", "--dir", "/opt/shop"],
            options,
            &["--", PROGRAM, &port, "good morning"],
        ];
        self.machine.succeed(&line.concat());
    }

    /// Whether it is open.
    pub(crate) fn answers(&self) -> bool {
        answer(self.port, "/").is_some_and(|page| page.trim_end() == "good morning")
    }

    /// Waits until it is open.
    #[track_caller]
    pub(crate) fn wait_until_open(&self) {
        self.machine
            .eventually("the shop is open", || self.answers());
    }

    /// The guardian's process, as the machine numbers it; 0: none.
    pub(crate) fn guardian(&self) -> u32 {
        self.machine.unit("shop", "MainPID").parse().unwrap_or(0)
    }

    /// Remembers the guardian's process and gives it, as a word.
    pub(crate) fn note_guardian(&self) -> String {
        self.noted.set(self.guardian());
        assert_ne!(self.noted.get(), 0, "{}", self.machine.told());
        self.noted.get().to_string()
    }

    /// Waits until another guardian than the noted one keeps the shop open.
    #[track_caller]
    pub(crate) fn wait_for_another_guardian(&self) {
        self.machine.eventually("another guardian runs", || {
            ![0, self.noted.get()].contains(&self.guardian())
        });
        self.wait_until_open();
    }

    /// The account of the shop's own process.
    pub(crate) fn account(&self) -> String {
        let words = ["ps", "-C", "go-http", "-o", "user:32="];
        self.machine.succeed(&words).trim().to_owned()
    }
}
