//! A channel's event whose id is still open: what costs time is done before the lock under which ids are given.

use super::{Quoted, channel_event};
use crate::event_id::{self, EventId};
use crate::ws::{Opcode, frame};
use bytes::Bytes;
use std::fmt::Write as _;

/// What follows an id in the message.
const END: &[u8] = b"\"}";

/// A whole WebSocket frame with an event, in which an id of fixed length has its place.
#[derive(Debug)]
pub struct EventDraft(Vec<u8>);

impl EventDraft {
    /// An event that was published on a channel; `data` is the published text.
    pub fn new(channel: &str, event: &str, data: &str) -> Self {
        let mut json = channel_event(channel, event, data);
        json.pop();
        write!(json, r#","id":{}}}"#, Quoted(&"0".repeat(event_id::LEN)))
            .expect("writing to a String cannot fail");
        let mut bytes = Vec::with_capacity(json.len() + frame::MAX_HEAD);
        frame::write(&mut bytes, Opcode::Text, json.as_bytes());
        Self(bytes)
    }

    /// The frame with this id, ready to be shared. Costs one small write, and no allocation.
    pub fn with_id(mut self, id: EventId) -> Bytes {
        let end = self.0.len() - END.len();
        let mut place = &mut self.0[end - event_id::LEN..end];
        std::io::Write::write_fmt(&mut place, format_args!("{id}"))
            .expect("an id has the length of its place");
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_id_stands_beside_what_stock_clients_look_at() {
        let id = EventId {
            epoch: 0xabc,
            serial: 0x1f,
        };
        let frame = EventDraft::new("a", "e", r#"{"n":"é"}"#).with_id(id);
        let head = frame.len() - usize::from(frame[1]);
        let message: serde_json::Value = serde_json::from_slice(&frame[head..]).unwrap();
        assert_eq!(
            message,
            json!({"event": "e", "channel": "a", "data": r#"{"n":"é"}"#, "id": "00000abc-00000000001f"})
        );
    }
}
