//! Messages with files, and what becomes known of the files later.
//!
//! The files themselves are kept elsewhere, and first: a row names a file that is complete. A file that no row names is
//! harmless, and found by [`Uploads::unknown_files`].

use crate::{FollowUp, PostOutcome, StoreError};
use antiphon_domain::{
    Attachment, AttachmentDetails, AttachmentId, ClientId, ConversationId, FileKey, InboxUpdate,
    Message, MessageBody, NewAttachment, Sender, Timestamp, VisitorId,
};

/// A message with files to be posted.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Where.
    pub conversation_id: ConversationId,
    /// By whom; as in [`crate::NewMessage`].
    pub sender: Sender,
    /// What is said with them, if anything.
    pub body: Option<MessageBody>,
    /// The files, at least one.
    pub attachments: Vec<NewAttachment>,
    /// Whether it is a recording, which is one file.
    pub is_voice: bool,
    /// The `seq` of the message of the conversation that it answers.
    pub reply_to_seq: Option<i64>,
    /// The client's id: at most one message of the conversation has it, with files or without.
    pub client_id: Option<ClientId>,
    /// Now.
    pub at: Timestamp,
}

/// A file, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttachment {
    /// The file.
    pub attachment: Attachment,
    /// The conversation of its message.
    pub conversation_id: ConversationId,
}

/// What became known of a file.
#[derive(Debug, Clone)]
pub struct DescribeAttachment {
    /// Which.
    pub id: AttachmentId,
    /// What was found out.
    pub details: AttachmentDetails,
    /// Now.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescribeOutcome {
    /// Stored: what was found out stands in the place of what was said, and nothing that is known is forgotten. The
    /// conversation has a new revision if anything is different.
    Described {
        /// The message with all that is known of its files.
        message: Box<Message>,
        /// The conversation after it.
        update: Box<InboxUpdate>,
    },
    /// It was described before; nothing changed.
    Unchanged,
    /// There is no such file.
    UnknownAttachment,
}

/// How much a visitor has sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UploadVolume {
    /// Files.
    pub files: u64,
    /// Bytes, without thumbnails.
    pub bytes: u64,
}

/// Use cases on files of messages.
#[async_trait::async_trait]
pub trait Uploads: Send + Sync {
    /// Stores a message with its files in one transaction, as [`crate::Conversations::post_message`] does one without. A message
    /// without text has an empty body. An upload without files is a fault of the caller's, and an error.
    async fn post_upload(
        &self,
        new: NewUpload,
        follow_up: FollowUp<PostOutcome>,
    ) -> Result<PostOutcome, StoreError>;
    /// A file by its id.
    async fn attachment(&self, id: AttachmentId) -> Result<Option<StoredAttachment>, StoreError>;
    /// Stores what was found out about a file: once, whatever it was. What is described stays as it is.
    async fn describe_attachment(
        &self,
        describe: DescribeAttachment,
        follow_up: FollowUp<DescribeOutcome>,
    ) -> Result<DescribeOutcome, StoreError>;
    /// How much a visitor has sent since then.
    async fn uploaded_since(
        &self,
        visitor: VisitorId,
        since: Timestamp,
    ) -> Result<UploadVolume, StoreError>;
    /// Those of the keys that no message's file or thumbnail has. At most 1,000 keys are asked for at once; more are an error.
    async fn unknown_files(&self, keys: Vec<FileKey>) -> Result<Vec<FileKey>, StoreError>;
}
