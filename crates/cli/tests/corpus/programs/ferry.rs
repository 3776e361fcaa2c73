//! A small ferry in Rust that goes wrong in the way its first argument names.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream};

#[derive(Debug)]
#[expect(dead_code, reason = "what is printed of it is what it is for")]
enum Refused {
    Manifest { line: u32, reason: String },
}

fn berth(names: &HashMap<&str, u32>, name: &str) -> u32 {
    *names.get(name).expect("every ferry has a berth")
}

#[expect(unconditional_recursion, reason = "that is what goes wrong")]
fn sail(distance: u64) -> u64 {
    let wake = [distance; 64];
    sail(distance + 1) + wake[(distance % 64) as usize]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let how = words.next().unwrap_or_default();
    let first = words.next().unwrap_or_default();
    match how.as_str() {
        "panic" => println!("{}", berth(&HashMap::new(), "Aurora")),
        "index" => {
            let seats = vec![1, 2, 3];
            println!("{}", seats[first.len() + 7]);
        }
        "env" => println!("{}", std::env::var("FERRY_LICENCE_KEY").unwrap()),
        "thread" => {
            let worker = std::thread::spawn(|| panic!("engine 2 does not answer"));
            let _ = worker.join();
            println!("going on with engine 1");
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
        "thread-then-ok" => {
            let _ = std::thread::spawn(|| panic!("engine 2 does not answer")).join();
            println!("arrived with engine 1");
        }
        "parse" => println!("{}", first.parse::<u16>().unwrap()),
        "borrow" => {
            let seats = std::cell::RefCell::new(vec![1]);
            let _first = seats.borrow_mut();
            seats.borrow_mut().push(2);
        }
        "overflow" => println!("{}", u8::try_from(first.len()).unwrap() - 1),
        "abort" => std::process::abort(),
        "spawn" => loop {
            std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_secs(600)));
        },
        "exit" => std::process::exit(101),
        "deep" => println!("{}", sail(1)),
        "allocate" => {
            let mut cargo: Vec<u8> = Vec::new();
            cargo.reserve_exact(1 << 46);
            println!("{}", cargo.capacity());
        }
        "refused" => {
            return Err(format!("{:?}", Refused::Manifest { line: 12, reason: "no weight".into() }).into());
        }
        "open" => {
            File::open(&first)?;
        }
        "serve" => {
            TcpListener::bind(&first)?;
        }
        "ask" => {
            TcpStream::connect(&first).unwrap();
        }
        "fill" => {
            let mut file = File::create(&first)?;
            loop {
                file.write_all(&[0; 65536])?;
            }
        }
        "double" => {
            struct Anchor;
            impl Drop for Anchor {
                fn drop(&mut self) {
                    panic!("the chain is stuck");
                }
            }
            let _anchor = Anchor;
            panic!("aground");
        }
        _ => {}
    }
    Ok(())
}
