//! A web server that is told things: it keeps what is posted, and answers as planned.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Nothing a test waits for takes this long on a machine that works.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Posted {
    /// The line with method and path, and those of the headers.
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
    answer: Sender<String>,
}

impl Posted {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Answers with `status` and `body`. Until then who has asked waits.
    pub(crate) fn answer(self, status: &str, body: &str) {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nLocation: /elsewhere\r\n\
             Connection: close\r\n\r\n{body}"
        );
        // Who has asked may have gone.
        let _ = self.answer.send(answer);
    }
}

/// The server, on a port of its own, until its test ends.
pub(crate) struct Server {
    port: u16,
    posted: Receiver<Posted>,
}

impl Server {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let (posts, posted) = channel();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let posts = posts.clone();
                thread::spawn(move || serve(connection, &posts));
            }
        });
        Self { port, posted }
    }

    /// The address of `path` on it.
    pub(crate) fn address(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://127.0.0.1:{}{path}", self.port)
    }

    /// Waits for the next request.
    #[track_caller]
    pub(crate) fn next(&self) -> Posted {
        let posted = self.posted.recv_timeout(PATIENCE);
        posted.expect("somebody posts something")
    }

    /// How many more there have been.
    pub(crate) fn others(&self) -> usize {
        self.posted.try_iter().count()
    }
}

/// What is no request of HTTP, such as the beginning of TLS, is none.
fn serve(mut connection: TcpStream, posts: &Sender<Posted>) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        head.push(line.to_owned());
    }
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok()).flatten()
    })?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (answer, answered) = channel();
    let body = String::from_utf8(body).ok()?;
    posts.send(Posted { head, body, answer }).ok()?;
    let answer = answered.recv().ok()?;
    connection.write_all(answer.as_bytes()).ok()
}
