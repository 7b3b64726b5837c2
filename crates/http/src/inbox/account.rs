//! `/api/v1/account`: what agents see and change of themselves. By a login only.

use super::{AgentJson, agent_json};
use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, numeric_id};
use crate::openapi::shape;
use crate::rate_limit::Action;
use crate::state::ChatState;
use antiphon_chat::AccountChanges;
use antiphon_domain::{RecoveryCode, SessionId};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// Refuses a loop that tries passwords from a session that was left open.
fn limit_guesses(state: &ChatState, caller: &Agent) -> Result<(), ApiError> {
    let email = caller.agent.email.as_str();
    state.limits.check_token(Action::LogIn, email)
}

shape! {
    /// The second factor of the one who asks.
    TwoFactorJson {
        enabled: bool,
        /// Whether the whole team needs one.
        required: bool,
        recovery_codes_left: i64,
    }
}

shape! {
    /// The account of the one who asks.
    AccountAnswer {
        agent: AgentJson,
        /// Of the inbox; `null` is the browser's.
        language: Option<String>,
        two_factor: TwoFactorJson,
    }
}

shape! {
    /// What is to be another; what is absent stays.
    #[schema(example = json!({ "name": "Ada L." }))]
    UpdateAccountRequest {
        #[schema(min_length = 1, max_length = 100)]
        name: Option<String>,
        /// Needs the password.
        #[schema(max_length = 254)]
        email: Option<String>,
        /// A tag such as `de`; empty is the browser's.
        #[schema(max_length = 35)]
        language: Option<String>,
        /// Whether conversations are given to the one who asks by itself.
        available: Option<bool>,
        current_password: Option<String>,
    }
}

shape! {
    /// The account as it is now.
    AccountUpdatedAnswer { agent: AgentJson, language: Option<String> }
}

shape! {
    /// A new password, and the one that it takes the place of.
    #[schema(example = json!({ "current_password": "correct horse battery", "password": "a longer sentence" }))]
    ChangePasswordRequest {
        current_password: String,
        #[schema(min_length = 10, max_length = 1024)]
        password: String,
    }
}

shape! {
    /// A login that is still good.
    SessionJson {
        id: i64,
        /// Whether it is the one that asks.
        current: bool,
        created_at: String,
        /// To within some minutes.
        last_used_at: String,
        address: Option<String>,
        user_agent: Option<String>,
    }
}

shape! {
    /// Where the one who asks is logged in.
    SessionsAnswer { sessions: Vec<SessionJson> }
}

shape! {
    /// How many sessions were ended.
    EndedAnswer { ended: i64 }
}

shape! {
    /// A QR code: a path of unit squares, without its quiet zone.
    QrCodeJson {
        /// Squares on a side.
        size: i32,
        path: String,
    }
}

shape! {
    /// What an authenticator app is told. Nothing is stored yet.
    TwoFactorSecretAnswer {
        /// 32 letters and digits of Base32.
        secret: String,
        otpauth_url: String,
        qr: QrCodeJson,
    }
}

shape! {
    /// The proof that the app has the secret.
    #[schema(example = json!({ "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "code": "123456", "current_password": "correct horse battery" }))]
    EnableTwoFactorRequest { secret: String, code: String, current_password: String }
}

shape! {
    /// The password of the one who asks.
    #[schema(example = json!({ "current_password": "correct horse battery" }))]
    PasswordRequest { current_password: String }
}

shape! {
    /// Ten codes, each for one login. They are in this answer only.
    RecoveryCodesAnswer { recovery_codes: Vec<String> }
}

/// Reads the account of the one who asks.
#[utoipa::path(
    get,
    path = "/api/v1/account",
    responses((status = 200, description = "The account", body = AccountAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let two_factor = state.chat.two_factor(&caller.principal).await?;
    let body = json!({
        "agent": agent_json(&caller.agent),
        "language": caller.agent.language.as_ref().map(|language| language.as_str()),
        "two_factor": {
            "enabled": two_factor.enabled,
            "required": two_factor.required,
            "recovery_codes_left": two_factor.recovery_codes_left,
        },
    });
    Ok((NO_STORE, Json(body)).into_response())
}

/// Changes the account of the one who asks.
#[utoipa::path(
    patch,
    path = "/api/v1/account",
    request_body = UpdateAccountRequest,
    responses((status = 200, description = "The account as it is now", body = AccountUpdatedAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let changes = AccountChanges {
        name: fields.text("name"),
        email: fields.text("email"),
        language: fields.text("language"),
        available: fields.optional_flag("available"),
        current_password: fields.text("current_password"),
    };
    fields.finish()?;
    if changes.current_password.is_some() {
        limit_guesses(&state, &caller)?;
    }
    let agent = state
        .chat
        .update_account(&caller.principal, changes)
        .await?;
    Ok(Json(json!({
        "agent": agent_json(&agent),
        "language": agent.language.as_ref().map(|language| language.as_str()),
    })))
}

/// Changes the password of the one who asks, and ends its other sessions.
#[utoipa::path(
    post,
    path = "/api/v1/account/password",
    request_body = ChangePasswordRequest,
    responses((status = 204, description = "Done")),
    security(("session" = [])),
)]
pub(crate) async fn change_password(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<StatusCode, ApiError> {
    let current = fields.required_text("current_password");
    let password = fields.required_text("password");
    fields.finish()?;
    limit_guesses(&state, &caller)?;
    let (current, password) = (current.unwrap_or_default(), password.unwrap_or_default());
    let chat = &state.chat;
    chat.change_password(&caller.principal, current, password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the sessions of the one who asks.
#[utoipa::path(
    get,
    path = "/api/v1/account/sessions",
    responses((status = 200, description = "The most lately used first", body = SessionsAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn sessions(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let (sessions, current) = state.chat.sessions(&caller.principal).await?;
    let sessions = sessions.iter().map(|session| {
        json!({
            "id": session.id.0,
            "current": session.id == current,
            "created_at": rfc3339(session.created_at),
            "last_used_at": rfc3339(session.last_used_at),
            "address": session.address,
            "user_agent": session.user_agent,
        })
    });
    let body = json!({ "sessions": sessions.collect::<Vec<_>>() });
    Ok((NO_STORE, Json(body)).into_response())
}

/// Ends a session of the one who asks.
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The session")),
    responses((status = 204, description = "Done")),
    security(("session" = [])),
)]
pub(crate) async fn revoke_session(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = SessionId(numeric_id(&id, "session")?);
    state.chat.revoke_session(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every session of the one who asks but this one.
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions",
    responses((status = 200, description = "How many", body = EndedAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn revoke_other_sessions(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let n_ended = state.chat.revoke_other_sessions(&caller.principal).await?;
    Ok(Json(json!({ "ended": n_ended })))
}

/// Makes a secret for the authenticator app of the one who asks.
///
/// The picture is what an app scans: a path of unit squares on a grid of `size` by `size`, without its quiet zone.
#[utoipa::path(
    post,
    path = "/api/v1/account/two-factor/secret",
    responses((status = 200, description = "For the app", body = TwoFactorSecretAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn two_factor_secret(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let secret = state.chat.new_two_factor_secret(&caller.principal)?;
    let issuer = format!("Antiphon {}", state.settings.host());
    let url = secret.otpauth_url(&issuer, caller.agent.email.as_str());
    let (size, path) = crate::qr_code::path(&url).map_err(|_| {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The address is too long for a QR code",
        )
    })?;
    let body = json!({
        "secret": secret.to_base32(),
        "otpauth_url": url,
        "qr": { "size": size, "path": path },
    });
    Ok((NO_STORE, Json(body)).into_response())
}

/// Sets up the second factor of the one who asks.
#[utoipa::path(
    post,
    path = "/api/v1/account/two-factor",
    request_body = EnableTwoFactorRequest,
    responses((status = 200, description = "The recovery codes", body = RecoveryCodesAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn enable_two_factor(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let password = fields.required_text("current_password");
    let (secret, code) = (fields.required_text("secret"), fields.required_text("code"));
    fields.finish()?;
    limit_guesses(&state, &caller)?;
    let codes = state
        .chat
        .enable_two_factor(
            &caller.principal,
            password.unwrap_or_default(),
            &secret.unwrap_or_default(),
            &code.unwrap_or_default(),
        )
        .await?;
    Ok(recovery_codes(&codes))
}

/// Takes the second factor of the one who asks away.
#[utoipa::path(
    post,
    path = "/api/v1/account/two-factor/disable",
    request_body = PasswordRequest,
    responses((status = 204, description = "Done")),
    security(("session" = [])),
)]
pub(crate) async fn disable_two_factor(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<StatusCode, ApiError> {
    let password = fields.required_text("current_password");
    fields.finish()?;
    limit_guesses(&state, &caller)?;
    let chat = &state.chat;
    chat.disable_two_factor(&caller.principal, password.unwrap_or_default())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the recovery codes of the one who asks.
#[utoipa::path(
    post,
    path = "/api/v1/account/two-factor/recovery-codes",
    request_body = PasswordRequest,
    responses((status = 200, description = "The recovery codes", body = RecoveryCodesAnswer), (status = 404, description = "There is no second factor", body = crate::openapi::ErrorJson)),
    security(("session" = [])),
)]
pub(crate) async fn replace_recovery_codes(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let password = fields.required_text("current_password");
    fields.finish()?;
    limit_guesses(&state, &caller)?;
    let codes = state
        .chat
        .replace_recovery_codes(&caller.principal, password.unwrap_or_default())
        .await?;
    Ok(recovery_codes(&codes))
}

/// The one answer that has them in clear.
fn recovery_codes(codes: &[RecoveryCode]) -> Response {
    let codes: Vec<&str> = codes.iter().map(RecoveryCode::reveal).collect();
    (NO_STORE, Json(json!({ "recovery_codes": codes }))).into_response()
}
