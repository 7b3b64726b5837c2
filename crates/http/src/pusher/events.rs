//! `POST /apps/{app_id}/events`: a backend triggers an event on up to 100 channels.

use super::error::PusherError;
use super::event;
use super::idempotency;
use super::info::Attributes;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_realtime::{Publication, Published};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Channels of one event.
pub(super) const MAX_CHANNELS: usize = 100;

#[derive(Deserialize)]
struct Trigger {
    name: String,
    data: String,
    #[serde(default)]
    channels: Vec<String>,
    channel: Option<String>,
    socket_id: Option<String>,
    info: Option<String>,
}

pub(crate) async fn trigger(
    State(state): State<WebSocketState>,
    signed: Signed,
) -> Result<Response, PusherError> {
    let answer = idempotency::once(&state, "events", &signed, |once| {
        publish(&state, &signed, once)
    })?;
    event::settle(&state.hub).await;
    Ok(answer)
}

fn publish(
    state: &WebSocketState,
    signed: &Signed,
    once: Option<u128>,
) -> Result<Value, PusherError> {
    let trigger: Trigger = serde_json::from_slice(&signed.body).map_err(|error| {
        PusherError::bad_request(format!(
            "The body must be an object with name, data (a string) and channels: {error}"
        ))
    })?;
    event::check(&trigger.name, &trigger.data)?;
    let names = trigger.channels.iter().chain(&trigger.channel);
    let channels = names
        .map(|name| event::channel(name))
        .collect::<Result<Vec<_>, _>>()?;
    if channels.is_empty() || channels.len() > MAX_CHANNELS {
        return Err(PusherError::bad_request(format!(
            "channels must name 1 to {MAX_CHANNELS} channels"
        )));
    }
    let attributes = Attributes::parse_counts(trigger.info.as_deref().unwrap_or_default())?;
    let publication = Publication {
        channels: &channels,
        event: &trigger.name,
        data: &trigger.data,
        except: event::socket_id(trigger.socket_id.as_deref())?,
        once,
    };
    match state.hub.publish(&signed.app, publication) {
        Published::Queued => {}
        Published::Overloaded => return Err(PusherError::overloaded()),
    }
    if attributes.is_empty() {
        return Ok(json!({}));
    }
    let described = channels.iter().map(|channel| {
        let about = attributes.look_up(&state.hub, &signed.app.id, channel);
        (channel.as_str().to_owned(), about.into())
    });
    Ok(json!({ "channels": described.collect::<Map<_, _>>() }))
}
