//! `POST /apps/{app_id}/batch_events`: up to ten events at once, each on a channel of its own. All of them are sent, or none.

use super::error::PusherError;
use super::event;
use super::idempotency;
use super::info::Attributes;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_protocol::{ChannelName, SocketId};
use antiphon_realtime::{Publication, Published};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// Events of one batch, Pusher's own limit.
pub(super) const MAX_EVENTS: usize = 10;

#[derive(Deserialize)]
struct Batch {
    batch: Vec<Trigger>,
}

#[derive(Deserialize)]
struct Trigger {
    name: String,
    data: String,
    channel: String,
    socket_id: Option<String>,
    info: Option<String>,
}

/// What of an event had to be checked.
struct Checked {
    channel: [ChannelName; 1],
    except: Option<SocketId>,
    attributes: Attributes,
}

pub(crate) async fn trigger(
    State(state): State<WebSocketState>,
    signed: Signed,
) -> Result<Response, PusherError> {
    let answer = idempotency::once(&state, "batch_events", &signed, |once| {
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
    let Batch { batch } = serde_json::from_slice(&signed.body).map_err(|error| {
        PusherError::bad_request(format!(
            "The body must be an object with batch, a list of events with name, data (a string) and channel: {error}"
        ))
    })?;
    if batch.len() > MAX_EVENTS {
        return Err(PusherError::bad_request(format!(
            "Batch too large: {} events, the most is {MAX_EVENTS}",
            batch.len()
        )));
    }
    let checked = batch
        .iter()
        .enumerate()
        .map(|(index, trigger)| {
            check(trigger).map_err(|error| error.within(&format!("batch[{index}]")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let publications: Vec<_> = batch
        .iter()
        .zip(&checked)
        .zip(0..)
        .map(|((trigger, checked), place)| Publication {
            channels: &checked.channel,
            event: &trigger.name,
            data: &trigger.data,
            except: checked.except,
            once: once.map(|once| once.wrapping_add(place)),
        })
        .collect();
    match state.hub.publish_all(&signed.app, &publications) {
        Published::Queued => {}
        Published::Overloaded => return Err(PusherError::overloaded()),
    }
    if checked.iter().all(|event| event.attributes.is_empty()) {
        return Ok(json!({}));
    }
    let described: Vec<_> = checked
        .iter()
        .map(
            |Checked {
                 channel: [channel],
                 attributes,
                 ..
             }| attributes.look_up(&state.hub, &signed.app.id, channel),
        )
        .collect();
    Ok(json!({ "batch": described }))
}

fn check(trigger: &Trigger) -> Result<Checked, PusherError> {
    event::check(&trigger.name, &trigger.data)?;
    Ok(Checked {
        channel: [event::channel(&trigger.channel)?],
        except: event::socket_id(trigger.socket_id.as_deref())?,
        attributes: Attributes::parse_counts(trigger.info.as_deref().unwrap_or_default())?,
    })
}
