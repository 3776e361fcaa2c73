//! A `GET` whose answer is yes or no. It is no HTTP client: one fixed request is
//! sent, one bounded status line is read, and nothing else is understood.

use std::io::{self, Read as _};
use std::time::Duration;

use outlast_model::health::{HttpTarget, ProbeFailure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::question::{Blocking, bad, connect, failure};

/// The longest status line that is read.
const MAX_LINE: usize = 512;

/// How much of the rest is read, and for how long, so that the connection can
/// be closed without a reset, which some servers write to their logs.
const MAX_REST: usize = 16 * 1024;
const REST_TIME: Duration = Duration::from_millis(50);

pub(super) async fn get(target: &HttpTarget, blocking: &Blocking) -> Result<(), ProbeFailure> {
    let mut stream = connect(&target.host, blocking).await?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: outlast\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        target.path, target.host
    );
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| failure("sending the request", &error))?;
    let line = status_line(&mut stream).await?;
    let status = status(&line)
        .ok_or_else(|| bad(format!("an answer that is not HTTP: {}", shown(&line))))?;
    // It has answered, however it ends.
    let _ = leave(stream).await;
    if (200..400).contains(&status) {
        Ok(())
    } else {
        Err(bad(format!("the answer was {}", shown(&line))))
    }
}

/// The first line, without its end.
async fn status_line(stream: &mut TcpStream) -> Result<Vec<u8>, ProbeFailure> {
    let mut line = Vec::with_capacity(MAX_LINE);
    while line.len() < MAX_LINE {
        let mut part = [0; 64];
        let room = part.len().min(MAX_LINE - line.len());
        let count = stream
            .read(&mut part[..room])
            .await
            .map_err(|error| failure("reading the answer", &error))?;
        if count == 0 {
            return Err(bad("the connection was closed without an answer".to_owned()));
        }
        line.extend_from_slice(&part[..count]);
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end);
            return Ok(line);
        }
    }
    Ok(line)
}

/// `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line).ok()?;
    let (version, rest) = line.trim_end().split_once(' ')?;
    if !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
        return None;
    }
    let code = rest.split(' ').next()?;
    let is_number = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| code.parse().ok()).flatten()
}

/// Reads what is left until the other side closes. Most have closed by now, so the
/// system is asked directly before the stream is waited for.
async fn leave(stream: TcpStream) -> io::Result<()> {
    let mut part = [0; 1024];
    let mut left = MAX_REST;
    let mut stream = stream.into_std()?;
    while left > 0 {
        match stream.read(&mut part) {
            Ok(0) => return Ok(()),
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    let mut stream = TcpStream::from_std(stream)?;
    let closed = async {
        stream.shutdown().await?;
        while left > 0 {
            match stream.read(&mut part).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok(())
    };
    timeout(REST_TIME, closed).await?
}

/// For people: short, and nothing that a terminal obeys.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let plain = text.chars().take(60);
    let plain: String = plain
        .map(|c| if c.is_control() { '·' } else { c })
        .collect();
    if plain.is_empty() {
        "an empty line".to_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_from_a_line_of_http_and_of_nothing_else() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r"), Some(200));
        assert_eq!(status(b"HTTP/1.0 503"), Some(503));
        for other in [
            "HTTP/2 200",
            "SSH-2.0-x",
            "HTTP/1.1 20",
            "HTTP/1.1  200",
            "HTTP/1.1 +20",
            "",
        ] {
            assert_eq!(status(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_harmless() {
        let text = shown(format!("\u{1b}[31m{}", "x".repeat(500)).as_bytes());
        assert!(text.chars().count() <= 60 && !text.contains(char::is_control));
    }
}
