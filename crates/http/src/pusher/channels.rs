//! `GET /apps/{app_id}/channels`: the occupied channels; `…/channels/{name}`: one of them, occupied or not;
//! `…/channels/{name}/users`: the members of a presence channel.

use super::error::PusherError;
use super::event;
use super::info::Attributes;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_protocol::ChannelKind;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};

const PRESENCE: &str = "presence-";

pub(crate) async fn list(
    State(state): State<WebSocketState>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    let prefix = signed.parameter("filter_by_prefix");
    let attributes = Attributes::parse_counts(&signed.parameter("info"))?;
    if attributes.user_count && !prefix.starts_with(PRESENCE) {
        return Err(PusherError::bad_request(
            "user_count may only be requested for presence channels: filter_by_prefix must begin with presence-",
        ));
    }
    let channels = state.hub.occupied_channels(&signed.app.id, &prefix);
    let described = channels.iter().map(|(channel, occupancy)| {
        let about = attributes.describe(channel, *occupancy);
        (channel.as_str().to_owned(), about.into())
    });
    Ok(Json(
        json!({ "channels": described.collect::<Map<_, _>>() }),
    ))
}

pub(crate) async fn show(
    State(state): State<WebSocketState>,
    Path((_, name)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    let channel = event::channel(&name)?;
    let attributes = Attributes::parse(&signed.parameter("info"))?;
    if attributes.user_count && channel.kind() != ChannelKind::Presence {
        return Err(PusherError::bad_request(
            "user_count may only be requested for a presence channel",
        ));
    }
    if attributes.cache && !channel.is_cache() {
        return Err(PusherError::bad_request(
            "cache may only be requested for a cache channel",
        ));
    }
    let occupancy = state.hub.occupancy(&signed.app.id, &channel);
    let mut answer = attributes.describe(&channel, occupancy);
    answer.insert("occupied".to_owned(), (occupancy.subscriptions > 0).into());
    if attributes.cache {
        let cached = state.hub.cached(&signed.app.id, &channel);
        let cache =
            cached.map(|event| json!({ "data": *event.data, "ttl": event.ttl_ms.div_ceil(1_000) }));
        answer.insert("cache".to_owned(), cache.into());
    }
    Ok(Json(answer.into()))
}

pub(crate) async fn users(
    State(state): State<WebSocketState>,
    Path((_, name)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    let channel = event::channel(&name)?;
    if channel.kind() != ChannelKind::Presence {
        return Err(PusherError::bad_request(
            "Users may only be requested of a presence channel",
        ));
    }
    let members = state.hub.members(&signed.app.id, &channel);
    let users: Vec<_> = members.iter().map(|id| json!({ "id": **id })).collect();
    Ok(Json(json!({ "users": users })))
}
