//! What a job of a broadcast carries: the events of one change, as the other server's API takes them.

use crate::AnySocketId;
use antiphon_domain::DomainEvent;
use antiphon_wire::{FileLinks, channel_events};
use serde::{Deserialize, Serialize};

/// Pusher's limit of an event's data, in bytes; larger ones go as a reference.
const MAX_DATA: usize = 10_000;

/// One event of the HTTP API's `batch_events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    pub(crate) name: String,
    pub(crate) channel: String,
    pub(crate) data: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) socket_id: Option<String>,
}

impl Outgoing {
    /// What is to be sent of a domain event.
    pub(crate) fn of(
        event: &DomainEvent,
        except: Option<AnySocketId>,
        links: &FileLinks,
    ) -> Vec<Self> {
        let of_channel = |event: antiphon_wire::ChannelEvent| Self {
            name: event.event.to_owned(),
            socket_id: except
                .filter(|_| event.to_others)
                .map(|socket_id| socket_id.to_string()),
            channel: event.channel,
            data: match event.reference {
                Some(reference) if event.data.len() > MAX_DATA => reference,
                _ => event.data,
            },
        };
        channel_events(event, links)
            .into_iter()
            .map(of_channel)
            .collect()
    }
}
