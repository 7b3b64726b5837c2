//! `POST /api/chatbot/file` and `/voice`: files, or a recording, are sent as a message.

use crate::extract::{Caller, Post};
use crate::state::ChatState;
use crate::upload;
use antiphon_chat::UploadKind;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, post};

/// The route that takes this kind.
pub(crate) fn taking(kind: UploadKind) -> MethodRouter<ChatState> {
    post(
        async move |State(state): State<ChatState>, caller: Caller<Post>, request: Request| {
            Box::pin(upload::post(&state, &caller.principal, request, kind)).await
        },
    )
}
