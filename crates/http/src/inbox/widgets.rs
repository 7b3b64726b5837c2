//! `/api/v1/widgets`: the websites, as administrators set them up and as everybody of the team reads them.

mod rotate;

pub(crate) use rotate::*;

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{Administrator, NewWidgetRequest, SeenHost, SeenWidget, WidgetChanges};
use antiphon_domain::{Invalid, Widget, WidgetId};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A website's widget, in a list.
    #[schema(as = WidgetRow)]
    WidgetRowJson {
        id: i64,
        /// Shown to visitors.
        name: String,
        /// Public: it stands in the site's pages.
        token: String,
        /// The hosts on whose pages it may run.
        domains: Vec<String>,
        /// Whether it answers anybody.
        active: bool,
        #[schema(format = DateTime)]
        created_at: String,
        /// When a site had its answer last, give or take five minutes.
        #[schema(format = DateTime)]
        last_seen_at: Option<String>,
    }
}

shape! {
    /// A website's widget.
    #[schema(as = Widget)]
    WidgetJson {
        id: i64,
        /// Shown to visitors.
        name: String,
        /// Public: it stands in the site's pages.
        token: String,
        /// The hosts on whose pages it may run.
        domains: Vec<String>,
        /// Whether it answers anybody.
        active: bool,
        #[schema(format = DateTime)]
        created_at: String,
        /// When a site had its answer last, give or take five minutes.
        #[schema(format = DateTime)]
        last_seen_at: Option<String>,
        /// The first line that a visitor reads.
        welcome_message: String,
        /// Complete, with what is as by default.
        #[schema(value_type = Object)]
        settings: (),
        /// Until when the token before this one is taken as well.
        #[schema(format = DateTime)]
        previous_token_ends_at: Option<String>,
        /// Until when signatures with the identity secret before this one are taken as well.
        #[schema(format = DateTime)]
        previous_identity_secret_ends_at: Option<String>,
    }
}

shape! {
    /// The websites' widgets.
    WidgetsAnswer { widgets: Vec<WidgetRowJson> }
}

shape! {
    /// A widget.
    WidgetAnswer { widget: WidgetJson }
}

shape! {
    /// A widget and the key for its visitors' identities, which is told only now.
    WidgetWithSecretAnswer {
        widget: WidgetJson,
        identity_secret: String,
    }
}

shape! {
    /// A widget to be made.
    #[schema(example = json!({ "name": "Shop", "domains": ["shop.example", "*.shop.example"] }))]
    WidgetRequest {
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        /// Hosts, without scheme and port; `*.` for all below one, `*` for any.
        #[schema(max_items = 50)]
        domains: Vec<String>,
        /// A greeting unless given.
        #[schema(max_length = 500)]
        welcome_message: Option<String>,
    }
}

shape! {
    /// What is to be another; what is absent stays.
    #[schema(example = json!({ "settings": { "theme": { "color": "#0b7a5b" } } }))]
    ChangeWidgetRequest {
        #[schema(min_length = 1, max_length = 100)]
        name: Option<String>,
        /// All of them.
        #[schema(max_items = 50)]
        domains: Option<Vec<String>>,
        #[schema(max_length = 500)]
        welcome_message: Option<String>,
        /// As a whole, at most 64 KiB: what it leaves out is as by default.
        #[schema(value_type = Option<Object>)]
        settings: (),
    }
}

shape! {
    /// A host on whose pages the widget was asked for.
    #[schema(as = SeenHost)]
    SeenHostJson {
        host: String,
        #[schema(format = DateTime)]
        first_seen_at: String,
        /// Give or take five minutes.
        #[schema(format = DateTime)]
        last_seen_at: String,
        /// Whether it had its answer, the last time, or was refused.
        answered: bool,
        /// Whether it is among the domains now.
        allowed: bool,
    }
}

shape! {
    /// Where the widget was seen.
    InstallationAnswer { hosts: Vec<SeenHostJson> }
}

/// Lists the widgets.
#[utoipa::path(
    get,
    path = "/api/v1/widgets",
    responses((status = 200, description = "All of them, oldest first", body = WidgetsAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let widgets = state.chat.seen_widgets(&caller.principal).await?;
    let widgets: Vec<Value> = widgets.iter().map(row_json).collect();
    Ok(no_store(json!({ "widgets": widgets })))
}

/// Makes a widget.
#[utoipa::path(
    post,
    path = "/api/v1/widgets",
    request_body = WidgetRequest,
    responses((status = 201, description = "The new widget; administrators only", body = WidgetWithSecretAnswer)),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    fields.require("domains");
    let (name, domains) = (fields.required_text("name"), domains(&mut fields));
    let welcome_message = fields.text("welcome_message");
    fields.finish()?;
    let request = NewWidgetRequest {
        name: name.unwrap_or_default(),
        domains: domains.unwrap_or_default(),
        welcome_message,
    };
    let by = Administrator::Caller(&caller.principal);
    let made = state.chat.create_widget(by, &request).await?;
    let secret = made.identity_secret.clone();
    let body = json!({ "widget": widget_json(&state, made).await?, "identity_secret": secret });
    let mut answer = no_store(body);
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// Reads a widget with its settings.
#[utoipa::path(
    get,
    path = "/api/v1/widgets/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    responses((status = 200, description = "As it is now", body = WidgetAnswer)),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = widget_id(&id)?;
    let seen = state.chat.seen_widget(&caller.principal, id).await?;
    Ok(no_store(json!({ "widget": whole_json(&seen) })))
}

/// Changes a widget in what is given.
#[utoipa::path(
    patch,
    path = "/api/v1/widgets/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    request_body = ChangeWidgetRequest,
    responses((status = 200, description = "As it is now; administrators only. A mistake in the settings is named by its path, such as `settings.theme.color`", body = WidgetAnswer)),
)]
pub(crate) async fn change(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let id = widget_id(&id)?;
    let all = ["name", "domains", "welcome_message", "settings"];
    if !all.iter().any(|field| fields.has(field)) {
        let reason = "is required without domains, welcome_message and settings";
        fields.errors.add("name", reason);
    }
    let changes = WidgetChanges {
        name: fields.text("name"),
        domains: domains(&mut fields),
        welcome_message: fields.text("welcome_message"),
        settings: fields.members("settings").map(Value::Object),
    };
    fields.finish()?;
    let by = Administrator::Caller(&caller.principal);
    let changed = state.chat.update_widget(by, id, changes).await?;
    answer(&state, changed).await
}

/// Has a widget answer again.
#[utoipa::path(
    post,
    path = "/api/v1/widgets/{id}/activate",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    responses((status = 200, description = "As it is now; administrators only", body = WidgetAnswer)),
)]
pub(crate) async fn activate(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    set_active(&state, &caller, &id, true).await
}

/// Has a widget answer nobody.
#[utoipa::path(
    post,
    path = "/api/v1/widgets/{id}/deactivate",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    responses((status = 200, description = "Visitors see no chat from now on; administrators only", body = WidgetAnswer)),
)]
pub(crate) async fn deactivate(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    set_active(&state, &caller, &id, false).await
}

/// Lists the hosts on whose pages a widget was asked for.
#[utoipa::path(
    get,
    path = "/api/v1/widgets/{id}/installation",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    responses((status = 200, description = "The latest first: at most 20 that had an answer, and 20 that were refused; administrators only", body = InstallationAnswer)),
)]
pub(crate) async fn installation(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = widget_id(&id)?;
    let hosts = state
        .chat
        .widget_installation(&caller.principal, id)
        .await?;
    let hosts: Vec<Value> = hosts.iter().map(host_json).collect();
    Ok(no_store(json!({ "hosts": hosts })))
}

async fn set_active(
    state: &ChatState,
    caller: &Agent,
    id: &str,
    active: bool,
) -> Result<Response, ApiError> {
    let id = widget_id(id)?;
    let by = Administrator::Caller(&caller.principal);
    let changed = state.chat.set_widget_active(by, id, active).await?;
    answer(state, changed).await
}

fn widget_id(text: &str) -> Result<WidgetId, ApiError> {
    path_id(text, "widget").map(WidgetId)
}

/// The list of domains, whose own rules are the use case's.
fn domains(fields: &mut Fields) -> Option<Vec<String>> {
    let values = fields.list("domains")?;
    let texts: Option<Vec<String>> = values
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect();
    let texts = texts.ok_or_else(|| Invalid::new("must be a list of strings"));
    fields.errors.check("domains", texts)
}

async fn answer(state: &ChatState, widget: Widget) -> Result<Response, ApiError> {
    Ok(no_store(
        json!({ "widget": widget_json(state, widget).await? }),
    ))
}

fn no_store(body: Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn widget_json(state: &ChatState, widget: Widget) -> Result<Value, ApiError> {
    Ok(whole_json(&state.chat.with_last_seen(widget).await?))
}

fn row_json(seen: &SeenWidget) -> Value {
    let widget = &seen.widget;
    json!({
        "id": widget.id.0,
        "name": widget.name.as_str(),
        "token": widget.token.as_str(),
        "domains": widget.allowed_domains.as_slice(),
        "active": widget.active,
        "created_at": rfc3339(widget.created_at),
        "last_seen_at": seen.last_seen_at.map(rfc3339),
    })
}

fn whole_json(seen: &SeenWidget) -> Value {
    let widget = &seen.widget;
    let mut json = row_json(seen);
    json["welcome_message"] = json!(widget.welcome_message);
    json["settings"] = widget.settings.document();
    let token = widget.previous_token.as_ref();
    json["previous_token_ends_at"] = json!(token.map(|replaced| rfc3339(replaced.ends_at)));
    let secret = widget.previous_identity_secret.as_ref();
    json["previous_identity_secret_ends_at"] =
        json!(secret.map(|replaced| rfc3339(replaced.ends_at)));
    json
}

fn host_json(SeenHost { sighting, allowed }: &SeenHost) -> Value {
    json!({
        "host": sighting.host.as_str(),
        "first_seen_at": rfc3339(sighting.first_seen_at),
        "last_seen_at": rfc3339(sighting.last_seen_at),
        "answered": sighting.answered,
        "allowed": allowed,
    })
}
