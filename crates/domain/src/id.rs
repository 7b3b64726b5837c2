//! Integer identities, one type each so that a visitor's id never stands where a conversation's is meant.

macro_rules! id {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A person of the team.
    AgentId
    /// An API token, in the list of its agent.
    ApiTokenId
    /// An administrative act that was written down.
    AuditEntryId
    /// A file of a message; stands in the address it is fetched from.
    AttachmentId
    /// Somebody kept out.
    BlockId
    /// A canned reply.
    CannedReplyId
    /// A conversation; public, since its channel is `chat.conversation.{id}`.
    ConversationId
    /// An invitation into the team.
    InvitationId
    /// A label of conversations.
    LabelId
    /// An agent mentioned in a note; a later one has a larger id.
    MentionId
    /// A message, unique in the installation; its place in the conversation is its `seq`.
    MessageId
    /// A note beside a conversation; a later one has a larger id.
    NoteId
    /// A browser that is told of messages by its push service.
    PushSubscriptionId
    /// A browser session, in the list of its agent.
    SessionId
    /// A one-time set-up link.
    SetupId
    /// A group of agents.
    TeamId
    /// A saved view of the inbox.
    ViewId
    /// A person on a web site.
    VisitorId
    /// Something that a webhook was told, or is to be told.
    WebhookDeliveryId
    /// A program that is told what happens.
    WebhookId
    /// One installation of the chat on one site.
    WidgetId
}
