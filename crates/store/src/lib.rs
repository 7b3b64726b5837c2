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
mod jobs;
mod notes;
mod uploads;
mod visits;
mod widgets;

#[cfg(feature = "contract")]
pub mod contract;

pub use agents::{
    AgentCredentials, Agents, NewAgent, NewAgentOutcome, NewApiToken, NewSession, Session,
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
    Assign, AssignOutcome, Conversations, Delivered, DeliveredMark, InboxFilter, InboxPage,
    MAX_DELIVERED_MARKS, MAX_PAGE, MAX_RENAMED, MAX_VISITOR_TOKENS, MarkDelivered, MarkRead,
    MessagePage, NewMessage, OpenConversation, OpenedConversation, PostOutcome, Posted, Rate,
    RateOutcome, ReadOutcome, SetStatus, StatusOutcome, VisitorClaim, VisitorConversation,
    VisitorPage,
};
pub use editing::{ChangedMessage, DeleteMessage, EditMessage, EditOutcome, Editing};
pub use error::StoreError;
pub use follow_up::{AfterCommit, AuditOf, FollowUp, JobsOf, nothing};
pub use jobs::{
    AfterFailure, Claim, Claimed, Failed, Job, JobFilter, JobId, JobWaker, Jobs, Lease, MAX_CLAIM,
    MAX_ERROR, MAX_PAYLOAD, NewJob, QueueLength, Retry,
};
pub use notes::{
    ChangedNote, DeleteNote, EditNote, MentionPage, NewNote, NoteOutcome, NotePage, Notes,
};
pub use uploads::{
    DescribeAttachment, DescribeOutcome, NewUpload, StoredAttachment, UploadVolume, Uploads,
};
pub use visits::{MAX_PAGE_VIEWS, NewPageView, PageViewOutcome, Visits};
pub use widgets::{NewWidget, UpdateWidget, Widgets};

/// Everything a driver provides.
pub trait Store:
    Widgets
    + Conversations
    + Editing
    + Notes
    + CannedReplies
    + Visits
    + Blocks
    + Uploads
    + Agents
    + Audit
    + Jobs
    + Health
{
}

impl<
    T: Widgets
        + Conversations
        + Editing
        + Notes
        + CannedReplies
        + Visits
        + Blocks
        + Uploads
        + Agents
        + Audit
        + Jobs
        + Health,
> Store for T
{
}

/// Whether the store can be written to.
#[async_trait::async_trait]
pub trait Health: Send + Sync {
    /// Passes through the writer: an empty transaction that commits. Errs as a write would.
    async fn check(&self) -> Result<(), StoreError>;
}
