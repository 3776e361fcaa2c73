//! A server with bad habits, on a port of this machine.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What a server does with whoever connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Answers with this line of HTTP, and closes.
    Answers(&'static str),
    /// The same, a byte at a time.
    Dribbles(&'static str),
    /// Sends this, keeps the connection, and is not heard of again.
    Halts(&'static str),
    /// Answers well and badly in turn, beginning with well.
    Flaps,
    /// Accepts and says nothing.
    Hangs,
    /// Does not even accept: the kernel does, until its queue is full.
    NeverAccepts,
    /// Closes at once.
    Closes,
    /// Sends text without end and without a line.
    Endless,
    /// Answers well, and then sends without end.
    EndlessBody,
}

/// A running server. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    connections: Arc<AtomicUsize>,
    /// Keeps the port while nobody accepts.
    _listener: TcpListener,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// When this machine has no port left.
    pub fn start(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let stop = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicUsize::new(0));
        let server = Self {
            address,
            stop: Arc::clone(&stop),
            connections: Arc::clone(&connections),
            _listener: listener.try_clone().expect("descriptors are left"),
        };
        if habit != Habit::NeverAccepts {
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let number = connections.fetch_add(1, Ordering::Relaxed);
                    thread::spawn(move || serve(stream, (habit, number)));
                }
            });
        }
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many have connected.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

/// Whoever has gone away is no reason to fail.
fn serve(mut stream: TcpStream, (habit, number): (Habit, usize)) {
    match habit {
        Habit::Answers(line) => answer(&mut stream, line),
        Habit::Dribbles(line) => {
            // Who closes without having read resets, and that can overtake the answer.
            let _ = stream.read(&mut [0; 4096]);
            for byte in format!("{line}\r\n\r\n").bytes() {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(2));
            }
        }
        Habit::Halts(text) => {
            let _ = stream.write_all(text.as_bytes());
            listen_only(&mut stream);
        }
        Habit::Flaps if number.is_multiple_of(2) => answer(&mut stream, "HTTP/1.1 200 OK"),
        Habit::Flaps => answer(&mut stream, "HTTP/1.1 503 Unavailable"),
        Habit::Hangs => listen_only(&mut stream),
        Habit::NeverAccepts => {}
        Habit::Closes => drop(stream.shutdown(Shutdown::Both)),
        Habit::Endless => while stream.write_all(&[b'x'; 4096]).is_ok() {},
        Habit::EndlessBody => {
            answer(&mut stream, "HTTP/1.1 200 OK");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
    }
}

/// Until the other side is gone.
fn listen_only(stream: &mut TcpStream) {
    while stream.read(&mut [0; 256]).is_ok_and(|count| count > 0) {}
}

fn answer(stream: &mut TcpStream, line: &str) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(format!("{line}\r\nContent-Length: 0\r\n\r\n").as_bytes());
}
