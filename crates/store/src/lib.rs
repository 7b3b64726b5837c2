//! The port to the conversation store, shaped by use cases.
//!
//! Every method is one transaction named for what the desk does; none hands a transaction out. A write that returned is
//! durable: it survives `kill -9` and a power cut. The rules each driver must keep are written on the methods, and
//! the module `contract` (feature of the same name) is the suite that every driver runs.
//!
//! Authorization is not decided here: callers name what they may touch.
#![warn(missing_docs)]

mod agents;
mod audit;
mod blocks;
mod canned_replies;
mod changes;
mod conversations;
pub mod copy;
mod editing;
mod error;
mod follow_up;
mod invitations;
mod jobs;
mod labels;
mod lists;
mod notes;
mod privacy;
mod push;
mod reports;
mod routing;
pub mod search;
mod sessions;
mod teams;
mod triage;
mod two_factor;
mod uploads;
mod views;
mod visits;
mod webhooks;
mod widgets;

#[cfg(feature = "contract")]
pub mod contract;

pub use agents::{
    AgentCredentials, Agents, NewAgent, NewAgentOutcome, SetPassword, UpdateAgent,
    UpdateAgentOutcome,
};
pub use audit::{
    AUDIT_SECONDS, Audit, AuditEntry, AuditFilter, MAX_AUDIT_DETAILS, NewAuditEntry, Subject,
};
pub use blocks::{BlockOutcome, Blocks, MAX_BLOCKS, NewBlock};
pub use canned_replies::{
    CannedReplies, CannedReplyOutcome, MAX_OWN_CANNED_REPLIES, MAX_SHARED_CANNED_REPLIES,
    NewCannedReply, UpdateCannedReply,
};
pub use changes::{ChangeWaker, ChangedElsewhere};
pub use conversations::{
    Conversations, Delivered, DeliveredMark, MAX_DELIVERED_MARKS, MAX_PAGE, MAX_RENAMED,
    MAX_VISITOR_TOKENS, MarkDelivered, MarkRead, MessagePage, NewMessage, OpenConversation,
    OpenedConversation, PostOutcome, Posted, Rate, RateOutcome, ReadOutcome, VisitorClaim,
    VisitorConversation, VisitorPage,
};
pub use editing::{ChangedMessage, DeleteMessage, EditMessage, EditOutcome, Editing};
pub use error::StoreError;
pub use follow_up::{AfterCommit, AuditOf, FollowUp, JobsOf, nothing};
pub use invitations::{
    AcceptInvitation, AcceptOutcome, Invitation, Invitations, InviteOutcome, MAX_INVITATIONS,
    NewInvitation, NewPasswordReset,
};
pub use jobs::{
    AfterFailure, Claim, Claimed, Failed, Job, JobFilter, JobId, JobWaker, Jobs, Lease, MAX_CLAIM,
    MAX_ERROR, MAX_PAYLOAD, NewJob, QueueLength, Retry,
};
pub use labels::{LabelOutcome, Labels, MAX_LABELS, NewLabel, UpdateLabel};
pub use lists::{
    Held, ListPage, Lists, OpenCounts, OpenGroup, Position, PriorityFilter, Sort, StatusFilter,
};
pub use notes::{
    ChangedNote, DeleteNote, EditNote, MentionPage, NewNote, NoteOutcome, NotePage, Notes,
};
pub use privacy::{
    Belongs, EraseExpired, Erased, ExpiredCounts, ExpiredOutcome, ExpiredRun, PERSONAL,
    PersonalRow, PersonalTable, Privacy,
};
pub use push::{
    ListedPushSubscription, MAX_PUSH_PAGE, MAX_PUSH_SUBSCRIPTIONS, Push, PushAudience, PushTarget,
    Subscribe, SubscribeOutcome,
};
pub use reports::{
    COUNT_MICROS, CountsBy, MAX_REPORT_FACTS, MessageCount, RatedConversation, RatingPage,
    ReportFilter, Reports,
};
pub use routing::{MAX_ASSIGNED, MAX_CLOSED, Pool, Routing, RoutingOutcome};
pub use search::{
    FoundMessage, FoundPerson, MessageSearch, PEOPLE_LOOKED_AT, PeopleSearch, Search, SearchQuery,
};
pub use sessions::{
    ApiToken, ListedSession, MAX_API_TOKENS, MAX_SESSIONS, NewApiToken, NewApiTokenOutcome,
    NewSession, Session, Sessions, TokenHolder,
};
pub use teams::{MAX_TEAM_AGENTS, MAX_TEAMS, NewTeam, TeamOutcome, Teams, UpdateTeam};
pub use triage::{
    LabelChange, MAX_CONVERSATION_LABELS, Triage, TriageOutcome, Triaged, WakeOutcome,
};
pub use two_factor::{EnableTwoFactor, TwoFactor};
pub use uploads::{
    DescribeAttachment, DescribeOutcome, NewUpload, StoredAttachment, UploadVolume, Uploads,
};
pub use views::{MAX_VIEW_FILTER, MAX_VIEWS, NewView, NewViewOutcome, UpdateView, Views};
pub use visits::{MAX_PAGE_VIEWS, NewPageView, PageViewOutcome, Visits};
pub use webhooks::{
    MAX_DELIVERIES, NewWebhook, NewWebhookDelivery, TriedDelivery, UpdateWebhook, WEBHOOK_LANE,
    WebhookAttempt, WebhookContent, WebhookDelivery, WebhookDeliveryState, Webhooks,
};
pub use widgets::{
    MAX_SIGHTINGS, MAX_WIDGETS, NewSighting, NewWidget, Rotation, SIGHTING_SECONDS, Sighting,
    UpdateWidget, Widgets,
};

/// Everything a driver provides.
pub trait Store:
    Widgets
    + Conversations
    + Lists
    + Labels
    + Teams
    + Views
    + Search
    + Reports
    + Editing
    + Notes
    + CannedReplies
    + Visits
    + Blocks
    + Privacy
    + Uploads
    + Agents
    + Sessions
    + Invitations
    + TwoFactor
    + Audit
    + Jobs
    + Webhooks
    + Push
    + Routing
    + Health
{
}

impl<T> Store for T where
    T: Widgets
        + Conversations
        + Lists
        + Labels
        + Teams
        + Views
        + Search
        + Reports
        + Editing
        + Notes
        + CannedReplies
        + Visits
        + Blocks
        + Privacy
        + Uploads
        + Agents
        + Sessions
        + Invitations
        + TwoFactor
        + Audit
        + Jobs
        + Webhooks
        + Push
        + Routing
        + Health
{
}

/// Whether the store can be written to.
#[async_trait::async_trait]
pub trait Health: Send + Sync {
    /// Passes through the writer: an empty transaction that commits. Errs as a write would.
    async fn check(&self) -> Result<(), StoreError>;
}
