//! `/api/v1/invitations`: into the team, by a one-time link that an administrator hands on.

use super::AgentAnswer;
use super::session::logged_in_answer;
use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, LogIn, SessionOrigin, numeric_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::Invitation;
use antiphon_domain::{AgentRole, InvitationId, PersonName};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// An invitation that waits.
    InvitationJson {
        id: i64,
        email: String,
        name: Option<String>,
        role: String,
        invited_by: Option<i64>,
        created_at: String,
        expires_at: String,
    }
}

shape! {
    /// The invitations that wait.
    InvitationsAnswer { invitations: Vec<InvitationJson> }
}

shape! {
    /// Somebody to invite.
    #[schema(example = json!({ "email": "bea@example.com", "role": "agent" }))]
    InviteRequest {
        #[schema(max_length = 254)]
        email: String,
        #[schema(max_length = 100)]
        name: Option<String>,
        /// `admin`, `agent` or `viewer`.
        role: String,
    }
}

shape! {
    /// The invitation; its link is in this answer only.
    InvitedAnswer { invitation: InvitationJson, url: String }
}

shape! {
    /// The token of the link.
    #[schema(example = json!({ "token": "cbj_…" }))]
    CheckInvitationRequest { token: String }
}

shape! {
    /// What the link is for.
    InvitationAnswer { invitation: InvitationJson }
}

shape! {
    /// The invited.
    #[schema(example = json!({ "token": "cbj_…", "name": "Bea", "password": "correct horse battery" }))]
    AcceptInvitationRequest {
        token: String,
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        #[schema(min_length = 10, max_length = 1024)]
        password: String,
    }
}

/// Lists the invitations that wait.
#[utoipa::path(
    get,
    path = "/api/v1/invitations",
    responses((status = 200, description = "Oldest first; administrators only", body = InvitationsAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let invitations = state.chat.invitations(&caller.principal).await?;
    let invitations: Vec<Value> = invitations.iter().map(invitation_json).collect();
    let body = json!({ "invitations": invitations });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Invites somebody into the team.
///
/// The link is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/api/v1/invitations",
    request_body = InviteRequest,
    responses((status = 201, description = "The invitation and its link", body = InvitedAnswer)),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let (email, name) = (fields.required_text("email"), fields.text("name"));
    let role = fields.required_text("role").and_then(|role| {
        let parsed = AgentRole::parse(&role);
        fields.errors.check("role", parsed)
    });
    fields.finish()?;
    let request = antiphon_chat::InviteRequest {
        email: email.unwrap_or_default(),
        name,
        role: role.unwrap_or(AgentRole::Viewer),
    };
    let (invitation, token) = state.chat.invite(&caller.principal, request).await?;
    let url = format!(
        "{}/inbox/invitation#{}",
        state.settings.app_url,
        token.reveal()
    );
    let body = json!({ "invitation": invitation_json(&invitation), "url": url });
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, no_store, Json(body)).into_response())
}

/// Takes an invitation back.
#[utoipa::path(
    delete,
    path = "/api/v1/invitations/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The invitation")),
    responses((status = 204, description = "Done")),
)]
pub(crate) async fn revoke(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = InvitationId(numeric_id(&id, "invitation")?);
    state.chat.revoke_invitation(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks what an invitation is for.
///
/// What the invited sees before accepting.
#[utoipa::path(
    post,
    path = "/api/v1/invitations/check",
    request_body = CheckInvitationRequest,
    responses((status = 200, description = "The invitation", body = InvitationAnswer), (status = 403, description = "The link is used up or over, or the page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn check(
    State(state): State<ChatState>,
    _: LogIn,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let token = fields.required_text("token");
    fields.finish()?;
    let invitation = state.chat.invitation(&token.unwrap_or_default()).await?;
    Ok(Json(json!({ "invitation": invitation_json(&invitation) })))
}

/// Accepts an invitation, and logs in.
#[utoipa::path(
    post,
    path = "/api/v1/invitations/accept",
    request_body = AcceptInvitationRequest,
    responses((status = 201, description = "The agent, and the cookie of the session", body = AgentAnswer), (status = 403, description = "The link is used up or over, or the page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn accept(
    State(state): State<ChatState>,
    _: LogIn,
    SessionOrigin(origin): SessionOrigin,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let token = fields.required_text("token");
    let (name, password) = (
        fields.required_text("name"),
        fields.required_text("password"),
    );
    fields.finish()?;
    let logged_in = state
        .chat
        .accept_invitation(
            &token.unwrap_or_default(),
            &name.unwrap_or_default(),
            password.unwrap_or_default(),
            origin,
        )
        .await?;
    Ok(logged_in_answer(&state, &logged_in, StatusCode::CREATED))
}

fn invitation_json(invitation: &Invitation) -> Value {
    json!({
        "id": invitation.id.0,
        "email": invitation.email.as_str(),
        "name": invitation.name.as_ref().map(PersonName::as_str),
        "role": invitation.role.as_str(),
        "invited_by": invitation.invited_by.map(|id| id.0),
        "created_at": rfc3339(invitation.created_at),
        "expires_at": rfc3339(invitation.expires_at),
    })
}
