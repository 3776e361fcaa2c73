//! Unix sockets, and what `connect(2)` and `socket(2)` lack when they fail.

use std::io;
use std::path::Path;

use tokio::net::UnixStream;

pub(super) const OWN_TROUBLES: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];

pub(super) async fn connect_unix(path: &Path) -> io::Result<()> {
    UnixStream::connect(path).await.map(drop)
}
