//! Conversations and their messages: the heart of the store.
//!
//! Two numbers order everything. A message's `seq` counts 1, 2, 3 … in its conversation without a gap, in commit order. A
//! conversation's `revision` is drawn from one counter of the installation at every change of any conversation (a message, a
//! status, an assignment, a read mark), so "everything that changed since revision N" is a complete answer.

use crate::{ChangeWaker, FollowUp, StoreError, Triage, TriageOutcome, WakeOutcome};
use antiphon_domain::{
    ClientId, ContactDetails, Conversation, ConversationDetails, ConversationId, Device,
    InboxUpdate, Message, MessageBody, QuickReplies, Score, Sender, SenderType, Timestamp,
    TokenHash, Visitor, VisitorId, WidgetId,
};

/// The most rows of one page; a larger limit is taken for this one.
pub const MAX_PAGE: u32 = 200;
/// The most tokens of one visitor: the browsers that one person is verified in. With one more the oldest opens nothing any more; its
/// browser is given another, since the site vouches for its visitor at every visit.
pub const MAX_VISITOR_TOKENS: u32 = 20;
/// The most conversations that a visitor's new name draws a revision for, the newest: older ones show it when they are fetched.
pub const MAX_RENAMED: u32 = 50;

/// The most conversations that one request marks as delivered: a page of the inbox.
pub const MAX_DELIVERED_MARKS: usize = 200;

/// How a visitor says who it is.
#[derive(Debug, Clone)]
pub enum VisitorClaim {
    /// A visitor of this widget, already authenticated by its token. A verified visitor's `external_id` was signed and stays
    /// as it is, whatever the contact says. A visitor that is not there is a fault of the caller's: `StoreError::Internal`.
    Known(VisitorId),
    /// Somebody new, or not recognised: a visitor is made, with this token.
    New {
        /// The hash of the token that the visitor will hold.
        token: TokenHash,
    },
    /// The site's backend signed `contact.external_id`: the verified visitor of this widget with that id is found, or made;
    /// either way this further token is added to it. An unverified visitor with the same id is never taken for it.
    /// Without an `external_id` nothing was signed: as `New`.
    Verified {
        /// The hash of the token that this browser will hold.
        token: TokenHash,
    },
}

/// A visitor opens the chat.
#[derive(Debug, Clone)]
pub struct OpenConversation {
    /// The site.
    pub widget_id: WidgetId,
    /// Who.
    pub visitor: VisitorClaim,
    /// What it tells of itself; fields that are present replace what was known.
    pub contact: ContactDetails,
    /// Begin a new conversation even if there is one (unless the latest is still empty and not closed, which is then used).
    pub new_conversation: bool,
    /// Open this one, whatever its status. One that is not the visitor's own is a fault of the caller's: `StoreError::Internal`.
    pub conversation_id: Option<ConversationId>,
    /// What is told of how the conversation began; what is present replaces what was known of the one that is opened. A page is kept
    /// among those that the visitor has seen, too.
    pub details: ConversationDetails,
    /// The device; what is not known leaves what was.
    pub device: Device,
    /// Now.
    pub at: Timestamp,
}

/// The conversation that a visitor is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedConversation {
    /// The visitor, found or made.
    pub visitor: Visitor,
    /// The one asked for, the visitor's latest conversation (of any status), or the new one.
    pub conversation: Conversation,
    /// Whether it was made now.
    pub created: bool,
    /// A visitor's name, address or number stands in the inbox: where one changed, each of the visitor's conversations that is there
    /// drew a revision, oldest first; but for [`MAX_RENAMED`].
    pub renamed: Vec<InboxUpdate>,
}

/// A message to be posted.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// By whom. The stored `sender_name` is the visitor's name or the agent's name of this moment. An agent that is not there is a
    /// fault of the caller's, and an error.
    pub sender: Sender,
    /// What.
    pub body: MessageBody,
    /// The answers that it offers.
    pub quick_replies: QuickReplies,
    /// The `seq` of the message of the conversation that it answers.
    pub reply_to_seq: Option<i64>,
    /// The client's id: at most one message of the conversation has it.
    pub client_id: Option<ClientId>,
    /// Now.
    pub at: Timestamp,
}

/// A message that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The message.
    pub message: Message,
    /// The conversation after it.
    pub update: InboxUpdate,
    /// Whether it awaits an agent: see [`crate::Routing`].
    pub awaits_agent: bool,
}

/// What became of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostOutcome {
    /// Stored. The first message of an agent makes a pending conversation active, any message wakes a snoozed one
    /// (active if an agent ever answered, else pending). Posting moves no read mark.
    Posted(Box<Posted>),
    /// The conversation already has a message with this `client_id`: this one. Nothing changed. Answered even when it is closed since.
    Repeated(Box<Message>),
    /// The conversation is closed; nothing was stored.
    Closed,
    /// The conversation has no message with that `reply_to_seq`; nothing was stored.
    UnknownQuote,
    /// There is no such conversation; nothing was stored.
    UnknownConversation,
}

/// Which messages of a conversation to read.
#[derive(Debug, Clone, Copy)]
pub enum MessagePage {
    /// The newest `limit`.
    Last {
        /// ≤ 200.
        limit: u32,
    },
    /// The first `limit` with a larger `seq`.
    After {
        /// Exclusive.
        seq: i64,
        /// ≤ 200.
        limit: u32,
    },
    /// The last `limit` with a smaller `seq`.
    Before {
        /// Exclusive.
        seq: i64,
        /// ≤ 200.
        limit: u32,
    },
}

/// One side has read.
#[derive(Debug, Clone, Copy)]
pub struct MarkRead {
    /// Where.
    pub conversation_id: ConversationId,
    /// The side: `Visitor` or `Employee`.
    pub reader: SenderType,
    /// How far; more than there is counts as all there is.
    pub up_to_seq: i64,
    /// Now.
    pub at: Timestamp,
}

/// What became of a read mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadOutcome {
    /// The mark moved: the `read_at` of the other sides' messages up to it, if they had none, is now. What is read has been
    /// delivered: the reader's delivered mark is as far at least.
    Marked {
        /// How far.
        up_to_seq: i64,
        /// The conversation after it.
        update: Box<InboxUpdate>,
    },
    /// It was there or further already; nothing changed.
    Unchanged,
    /// There is no such conversation.
    UnknownConversation,
}

/// How far a conversation has reached a side's screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveredMark {
    /// Where.
    pub conversation_id: ConversationId,
    /// How far; more than there is counts as all there is.
    pub up_to_seq: i64,
}

/// Messages have reached a screen of one side, in any number of conversations.
#[derive(Debug, Clone)]
pub struct MarkDelivered {
    /// The side: `Visitor` or `Employee`.
    pub reader: SenderType,
    /// At most [`MAX_DELIVERED_MARKS`]; of one conversation the furthest counts.
    pub marks: Vec<DeliveredMark>,
}

/// A delivered mark that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// How far.
    pub up_to_seq: i64,
    /// The conversation after it.
    pub update: InboxUpdate,
}

/// A visitor says how it was.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Which.
    pub conversation_id: ConversationId,
    /// How good.
    pub score: Score,
    /// Why.
    pub comment: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// What became of a rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateOutcome {
    /// Stored, in the place of an earlier one.
    Rated(Box<InboxUpdate>),
    /// The same score and comment are there; nothing changed.
    Unchanged,
    /// It is not closed and no agent has ever answered: there is nothing to rate.
    TooEarly,
    /// There is no such conversation.
    UnknownConversation,
}

/// Which of a visitor's conversations to read: newest first. One without any message is nothing to come back to, and left out.
#[derive(Debug, Clone, Copy)]
pub struct VisitorPage {
    /// Whose.
    pub visitor_id: VisitorId,
    /// Only older ones than this.
    pub before: Option<ConversationId>,
    /// ≤ 200.
    pub limit: u32,
}

/// A conversation as its visitor's list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorConversation {
    /// The conversation.
    pub conversation: Conversation,
    /// Its newest message.
    pub last_message: Option<Message>,
    /// Messages of others above the visitor's read mark.
    pub unread_count: i64,
}

/// Use cases on conversations.
#[async_trait::async_trait]
pub trait Conversations: Send + Sync {
    /// Finds or makes the visitor and its conversation.
    async fn open_conversation(
        &self,
        open: OpenConversation,
        follow_up: FollowUp<OpenedConversation>,
    ) -> Result<OpenedConversation, StoreError>;
    /// Stores a visitor's rating.
    async fn rate(
        &self,
        rate: Rate,
        follow_up: FollowUp<RateOutcome>,
    ) -> Result<RateOutcome, StoreError>;
    /// Stores a message with the conversation's next `seq`.
    async fn post_message(
        &self,
        new: NewMessage,
        follow_up: FollowUp<PostOutcome>,
    ) -> Result<PostOutcome, StoreError>;
    /// The message of a conversation that has this `client_id`, if one does: what a repeat of its post would be answered with.
    async fn message_by_client_id(
        &self,
        id: ConversationId,
        client_id: ClientId,
    ) -> Result<Option<Message>, StoreError>;
    /// Moves a read mark forward.
    async fn mark_read(
        &self,
        mark: MarkRead,
        follow_up: FollowUp<ReadOutcome>,
    ) -> Result<ReadOutcome, StoreError>;
    /// Moves delivered marks forward, in one transaction. Answers those that moved; where a mark was there or further already, and
    /// where there is no such conversation, nothing changes. The conversations draw their revisions in the order of those they
    /// had, so that what was changed earlier still counts as that. Too many marks are a fault of the caller's:
    /// `StoreError::Internal`.
    async fn mark_delivered(
        &self,
        mark: MarkDelivered,
        follow_up: FollowUp<Vec<Delivered>>,
    ) -> Result<Vec<Delivered>, StoreError>;
    /// Changes what the team decides about a conversation.
    async fn triage(
        &self,
        triage: Triage,
        follow_up: FollowUp<TriageOutcome>,
    ) -> Result<TriageOutcome, StoreError>;
    /// Ends a conversation's sleep, if it is over by now. One that nobody has awaits an agent then: see [`crate::Routing`].
    async fn wake(
        &self,
        id: ConversationId,
        at: Timestamp,
        follow_up: FollowUp<WakeOutcome>,
    ) -> Result<WakeOutcome, StoreError>;
    /// A conversation as it stands.
    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// A conversation and a page of its messages (ascending `seq`), read at one moment.
    async fn conversation_page(
        &self,
        id: ConversationId,
        page: MessagePage,
    ) -> Result<Option<(Conversation, Vec<Message>)>, StoreError>;
    /// The inbox row of one conversation, also of one that has no message yet.
    async fn inbox_row(&self, id: ConversationId) -> Result<Option<InboxUpdate>, StoreError>;
    /// The first `limit` (≤ 200) rows of the inbox with a larger revision, oldest change first, of any status: what a client missed. A
    /// conversation without any message is not in the inbox: opening the chat is no request.
    async fn changed_since(
        &self,
        revision: i64,
        limit: u32,
    ) -> Result<Vec<InboxUpdate>, StoreError>;
    /// The newest revision of any conversation, 0 before the first change. Rows read after it hold everything up to it.
    async fn newest_revision(&self) -> Result<i64, StoreError>;
    /// What is known of how a conversation began; nothing, for one that nothing was told of.
    async fn conversation_details(
        &self,
        id: ConversationId,
    ) -> Result<Option<ConversationDetails>, StoreError>;
    /// A page of a visitor's conversations.
    async fn visitor_conversations(
        &self,
        page: VisitorPage,
    ) -> Result<Vec<VisitorConversation>, StoreError>;
    /// A visitor.
    async fn visitor(&self, id: VisitorId) -> Result<Option<Visitor>, StoreError>;
    /// The visitor who holds this token.
    async fn visitor_by_token(&self, token: &TokenHash) -> Result<Option<Visitor>, StoreError>;
    /// Has the waker called after each commit of another process that changed a conversation, until the waker's last other owner is
    /// gone. A driver that cannot hear of other processes never calls it.
    fn wake_on_changes(&self, waker: &ChangeWaker);
}
