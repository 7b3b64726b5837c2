//! Files are sent: each is judged while it streams into the store of files, and then posted as a message.
//!
//! A file is kept first and named by a row afterwards, so that whatever ends an upload (the sender, the network, `kill -9`)
//! leaves at most a file that no message names: nobody can open it, and pruning finds it. What is refused is never kept.

use crate::{AnySocketId, Chat, ChatError, PostedMessage, Principal};
use antiphon_domain::{
    ClientId, ConversationId, DomainEvent, FileKey, FileName, MessageBody, NewAttachment, Sender,
    Status,
};
use antiphon_files::{
    AllowedTypes, FileError, FileStore, Findings, Inspector, Refusal, Source, Stop,
};
use antiphon_store::{NewUpload, PostOutcome, StoreError};
use bytes::Bytes;
use std::sync::Arc;

/// The most files of one message: what fits on a screen, and a message's events into a broadcaster's limit.
pub const MAX_FILES: usize = 10;
/// The day of the limit by day.
const DAY_SECONDS: i64 = 86_400;

/// What people's files may be.
#[derive(Debug, Clone)]
pub struct UploadRules {
    /// Their types.
    pub allowed: AllowedTypes,
    /// The bytes of one.
    pub max_bytes: u64,
    /// The bytes of all that a visitor sends in 24 hours; agents have no such limit.
    pub visitor_bytes_per_day: Option<u64>,
}

/// Why a file was not taken. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// As any use case refuses.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// For what is in it.
    #[error("{0}")]
    Refused(Refusal),
    /// It is larger than this, in bytes.
    #[error("must not be larger than {0} bytes")]
    TooLarge(u64),
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

/// A caller who may send files now, and how much.
#[derive(Debug)]
pub struct Uploading {
    rules: Arc<UploadRules>,
    /// What is left of the visitor's day, in bytes.
    left: Option<u64>,
}

impl Uploading {
    /// What the files may be.
    pub fn rules(&self) -> &UploadRules {
        &self.rules
    }

    /// Only sounds from here on.
    #[must_use]
    pub fn sounds_only(self) -> Self {
        let rules = UploadRules {
            allowed: self.rules.allowed.audio(),
            ..UploadRules::clone(&self.rules)
        };
        Self {
            rules: Arc::new(rules),
            ..self
        }
    }
}

/// A file that is kept and not yet posted: dropped, it is removed.
#[derive(Debug)]
pub struct KeptFile {
    files: Arc<dyn FileStore>,
    file: Option<NewAttachment>,
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
    /// Makes the send idempotent.
    pub client_id: Option<ClientId>,
    /// The sender's own socket, which needs no echo.
    pub socket_id: Option<AnySocketId>,
}

impl Chat {
    /// What files may be. The same for every widget as long as widgets have no settings of their own; whoever asks names the
    /// caller, so that nothing but this changes then.
    pub fn upload_rules(&self, _caller: Option<&Principal>) -> Arc<UploadRules> {
        Arc::clone(&self.ports.upload_rules)
    }

    /// Whether the caller may send files at all, and how much; asked before anything is read. Several uploads of one visitor at
    /// once each see what was left before: the limit by day can be overrun by as many.
    pub async fn begin_upload(&self, principal: &Principal) -> Result<Uploading, UploadError> {
        let rules = self.upload_rules(Some(principal));
        let left = match (principal, rules.visitor_bytes_per_day) {
            (Principal::Visitor(visitor), Some(limit)) => {
                let since = self.ports.clock.now().plus_seconds(-DAY_SECONDS);
                let sent = self.ports.store.uploaded_since(visitor.id, since).await;
                let left = limit.saturating_sub(sent.map_err(ChatError::from)?.bytes);
                if left == 0 {
                    return Err(UploadError::DayIsOver(limit));
                }
                Some(left)
            }
            _ => None,
        };
        Ok(Uploading { rules, left })
    }

    /// Whether the caller may send something there: asked as soon as it is known where, so that what cannot be posted is not
    /// received. A repeat of what was posted before the conversation closed is let through when it has a `client_id`.
    pub async fn check_upload(
        &self,
        principal: &Principal,
        id: ConversationId,
        client_id: Option<ClientId>,
    ) -> Result<(), ChatError> {
        let conversation = self.conversation_for(principal, id).await?;
        if conversation.status == Status::Closed && client_id.is_none() {
            return Err(ChatError::Closed);
        }
        Ok(())
    }

    /// Keeps a file while it comes in, unless it is refused by then.
    pub async fn keep_file(
        &self,
        uploading: &mut Uploading,
        name: FileName,
        source: &mut dyn Source,
    ) -> Result<KeptFile, UploadError> {
        let rules = Arc::clone(&uploading.rules);
        let key = FileKey::from_random(&self.ports.random.bytes()?);
        let mut judged = Judged {
            source,
            inspector: Some(Inspector::new(&rules.allowed, &name)),
            left: uploading.left.unwrap_or(u64::MAX),
            rules: &rules,
            size: 0,
            verdict: Err(UploadError::Stopped),
        };
        let kept = self.ports.files.put(&key, &mut judged).await;
        let size = match kept {
            Ok(size) => size,
            Err(FileError::Stopped) => {
                return Err(judged.verdict.err().unwrap_or(UploadError::Stopped));
            }
            Err(FileError::Full) => return Err(UploadError::NoSpace),
            Err(error) => return Err(ChatError::Internal(Box::new(error)).into()),
        };
        let mut kept = KeptFile {
            files: Arc::clone(&self.ports.files),
            file: None,
        };
        let findings = judged.verdict?;
        kept.file = Some(NewAttachment {
            file: key,
            name,
            content_type: findings.content_type,
            size,
            dimensions: findings.dimensions,
            duration_ms: None,
        });
        uploading.left = uploading.left.map(|left| left.saturating_sub(size));
        Ok(kept)
    }

    /// Posts kept files as a message. When it returns `Ok`, message and files are on disk and the message is announced; when it
    /// does not, or the message was posted before, the files are removed.
    pub async fn post_upload(
        &self,
        principal: &Principal,
        post: PostUpload,
    ) -> Result<PostedMessage, ChatError> {
        self.conversation_for(principal, post.conversation_id)
            .await?;
        let sender = match principal {
            Principal::Visitor(_) => Sender::Visitor,
            Principal::Agent(agent) => Sender::Agent(agent.id),
        };
        // From here on a row may name them, also when this future is dropped.
        let attachments: Vec<NewAttachment> = post
            .files
            .into_iter()
            .filter_map(|mut kept| kept.file.take())
            .collect();
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
            client_id: post.client_id,
            at: self.ports.clock.now(),
        };
        let (waiting, unheard) = (Arc::clone(&self.undescribed), unposted.clone());
        let announce = self.announce(post.socket_id, move |outcome| match outcome {
            PostOutcome::Posted(posted) => {
                waiting.notify_one();
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
        match self.ports.store.post_upload(new, announce).await {
            Ok(PostOutcome::Posted(posted)) => Ok(PostedMessage {
                message: posted.message,
                repeated: false,
            }),
            Ok(PostOutcome::Repeated(message)) => Ok(PostedMessage {
                message,
                repeated: true,
            }),
            Ok(PostOutcome::Closed) => Err(ChatError::Closed),
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

/// Passes a file on while judging it. The verdict falls before the store of files sees the end, so that what is refused at the
/// last byte is not kept either.
struct Judged<'a> {
    source: &'a mut dyn Source,
    /// Until the end.
    inspector: Option<Inspector<'a>>,
    rules: &'a UploadRules,
    left: u64,
    size: u64,
    verdict: Result<Findings, UploadError>,
}

impl Judged<'_> {
    fn judge(&mut self, chunk: Option<&[u8]>) -> Result<(), UploadError> {
        match (chunk, &mut self.inspector) {
            (Some(bytes), Some(inspector)) => {
                self.size += bytes.len() as u64;
                if self.size > self.rules.max_bytes {
                    return Err(UploadError::TooLarge(self.rules.max_bytes));
                }
                if self.size > self.left {
                    let limit = self.rules.visitor_bytes_per_day.unwrap_or(self.left);
                    return Err(UploadError::DayIsOver(limit));
                }
                inspector.push(bytes).map_err(UploadError::Refused)
            }
            (None, _) => {
                let findings = self.inspector.take().map(Inspector::finish);
                match findings {
                    Some(Ok(findings)) => {
                        self.verdict = Ok(findings);
                        Ok(())
                    }
                    Some(Err(refusal)) => Err(UploadError::Refused(refusal)),
                    None => Ok(()),
                }
            }
            (Some(_), None) => Err(UploadError::Stopped),
        }
    }
}

#[async_trait::async_trait]
impl Source for Judged<'_> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        let chunk = self.source.chunk().await?;
        self.judge(chunk.as_deref()).map_err(|error| {
            self.verdict = Err(error);
            Stop
        })?;
        Ok(chunk)
    }
}
