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
    /// An agent mentioned in a note; a later one has a larger id.
    MentionId
    /// A message, unique in the installation; its place in the conversation is its `seq`.
    MessageId
    /// A note beside a conversation; a later one has a larger id.
    NoteId
    /// A one-time set-up link.
    SetupId
    /// A person on a web site.
    VisitorId
    /// One installation of the chat on one site.
    WidgetId
}
