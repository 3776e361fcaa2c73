//! What each verb of the protocol becomes.

use outlast_api::v1::{
    Answer, ErrorBody, ErrorCode, Pong, Request, Response, SUPPORTED_VERSIONS, Target,
};
use outlast_model::request::{self, Outcome, Verb};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::guardian::Identity;
use crate::wake::{Call, Wake};

/// Has `request` done and answers it.
pub(crate) async fn answer(
    request: Request,
    identity: &Identity,
    wakes: &UnboundedSender<Wake>,
) -> Response {
    let answered = match request {
        Request::Ping => Ok(pong(identity)),
        Request::Status { target } => status(target, wakes).await,
        Request::Start { target } => act_on(target, Verb::Start, wakes).await,
        Request::Stop { target } => act_on(target, Verb::Stop, wakes).await,
        Request::Restart { target } => act_on(target, Verb::Restart, wakes).await,
        Request::Reload => reload(wakes).await,
        Request::Shutdown { urgency } => act(Verb::Shutdown(urgency.into()), wakes).await,
    };
    answered.unwrap_or_else(Response::Error)
}

fn pong(identity: &Identity) -> Response {
    Response::Ok(Answer::Pong(Pong {
        name: identity.name.to_string(),
        pid: identity.pid.0,
        version: identity.version.to_owned(),
        protocols: SUPPORTED_VERSIONS.to_vec(),
    }))
}

async fn status(target: Target, wakes: &UnboundedSender<Wake>) -> Result<Response, ErrorBody> {
    let target = target.try_into()?;
    let status = call(wakes, |way_back| Call::Status(target, way_back)).await??;
    Ok(Response::Ok(Answer::Status(status)))
}

async fn act_on(
    target: Target,
    verb: fn(request::Target) -> Verb,
    wakes: &UnboundedSender<Wake>,
) -> Result<Response, ErrorBody> {
    act(verb(target.try_into()?), wakes).await
}

async fn act(verb: Verb, wakes: &UnboundedSender<Wake>) -> Result<Response, ErrorBody> {
    Ok(call(wakes, |way_back| Call::Act(verb, way_back))
        .await?
        .into())
}

async fn reload(wakes: &UnboundedSender<Wake>) -> Result<Response, ErrorBody> {
    let (reloaded, outcome) = call(wakes, Call::Reload).await??;
    match outcome {
        Outcome::Done => Ok(Response::Ok(Answer::Reloaded(reloaded))),
        other => Ok(other.into()),
    }
}

/// Puts a question to the dispatcher and waits for the answer.
async fn call<T>(
    wakes: &UnboundedSender<Wake>,
    question: impl FnOnce(oneshot::Sender<T>) -> Call,
) -> Result<T, ErrorBody> {
    let gone = || ErrorBody::new(ErrorCode::ShuttingDown, "the guardian has ended");
    let (way_back, answer) = oneshot::channel();
    wakes
        .send(Wake::Called(question(way_back)))
        .map_err(|_| gone())?;
    answer.await.map_err(|_| gone())
}
