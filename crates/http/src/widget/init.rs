//! `POST /api/chatbot/init`: a visitor opens the chat.

use crate::error::ApiError;
use crate::extract::{Fields, JsonFields, WidgetCaller};
use crate::state::ChatState;
use antiphon_chat::Init;
use antiphon_domain::{ContactDetails, Conversation};
use antiphon_wire::{MessageJson, ReadMarksJson};
use axum::Json;
use axum::extract::State;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct InitJson<'a> {
    success: bool,
    conversation_id: i64,
    widget_name: &'a str,
    welcome_message: &'a str,
    visitor_token: &'a str,
    channel: String,
    status: &'static str,
    messages: Vec<MessageJson<'a>>,
    last_seq: i64,
    revision: i64,
    read: ReadMarksJson,
}

pub(crate) async fn init(
    State(state): State<ChatState>,
    WidgetCaller(widget): WidgetCaller,
    JsonFields(fields): JsonFields,
) -> Result<Json<serde_json::Value>, ApiError> {
    let opened = state.chat.init(&widget, parse(fields)?).await?;
    let conversation = &opened.conversation;
    let answer = InitJson {
        success: true,
        conversation_id: conversation.id.0,
        widget_name: widget.name.as_str(),
        welcome_message: &widget.welcome_message,
        visitor_token: opened.visitor_token.reveal(),
        channel: Conversation::channel(conversation.id),
        status: conversation.status.as_str(),
        messages: opened
            .messages
            .iter()
            .map(|message| MessageJson::new(message, &state.links))
            .collect(),
        last_seq: conversation.last_seq,
        revision: conversation.revision,
        read: conversation.into(),
    };
    Ok(Json(serde_json::to_value(answer).map_err(|error| {
        antiphon_chat::ChatError::Internal(Box::new(error))
    })?))
}

fn parse(mut fields: Fields) -> Result<Init, ApiError> {
    let mut contact = ContactDetails::default();
    for (field, parse, place) in [
        (
            "visitor_name",
            ContactDetails::parse_name as fn(&str) -> _,
            &mut contact.name,
        ),
        (
            "visitor_email",
            ContactDetails::parse_email,
            &mut contact.email,
        ),
        (
            "visitor_phone",
            ContactDetails::parse_phone,
            &mut contact.phone,
        ),
        (
            "visitor_id",
            ContactDetails::parse_external_id,
            &mut contact.external_id,
        ),
    ] {
        if let Some(text) = fields.text(field) {
            *place = fields.errors.check(field, parse(&text)).flatten();
        }
    }
    if let Some(metadata) = fields.object("visitor_metadata") {
        contact.metadata = fields
            .errors
            .check("visitor_metadata", ContactDetails::parse_metadata(metadata))
            .flatten();
    }
    let init = Init {
        contact,
        visitor_token: fields.text("visitor_token"),
        identity: fields.text("identity"),
        new_conversation: fields.flag("new_conversation"),
    };
    fields.finish()?;
    Ok(init)
}
