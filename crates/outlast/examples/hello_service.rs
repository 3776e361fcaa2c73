//! A small service: whoever connects to its port is greeted.
//!
//! ```text
//! hello_service VERB [PORT [NAME]]
//! ```
//!
//! with one of the verbs run (the default), install, uninstall, purge, start,
//! stop, restart, status. Installed as root or administrator, it is there after
//! every reboot; see docs/library.md.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

use outlast::{Context, Data, Service};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let verb = arguments.next().unwrap_or_else(|| "run".to_owned());
    let port = arguments.next().unwrap_or_else(|| "7878".to_owned());
    let name = arguments.next().unwrap_or_else(|| "hello".to_owned());

    let service = outlast::service(&name)
        .display_name(format!("{name} (greets)"))
        .description("Greets whoever connects")
        .arguments(["run", &port, &name]);
    if verb == "run" {
        return service.run(|ctx| serve(ctx, port));
    }
    match control(&service, &verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(cause) = error.source() {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn serve(ctx: Context, port: String) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?))?;
    let address = listener.local_addr()?;
    thread::spawn(move || listener.incoming().flatten().try_for_each(greet));
    ctx.log().info(format_args!("listening on {address}"));
    ctx.status(&format!("greets on {address}"));
    ctx.ready();
    ctx.stopping().await;
    ctx.log().info("good-bye");
    Ok(())
}

fn greet(mut connection: TcpStream) -> io::Result<()> {
    // Who has hung up again is no reason to stop.
    let _ = connection.write_all(b"hello\n");
    Ok(())
}

fn control(service: &Service, verb: &str) -> Result<(), outlast::Error> {
    let control = service.control();
    match verb {
        "install" => {
            let installed = control.install()?;
            println!("{}", installed.changes.join("\n"));
            for shortfall in installed.shortfalls {
                println!("note: {shortfall}");
            }
            Ok(())
        }
        "uninstall" => control.uninstall(Data::Keep),
        "purge" => control.uninstall(Data::Remove),
        "start" => control.start(),
        "stop" => control.stop(),
        "restart" => control.restart(),
        _ => {
            let status = control.status()?;
            println!("{:?} {:?}", status.state, status.pid);
            Ok(())
        }
    }
}
