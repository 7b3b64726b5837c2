//! `POST /api/chatbot/init`: a visitor opens the chat.

use crate::error::ApiError;
use crate::extract::{ClientAddress, DeviceOf, Fields, JsonFields, WidgetCaller};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::Init;
use antiphon_domain::settings::Language;
use antiphon_domain::{
    ContactDetails, Conversation, ConversationDetails, ConversationId, Page, Zone,
};
use antiphon_wire::{AvailabilityJson, DeliveredMarksJson, MessageJson, RatingJson, ReadMarksJson};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

shape! {
    /// A visitor opens the chat. All of it is optional.
    #[schema(example = json!({ "visitor_name": "Eve", "page": { "url": "https://shop.example/shoes", "title": "Shoes" }, "locale": "en" }))]
    InitRequest {
        #[schema(max_length = 100)]
        visitor_name: Option<String>,
        #[schema(max_length = 254)]
        visitor_email: Option<String>,
        #[schema(max_length = 40)]
        visitor_phone: Option<String>,
        /// The site's own id of the visitor.
        #[schema(max_length = 200)]
        visitor_id: Option<String>,
        /// At most 8 KiB.
        #[schema(value_type = Option<Object>)]
        visitor_metadata: (),
        /// Resumes an earlier visit.
        visitor_token: Option<String>,
        /// Vouches for `visitor_id`.
        identity: Option<String>,
        new_conversation: Option<bool>,
        /// Opens this one of the visitor's own.
        conversation_id: Option<i64>,
        /// What was filled in, by the names of the widget's form.
        #[schema(value_type = Option<Object>)]
        pre_chat: (),
        consent: Option<bool>,
        /// `url`, `title` and `referrer`.
        #[schema(value_type = Option<Object>)]
        page: (),
        locale: Option<String>,
        timezone: Option<String>,
    }
}

/// A visitor and its conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InitAnswer)]
pub(crate) struct InitJson<'a> {
    success: bool,
    conversation_id: i64,
    widget_name: &'a str,
    welcome_message: &'a str,
    visitor_token: &'a str,
    channel: String,
    #[schema(schema_with = antiphon_wire::schema::status)]
    status: &'static str,
    messages: Vec<MessageJson<'a>>,
    last_seq: i64,
    revision: i64,
    read: ReadMarksJson,
    delivered: DeliveredMarksJson,
    rating: Option<RatingJson<'a>>,
    availability: AvailabilityJson,
}

/// Opens the chat.
#[utoipa::path(
    post,
    path = "/api/chatbot/init",
    request_body = InitRequest,
    responses((status = 200, description = "The visitor's token and conversation", body = InitJson<'static>), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson)),
    security(("widgetToken" = [])),
)]
pub(crate) async fn init(
    State(state): State<ChatState>,
    WidgetCaller(widget): WidgetCaller,
    ClientAddress(address): ClientAddress,
    DeviceOf(device): DeviceOf,
    JsonFields(fields): JsonFields,
) -> Result<Json<serde_json::Value>, ApiError> {
    let init = Init {
        device,
        address: Some(address),
        ..parse(fields)?
    };
    let opened = state.chat.init(&widget, init).await?;
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
        delivered: conversation.into(),
        rating: conversation.rating.as_ref().map(Into::into),
        availability: state.chat.availability(&widget).0.into(),
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
    let details = details(&mut fields);
    let init = Init {
        contact,
        visitor_token: fields.text("visitor_token"),
        identity: fields.text("identity"),
        new_conversation: fields.flag("new_conversation"),
        conversation_id: fields.integer("conversation_id").map(ConversationId),
        pre_chat: fields.members("pre_chat"),
        consent: fields.flag("consent"),
        details,
        ..Init::default()
    };
    if init.new_conversation && init.conversation_id.is_some() {
        fields.errors.add(
            "conversation_id",
            "cannot be combined with new_conversation",
        );
    }
    fields.finish()?;
    Ok(init)
}

/// What the browser says of itself. It fills in no form and can correct nothing, so what does not fit is left out, not refused.
fn details(fields: &mut Fields) -> ConversationDetails {
    let page = fields.members("page").unwrap_or_default();
    let member = |name: &str| page.get(name).and_then(Value::as_str);
    let locale = fields.text("locale");
    let time_zone = fields.text("timezone");
    ConversationDetails {
        page: Page {
            url: member("url").and_then(Page::clean_url),
            title: member("title").and_then(Page::clean_title),
            referrer: member("referrer").and_then(Page::clean_url),
        },
        locale: locale.and_then(|tag| Language::parse(&tag).ok()),
        time_zone: time_zone.and_then(|name| Zone::parse(&name).ok()),
        ..ConversationDetails::default()
    }
}
