//! A multipart request with files, taken piece by piece: what it says, and the files, kept as they come in.
//!
//! Nothing of a file is held back in memory, and nothing is read that cannot be posted as far as that is known. A request that
//! is refused half-way is read on for a moment, since a client that is still sending does not read why it was refused.

mod body;
mod slots;

pub(crate) use slots::Slots;

use crate::error::ApiError;
use crate::extract::{conversation_number, socket_id};
use crate::state::ChatState;
use antiphon_chat::{
    FieldErrors, KeptFile, MAX_FILES, PostUpload, PostedMessage, Principal, Uploading,
};
use antiphon_domain::{ClientId, ConversationId, FileName, MessageBody, SenderType};
use antiphon_protocol::multipart::{PartHead, Piece};
use antiphon_wire::{AttachmentJson, FileLinks, rfc3339, seed_timestamp};
use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use body::UploadBody;
use serde_json::json;

/// Bytes of a field that is no file: the longest message, and as much again.
const MAX_FIELD: usize = 64 * 1024;
/// Parts of a request: the files, the fields, and room for those that are named twice.
const MAX_PARTS: usize = MAX_FILES + 16;
/// Bytes of a request besides its files.
const OVERHEAD: u64 = 1024 * 1024;
/// The longest recording that a client may claim to send, in milliseconds: a day.
const MAX_DURATION_MS: u64 = 86_400_000;

/// Which request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any files.
    Files,
    /// One recording.
    Voice,
}

impl Kind {
    const fn file_field(self) -> &'static str {
        match self {
            Self::Files => "file",
            Self::Voice => "voice_message",
        }
    }

    const fn max_files(self) -> usize {
        match self {
            Self::Files => MAX_FILES,
            Self::Voice => 1,
        }
    }

    /// The fields that are no files.
    const fn fields(self) -> &'static [&'static str] {
        &[
            "conversation_id",
            "client_id",
            "message",
            "duration_ms",
            "sender_type",
            "socket_id",
        ]
    }
}

/// Takes the request and posts it.
pub(crate) async fn post(
    state: &ChatState,
    principal: &Principal,
    request: Request<Body>,
    kind: Kind,
) -> Result<Response, ApiError> {
    let slot = state.uploads.take(principal)?;
    let mut uploading = state.chat.begin_upload(principal).await?;
    if kind == Kind::Voice {
        uploading = uploading.sounds_only();
    }
    let (parts, body) = request.into_parts();
    let limit = uploading
        .rules()
        .max_bytes
        .saturating_mul(kind.max_files() as u64)
        .saturating_add(OVERHEAD);
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let mut body = UploadBody::new(&parts.headers, body, limit, state.settings.uploads.time)?;
    let received = if announced.is_some_and(|length| length > limit) {
        Err(ApiError::too_large("body", limit))
    } else {
        receive(state, principal, uploading, &mut body, kind).await
    };
    let posted = match received {
        Ok(received) => received.post(state, principal, &parts.headers, kind).await,
        Err(refused) => Err(refused),
    };
    if posted.is_err() {
        body.drain().await;
    }
    drop(slot);
    Ok(answer(&posted?, &state.links))
}

/// What came in.
#[derive(Debug)]
struct Received {
    fields: Vec<(&'static str, String)>,
    files: Vec<KeptFile>,
}

async fn receive(
    state: &ChatState,
    principal: &Principal,
    mut uploading: Uploading,
    body: &mut UploadBody,
    kind: Kind,
) -> Result<Received, ApiError> {
    let mut received = Received {
        fields: Vec::new(),
        files: Vec::new(),
    };
    let mut n_parts = 0;
    loop {
        let head = match body.piece().await? {
            Piece::Begin(head) => head,
            Piece::Done => break,
            Piece::Data(_) | Piece::End => continue,
        };
        n_parts += 1;
        if n_parts > MAX_PARTS {
            return Err(ApiError::invalid("body", "must not have so many parts"));
        }
        if head.name == kind.file_field() {
            if received.files.len() == kind.max_files() {
                let reason = format!("must not be more than {} in a message", kind.max_files());
                return Err(ApiError::invalid(kind.file_field(), &reason));
            }
            // Known by now or checked when it is posted; then what cannot be posted was received in vain.
            if let Some(id) = received.conversation_id() {
                let client_id = received.client_id();
                state.chat.check_upload(principal, id, client_id).await?;
            }
            let name = file_name(&head, kind)?;
            let kept = state.chat.keep_file(&mut uploading, name, body).await;
            // Why the body stopped is more than that it did.
            if let Some(stopped) = body.take_error() {
                return Err(stopped);
            }
            received.files.push(kept.map_err(ApiError::from)?);
        } else if let Some(field) = kind.fields().iter().find(|field| **field == head.name) {
            if received.field(field).is_some() {
                return Err(ApiError::invalid(field, "must not be sent twice"));
            }
            let text = text(body, field).await?;
            received.fields.push((field, text));
        } else {
            let shown: String = head.name.chars().take(64).collect();
            return Err(ApiError::invalid(&shown, "is no field of this request"));
        }
    }
    Ok(received)
}

fn file_name(head: &PartHead, kind: Kind) -> Result<FileName, ApiError> {
    let given = head.file_name.as_deref();
    let given = match kind {
        // What browsers call a recording that has no name.
        Kind::Voice => given
            .filter(|name| *name != "blob")
            .or(Some("voice-message")),
        Kind::Files => given,
    };
    let given = given.ok_or_else(|| ApiError::invalid(kind.file_field(), "must be a file"))?;
    FileName::parse(given).map_err(|invalid| ApiError::invalid(kind.file_field(), &invalid.0))
}

async fn text(body: &mut UploadBody, field: &'static str) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Piece::Data(more) = body.piece().await? {
        bytes.extend_from_slice(&more);
        if bytes.len() > MAX_FIELD {
            let reason = format!("must not be longer than {MAX_FIELD} bytes");
            return Err(ApiError::invalid(field, &reason));
        }
    }
    String::from_utf8(bytes).map_err(|_| ApiError::invalid(field, "must be UTF-8 text"))
}

impl Received {
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, text)| text.as_str())
    }

    fn conversation_id(&self) -> Option<ConversationId> {
        conversation_number(self.field("conversation_id")?).map(ConversationId)
    }

    fn client_id(&self) -> Option<ClientId> {
        ClientId::parse(self.field("client_id")?).ok()
    }

    async fn post(
        mut self,
        state: &ChatState,
        principal: &Principal,
        headers: &HeaderMap,
        kind: Kind,
    ) -> Result<PostedMessage, ApiError> {
        let mut errors = FieldErrors::default();
        let conversation_id = self.conversation_id();
        match self.field("conversation_id") {
            None => errors.add("conversation_id", "is required"),
            Some(_) if conversation_id.is_none() => {
                errors.add("conversation_id", "must be an integer");
            }
            Some(_) => {}
        }
        if self.files.is_empty() {
            errors.add(kind.file_field(), "is required");
        }
        let client_id = self
            .field("client_id")
            .and_then(|text| errors.check("client_id", ClientId::parse(text)));
        let body = self
            .field("message")
            .filter(|text| !text.trim().is_empty())
            .and_then(|text| errors.check("message", MessageBody::parse(text)));
        let sender_type = self
            .field("sender_type")
            .and_then(|text| errors.check("sender_type", SenderType::parse(text)));
        let duration_ms = self.field("duration_ms").and_then(|text| {
            let duration = text.parse().ok().filter(|ms| *ms <= MAX_DURATION_MS);
            if duration.is_none() {
                errors.add(
                    "duration_ms",
                    "must be a whole number of milliseconds, a day at most",
                );
            }
            duration
        });
        let socket_id = self
            .field("socket_id")
            .and_then(|text| text.parse().ok())
            .or_else(|| socket_id(headers));
        errors.finish()?;
        if sender_type.is_some_and(|sender| sender != principal.sender_type()) {
            return Err(ApiError::forbidden(
                "the sender_type is not the credential's",
            ));
        }
        let Some(conversation_id) = conversation_id else {
            return Err(ApiError::invalid("conversation_id", "is required"));
        };
        if kind == Kind::Voice {
            for file in &mut self.files {
                file.set_duration_ms(duration_ms);
            }
        }
        let post = PostUpload {
            conversation_id,
            body,
            files: self.files,
            is_voice: kind == Kind::Voice,
            client_id,
            socket_id,
        };
        Ok(state.chat.post_upload(principal, post).await?)
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
