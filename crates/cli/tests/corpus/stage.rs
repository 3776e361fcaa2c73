//! The world around the programs: ports that are taken, disks that are full.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::case::Case;
use super::workshop::Workshop;
use crate::guarded::eventually;
use crate::web::free_port;

/// Small disks, by what cases call them, and how they are made.
const DISKS: [(&str, &str); 3] = [
    ("full", "size=1m"),
    ("few", "size=1m,nr_inodes=16"),
    ("readonly", "size=1m,ro"),
];

/// What there is around the programs. Dropping it takes it down.
pub(crate) struct Stage {
    names: BTreeMap<String, String>,
    folder: PathBuf,
    _taken: TcpListener,
    tls: Option<Child>,
    mounted: Vec<PathBuf>,
}

impl Stage {
    pub(crate) fn set_up(workshop: &Workshop) -> Self {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let port = taken.local_addr().expect("it has an address").port();
        let mut stage = Self {
            names: workshop.names.clone(),
            folder: workshop.path().to_owned(),
            _taken: taken,
            tls: None,
            mounted: Vec::new(),
        };
        stage.name("taken", &port);
        stage.name("closed", &free_port());
        if workshop.missing(&["openssl".to_owned()]).is_none() {
            let port = free_port();
            stage.tls = Some(tls_server(&stage.folder, port));
            stage.name("tls", &port);
        }
        stage
    }

    /// The service of `case`, as it stands in the file.
    pub(crate) fn service(&mut self, case: &Case) -> String {
        self.name("free", &free_port());
        for (name, options) in DISKS {
            if case.speaks_of(name) {
                let at = self.mount(&case.name, options);
                self.name(name, &at.display());
            }
        }
        let words = case
            .command
            .iter()
            .map(|word| format!("{:?}", self.filled(word)));
        let command = words.collect::<Vec<_>>().join(", ");
        let mut keys = self.filled(&case.keys);
        for (key, usual) in [("restart", "\"never\""), ("dir", "")] {
            if !keys
                .lines()
                .any(|line| line.starts_with(&format!("{key} =")))
            {
                let value = if usual.is_empty() {
                    format!("{:?}", self.folder)
                } else {
                    usual.to_owned()
                };
                keys = format!("{keys}\n{key} = {value}");
            }
        }
        format!(
            "[services.{}]\ncommand = [{command}]\n{}\n\n",
            case.name,
            keys.trim()
        )
    }

    fn name(&mut self, name: &str, value: &dyn Display) {
        self.names.insert(name.to_owned(), value.to_string());
    }

    /// With what `$name` stands for. What begins another name comes after it.
    fn filled(&self, text: &str) -> String {
        let names = self.names.iter().rev();
        names.fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${name}"), value)
        })
    }

    fn mount(&mut self, case: &str, options: &str) -> PathBuf {
        let at = self.folder.join("disks").join(case);
        std::fs::create_dir_all(&at).expect("a folder can be made");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at);
        let status = mount.status().expect("mount can be run");
        assert!(status.success(), "{mount:?}: {status}");
        self.mounted.push(at.clone());
        at
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for at in &self.mounted {
            let _ = Command::new("umount").arg("--lazy").arg(at).status();
        }
        if let Some(mut server) = self.tls.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// A server with a certificate that nobody has signed but itself.
fn tls_server(folder: &Path, port: u16) -> Child {
    let openssl = |words: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.args(words).current_dir(folder);
        openssl
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        openssl
    };
    let mut request = openssl(&[
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
    ]);
    request.args([
        "-subj",
        "/CN=localhost",
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
    ]);
    request.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    assert!(request.status().is_ok_and(|status| status.success()));
    let mut server = openssl(&[
        "s_server",
        "-www",
        "-cert",
        "certificate.pem",
        "-key",
        "key.pem",
        "-accept",
    ]);
    let server = server
        .arg(port.to_string())
        .spawn()
        .expect("it can be started");
    eventually("the server listens", || {
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
    });
    server
}
