//! `POST /apps/{app_id}/events`: a backend triggers an event on up to 100 channels.

use super::error::PusherError;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_protocol::{ChannelName, SocketId};
use antiphon_realtime::{Publication, Published};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

/// Characters of an event's name.
const MAX_NAME: usize = 200;
/// Bytes of an event's data, Pusher's own limit.
const MAX_DATA: usize = 10_240;
/// Channels of one event.
const MAX_CHANNELS: usize = 100;

#[derive(Deserialize)]
struct Trigger {
    name: String,
    data: String,
    #[serde(default)]
    channels: Vec<String>,
    channel: Option<String>,
    socket_id: Option<String>,
}

pub(crate) async fn trigger(
    State(state): State<WebSocketState>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    let trigger: Trigger = serde_json::from_slice(&signed.body).map_err(|error| {
        PusherError::bad_request(format!(
            "The body must be an object with name, data (a string) and channels: {error}"
        ))
    })?;
    let characters = trigger.name.chars().count();
    if characters == 0 || characters > MAX_NAME {
        return Err(PusherError::bad_request(format!(
            "name must have 1 to {MAX_NAME} characters"
        )));
    }
    if ["pusher:", "pusher_internal:"]
        .iter()
        .any(|reserved| trigger.name.starts_with(reserved))
    {
        return Err(PusherError::bad_request(
            "name must not begin with pusher: or pusher_internal:",
        ));
    }
    if trigger.data.len() > MAX_DATA {
        return Err(PusherError::too_large(format!(
            "The data content of this event exceeds the allowed maximum ({MAX_DATA} bytes)"
        )));
    }
    let names = trigger.channels.into_iter().chain(trigger.channel);
    let channels = names
        .map(|name| {
            ChannelName::parse(&name)
                .map_err(|error| PusherError::bad_request(format!("channel {name:?}: {error}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if channels.is_empty() || channels.len() > MAX_CHANNELS {
        return Err(PusherError::bad_request(format!(
            "channels must name 1 to {MAX_CHANNELS} channels"
        )));
    }
    let except = match trigger.socket_id.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            text.parse::<SocketId>()
                .map_err(|error| PusherError::bad_request(format!("socket_id: {error}")))?,
        ),
    };
    let publication = Publication {
        channels: &channels,
        event: &trigger.name,
        data: &trigger.data,
        except,
    };
    match state.hub.publish(&signed.app, publication) {
        Published::Queued => Ok(Json(json!({}))),
        Published::Overloaded => Err(PusherError::overloaded()),
    }
}
