//! How a program ends, and the trait for those who like one.

use std::error::Error;
use std::future::Future;

use crate::context::Context;

/// What a program gives back: nothing, or a result. An `Err` is a failure, for
/// the manager too; its text is the reason in the log.
///
/// ```
/// fn is_outcome(_: impl outlast::Outcome) {}
/// is_outcome(());
/// is_outcome(Ok::<(), std::io::Error>(()));
/// is_outcome(Err::<(), _>("no configuration"));
/// ```
pub trait Outcome {
    /// As a result with any error.
    ///
    /// # Errors
    /// Why the program has failed.
    fn into_result(self) -> Result<(), Box<dyn Error + Send + Sync>>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.map_err(Into::into)
    }
}

/// A program as a type instead of a closure.
///
/// ```no_run
/// struct Shop;
///
/// impl outlast::Program for Shop {
///     type Outcome = Result<(), std::io::Error>;
///
///     async fn run(self, ctx: outlast::Context) -> Self::Outcome {
///         ctx.ready();
///         ctx.stopping().await;
///         Ok(())
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     outlast::service("shop").run_program(Shop)
/// }
/// ```
pub trait Program {
    /// What it gives back.
    type Outcome: Outcome;

    /// Runs until it is told to stop by `ctx`, or has nothing left to do.
    fn run(self, ctx: Context) -> impl Future<Output = Self::Outcome>;
}
