//! Browsers that are told of messages by their push services, the key that proves to those who sends, and which agents are looking.

use crate::{FollowUp, StoreError};
use antiphon_domain::settings::Language;
use antiphon_domain::{
    AgentId, Attention, PushEndpoint, PushKeys, PushSecret, PushSubscription, PushSubscriptionId,
    SessionId, Timestamp,
};

/// The most browsers of an agent.
pub const MAX_PUSH_SUBSCRIPTIONS: u32 = 20;
/// The most browsers of one page of those that are to be told.
pub const MAX_PUSH_PAGE: u32 = 200;

/// A browser that wants to be told.
#[derive(Debug, Clone)]
pub struct Subscribe {
    /// Whose.
    pub agent_id: AgentId,
    /// Its session, which has one subscription.
    pub session_id: SessionId,
    /// Where its push service takes messages; of another subscription, this takes its place.
    pub endpoint: PushEndpoint,
    /// What messages are encrypted with.
    pub keys: PushKeys,
    /// Of what it is told; what is absent stays, and is `Mine` at first.
    pub notify_of: Option<Attention>,
    /// Whether messages carry text; what is absent stays, and is so at first.
    pub with_text: Option<bool>,
    /// Now.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscribeOutcome {
    /// It is told from now on.
    Subscribed(PushSubscription),
    /// The agent has [`MAX_PUSH_SUBSCRIPTIONS`] others.
    TooMany,
    /// The session has ended meanwhile.
    UnknownSession,
}

/// A subscription in the list of its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPushSubscription {
    /// The subscription.
    pub subscription: PushSubscription,
    /// The browser, as it named itself at its login.
    pub user_agent: Option<String>,
}

/// A subscription that something is to be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// The subscription.
    pub subscription: PushSubscription,
    /// The language of its agent's inbox; `None` is the browser's.
    pub language: Option<Language>,
    /// Whether its agent is looking at an inbox, in any browser.
    pub looking: bool,
}

/// Whom something concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushAudience {
    /// A visitor's message: those who want every message, and those who want theirs if the conversation is theirs or nobody's.
    Message {
        /// Who looks after the conversation.
        assigned_to: Option<AgentId>,
    },
    /// A mention: the one who was mentioned, unless it wants nothing.
    Mention(AgentId),
}

/// Use cases on push subscriptions. One counts as long as its session is good, and its agent is in the team and lacks no second factor.
#[async_trait::async_trait]
pub trait Push: Send + Sync {
    /// The installation's private key, if there is one yet.
    async fn push_secret(&self) -> Result<Option<PushSecret>, StoreError>;
    /// Keeps this as the installation's private key unless there is one; answers the one that is kept.
    async fn keep_push_secret(&self, secret: PushSecret) -> Result<PushSecret, StoreError>;
    /// Subscribes a browser, or changes its subscription.
    async fn subscribe(&self, subscribe: Subscribe) -> Result<SubscribeOutcome, StoreError>;
    /// An agent's subscriptions, oldest first.
    async fn push_subscriptions(
        &self,
        agent_id: AgentId,
        at: Timestamp,
    ) -> Result<Vec<ListedPushSubscription>, StoreError>;
    /// Ends one of an agent's subscriptions; answers whether there was such a one.
    async fn unsubscribe(
        &self,
        agent_id: AgentId,
        id: PushSubscriptionId,
    ) -> Result<bool, StoreError>;
    /// Whether there is any subscription.
    async fn is_anybody_subscribed(&self) -> Result<bool, StoreError>;
    /// Those that something concerns and whose agents are not looking, with larger ids than `after`, ascending, at most [`MAX_PUSH_PAGE`].
    async fn push_audience(
        &self,
        audience: PushAudience,
        after: Option<PushSubscriptionId>,
        at: Timestamp,
    ) -> Result<Vec<PushSubscriptionId>, StoreError>;
    /// The subscription, if it counts.
    async fn push_target(
        &self,
        id: PushSubscriptionId,
        at: Timestamp,
    ) -> Result<Option<PushTarget>, StoreError>;
    /// Notes that the push service took a message, or why it did not.
    async fn note_push(
        &self,
        id: PushSubscriptionId,
        error: Option<String>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Forgets a subscription that its push service does not know any more, provided it is still at this address.
    async fn forget_push_subscription(
        &self,
        id: PushSubscriptionId,
        endpoint: PushEndpoint,
    ) -> Result<(), StoreError>;
    /// Asks for a test to be sent; the job is made if there is such a subscription of the agent's. Answers whether there is.
    async fn test_push(
        &self,
        agent_id: AgentId,
        id: PushSubscriptionId,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Notes until when the agent of a session is taken to be looking at the inbox; `None`: it is not.
    async fn note_looking(
        &self,
        session_id: SessionId,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError>;
}
