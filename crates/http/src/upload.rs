//! Files are posted as a message: in the request that brings them, or by naming uploads that were sent before.

mod body;
mod form;
mod resumed;
mod slots;

pub(crate) use body::RequestBody;
pub(crate) use slots::Slots;

use crate::error::ApiError;
use crate::extract::has_content_type;
use crate::state::ChatState;
use antiphon_chat::{PostedMessage, Principal, UploadKind};
use antiphon_wire::{AttachmentJson, FileLinks, rfc3339, seed_timestamp};
use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

/// The longest recording that a client may claim to send, in milliseconds: a day.
const MAX_DURATION_MS: u64 = 86_400_000;
const DURATION: &str = "must be a whole number of milliseconds, a day at most";

/// Takes the request and posts it.
pub(crate) async fn post(
    state: &ChatState,
    principal: &Principal,
    request: Request,
    kind: UploadKind,
) -> Result<Response, ApiError> {
    let posted = match has_content_type(request.headers(), "application/json") {
        true => resumed::post(state, principal, request, kind).await?,
        false => form::post(state, principal, request, kind).await?,
    };
    Ok(answer(&posted, &state.links))
}

/// The sender has to be who the credential says.
fn check_sender(
    principal: &Principal,
    sender_type: Option<antiphon_domain::SenderType>,
) -> Result<(), ApiError> {
    match sender_type {
        Some(sender) if sender != principal.sender_type() => Err(ApiError::forbidden(
            "the sender_type is not the credential's",
        )),
        _ => Ok(()),
    }
}

fn answer(posted: &PostedMessage, links: &FileLinks) -> Response {
    let status = if posted.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let message = &posted.message;
    let attachments = json!(AttachmentJson::of(message, links));
    let body = json!({
        "success": true,
        "message_id": message.id.0,
        "seq": message.seq,
        "file_url": attachments[0]["url"],
        "timestamp": seed_timestamp(message.created_at),
        "created_at": rfc3339(message.created_at),
        "attachments": attachments,
    });
    (status, Json(body)).into_response()
}
