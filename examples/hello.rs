//! The example that the `outlast.toml` beside this folder guards: a small web
//! service and somebody who visits it, in one file without dependencies.
//!
//! ```text
//! hello serve ADDRESS    answers HTTP; GET /crash makes it end with code 1
//! hello visit ADDRESS    asks for / every two seconds and prints the answer
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

/// How long a peer may take over each read and write.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest request line that is read, in bytes.
const LONGEST_LINE: u64 = 4096;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", address] => serve(address),
        ["visit", address] => visit(address),
        _ => {
            eprintln!("usage: hello serve ADDRESS | hello visit ADDRESS");
            ExitCode::from(2)
        }
    }
}

fn serve(address: &str) -> ExitCode {
    let listener = match TcpListener::bind(address) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("cannot listen on {address}: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("listening on http://{address} with pid {}", process::id());
    for connection in listener.incoming() {
        match connection {
            Ok(connection) => {
                thread::spawn(move || {
                    if let Err(error) = answer(&connection) {
                        eprintln!("a visitor was lost: {error}");
                    }
                });
            }
            Err(error) => {
                eprintln!("cannot accept a visitor: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn answer(connection: &TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut request = BufReader::new(connection).take(16 * LONGEST_LINE);
    let mut line = String::new();
    request.by_ref().take(LONGEST_LINE).read_line(&mut line)?;
    skip_headers(&mut request)?;

    let path = line.split_whitespace().nth(1).unwrap_or("/");
    println!("GET {path}");
    match path {
        "/" => respond(
            connection,
            "200 OK",
            &format!("hello from pid {}\n", process::id()),
        ),
        "/crash" => {
            respond(connection, "200 OK", "goodbye\n")?;
            eprintln!("asked to crash");
            process::exit(1)
        }
        _ => respond(connection, "404 Not Found", "there is / and /crash\n"),
    }
}

/// Closing a connection with unread bytes would reset it under the answer.
fn skip_headers(request: &mut impl BufRead) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if request.read_until(b'\n', &mut line)? == 0 || line == b"\r\n" || line == b"\n" {
            return Ok(());
        }
    }
}

fn respond(mut connection: &TcpStream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn visit(address: &str) -> ExitCode {
    loop {
        match ask(address) {
            Ok(answer) => println!("{}", answer.trim_end()),
            Err(error) => eprintln!("nobody answers: {error}"),
        }
        thread::sleep(Duration::from_secs(2));
    }
}

fn ask(address: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    connection.write_all(
        format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer
        .split("\r\n\r\n")
        .nth(1)
        .unwrap_or_default()
        .to_owned())
}
