//! `/api/chatbot/upload`: a file in several requests. It is announced, sent in parts, and posted by `/api/chatbot/file` or `/voice`.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Upload, has_content_type};
use crate::openapi::{DoneAnswer, shape};
use crate::state::ChatState;
use crate::upload::RequestBody;
use antiphon_chat::BeginUpload;
use antiphon_domain::{ClientId, ConversationId, FileKey, FileName};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A file that will be sent in parts.
    #[schema(example = json!({ "conversation_id": 1, "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69", "name": "photo.jpg", "size": 1048576 }))]
    BeginUploadRequest {
        conversation_id: i64,
        /// Of this file: asked with again, it answers how far the file has come.
        #[schema(format = "uuid")]
        client_id: String,
        #[schema(min_length = 1)]
        name: String,
        /// Bytes.
        #[schema(minimum = 1)]
        size: i64,
    }
}

shape! {
    /// A file that is being sent in parts.
    UploadAnswer {
        success: bool,
        upload_id: String,
        /// How far it has come, in bytes.
        offset: u64,
        size: u64,
        #[schema(format = DateTime)]
        expires_at: String,
    }
}

shape! {
    /// How far a file has come.
    OffsetAnswer { success: bool, offset: u64 }
}

const OFFSET: &str = "upload-offset";

/// Announces a file that will be sent in parts, or asks how far it has come.
#[utoipa::path(
    post,
    path = "/api/chatbot/upload",
    request_body = BeginUploadRequest,
    responses((status = 201, description = "It may be sent", body = UploadAnswer), (status = 200, description = "It has come this far", body = UploadAnswer), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson), (status = 409, description = "The conversation is closed", body = crate::openapi::ErrorJson), (status = 507, description = "There is no space for files", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn begin(
    State(state): State<ChatState>,
    caller: Caller<Upload>,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let conversation_id = fields.required_integer("conversation_id");
    let client_id = fields
        .required_text("client_id")
        .and_then(|text| fields.errors.check("client_id", ClientId::parse(&text)));
    let name = fields
        .required_text("name")
        .and_then(|text| fields.errors.check("name", FileName::parse(&text)));
    let size = fields.required_integer("size").and_then(|size| {
        let size = u64::try_from(size).ok().filter(|size| *size > 0);
        if size.is_none() {
            fields.errors.add("size", "must be at least 1");
        }
        size
    });
    fields.finish()?;
    let (Some(conversation_id), Some(client_id), Some(name), Some(size)) =
        (conversation_id, client_id, name, size)
    else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let begin = BeginUpload {
        conversation_id: ConversationId(conversation_id),
        client_id,
        name,
        size,
    };
    let upload = state.chat.begin_resumable(&caller.principal, begin).await?;
    let status = match upload.repeated {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let answer = json!({
        "success": true,
        "upload_id": upload.id.as_str(),
        "offset": upload.offset,
        "size": upload.size,
        "expires_at": rfc3339(upload.expires_at),
    });
    Ok((status, Json(answer)).into_response())
}

/// Sends a part of a file.
#[utoipa::path(
    patch,
    path = "/api/chatbot/upload/{upload_id}",
    params(("upload_id" = String, Path, description = "The upload"), ("Upload-Offset" = u64, Header, description = "Where this part begins")),
    request_body(content = String, content_type = "application/octet-stream", description = "The bytes"),
    responses((status = 200, description = "They are on disk", body = OffsetAnswer), (status = 409, description = "It goes on at another `offset`", body = crate::openapi::ErrorJson), (status = 507, description = "There is no space for files", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn append(
    State(state): State<ChatState>,
    caller: Caller<Upload>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let id = upload_id(&id)?;
    let (parts, body) = request.into_parts();
    if !has_content_type(&parts.headers, "application/octet-stream") {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The content type must be application/octet-stream",
        ));
    }
    let offset = offset(&parts.headers)?;
    let slot = state.uploads.take(&caller.principal)?;
    let limit = state.chat.upload_rules().max_bytes;
    let mut body = RequestBody::new(&parts.headers, body, limit, state.settings.uploads.time);
    let announced = body.announced();
    let appended = state
        .chat
        .append_to_upload(&caller.principal, &id, offset, announced, &mut body)
        .await;
    let stopped = body.take_error();
    let outcome = match (appended, stopped) {
        (Err(error), _) => Err(error.into()),
        (Ok(appended), _) if appended.was_taken_over => {
            Err(ApiError::wrong_offset(appended.offset))
        }
        // What came before is there: the client can go on behind it.
        (Ok(appended), Some(stopped)) => Err(stopped.with_hint("offset", appended.offset)),
        (Ok(appended), None) => Ok(Json(json!({
            "success": true,
            "offset": appended.offset,
        }))),
    };
    if outcome.is_err() {
        body.drain().await;
    }
    drop(slot);
    outcome
}

/// Gives a file up.
#[utoipa::path(
    delete,
    path = "/api/chatbot/upload/{upload_id}",
    params(("upload_id" = String, Path, description = "The upload")),
    responses((status = 200, description = "It is gone", body = DoneAnswer)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn abandon(
    State(state): State<ChatState>,
    caller: Caller<Upload>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = upload_id(&id)?;
    state.chat.abandon_upload(&caller.principal, &id).await?;
    Ok(Json(json!({ "success": true })))
}

fn upload_id(text: &str) -> Result<FileKey, ApiError> {
    FileKey::parse(text).map_err(|_| ApiError::not_found("upload"))
}

fn offset(headers: &HeaderMap) -> Result<u64, ApiError> {
    let mut values = headers.get_all(OFFSET).into_iter();
    let offset = values
        .next()
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    match (offset, values.next()) {
        (Some(offset), None) => Ok(offset),
        _ => Err(ApiError::invalid(
            "upload_offset",
            "must be a header with the number of bytes that are there",
        )),
    }
}
