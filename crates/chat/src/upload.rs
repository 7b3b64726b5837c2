//! Files are sent: each is judged while it streams into the store of files, and then posted as a message.
//!
//! A file is kept first and named by a row afterwards, so that whatever ends an upload (the sender, the network, `kill -9`)
//! leaves at most a file that no message names: nobody can open it, and pruning finds it. What is refused is never kept.

mod allowance;
mod judged;
mod resumable;
mod rules;

pub(crate) use allowance::Allowances;
pub use resumable::{Appended, BeginUpload, PostResumed, ResumableUpload};
pub use rules::{Limits, MAX_FILES, UploadKind, UploadRules};

use crate::describe::{describe_job, failed};
use crate::post_message::unknown_quote;
use crate::routing::jobs_of_post;
use crate::{AnySocketId, Chat, ChatError, PostedMessage, Principal};
use allowance::{Reserved, Share};
use antiphon_domain::{
    ClientId, ContentType, ConversationId, DomainEvent, FileKey, FileName, MessageBody,
    NewAttachment, Sender, Status, VisitorId,
};
use antiphon_files::{FileError, FileStore, Inspector, Owner, Refusal, Source};
use antiphon_store::{NewUpload, PostOutcome, StoreError};
use judged::Judged;
use parking_lot::Mutex;
use std::sync::Arc;

/// The day of the limit by day.
const DAY_SECONDS: i64 = 86_400;

/// Why a file was not taken. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// As any use case refuses.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// For what is in it.
    #[error("{0}")]
    Refused(Refusal),
    /// Its type is not among those that the visitor's widget takes.
    #[error("must not be of the type {} (files.accept)", .0.as_str())]
    NotAccepted(ContentType),
    /// It is larger than this, in bytes; the setting, if it is the widget's.
    #[error("must not be larger than {limit} bytes{}", named(*.setting))]
    TooLarge {
        /// Bytes.
        limit: u64,
        /// Of the widget.
        setting: Option<&'static str>,
    },
    /// A message has not so many files; the setting, if it is the widget's.
    #[error("must not be more than {limit} in a message{}", named(*.setting))]
    TooMany {
        /// Files.
        limit: usize,
        /// Of the widget.
        setting: Option<&'static str>,
    },
    /// The recording is longer than so many seconds, which is the widget's setting.
    #[error("must not be longer than {0} seconds (voice.max_seconds)")]
    TooLong(u16),
    /// The visitor's widget takes nothing of the kind; this is the setting.
    #[error("this widget takes none ({0})")]
    Disabled(&'static str),
    /// The caller has begun so many uploads and not ended them.
    #[error("too many unfinished uploads")]
    TooManyOpen,
    /// The next byte is another one: that behind the offset reached.
    #[error("the offset is {0}")]
    WrongOffset(u64),
    /// It has not arrived as a whole; the offset reached.
    #[error("an upload is not complete")]
    Incomplete,
    /// The visitor has sent so many bytes today.
    #[error("more than {0} bytes in a day")]
    DayIsOver(u64),
    /// There is no space for files; messages are still taken.
    #[error("there is no space for files")]
    NoSpace,
    /// The source stopped; it knows why.
    #[error("stopped")]
    Stopped,
}

fn named(setting: Option<&'static str>) -> String {
    setting.map_or_else(String::new, |setting| format!(" ({setting})"))
}

impl UploadError {
    /// Whether the file can never be taken, so that sending more of it is in vain.
    fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::NotAccepted(_) | Self::TooLarge { .. }
        )
    }

    fn of(error: FileError) -> Self {
        match error {
            FileError::Full => Self::NoSpace,
            FileError::Stopped => Self::Stopped,
            error => failed(error).into(),
        }
    }
}

/// A caller who may send files now, and how much.
#[derive(Debug)]
pub struct Uploading {
    limits: Arc<Limits>,
    /// Of a visitor's day; none without a limit, or for what was counted before.
    share: Option<Arc<Share>>,
}

impl Uploading {
    /// What the files may be.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// A file that is kept and not yet posted: dropped, it is removed.
#[derive(Debug)]
pub struct KeptFile {
    files: Arc<dyn FileStore>,
    file: Option<NewAttachment>,
    /// What it took of a visitor's day, until it is posted.
    reserved: Option<Reserved>,
}

impl KeptFile {
    /// How long it plays, as its sender says.
    pub fn set_duration_ms(&mut self, duration_ms: Option<u64>) {
        if let Some(file) = &mut self.file {
            file.duration_ms = duration_ms;
        }
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            self.files.discard(&file.file);
        }
    }
}

/// Files to post.
#[derive(Debug)]
pub struct PostUpload {
    /// Where.
    pub conversation_id: ConversationId,
    /// What is said with them, if anything.
    pub body: Option<MessageBody>,
    /// The files, at least one.
    pub files: Vec<KeptFile>,
    /// Whether it is a voice message.
    pub is_voice: bool,
    /// The `seq` of the message that it answers.
    pub reply_to_seq: Option<i64>,
    /// Makes the send idempotent.
    pub client_id: Option<ClientId>,
    /// The sender's own socket, which needs no echo.
    pub socket_id: Option<AnySocketId>,
}

impl Chat {
    /// Whether the caller may send files at all, and what; asked before anything is read.
    pub async fn begin_upload(
        &self,
        principal: &Principal,
        kind: UploadKind,
    ) -> Result<Uploading, UploadError> {
        let limits = self.limits(principal, Some(kind)).await?;
        let share = self.share_of(principal).await?;
        if let Some(share) = share.as_ref().filter(|share| share.is_over()) {
            return Err(UploadError::DayIsOver(share.limit()));
        }
        Ok(Uploading { limits, share })
    }

    /// A visitor's share of its day, if there is a limit.
    async fn share_of(&self, principal: &Principal) -> Result<Option<Arc<Share>>, UploadError> {
        let limit = self.ports.upload_rules.visitor_bytes_per_day;
        let (Principal::Visitor(visitor), Some(limit)) = (principal, limit) else {
            return Ok(None);
        };
        let sent = self.sent_today(visitor.id);
        Ok(Some(self.allowances.share(visitor.id, limit, sent).await?))
    }

    /// What arrives in several requests counts as a whole from its beginning on.
    async fn sent_today(&self, visitor: VisitorId) -> Result<u64, UploadError> {
        let now = self.ports.clock.now();
        // Before the store is asked: what is posted in between is in both, and not in none.
        let partials = self.ports.partials.list(&owner_of_visitor(visitor)).await;
        let partials = partials.map_err(UploadError::of)?;
        let since = now.plus_seconds(-DAY_SECONDS);
        let posted = self.ports.store.uploaded_since(visitor, since).await;
        let announced = partials
            .iter()
            .filter(|partial| partial.announced.expires_at > now)
            .map(|partial| partial.announced.size);
        Ok(announced.fold(posted.map_err(ChatError::from)?.bytes, u64::saturating_add))
    }

    /// Whether the caller may send something there: asked as soon as it is known where, so that what cannot be posted is not
    /// received. Answers the message that was posted with this `client_id`, if one was, whatever became of the conversation since.
    pub async fn check_upload(
        &self,
        principal: &Principal,
        id: ConversationId,
        client_id: Option<ClientId>,
    ) -> Result<Option<PostedMessage>, ChatError> {
        let conversation = self.conversation_to_answer(principal, id).await?;
        if let Some(client_id) = client_id {
            let posted = self.ports.store.message_by_client_id(id, client_id).await?;
            if let Some(message) = posted {
                return Ok(Some(PostedMessage {
                    message,
                    repeated: true,
                }));
            }
        }
        match conversation.status {
            Status::Closed => Err(ChatError::Closed),
            _ => Ok(None),
        }
    }

    /// Keeps a file while it comes in, unless it is refused by then.
    pub async fn keep_file(
        &self,
        uploading: &Uploading,
        name: FileName,
        source: &mut dyn Source,
    ) -> Result<KeptFile, UploadError> {
        let limits = &uploading.limits;
        let key = FileKey::from_random(&self.ports.random.bytes()?);
        let mut reserved = uploading.share.as_ref().map(Share::reserve);
        let inspector = Inspector::new(&limits.allowed, &name);
        let mut judged = Judged::new(source, inspector, limits, reserved.as_mut());
        let size = match self.ports.files.put(&key, &mut judged).await {
            Ok(size) => size,
            Err(FileError::Stopped) => {
                return Err(judged.verdict().err().unwrap_or(UploadError::Stopped));
            }
            Err(error) => return Err(UploadError::of(error)),
        };
        let findings = judged.verdict()?;
        Ok(KeptFile {
            files: Arc::clone(&self.ports.files),
            file: Some(NewAttachment {
                file: key,
                name,
                content_type: findings.content_type,
                size,
                dimensions: findings.dimensions,
                duration_ms: None,
            }),
            reserved,
        })
    }

    /// Posts kept files as a message. When it returns `Ok`, message and files are on disk and the message is announced; when it
    /// does not, or the message was posted before, the files are removed.
    pub async fn post_upload(
        &self,
        principal: &Principal,
        post: PostUpload,
    ) -> Result<PostedMessage, ChatError> {
        self.conversation_to_answer(principal, post.conversation_id)
            .await?;
        let sender = match principal {
            Principal::Visitor(_) => Sender::Visitor,
            Principal::Agent(caller) => Sender::Agent(caller.agent.id),
        };
        // From here on a row may name them, also when this future is dropped.
        let mut attachments = Vec::new();
        let mut reserved = Vec::new();
        for mut kept in post.files {
            attachments.extend(kept.file.take());
            reserved.extend(kept.reserved.take());
        }
        let unposted = Unposted {
            files: Arc::clone(&self.ports.files),
            keys: attachments.iter().map(|file| file.file.clone()).collect(),
        };
        let new = NewUpload {
            conversation_id: post.conversation_id,
            sender,
            body: post.body,
            attachments,
            is_voice: post.is_voice,
            reply_to_seq: post.reply_to_seq,
            client_id: post.client_id,
            at: self.ports.clock.now(),
        };
        let unheard = unposted.clone();
        // Given back by whoever undoes or forgets the write, also when this future is dropped.
        let reserved = Mutex::new(reserved);
        let announce = self.announce(post.socket_id, move |outcome| match outcome {
            PostOutcome::Posted(posted) => {
                reserved.lock().iter_mut().for_each(Reserved::spend);
                Some(DomainEvent::MessagePosted {
                    message: posted.message.clone(),
                    update: posted.update.clone(),
                })
            }
            _ => {
                unheard.remove();
                None
            }
        });
        let at = new.at;
        let look_into = move |outcome: &PostOutcome| match outcome {
            PostOutcome::Posted(posted) => {
                let files = posted.message.attachments.iter();
                files.map(|file| describe_job(file.id, at)).collect()
            }
            _ => Vec::new(),
        };
        let follow_up = announce
            .and_jobs(look_into)
            .and_jobs(move |outcome| jobs_of_post(outcome, at));
        match self.ports.store.post_upload(new, follow_up).await {
            Ok(PostOutcome::Posted(posted)) => Ok(PostedMessage {
                message: posted.message,
                repeated: false,
            }),
            Ok(PostOutcome::Repeated(message)) => Ok(PostedMessage {
                message: *message,
                repeated: true,
            }),
            Ok(PostOutcome::Closed) => Err(ChatError::Closed),
            Ok(PostOutcome::UnknownQuote) => Err(unknown_quote()),
            Ok(PostOutcome::UnknownConversation) => Err(ChatError::NotFound("conversation")),
            Err(error) => {
                // After another failure it is not known whether there is a row; then they are left to be pruned.
                if matches!(error, StoreError::Unavailable | StoreError::Full) {
                    unposted.remove();
                }
                Err(error.into())
            }
        }
    }
}

/// Files of a message that may not have been stored.
#[derive(Clone)]
struct Unposted {
    files: Arc<dyn FileStore>,
    keys: Vec<FileKey>,
}

impl Unposted {
    fn remove(&self) {
        for key in &self.keys {
            self.files.discard(key);
        }
    }
}

/// Whose files in several requests these are.
fn owner(principal: &Principal) -> Owner {
    match principal {
        Principal::Visitor(visitor) => owner_of_visitor(visitor.id),
        Principal::Agent(caller) => Owner::new("agent", caller.agent.id.0),
    }
}

/// The same of a visitor.
pub(crate) fn owner_of_visitor(id: VisitorId) -> Owner {
    Owner::new("visitor", id.0)
}
