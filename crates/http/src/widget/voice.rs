//! `POST /api/chatbot/voice`: a recording is sent as a message.

use crate::error::ApiError;
use crate::extract::{Caller, Post};
use crate::state::ChatState;
use crate::upload::{self, Kind};
use axum::extract::{Request, State};
use axum::response::Response;

pub(crate) async fn voice(
    State(state): State<ChatState>,
    caller: Caller<Post>,
    request: Request,
) -> Result<Response, ApiError> {
    Box::pin(upload::post(
        &state,
        &caller.principal,
        request,
        Kind::Voice,
    ))
    .await
}
