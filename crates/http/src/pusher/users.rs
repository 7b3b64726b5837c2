//! `POST /apps/{app_id}/users/{user_id}/terminate_connections`: closes every connection that is signed in as the user.

use super::error::PusherError;
use super::event;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_protocol::user;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

pub(crate) async fn terminate_connections(
    State(state): State<WebSocketState>,
    Path((_, user_id)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    user::channel(&user_id)
        .map_err(|error| PusherError::bad_request(format!("user {user_id:?}: {error}")))?;
    state.hub.terminate_user(&signed.app.id, &user_id);
    event::settle(&state.hub).await;
    Ok(Json(json!({})))
}
