//! `GET /console/api/apps/{app}/channels`: the largest channels, or those with a text in their names;
//! `…/channels/{name}`: one of them, with its members and what it remembers.

use super::{Operator, app, refused};
use crate::error::ApiError;
use crate::extract::QueryFields;
use crate::pusher::event;
use antiphon_protocol::{ChannelKind, ChannelName};
use antiphon_realtime::{ChannelOrder, ChannelSearch, Occupancy};
use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

/// Channels of one answer, unless another number is asked for.
const LIMIT: u32 = 100;
/// Members that are listed. A channel has a hundred, unless it is configured to have more.
const MAX_MEMBERS: usize = 500;

pub(crate) async fn list(
    Operator { hub }: Operator,
    Path(app_id): Path<String>,
    mut query: QueryFields,
) -> Result<Json<Value>, ApiError> {
    let app = app(&hub, &app_id)?;
    let contains = query.text("search").unwrap_or_default();
    let order = match query.text("order").as_deref() {
        None | Some("subscriptions") => ChannelOrder::Subscriptions,
        Some("name") => ChannelOrder::Name,
        Some(_) => {
            query.wrong("order", "must be subscriptions or name");
            ChannelOrder::default()
        }
    };
    let limit = query.limit(LIMIT);
    query.finish()?;
    let search = ChannelSearch {
        contains,
        order,
        limit: limit as usize,
    };
    let found = hub.find_channels(&app.id, &search);
    let channels = found.channels.iter();
    Ok(Json(json!({
        "channels": channels.map(|(name, occupancy)| summary(name, *occupancy)).collect::<Vec<_>>(),
        "matching": found.matching,
        "occupied": found.occupied,
    })))
}

pub(crate) async fn show(
    Operator { hub }: Operator,
    Path((app_id, name)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let app = app(&hub, &app_id)?;
    let channel = event::channel(&name).map_err(refused)?;
    let mut about = summary(&channel, hub.occupancy(&app.id, &channel));
    if channel.kind() == ChannelKind::Presence {
        let members = hub.some_members(&app.id, &channel, MAX_MEMBERS);
        let described = members.iter().map(|(id, info)| {
            let info = info
                .as_deref()
                .and_then(|info| serde_json::from_str::<Value>(info).ok());
            json!({ "id": **id, "info": info })
        });
        about["members"] = described.collect();
    }
    if channel.is_cache() {
        let cached = hub.cached(&app.id, &channel);
        about["cached"] = cached
            .map(|event| json!({ "event": *event.event, "data": *event.data, "ttl_ms": event.ttl_ms }))
            .into();
    }
    Ok(Json(about))
}

fn summary(name: &ChannelName, occupancy: Occupancy) -> Value {
    let kind = match name.kind() {
        ChannelKind::Public => "public",
        ChannelKind::Private => "private",
        ChannelKind::PrivateEncrypted => "encrypted",
        ChannelKind::Presence => "presence",
        ChannelKind::ServerToUser => "user",
    };
    json!({
        "name": name.as_str(),
        "kind": kind,
        "cache": name.is_cache(),
        "subscriptions": occupancy.subscriptions,
        "member_count": (name.kind() == ChannelKind::Presence).then_some(occupancy.members),
    })
}
