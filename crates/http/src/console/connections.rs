//! `GET /console/api/apps/{app}/connections`: the newest connections, one by its socket id, or those of a user or a channel;
//! `POST …/connections/{socket_id}/close` and `POST …/users/{user_id}/terminate` end them.

use super::{Operator, app, refused};
use crate::error::ApiError;
use crate::extract::QueryFields;
use crate::pusher::event;
use antiphon_protocol::{ChannelName, SocketId};
use antiphon_realtime::{ConnectionInfo, FindConnections};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Connections of one answer, unless another number is asked for.
const LIMIT: u32 = 50;

pub(crate) async fn list(
    Operator { hub }: Operator,
    Path(app_id): Path<String>,
    mut query: QueryFields,
) -> Result<Json<Value>, ApiError> {
    let app = app(&hub, &app_id)?;
    let (socket_id, user_id, channel) = (
        query.text("socket_id"),
        query.text("user_id"),
        query.text("channel"),
    );
    let limit = query.limit(LIMIT);
    let find = match (socket_id, user_id, channel) {
        (Some(text), ..) => match text.parse::<SocketId>() {
            Ok(socket_id) => FindConnections::SocketId(socket_id),
            Err(error) => {
                query.wrong("socket_id", &error.to_string());
                FindConnections::Newest
            }
        },
        (None, Some(user_id), _) => FindConnections::User(user_id.into()),
        (None, None, Some(name)) => {
            FindConnections::Channel(event::channel(&name).map_err(refused)?)
        }
        (None, None, None) => FindConnections::Newest,
    };
    query.finish()?;
    let found = hub.connections(&app.id, &find, limit as usize).await;
    Ok(Json(json!({
        "connections": found.connections.iter().map(describe).collect::<Vec<_>>(),
        "total": hub.connection_count(&app.id),
        "complete": found.complete,
    })))
}

pub(crate) async fn close(
    Operator { hub }: Operator,
    Path((app_id, socket_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let app = app(&hub, &app_id)?;
    let missing = || ApiError::not_found("connection");
    let socket_id = socket_id.parse().map_err(|_| missing())?;
    match hub.close_connection(&app.id, socket_id).await {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(missing()),
    }
}

pub(crate) async fn terminate(
    Operator { hub }: Operator,
    Path((app_id, user_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let app = app(&hub, &app_id)?;
    hub.terminate_user(&app.id, &user_id);
    Ok(StatusCode::NO_CONTENT)
}

fn describe(connection: &ConnectionInfo) -> Value {
    let channels = connection.channels.iter().map(ChannelName::as_str);
    json!({
        "socket_id": connection.socket_id.to_string(),
        "age_ms": connection.age_ms,
        "silent_ms": connection.silent_ms,
        "address": connection.address.map(|address| address.to_string()),
        "user_id": connection.user_id.as_deref(),
        "subscriptions": connection.subscriptions,
        "channels": channels.collect::<Vec<_>>(),
        "waiting_bytes": connection.waiting_bytes,
    })
}
