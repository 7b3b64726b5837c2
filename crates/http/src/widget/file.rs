//! `POST /api/chatbot/file` and `/voice`: files, or a recording, are sent as a message.

use crate::error::ApiError;
use crate::extract::{Caller, Post};
use crate::openapi::{ErrorJson, shape};
use crate::state::ChatState;
use crate::upload;
use antiphon_chat::UploadKind;
use antiphon_wire::AttachmentJson;
use axum::extract::{Request, State};
use axum::response::Response;

shape! {
    /// Files of a message; or JSON that names uploads which were sent before.
    FilesForm {
        /// Best sent first.
        conversation_id: i64,
        /// One to ten files.
        #[schema(value_type = Vec<String>, format = Binary, min_items = 1, max_items = 10)]
        file: (),
        #[schema(format = "uuid")]
        client_id: Option<String>,
        #[schema(max_length = 5000)]
        message: Option<String>,
        /// The `seq` of the message that it answers.
        reply_to_seq: Option<i64>,
        sender_type: Option<String>,
        socket_id: Option<String>,
    }
}

shape! {
    /// A recording.
    VoiceForm {
        conversation_id: i64,
        #[schema(value_type = String, format = Binary)]
        voice_message: (),
        /// Shown until the recording was measured.
        #[schema(maximum = 86_400_000)]
        duration_ms: Option<u64>,
        #[schema(format = "uuid")]
        client_id: Option<String>,
        #[schema(max_length = 5000)]
        message: Option<String>,
        /// The `seq` of the message that it answers.
        reply_to_seq: Option<i64>,
        sender_type: Option<String>,
        socket_id: Option<String>,
    }
}

shape! {
    /// Files that were sent in parts.
    UploadedFilesRequest {
        conversation_id: i64,
        #[schema(min_items = 1, max_items = 10)]
        upload_ids: Vec<String>,
        #[schema(format = "uuid")]
        client_id: String,
        #[schema(max_length = 5000)]
        message: Option<String>,
        /// The `seq` of the message that it answers.
        reply_to_seq: Option<i64>,
        duration_ms: Option<u64>,
        sender_type: Option<String>,
        socket_id: Option<String>,
    }
}

shape! {
    /// A message with its files, on disk.
    FilesAnswer {
        success: bool,
        message_id: i64,
        seq: i64,
        /// Of the first file.
        file_url: String,
        /// As `created_at`, in UTC: `2026-01-01 00:00:00`.
        timestamp: String,
        #[schema(format = DateTime)]
        created_at: String,
        attachments: Vec<AttachmentJson<'static>>,
    }
}

/// Posts files as a message.
#[utoipa::path(
    post,
    path = "/api/chatbot/file",
    request_body(content((FilesForm = "multipart/form-data"), (UploadedFilesRequest = "application/json"))),
    responses(
        (status = 201, description = "Message and files are on disk", body = FilesAnswer),
        (status = 200, description = "They were posted before, with this `client_id`", body = FilesAnswer),
        (status = 404, description = "There is no such conversation, or upload", body = ErrorJson),
        (status = 409, description = "The conversation is closed, or an upload is not complete", body = ErrorJson),
        (status = 507, description = "There is no space for files", body = ErrorJson),
    ),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn files(
    State(state): State<ChatState>,
    caller: Caller<Post>,
    request: Request,
) -> Result<Response, ApiError> {
    Box::pin(upload::post(
        &state,
        &caller.principal,
        request,
        UploadKind::Files,
    ))
    .await
}

/// Posts a recording as a message.
#[utoipa::path(
    post,
    path = "/api/chatbot/voice",
    request_body(content((VoiceForm = "multipart/form-data"), (UploadedFilesRequest = "application/json"))),
    responses(
        (status = 201, description = "Message and recording are on disk", body = FilesAnswer),
        (status = 200, description = "It was posted before, with this `client_id`", body = FilesAnswer),
        (status = 404, description = "There is no such conversation, or upload", body = ErrorJson),
        (status = 409, description = "The conversation is closed, or an upload is not complete", body = ErrorJson),
        (status = 507, description = "There is no space for files", body = ErrorJson),
    ),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn voice(
    State(state): State<ChatState>,
    caller: Caller<Post>,
    request: Request,
) -> Result<Response, ApiError> {
    Box::pin(upload::post(
        &state,
        &caller.principal,
        request,
        UploadKind::Voice,
    ))
    .await
}
