//! The application core: what visitors and agents can do, in terms of the domain and the ports.
//!
//! One file per use case. Each parses and authorizes, asks the store for one transaction, and tells what happened after it is
//! on disk. No HTTP, no SQL, no socket is known here.
#![warn(missing_docs)]

mod access;
mod account;
mod agents;
mod api_tokens;
mod audit;
mod blocks;
mod canned_replies;
mod channels;
mod chat;
mod delivered;
mod describe;
mod desk;
mod edit_message;
mod erase_visitor;
mod error;
mod export_visitor;
mod file;
mod identity;
mod inbox;
mod init;
mod invitations;
mod labels;
mod lists;
mod log_in;
mod notes;
mod password;
mod post_message;
mod prune;
mod push;
mod random;
mod rate;
mod read;
mod read_conversation;
mod reports;
mod retention;
mod routing;
mod search;
mod sessions;
mod teams;
mod two_factor;
mod upload;
mod views;
mod visitor_conversations;
mod visits;
mod wake;
mod watch;
mod webhooks;
mod widget;

pub use access::{AgentCaller, Principal, require};
pub use account::AccountChanges;
pub use agents::{AgentChanges, NewAgentRequest};
pub use antiphon_broadcast::{AnySocketId, Broadcaster, Presence, PresenceError};
pub use antiphon_domain::{FileKey, Permission, Permissions};
pub use antiphon_files::{AllowedTypes, FileBody, FileStore, Handout, Refusal, Source, Stop};
pub use antiphon_store::copy::Value as PersonalValue;
pub use antiphon_store::{
    ApiToken, AuditEntry, AuditFilter, DeliveredMark, FoundPerson, Held, Invitation, LabelChange,
    ListPage, MAX_CONVERSATION_LABELS, MAX_DELIVERED_MARKS, MAX_TEAM_AGENTS, MAX_VIEW_FILTER,
    OpenCounts, OpenGroup, PERSONAL, PersonalRow, PersonalTable, Position, PriorityFilter,
    RatedConversation, Sort, StatusFilter, UpdateLabel, UpdateTeam, UpdateView,
    VisitorConversation, WebhookDelivery,
};
pub use api_tokens::{MAX_TOKEN_DAYS, NewApiTokenRequest};
pub use audit::AuditPage;
pub use blocks::{BlockList, NewBlockRequest};
pub use canned_replies::{CannedReplyChanges, CannedReplyList, CannedReplyRequest};
pub use channels::{ChannelGrant, ChannelMember};
pub use chat::{Chat, Ports};
pub use describe::{DESCRIBE_JOBS, DESCRIBE_TIME, DescribeError};
pub use desk::{BulkResult, MAX_BULK, TriageRequest};
pub use erase_visitor::{REMOVE_FILES_JOBS, RemoveFilesError, SCRUB_JOBS, SCRUB_TIME};
pub use error::{ChatError, FieldErrors};
pub use export_visitor::VisitorExport;
pub use file::{FileVariant, OpenedFile};
pub use inbox::InboxChanges;
pub use init::{Init, Opened};
pub use invitations::InviteRequest;
pub use lists::{ConversationCard, List};
pub use log_in::{LogIn, LoggedIn, Origin};
pub use notes::{MentionList, NoteList};
pub use post_message::{PostMessage, PostedMessage};
pub use prune::Pruned;
pub use push::{
    DuePush, LOOKING_SECONDS, PUSH_SEND_JOBS, PushAnswer, PushJobError, PushList, PushPort,
    PushResult, SubscribeRequest,
};
pub use random::{Random, RandomUnavailable};
pub use rate::RateConversation;
pub use read_conversation::{ConversationRead, Cursor, Newer, ReadConversation};
pub use reports::{MAX_RATINGS, RatingList, ReportGroup, ReportOverview, ReportRequest};
pub use retention::{RETENTION_JOBS, RETENTION_TIME};
pub use routing::{ASSIGN_JOBS, AssignError};
pub use search::{MessageHit, SearchRequest, SearchResult, Snippet};
pub use two_factor::TwoFactorState;
pub use upload::{
    Appended, BeginUpload, KeptFile, Limits, MAX_FILES, PostResumed, PostUpload, ResumableUpload,
    UploadError, UploadKind, UploadRules, Uploading,
};
pub use visitor_conversations::{Transcript, VisitorList};
pub use visits::VisitorView;
pub use wake::{WAKE_JOBS, WakeError};
pub use webhooks::{
    ChangeWebhook, DueDelivery, NewWebhookRequest, WebhookAnswer, WebhookJobError, WebhookLog,
};
pub use widget::{Administrator, NewWidgetRequest, SeenHost, SeenWidget, WidgetChanges};
