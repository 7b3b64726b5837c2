//! The application core: what visitors and agents can do, in terms of the domain and the ports.
//!
//! One file per use case. Each parses and authorizes, asks the store for one transaction, and tells what happened after it is
//! on disk. No HTTP, no SQL, no socket is known here.
#![warn(missing_docs)]

mod access;
mod agents;
mod audit;
mod blocks;
mod canned_replies;
mod channels;
mod chat;
mod delivered;
mod describe;
mod desk;
mod edit_message;
mod error;
mod file;
mod identity;
mod inbox;
mod init;
mod notes;
mod password;
mod post_message;
mod prune;
mod random;
mod rate;
mod read;
mod read_conversation;
mod upload;
mod visitor_conversations;
mod visits;
mod watch;
mod widget;

pub use access::{AgentCaller, Principal, require};
pub use agents::{LoggedIn, NewAgentRequest};
pub use antiphon_broadcast::{AnySocketId, Broadcaster};
pub use antiphon_domain::{Permission, Permissions};
pub use antiphon_files::{AllowedTypes, FileBody, FileStore, Handout, Refusal, Source, Stop};
pub use antiphon_store::{
    AuditEntry, AuditFilter, DeliveredMark, InboxFilter, MAX_DELIVERED_MARKS, VisitorConversation,
};
pub use audit::AuditPage;
pub use blocks::BlockList;
pub use canned_replies::{CannedReplyChanges, CannedReplyList, CannedReplyRequest};
pub use channels::{ChannelGrant, ChannelMember};
pub use chat::{Chat, Ports};
pub use describe::{DESCRIBE_JOBS, DESCRIBE_TIME, DescribeError};
pub use error::{ChatError, FieldErrors};
pub use file::{FileVariant, OpenedFile};
pub use inbox::{InboxList, InboxRequest};
pub use init::{Init, Opened};
pub use notes::{MentionList, NoteList};
pub use post_message::{PostMessage, PostedMessage};
pub use prune::Pruned;
pub use random::{Random, RandomUnavailable};
pub use rate::RateConversation;
pub use read_conversation::{ConversationRead, Cursor, Newer, ReadConversation};
pub use upload::{
    Appended, BeginUpload, KeptFile, Limits, MAX_FILES, PostResumed, PostUpload, ResumableUpload,
    UploadError, UploadKind, UploadRules, Uploading,
};
pub use visitor_conversations::{Transcript, VisitorList};
pub use visits::VisitorView;
pub use widget::{NewWidgetRequest, WidgetChanges};
