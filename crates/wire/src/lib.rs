//! The JSON shapes of the chat contract that both an answer and a broadcast carry.
//!
//! Entities are not `Serialize`: what goes out is spelled here, field by field, so that renaming a field of the domain
//! cannot change what a widget reads. Shapes that only one endpoint has live with that endpoint.
#![warn(missing_docs)]

mod attachment;
mod conversation;
mod event;
mod links;
mod message;
mod note;
pub mod schema;
mod time;
mod visitor;

pub use attachment::AttachmentJson;
pub use conversation::{
    AssignedTeamJson, AssigneeJson, ConversationJson, DeliveredMarksJson, InboxRowJson,
    ReadMarksJson,
};
pub use event::{AGENTS_CHANNEL, ChannelEvent, INBOX_CHANNEL, agent_user, channel_events};
pub use links::{FileLinks, LinkError, Variant};
pub use message::{MessageJson, MessageRef, QuickReplyJson, QuoteJson};
pub use note::{MentionJson, NoteJson};
pub use time::{parse_rfc3339, rfc3339, seed_timestamp};
pub use visitor::{AvailabilityJson, DetailsJson, RatingJson};
