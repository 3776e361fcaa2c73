//! What the tests of this crate run: a service in the mood that the first
//! argument names. It tells on standard output what happens to it.

use std::env;
use std::future::pending;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use outlast::{Context, Event, MachineEvent, Program};

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3600);

fn main() -> ExitCode {
    let mood = env::args().nth(1).unwrap_or_default();
    let service = outlast::service("moody")
        .stop_timeout(Duration::from_secs(20))
        .start_timeout(Duration::from_secs(60));
    match mood.as_str() {
        "polite" => service.run(polite),
        "polite-type" => service.run_program(Polite),
        "polite-with-tokio" => service
            .executor(|task| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(task);
            })
            .run(|ctx| async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                polite(ctx).await;
            }),
        "polite-blocking" => service.run_blocking(|ctx| {
            ctx.ready();
            tell("ready");
            ctx.stop_token().wait();
            tell_time_left(&ctx);
        }),
        "slow-to-start" => service.run(|ctx| async move {
            ctx.status("waiting");
            wait_for_line();
            ctx.ready();
            ctx.stopping().await;
        }),
        "never-ready" => service
            .start_timeout(Duration::from_millis(200))
            .run(|ctx| async move { ctx.stopping().await }),
        "never-ends" => service
            .stop_timeout(Duration::from_millis(200))
            .run(|ctx| async move {
                ctx.ready();
                tell("ready");
                pending::<()>().await;
            }),
        "slow-to-end" => service
            .stop_timeout(Duration::from_millis(200))
            .run(slow_to_end),
        "long-to-end" => service.run(|ctx| async move {
            ctx.ready();
            ctx.stopping().await;
            // For others to see that it goes on.
            thread::sleep(Duration::from_secs(5));
        }),
        "fails" => service.run(|ctx| async move {
            ctx.ready();
            Err::<(), _>("no stock")
        }),
        "panics" => service.run(|ctx| async move {
            ctx.ready();
            assert!(ctx.is_stopping(), "out of coffee");
        }),
        "finishes" => service.run(|_| async {}),
        "stops-itself" => service.run(|ctx| async move {
            ctx.ready();
            ctx.request_stop();
            ctx.stopping().await;
        }),
        "reloads" => service.run(reloads),
        "listens" => service.run(|ctx| async move {
            let mut events = ctx.events();
            ctx.ready();
            tell("ready");
            while is_running(events.next().await) {}
        }),
        "listens-blocking" => service.run_blocking(|ctx| {
            let mut events = ctx.events();
            ctx.ready();
            tell("ready");
            while is_running(events.wait()) {}
        }),
        "hangs" => service.run(|ctx| async move {
            ctx.ready();
            tell("ready");
            wait_for_line();
        }),
        "feeds-itself" => service.watchdog_manual().run_blocking(|ctx| {
            ctx.ready();
            wait_for_line();
            ctx.alive();
            ctx.stop_token().wait();
        }),
        "takes-sockets" => service.run(|ctx| async move {
            let found = ctx.listener("http").map(|found| found.local_addr());
            tell(&format!("{found:?}"));
            tell(&format!("{:?}", ctx.listener("http")));
            for socket in ctx.sockets() {
                let name = socket.name().to_owned();
                tell(&match socket.into_udp() {
                    Ok(socket) => format!("{name} {:?}", socket.local_addr()),
                    Err(other) => format!("{name} {:?}", other.into_tcp().is_err()),
                });
            }
            tell(&format!("{:?}", ctx.sockets()));
        }),
        "logs" => service.run(|ctx| async move {
            ctx.log().info("first line\nsecond line");
            ctx.log().debug("not kept");
        }),
        _ => {
            eprintln!("no such mood: {mood:?}");
            ExitCode::FAILURE
        }
    }
}

async fn polite(ctx: Context) {
    tell(&format!("{:?}", ctx.manager()));
    ctx.ready();
    tell("ready");
    ctx.stopping().await;
    tell_time_left(&ctx);
}

struct Polite;

impl Program for Polite {
    type Outcome = Result<(), io::Error>;

    async fn run(self, ctx: Context) -> Self::Outcome {
        ctx.ready();
        tell("ready");
        ctx.stopping().await;
        tell_time_left(&ctx);
        Ok(())
    }
}

/// Takes longer than it said, and asks for that.
async fn slow_to_end(ctx: Context) {
    ctx.ready();
    tell("ready");
    ctx.stopping().await;
    ctx.more_time(FOR_EVER);
    wait_for_line();
    tell_time_left(&ctx);
}

async fn reloads(ctx: Context) {
    let mut events = ctx.events();
    ctx.ready();
    tell("ready");
    loop {
        match events.next().await {
            Event::Reload(_reload) => {
                tell("reload");
                wait_for_line();
            }
            Event::Stop => {
                tell("stop");
                return;
            }
            _ => {}
        }
    }
}

/// Tells what the machine does, which waits until the test says so.
fn is_running(event: Event) -> bool {
    match event {
        Event::Machine(MachineEvent::Suspending(wait)) => {
            tell(&format!("suspending {:?}", wait.time_left()));
            wait_for_line();
        }
        Event::Machine(MachineEvent::Resumed) => tell("resumed"),
        Event::Machine(MachineEvent::Session(session, change)) => {
            let user = session.user().unwrap_or("nobody");
            tell(&format!("{} of {user} {change}", session.id()));
        }
        Event::Stop => return false,
        _ => {}
    }
    true
}

fn tell_time_left(ctx: &Context) {
    let left = ctx.stop_token().time_left().unwrap_or_default();
    tell(&format!("{} s left", left.as_secs_f64().ceil()));
}

fn tell(line: &str) {
    println!("{line}");
    let _ = io::stdout().flush();
}

/// Until the test says so.
fn wait_for_line() {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(length) if length > 0 => {}
        _ => thread::sleep(FOR_EVER),
    }
}
