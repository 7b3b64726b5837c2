//! An event as a backend sends it, by itself or in a batch: what both must have, and how large it may be.

use super::error::PusherError;
use antiphon_protocol::{ChannelName, SocketId};
use antiphon_realtime::Hub;
use std::time::Duration;

/// Characters of an event's name.
pub(super) const MAX_NAME: usize = 200;
/// Bytes of an event's data, Pusher's own limit.
pub(super) const MAX_DATA: usize = 10_240;

/// How long an answer waits for the cluster's log. Longer than a node takes to find that it has to do without.
const LOG_PATIENCE: Duration = Duration::from_secs(5);

/// Waits until what was sent cannot get lost with this node: at once but in a cluster.
pub(crate) async fn settle(hub: &Hub) {
    hub.settle(LOG_PATIENCE).await;
}

pub(crate) fn check(name: &str, data: &str) -> Result<(), PusherError> {
    let characters = name.chars().count();
    if characters == 0 || characters > MAX_NAME {
        return Err(PusherError::bad_request(format!(
            "name must have 1 to {MAX_NAME} characters"
        )));
    }
    if ["pusher:", "pusher_internal:"]
        .iter()
        .any(|reserved| name.starts_with(reserved))
    {
        return Err(PusherError::bad_request(
            "name must not begin with pusher: or pusher_internal:",
        ));
    }
    if data.len() > MAX_DATA {
        return Err(PusherError::too_large(format!(
            "The data content of this event exceeds the allowed maximum ({MAX_DATA} bytes)"
        )));
    }
    Ok(())
}

pub(crate) fn channel(name: &str) -> Result<ChannelName, PusherError> {
    ChannelName::parse(name)
        .map_err(|error| PusherError::bad_request(format!("channel {name:?}: {error}")))
}

/// The connection that does not get the event. Libraries send an empty one for nobody.
pub(crate) fn socket_id(text: Option<&str>) -> Result<Option<SocketId>, PusherError> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error| PusherError::bad_request(format!("socket_id: {error}"))),
    }
}
