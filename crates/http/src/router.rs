//! Every route, on one page.

use crate::console::{self, Console};
use crate::error::ApiError;
use crate::middleware::{around, cors, method_not_allowed, not_found};
use crate::relay::Relay;
use crate::state::{ChatState, Realtime, UpState, WebSocketState};
use crate::{broadcasting, files, inbox, openapi, pages, pusher, relay, widget};
use axum::Router;
use axum::middleware::from_fn;
use axum::response::IntoResponse as _;
use axum::routing::{any, delete, get, patch, post, put};
use tower_http::catch_panic::CatchPanicLayer;

/// Everything: the chat, its pages, the console unless it is switched off, and the Pusher API if the WebSocket server is in
/// this process. `path_prefix` is `REVERB_SERVER_PATH`, empty or `/like/this`.
pub fn chat_router(
    chat: ChatState,
    realtime: Realtime,
    path_prefix: &str,
    console: Option<Console>,
) -> Router {
    let contract = Router::new()
        .route("/api/chatbot/config", get(widget::config::config))
        .route("/api/chatbot/init", post(widget::init::init))
        .route("/api/chatbot/message", post(widget::message::message))
        .route(
            "/api/chatbot/conversation/{id}",
            get(widget::conversation::conversation),
        )
        .route("/api/chatbot/file", post(widget::file::files))
        .route("/api/chatbot/voice", post(widget::file::voice))
        .route("/api/chatbot/upload", post(widget::upload::begin))
        .route(
            "/api/chatbot/upload/{upload_id}",
            patch(widget::upload::append).delete(widget::upload::abandon),
        )
        .route(
            "/api/chatbot/conversation/{id}/transcript",
            get(widget::transcript::transcript),
        )
        .route(
            "/api/chatbot/conversations",
            get(widget::conversations::conversations),
        )
        .route("/api/chatbot/rating", post(widget::rating::rating))
        .route("/api/chatbot/page", post(widget::page::page))
        .route("/api/chatbot/read", post(widget::read::read))
        .route("/api/chatbot/delivered", post(widget::delivered::delivered))
        .route("/broadcasting/auth", post(broadcasting::auth))
        .route("/broadcasting/user-auth", post(broadcasting::user_auth))
        // Set before the layer, which then also answers the preflight of a route that has no OPTIONS.
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(cors));
    let inbox = Router::new()
        .route("/api/v1/setup", post(inbox::setup::set_up))
        .route("/api/v1/setup/check", post(inbox::setup::check))
        .route(
            "/api/v1/session",
            post(inbox::session::log_in).delete(inbox::session::log_out),
        )
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/me", get(inbox::me::me))
        .route(
            "/api/v1/me/looking",
            post(inbox::push_subscriptions::looking),
        )
        .route(
            "/api/v1/me/push_subscriptions",
            get(inbox::push_subscriptions::list).post(inbox::push_subscriptions::subscribe),
        )
        .route(
            "/api/v1/me/push_subscriptions/{id}",
            delete(inbox::push_subscriptions::unsubscribe),
        )
        .route(
            "/api/v1/me/push_subscriptions/{id}/test",
            post(inbox::push_subscriptions::test),
        )
        .route(
            "/api/v1/account",
            get(inbox::account::show).patch(inbox::account::update),
        )
        .route(
            "/api/v1/account/password",
            post(inbox::account::change_password),
        )
        .route(
            "/api/v1/account/sessions",
            get(inbox::account::sessions).delete(inbox::account::revoke_other_sessions),
        )
        .route(
            "/api/v1/account/sessions/{id}",
            delete(inbox::account::revoke_session),
        )
        .route(
            "/api/v1/account/two-factor",
            post(inbox::account::enable_two_factor),
        )
        .route(
            "/api/v1/account/two-factor/secret",
            post(inbox::account::two_factor_secret),
        )
        .route(
            "/api/v1/account/two-factor/disable",
            post(inbox::account::disable_two_factor),
        )
        .route(
            "/api/v1/account/two-factor/recovery-codes",
            post(inbox::account::replace_recovery_codes),
        )
        .route(
            "/api/v1/tokens",
            get(inbox::tokens::list).post(inbox::tokens::create),
        )
        .route("/api/v1/tokens/{id}", delete(inbox::tokens::revoke))
        .route(
            "/api/v1/invitations",
            get(inbox::invitations::list).post(inbox::invitations::create),
        )
        .route(
            "/api/v1/invitations/{id}",
            delete(inbox::invitations::revoke),
        )
        .route("/api/v1/invitations/check", post(inbox::invitations::check))
        .route(
            "/api/v1/invitations/accept",
            post(inbox::invitations::accept),
        )
        .route("/api/v1/password-reset", post(inbox::password_reset::reset))
        .route(
            "/api/v1/password-reset/check",
            post(inbox::password_reset::check),
        )
        .route(
            "/api/v1/security",
            get(inbox::security::show).patch(inbox::security::update),
        )
        .route("/api/v1/agents", get(inbox::agents::list))
        .route("/api/v1/agents/{id}", patch(inbox::agents::update))
        .route(
            "/api/v1/agents/{id}/password-reset",
            post(inbox::agents::create_password_reset),
        )
        .route(
            "/api/v1/agents/{id}/two-factor",
            delete(inbox::agents::reset_two_factor),
        )
        .route("/api/v1/audit", get(inbox::audit::list))
        .route(
            "/api/v1/routing",
            get(inbox::routing::capacity_of_all).put(inbox::routing::set_capacity_of_all),
        )
        .route(
            "/api/v1/widgets/{id}/routing",
            get(inbox::routing::show).put(inbox::routing::update),
        )
        .route("/api/v1/conversations", get(inbox::conversations::list))
        .route("/api/v1/delivered", post(inbox::delivered::mark))
        .route(
            "/api/v1/webhooks",
            get(inbox::webhooks::list).post(inbox::webhooks::create),
        )
        .route(
            "/api/v1/webhooks/{id}",
            patch(inbox::webhooks::change).delete(inbox::webhooks::delete),
        )
        .route(
            "/api/v1/webhooks/{id}/rotate",
            post(inbox::webhooks::rotate),
        )
        .route("/api/v1/webhooks/{id}/test", post(inbox::webhooks::test))
        .route(
            "/api/v1/widgets",
            get(inbox::widgets::list).post(inbox::widgets::create),
        )
        .route(
            "/api/v1/widgets/{id}",
            get(inbox::widgets::show).patch(inbox::widgets::change),
        )
        .route(
            "/api/v1/widgets/{id}/activate",
            post(inbox::widgets::activate),
        )
        .route(
            "/api/v1/widgets/{id}/deactivate",
            post(inbox::widgets::deactivate),
        )
        .route(
            "/api/v1/widgets/{id}/installation",
            get(inbox::widgets::installation),
        )
        .route(
            "/api/v1/widgets/{id}/rotate_token",
            post(inbox::widgets::rotate_token),
        )
        .route(
            "/api/v1/widgets/{id}/rotate_identity_secret",
            post(inbox::widgets::rotate_identity_secret),
        )
        .route(
            "/api/v1/webhooks/{id}/deliveries",
            get(inbox::webhooks::deliveries),
        )
        .route(
            "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
            post(inbox::webhooks::replay),
        )
        .route(
            "/api/v1/conversations/{id}/close",
            post(inbox::conversations::close),
        )
        .route(
            "/api/v1/conversations/{id}/reopen",
            post(inbox::conversations::reopen),
        )
        .route(
            "/api/v1/conversations/{id}/assign",
            post(inbox::conversations::assign),
        )
        .route("/api/v1/conversations/counts", get(inbox::counts::counts))
        .route(
            "/api/v1/conversations/bulk",
            post(inbox::conversations::bulk),
        )
        .route(
            "/api/v1/conversations/{id}",
            get(inbox::conversations::show),
        )
        .route(
            "/api/v1/conversations/{id}/snooze",
            post(inbox::conversations::snooze),
        )
        .route(
            "/api/v1/conversations/{id}/priority",
            post(inbox::conversations::priority),
        )
        .route(
            "/api/v1/conversations/{id}/labels",
            put(inbox::conversations::labels),
        )
        .route("/api/v1/search", get(inbox::search::search))
        .route("/api/v1/reports/overview", get(inbox::reports::overview))
        .route("/api/v1/reports/series", get(inbox::reports::series))
        .route("/api/v1/reports/by/{grouping}", get(inbox::reports::by))
        .route("/api/v1/reports/csat", get(inbox::reports::csat))
        .route(
            "/api/v1/labels",
            get(inbox::labels::list).post(inbox::labels::create),
        )
        .route(
            "/api/v1/labels/{id}",
            patch(inbox::labels::update).delete(inbox::labels::delete),
        )
        .route(
            "/api/v1/teams",
            get(inbox::teams::list).post(inbox::teams::create),
        )
        .route(
            "/api/v1/teams/{id}",
            patch(inbox::teams::update).delete(inbox::teams::delete),
        )
        .route(
            "/api/v1/views",
            get(inbox::views::list).post(inbox::views::create),
        )
        .route(
            "/api/v1/views/{id}",
            patch(inbox::views::update).delete(inbox::views::delete),
        )
        .route(
            "/api/v1/conversations/{id}/notes",
            get(inbox::notes::list).post(inbox::notes::add),
        )
        .route(
            "/api/v1/notes/{id}",
            patch(inbox::notes::edit).delete(inbox::notes::delete),
        )
        .route(
            "/api/v1/messages/{id}",
            patch(inbox::messages::edit).delete(inbox::messages::delete),
        )
        .route(
            "/api/v1/conversations/{id}/transcript",
            get(inbox::transcript::transcript),
        )
        .route(
            "/api/v1/visitors/{id}",
            get(inbox::visitors::show)
                .patch(inbox::visitors::note)
                .delete(inbox::visitors::erase),
        )
        .route(
            "/api/v1/visitors/{id}/export",
            get(inbox::visitor_export::export),
        )
        .route(
            "/api/v1/widgets/{id}/retention",
            get(inbox::retention::show).put(inbox::retention::set),
        )
        .route(
            "/api/v1/blocks",
            get(inbox::blocks::list).post(inbox::blocks::add),
        )
        .route("/api/v1/blocks/{id}", delete(inbox::blocks::remove))
        .route("/api/v1/mentions", get(inbox::mentions::list))
        .route("/api/v1/mentions/read", post(inbox::mentions::read))
        .route(
            "/api/v1/canned-replies",
            get(inbox::canned_replies::list).post(inbox::canned_replies::create),
        )
        .route(
            "/api/v1/canned-replies/{id}",
            patch(inbox::canned_replies::update).delete(inbox::canned_replies::delete),
        );
    let files = Router::new()
        .route("/files/{id}", get(files::whole))
        .route("/files/{id}/thumbnail", get(files::thumbnail));
    let pages = Router::new()
        .route("/", get(pages::home))
        .route("/api/docs", get(pages::api))
        .route("/inbox", get(pages::inbox))
        .route("/inbox/service-worker.js", get(pages::inbox_service_worker))
        .route("/inbox/manifest.webmanifest", get(pages::inbox_manifest))
        .route("/inbox/{*path}", get(pages::inbox))
        .route("/chatbot-test.html", get(pages::test_page))
        .route("/chatbot-test.json", get(pages::test_page_widget))
        .route("/widget-preview", get(pages::widget_preview))
        .route("/demo", get(pages::demo))
        .route("/demo/preview", get(pages::demo_preview))
        .route("/chatbot-widget.js", get(pages::widget_script))
        .route("/antiphon-resume.js", get(pages::resume_script))
        .route("/assets/{*path}", get(pages::asset));
    let realtime_routes = match &realtime {
        Realtime::Here(state) => pusher_api(path_prefix, state.clone()),
        Realtime::There(server) => Router::new()
            .route(&format!("{path_prefix}/app/{{key}}"), any(relay::websocket))
            .with_state(Relay::to(*server)),
    };
    let health = Router::new()
        .route("/up", get(pusher::up::chat))
        .route("/live", get(pusher::up::live))
        .with_state(UpState(chat.clone(), realtime));
    finish(
        contract
            .merge(inbox)
            .merge(files)
            .merge(pages)
            .with_state(chat)
            .merge(realtime_routes)
            .merge(console.map(console_routes).unwrap_or_default())
            .merge(health),
    )
}

/// The WebSocket server by itself, `reverb:start`: the Pusher API, its health, the script for those who use it, and the
/// console unless it is switched off.
pub fn websocket_router(
    state: WebSocketState,
    path_prefix: &str,
    console: Option<Console>,
) -> Router {
    let own = Router::new()
        .route("/up", get(pusher::up::websocket))
        .route("/live", get(pusher::up::live))
        .route("/antiphon-resume.js", get(pages::resume_script))
        .with_state(state.clone());
    let console =
        console.map(|console| console_routes(console).route("/assets/{*path}", get(pages::asset)));
    finish(
        pusher_api(path_prefix, state)
            .merge(own)
            .merge(console.unwrap_or_default()),
    )
}

fn console_routes(console: Console) -> Router {
    Router::new()
        .route(
            "/console/api/session",
            get(console::session::show)
                .post(console::session::log_in)
                .delete(console::session::log_out),
        )
        .route("/console/api/overview", get(console::overview::overview))
        .route("/console/api/tail", get(console::tail::tail))
        .route(
            "/console/api/apps/{app_id}/channels",
            get(console::channels::list),
        )
        .route(
            "/console/api/apps/{app_id}/channels/{name}",
            get(console::channels::show),
        )
        .route(
            "/console/api/apps/{app_id}/channels/{name}/history",
            get(console::history::show),
        )
        .route(
            "/console/api/apps/{app_id}/connections",
            get(console::connections::list),
        )
        .route(
            "/console/api/apps/{app_id}/connections/{socket_id}/close",
            post(console::connections::close),
        )
        .route(
            "/console/api/apps/{app_id}/users/{user_id}/terminate",
            post(console::connections::terminate),
        )
        .route(
            "/console/api/apps/{app_id}/events",
            post(console::events::send),
        )
        .route(
            "/console/api/apps/{app_id}/webhooks",
            get(console::webhooks::list),
        )
        .route(
            "/console/api/apps/{app_id}/webhooks/{delivery}/replay",
            post(console::webhooks::replay),
        )
        .route("/console/api/{*path}", any(not_found))
        .route("/console", get(pages::console))
        .route("/console/{*path}", get(pages::console))
        .with_state(console)
}

fn pusher_api(path_prefix: &str, state: WebSocketState) -> Router {
    let api = Router::new()
        .route("/apps/{app_id}/events", post(pusher::events::trigger))
        .route(
            "/apps/{app_id}/batch_events",
            post(pusher::batch_events::trigger),
        )
        .route("/apps/{app_id}/channels", get(pusher::channels::list))
        .route(
            "/apps/{app_id}/channels/{name}",
            get(pusher::channels::show),
        )
        .route(
            "/apps/{app_id}/channels/{name}/events",
            get(pusher::history::list),
        )
        .route(
            "/apps/{app_id}/channels/{name}/users",
            get(pusher::channels::users),
        )
        .route(
            "/apps/{app_id}/users/{user_id}/terminate_connections",
            post(pusher::users::terminate_connections),
        )
        .route(
            "/apps/{app_id}/connections",
            get(pusher::connections::count),
        )
        .route(
            "/apps/{app_id}/webhook_deliveries",
            get(pusher::webhook_deliveries::list),
        )
        .route(
            "/apps/{app_id}/webhook_deliveries/{delivery}/replay",
            post(pusher::webhook_deliveries::replay),
        )
        .with_state(state);
    if path_prefix.is_empty() {
        api
    } else {
        Router::new().nest(path_prefix, api)
    }
}

fn finish(router: Router) -> Router {
    let panicked = |_: Box<dyn std::any::Any + Send>| ApiError::panicked().into_response();
    router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(around))
}
