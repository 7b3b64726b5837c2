//! A multipart request with files, taken piece by piece: what it says, and the files, kept as they come in.
//!
//! Nothing of a file is held back in memory, and nothing is read that cannot be posted as far as that is known. A request that
//! is refused half-way is read on for a moment, since a client that is still sending does not read why it was refused; so is one
//! that is a repeat, which is answered without its files.

use super::body::{FormBody, RequestBody};
use super::{DURATION, MAX_DURATION_MS, check_sender};
use crate::error::ApiError;
use crate::extract::{conversation_number, socket_id};
use crate::state::ChatState;
use antiphon_chat::{
    FieldErrors, KeptFile, MAX_FILES, PostUpload, PostedMessage, Principal, UploadKind, Uploading,
};
use antiphon_domain::{ClientId, ConversationId, FileName, MessageBody, SenderType};
use antiphon_protocol::multipart::{PartHead, Piece};
use axum::extract::Request;
use axum::http::HeaderMap;

/// Bytes of a field that is no file: the longest message, and as much again.
const MAX_FIELD: usize = 64 * 1024;
/// Parts of a request: the files, the fields, and room for those that are named twice.
const MAX_PARTS: usize = MAX_FILES + 16;
/// Bytes of a request besides its files.
const OVERHEAD: u64 = 1024 * 1024;
/// The fields that are no files.
const FIELDS: &[&str] = &[
    "conversation_id",
    "client_id",
    "message",
    "reply_to_seq",
    "duration_ms",
    "sender_type",
    "socket_id",
];

const fn file_field(kind: UploadKind) -> &'static str {
    match kind {
        UploadKind::Files => "file",
        UploadKind::Voice => "voice_message",
    }
}

/// Takes the form and posts it.
pub(super) async fn post(
    state: &ChatState,
    principal: &Principal,
    request: Request,
    kind: UploadKind,
) -> Result<PostedMessage, ApiError> {
    let slot = state.uploads.take(principal)?;
    let uploading = state.chat.begin_upload(principal, kind).await?;
    let (parts, body) = request.into_parts();
    let limit = uploading
        .limits()
        .max_bytes
        .saturating_mul(uploading.limits().max_files as u64)
        .saturating_add(OVERHEAD);
    let body = RequestBody::new(&parts.headers, body, limit, state.settings.uploads.time);
    let announced = body.announced();
    let mut body = FormBody::new(&parts.headers, body)?;
    let received = if announced.is_some_and(|length| length > limit) {
        Err(ApiError::too_large("body", limit))
    } else {
        receive(state, principal, &uploading, &mut body, kind).await
    };
    let (posted, is_read) = match received {
        Ok(Outcome::Complete(received)) => {
            let headers = &parts.headers;
            let posted = received.post(state, principal, headers, &uploading, kind);
            (posted.await, true)
        }
        Ok(Outcome::Repeated(posted)) => (Ok(*posted), false),
        Err(refused) => (Err(refused), false),
    };
    if !is_read {
        body.drain().await;
    }
    drop(slot);
    posted
}

/// What came in.
#[derive(Debug, Default)]
struct Received {
    fields: Vec<(&'static str, String)>,
    files: Vec<KeptFile>,
}

/// What became of the body.
#[derive(Debug)]
enum Outcome {
    /// It is all here.
    Complete(Received),
    /// It is another copy of what was posted before, so nobody needs the rest of it.
    Repeated(Box<PostedMessage>),
}

async fn receive(
    state: &ChatState,
    principal: &Principal,
    uploading: &Uploading,
    body: &mut FormBody,
    kind: UploadKind,
) -> Result<Outcome, ApiError> {
    let mut received = Received::default();
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
        if head.name == file_field(kind) {
            if let Err(too_many) = uploading.limits().check_count(received.files.len() + 1) {
                return Err(ApiError::invalid(file_field(kind), &too_many.to_string()));
            }
            // Known by now or checked when it is posted; then what cannot be posted was received in vain.
            if let Some(id) = received.conversation_id() {
                let client_id = received.client_id();
                let posted = state.chat.check_upload(principal, id, client_id).await?;
                if let Some(posted) = posted {
                    return Ok(Outcome::Repeated(Box::new(posted)));
                }
            }
            let name = file_name(&head, kind)?;
            let kept = state.chat.keep_file(uploading, name, body).await;
            // Why the body stopped is more than that it did.
            if let Some(stopped) = body.take_error() {
                return Err(stopped);
            }
            received.files.push(kept.map_err(ApiError::from)?);
        } else if let Some(field) = FIELDS.iter().find(|field| **field == head.name) {
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
    Ok(Outcome::Complete(received))
}

fn file_name(head: &PartHead, kind: UploadKind) -> Result<FileName, ApiError> {
    let given = head.file_name.as_deref();
    let given = match kind {
        // What browsers call a recording that has no name.
        UploadKind::Voice => given
            .filter(|name| *name != "blob")
            .or(Some("voice-message")),
        UploadKind::Files => given,
    };
    let given = given.ok_or_else(|| ApiError::invalid(file_field(kind), "must be a file"))?;
    FileName::parse(given).map_err(|invalid| ApiError::invalid(file_field(kind), &invalid.0))
}

async fn text(body: &mut FormBody, field: &'static str) -> Result<String, ApiError> {
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
        uploading: &Uploading,
        kind: UploadKind,
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
            errors.add(file_field(kind), "is required");
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
        let reply_to_seq = self.field("reply_to_seq").and_then(|text| {
            let seq = text.trim().parse().ok();
            if seq.is_none() {
                errors.add("reply_to_seq", "must be an integer");
            }
            seq
        });
        let duration_ms = self.field("duration_ms").and_then(|text| {
            let duration = text.parse().ok().filter(|ms| *ms <= MAX_DURATION_MS);
            if duration.is_none() {
                errors.add("duration_ms", DURATION);
            }
            duration
        });
        let socket_id = self
            .field("socket_id")
            .and_then(|text| text.parse().ok())
            .or_else(|| socket_id(headers));
        errors.finish()?;
        check_sender(principal, sender_type)?;
        let Some(conversation_id) = conversation_id else {
            return Err(ApiError::invalid("conversation_id", "is required"));
        };
        if kind == UploadKind::Voice {
            if let Some(duration_ms) = duration_ms {
                uploading.limits().check_duration(duration_ms)?;
            }
            for file in &mut self.files {
                file.set_duration_ms(duration_ms);
            }
        }
        let post = PostUpload {
            conversation_id,
            body,
            files: self.files,
            is_voice: kind == UploadKind::Voice,
            reply_to_seq,
            client_id,
            socket_id,
        };
        Ok(state.chat.post_upload(principal, post).await?)
    }
}
