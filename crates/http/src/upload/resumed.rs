//! A message whose files were sent before, in several requests: it names them.

use super::{DURATION, MAX_DURATION_MS, check_sender};
use crate::error::ApiError;
use crate::extract::{JsonFields, socket_id};
use crate::state::ChatState;
use antiphon_chat::{MAX_FILES, PostResumed, PostedMessage, Principal, UploadKind};
use antiphon_domain::{ClientId, ConversationId, FileKey, MessageBody, SenderType};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;

pub(super) async fn post(
    state: &ChatState,
    principal: &Principal,
    request: Request,
    kind: UploadKind,
) -> Result<PostedMessage, ApiError> {
    let header_socket = socket_id(request.headers());
    let JsonFields(mut fields) = JsonFields::from_request(request, state).await?;
    let conversation_id = fields.required_integer("conversation_id");
    let client_id = fields
        .required_text("client_id")
        .and_then(|text| fields.errors.check("client_id", ClientId::parse(&text)));
    let body = fields
        .text("message")
        .filter(|text| !text.trim().is_empty())
        .and_then(|text| fields.errors.check("message", MessageBody::parse(&text)));
    let sender_type = fields
        .text("sender_type")
        .and_then(|text| fields.errors.check("sender_type", SenderType::parse(&text)));
    let reply_to_seq = fields.integer("reply_to_seq");
    let duration_ms = fields.integer("duration_ms").and_then(|duration| {
        let duration = u64::try_from(duration).ok();
        let duration = duration.filter(|duration| *duration <= MAX_DURATION_MS);
        if duration.is_none() {
            fields.errors.add("duration_ms", DURATION);
        }
        duration
    });
    let socket_id = fields
        .text("socket_id")
        .and_then(|text| text.parse().ok())
        .or(header_socket);
    let named = fields.required_texts("upload_ids", MAX_FILES);
    let mut sorted = named.clone().unwrap_or_default();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        fields.errors.add("upload_ids", "must not name one twice");
    }
    fields.finish()?;
    check_sender(principal, sender_type)?;
    let (Some(conversation_id), Some(client_id), Some(named)) = (conversation_id, client_id, named)
    else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let uploads: Option<Vec<FileKey>> =
        named.iter().map(|name| FileKey::parse(name).ok()).collect();
    let post = PostResumed {
        kind,
        conversation_id: ConversationId(conversation_id),
        body,
        uploads: uploads.ok_or_else(|| ApiError::not_found("upload"))?,
        client_id,
        reply_to_seq,
        duration_ms,
        socket_id,
    };
    // Copies files: as many at once as there are uploads.
    let slot = state.uploads.take(principal)?;
    let posted = state.chat.post_resumed(principal, post).await;
    drop(slot);
    Ok(posted?)
}
