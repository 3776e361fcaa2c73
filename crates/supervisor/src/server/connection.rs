//! One connection: requests in, responses out, one after the other.

use std::time::Duration;

use outlast_api::v1::Response;
use outlast_api::{RequestError, read_request, write_response};
use outlast_os::endpoint::Connection;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use super::answer::answer;
use crate::guardian::Identity;
use crate::wake::Wake;

/// How long a client may take to send a request, or to read a response, before
/// its place is given to somebody else.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves `connection` until it is closed, sends nothing for too long, or sends
/// something that is no request.
pub(crate) async fn serve(
    mut connection: Connection,
    identity: Identity,
    wakes: UnboundedSender<Wake>,
) {
    while let Ok(read) = timeout(PATIENCE, read_request(&mut connection)).await {
        match read {
            Ok(Some(request)) => {
                let response = answer(request, &identity, &wakes).await;
                if !write(&mut connection, &response).await {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => return refuse(&mut connection, &error).await,
        }
    }
}

async fn refuse(connection: &mut Connection, error: &RequestError) {
    if let Some(response) = error.response() {
        write(connection, &response).await;
    }
}

/// Whether the response went out.
async fn write(connection: &mut Connection, response: &Response) -> bool {
    matches!(
        timeout(PATIENCE, write_response(connection, response)).await,
        Ok(Ok(()))
    )
}
