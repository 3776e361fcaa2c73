//! Nobody passes descriptors on Windows.

use std::net::{TcpListener, UdpSocket};

use super::Passed;

#[derive(Debug)]
pub(super) enum Descriptor {}

pub(super) const fn take() -> Vec<Passed> {
    Vec::new()
}

impl Descriptor {
    pub(super) fn is_tcp_listener(&self) -> bool {
        match *self {}
    }

    pub(super) fn is_udp(&self) -> bool {
        match *self {}
    }

    pub(super) fn into_tcp(self) -> TcpListener {
        match self {}
    }

    pub(super) fn into_udp(self) -> UdpSocket {
        match self {}
    }

    pub(super) fn into_number(self) -> i32 {
        match self {}
    }
}
