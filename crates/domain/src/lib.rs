//! Nouns and rules of the support desk: what a conversation, a message, a visitor and an agent are, and what they may never be.
//!
//! Invariant: nothing here does I/O, reads a clock, draws a random number or knows a wire format. Values are parsed once, at
//! the boundary, into types that cannot hold a wrong value; everything behind the boundary takes them as given. One thing is a
//! document by nature, written by the owner of a site and served as it is: a widget's settings, which are JSON here too.
#![warn(missing_docs)]

pub mod attachment;
pub mod browser;
pub mod canned_reply;
pub mod clock;
pub mod conversation;
pub mod details;
pub mod event;
pub mod id;
pub mod invalid;
pub mod label;
pub mod message;
pub mod note;
pub mod participant;
pub mod permission;
pub mod priority;
pub mod push;
pub mod quick_reply;
pub mod rating;
pub mod report;
pub mod retention;
pub mod routing;
pub mod settings;
pub mod team;
pub mod token;
pub mod two_factor;
pub mod view;
pub mod visit;
pub mod webhook;
pub mod widget;
pub mod zone;

pub use attachment::{
    Attachment, AttachmentDetails, ContentType, FileKey, FileName, NewAttachment, Waveform,
};
pub use canned_reply::{CannedBody, CannedReply, CannedTitle, Shortcut};
pub use clock::{Clock, Timestamp};
pub use conversation::{AssignedTeam, Assignee, Conversation, Status};
pub use details::{Answer, ConversationDetails, Page};
pub use event::{DomainEvent, InboxUpdate, TeamSetting};
pub use id::{
    AgentId, ApiTokenId, AttachmentId, AuditEntryId, BlockId, CannedReplyId, ConversationId,
    InvitationId, LabelId, MentionId, MessageId, NoteId, PushSubscriptionId, SessionId, SetupId,
    TeamId, ViewId, VisitorId, WebhookDeliveryId, WebhookId, WidgetId,
};
pub use invalid::Invalid;
pub use ipnet::IpNet;
pub use label::{Label, LabelColor, LabelName};
pub use message::{ClientId, Message, MessageBody, Quote, Sender, SenderType};
pub use note::{Mention, Note, NoteAuthor, NoteBody};
pub use participant::{
    Agent, AgentRole, ContactDetails, EmailAddress, Password, PersonName, Visitor,
};
pub use permission::{Permission, Permissions};
pub use priority::Priority;
pub use push::{Attention, PushEndpoint, PushKeys, PushSecret, PushSubscription};
pub use quick_reply::{QuickReplies, QuickReply};
pub use rating::{Rating, Score};
pub use report::{
    CsatFigures, Figures, MAX_HOURLY_DAYS, MAX_REPORT_DAYS, ReportBucket, ReportClock, ReportDay,
    ReportEvent, ReportFact, ReportGrouping, ReportInterval, ReportPeriod, ReportSpan, Tally,
    WaitFigures,
};
pub use retention::Retention;
pub use routing::{Assignment, Candidate, Capacity, CloseAfter, WidgetRouting};
pub use settings::{Availability, WidgetSettings};
pub use team::{Team, TeamName};
pub use token::{SecretToken, TokenHash, TokenKind};
pub use two_factor::{RECOVERY_CODES, RecoveryCode, TwoFactorSecret};
pub use view::{View, ViewName};
pub use visit::{Block, Blocked, Device, PageView, Visiting, VisitorProfile};
pub use webhook::{
    Webhook, WebhookDisabled, WebhookEvent, WebhookEvents, WebhookSecret, WebhookUrl,
};
pub use widget::{AllowedDomains, Replaced, SiteHost, Widget, WidgetName, WidgetToken};
pub use zone::Zone;
