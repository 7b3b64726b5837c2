//! What the API is, for programs and for the page to try it: OpenAPI 3.1, made from what stands on the handlers.
//!
//! A handler says its own: parameters with their limits, body, answers. What holds for all alike is added here (`common`): the
//! refusals, the group, the id of the operation. A test compares the description with the router.

mod common;
#[cfg(test)]
mod tests;

use crate::{broadcasting, inbox, widget};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use common::Common;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use utoipa::OpenApi;

/// A shape that only the description knows: the handler takes such a body field by field, or writes such an answer by hand.
macro_rules! shape {
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }
    ) => {
        #[derive(utoipa::ToSchema)]
        $(#[$meta])*
        #[expect(dead_code, reason = "only its schema is used")]
        pub(crate) struct $name {
            $($(#[$field_meta])* $field: $type,)*
        }
    };
}
pub(crate) use shape;

shape! {
    /// Why a request was refused.
    #[schema(as = Error, example = json!({ "error": "Validation failed", "details": { "name": ["The name is required."] }, "request_id": "0198c1a2" }))]
    ErrorJson {
        error: String,
        /// What is wrong with which field.
        details: Option<BTreeMap<String, Vec<String>>>,
        /// The log has more under it.
        request_id: String,
    }
}

shape! {
    /// It is done.
    DoneAnswer { success: bool }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Antiphon",
        description = "Live chat: conversations, people and settings for programs and the inbox (`/api/v1`), and what a widget speaks \
            (`/api/chatbot`). Times are RFC 3339 in UTC. Every answer has an `X-Request-Id`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    // What an operation needs unless it says otherwise.
    security(("agentToken" = []), ("session" = [])),
    components(schemas(ErrorJson)),
    modifiers(&Common),
    paths(
        document,
        broadcasting::auth,
        broadcasting::user_auth,
        inbox::account::change_password,
        inbox::account::disable_two_factor,
        inbox::account::enable_two_factor,
        inbox::account::replace_recovery_codes,
        inbox::account::revoke_other_sessions,
        inbox::account::revoke_session,
        inbox::account::sessions,
        inbox::account::show,
        inbox::account::two_factor_secret,
        inbox::account::update,
        inbox::agents::create_password_reset,
        inbox::agents::list,
        inbox::agents::reset_two_factor,
        inbox::agents::update,
        inbox::audit::list,
        inbox::blocks::add,
        inbox::blocks::list,
        inbox::blocks::remove,
        inbox::canned_replies::create,
        inbox::canned_replies::delete,
        inbox::canned_replies::list,
        inbox::canned_replies::update,
        inbox::conversations::assign,
        inbox::conversations::bulk,
        inbox::conversations::close,
        inbox::conversations::labels,
        inbox::conversations::list,
        inbox::conversations::priority,
        inbox::conversations::reopen,
        inbox::conversations::show,
        inbox::conversations::snooze,
        inbox::counts::counts,
        inbox::delivered::mark,
        inbox::invitations::accept,
        inbox::invitations::check,
        inbox::invitations::create,
        inbox::invitations::list,
        inbox::invitations::revoke,
        inbox::labels::create,
        inbox::labels::delete,
        inbox::labels::list,
        inbox::labels::update,
        inbox::me::me,
        inbox::mentions::list,
        inbox::mentions::read,
        inbox::messages::delete,
        inbox::messages::edit,
        inbox::notes::add,
        inbox::notes::delete,
        inbox::notes::edit,
        inbox::notes::list,
        inbox::password_reset::check,
        inbox::password_reset::reset,
        inbox::reports::by,
        inbox::reports::csat,
        inbox::reports::overview,
        inbox::reports::series,
        inbox::push_subscriptions::list,
        inbox::push_subscriptions::looking,
        inbox::push_subscriptions::subscribe,
        inbox::push_subscriptions::test,
        inbox::push_subscriptions::unsubscribe,
        inbox::routing::capacity_of_all,
        inbox::routing::set_capacity_of_all,
        inbox::routing::show,
        inbox::routing::update,
        inbox::retention::set,
        inbox::retention::show,
        inbox::security::show,
        inbox::security::update,
        inbox::session::log_in,
        inbox::session::log_out,
        inbox::setup::check,
        inbox::setup::set_up,
        inbox::search::search,
        inbox::teams::create,
        inbox::teams::delete,
        inbox::teams::list,
        inbox::teams::update,
        inbox::tokens::create,
        inbox::tokens::list,
        inbox::tokens::revoke,
        inbox::views::create,
        inbox::views::delete,
        inbox::views::list,
        inbox::views::update,
        inbox::transcript::transcript,
        inbox::visitor_export::export,
        inbox::visitors::erase,
        inbox::visitors::note,
        inbox::visitors::show,
        inbox::webhooks::change,
        inbox::webhooks::create,
        inbox::webhooks::delete,
        inbox::webhooks::deliveries,
        inbox::webhooks::list,
        inbox::webhooks::replay,
        inbox::webhooks::rotate,
        inbox::webhooks::test,
        inbox::widgets::activate,
        inbox::widgets::change,
        inbox::widgets::create,
        inbox::widgets::deactivate,
        inbox::widgets::installation,
        inbox::widgets::list,
        inbox::widgets::rotate_identity_secret,
        inbox::widgets::rotate_token,
        inbox::widgets::show,
        widget::config::config,
        widget::conversation::conversation,
        widget::conversations::conversations,
        widget::delivered::delivered,
        widget::file::files,
        widget::file::voice,
        widget::init::init,
        widget::message::message,
        widget::page::page,
        widget::rating::rating,
        widget::read::read,
        widget::transcript::transcript,
        widget::upload::abandon,
        widget::upload::append,
        widget::upload::begin,
    ),
)]
struct Description;

/// The description as JSON, as `docs/openapi.json` and `GET /api/v1/openapi.json` have it.
pub fn openapi() -> String {
    let json = Description::openapi().to_pretty_json();
    json.expect(
        "a description has string keys and no floats that are none, so it always serializes",
    ) + "\n"
}

/// Reads this description.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
    security(()),
)]
pub(crate) async fn document() -> Response {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| openapi().into());
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, document.clone()).into_response()
}
