//! A file in several requests: announced, sent in parts of any length, and posted when all of it is there.
//!
//! What arrived stays, whatever ended the request that brought it, until it is posted, refused, or too old. It is judged on the way
//! as far as that needs no looking back, as a whole at its end, and once more when it is posted: only then it becomes a file.

use super::allowance::Share;
use super::judged::Judged;
use super::{Limits, UploadError, UploadKind, Uploading, owner};
use crate::{AnySocketId, Chat, ChatError, FieldErrors, PostUpload, PostedMessage, Principal};
use antiphon_domain::{
    ClientId, ConversationId, FileKey, FileName, MessageBody, Status, Timestamp,
};
use antiphon_files::{Inspector, NewPartial, Owner, Partial, Source, Stop};
use bytes::Bytes;

/// Unfinished uploads of one person at once: a browser sends as many to one host.
const MAX_OPEN: usize = 6;
/// Unposted uploads of one person: the files of two messages.
const MAX_UNPOSTED: usize = 2 * super::MAX_FILES;
/// An upload to which nothing came for so long gives way to a new one, where there are too many.
const LEFT_SECONDS: i64 = 3600;
/// Where the beginning is longer than this, a continued file is judged at its end only: looking back must not cost more than sending.
const LOOK_BACK: u64 = 1024 * 1024;

/// A file to be announced.
#[derive(Debug)]
pub struct BeginUpload {
    /// Where it will be posted.
    pub conversation_id: ConversationId,
    /// Makes the announcement idempotent.
    pub client_id: ClientId,
    /// Its name.
    pub name: FileName,
    /// Bytes.
    pub size: u64,
}

/// An upload as it stands.
#[derive(Debug)]
pub struct ResumableUpload {
    /// Its id.
    pub id: FileKey,
    /// Bytes that are here.
    pub offset: u64,
    /// Bytes when it is complete.
    pub size: u64,
    /// When it is forgotten, unless it is posted by then.
    pub expires_at: Timestamp,
    /// It had been announced before.
    pub repeated: bool,
}

/// What became of a part.
#[derive(Debug, Clone, Copy)]
pub struct Appended {
    /// Bytes that are here now, and survive a power cut.
    pub offset: u64,
    /// Another request has taken the upload over; the rest of this one was not looked at.
    pub was_taken_over: bool,
}

/// Uploads to post.
#[derive(Debug)]
pub struct PostResumed {
    /// How.
    pub kind: UploadKind,
    /// Where.
    pub conversation_id: ConversationId,
    /// What is said with them, if anything.
    pub body: Option<MessageBody>,
    /// The uploads, at least one, each once.
    pub uploads: Vec<FileKey>,
    /// Makes the send idempotent.
    pub client_id: ClientId,
    /// The `seq` of the message that it answers.
    pub reply_to_seq: Option<i64>,
    /// How long a recording plays, as its sender says.
    pub duration_ms: Option<u64>,
    /// The sender's own socket, which needs no echo.
    pub socket_id: Option<AnySocketId>,
}

impl Chat {
    /// Announces a file. The same `client_id` again answers what has become of it; whoever was sending it has to stop.
    pub async fn begin_resumable(
        &self,
        principal: &Principal,
        begin: BeginUpload,
    ) -> Result<ResumableUpload, UploadError> {
        let conversation = self
            .conversation_to_answer(principal, begin.conversation_id)
            .await?;
        if conversation.status == Status::Closed {
            return Err(ChatError::Closed.into());
        }
        let limits = self.limits(principal, None).await?;
        if begin.size == 0 {
            let empty = FieldErrors::one("size", "must be at least 1");
            return Err(ChatError::Invalid(empty).into());
        }
        limits.check_size(begin.size)?;
        let (partials, owner) = (&self.ports.partials, owner(principal));
        let now = self.ports.clock.now();
        let _turn = partials.turn_of_owner(&owner).await;
        let mut unposted = Vec::new();
        for partial in partials.list(&owner).await.map_err(UploadError::of)? {
            match partial.announced.expires_at > now {
                true => unposted.push(partial),
                false => self.forget(principal, &owner, &partial).await?,
            }
        }
        let tag = begin.client_id.to_string();
        let known = unposted.iter().find(|known| known.announced.tag == tag);
        if let Some(known) = known.map(|known| &known.announced) {
            if (&known.name, known.size) != (&begin.name, begin.size) {
                let other = FieldErrors::one("client_id", "is that of another file");
                return Err(ChatError::Invalid(other).into());
            }
            let _turn = partials.take_over(&known.key).await;
            // It may have been refused just now.
            if let Ok(known) = self.partial(&owner, &known.key).await {
                return Ok(answer(known, true));
            }
        }
        self.make_room(principal, &owner, unposted, now).await?;
        let share = self.share_of(principal).await?;
        let mut reserved = share.as_ref().map(Share::reserve);
        if let Some(reserved) = &mut reserved
            && !reserved.grow(begin.size)
        {
            return Err(UploadError::DayIsOver(reserved.share().limit()));
        }
        let new = NewPartial {
            key: FileKey::from_random(&self.ports.random.bytes()?),
            tag,
            name: begin.name,
            size: begin.size,
            expires_at: now.plus_seconds(self.ports.upload_rules.resume_seconds),
        };
        let begun = partials.begin(&owner, new).await.map_err(UploadError::of)?;
        if let Some(reserved) = &mut reserved {
            reserved.spend();
        }
        Ok(answer(begun, false))
    }

    /// Takes a part of a file that begins at this offset, up to its end or as much as comes of it. `announced` is how long the part says
    /// to be. What arrived stays, also when this errs, unless the file is refused for good.
    pub async fn append_to_upload(
        &self,
        principal: &Principal,
        id: &FileKey,
        offset: u64,
        announced: Option<u64>,
        source: &mut dyn Source,
    ) -> Result<Appended, UploadError> {
        let (partials, owner) = (&self.ports.partials, owner(principal));
        self.partial(&owner, id).await?;
        let turn = partials.take_over(id).await;
        let partial = self.partial(&owner, id).await?;
        if partial.offset != offset {
            return Err(UploadError::WrongOffset(partial.offset));
        }
        let size = partial.announced.size;
        let limits = self.limits(principal, None).await?;
        let mut arriving = Arriving {
            source,
            inspector: None,
            limits: &limits,
            left: size - offset,
            size,
            refused: None,
        };
        let appended = async {
            if announced.is_some_and(|length| length > size - offset) {
                return Err(too_large(size));
            }
            if partial.is_complete() {
                return Ok(offset);
            }
            if offset <= LOOK_BACK {
                let mut inspector = Inspector::new(&limits.allowed, &partial.announced.name);
                let before = partials.read(&owner, id, offset).await;
                let mut before = before.map_err(UploadError::of)?;
                while let Some(bytes) = before.chunk().await.map_err(lost)? {
                    let pushed = inspector.push(&bytes);
                    pushed.map_err(|refusal| limits.refused(refusal))?;
                }
                arriving.inspector = Some(inspector);
            }
            let reached = partials
                .append(&turn, &owner, &partial, &mut arriving)
                .await;
            if let Some(refused) = arriving.refused.take() {
                return Err(refused);
            }
            let reached = reached.map_err(UploadError::of)?;
            if reached == size {
                match arriving.inspector.take() {
                    Some(inspector) => {
                        let findings = inspector.finish();
                        findings.map_err(|refusal| limits.refused(refusal))?;
                    }
                    None => self.judge_whole(&owner, &partial, &limits).await?,
                }
            }
            Ok(reached)
        }
        .await;
        match appended {
            Ok(offset) => Ok(Appended {
                offset,
                was_taken_over: turn.was_taken_over(),
            }),
            Err(error) => {
                if error.is_final() {
                    self.forget(principal, &owner, &partial).await?;
                }
                Err(error)
            }
        }
    }

    /// Gives an upload up. Whoever is sending it has to stop.
    pub async fn abandon_upload(
        &self,
        principal: &Principal,
        id: &FileKey,
    ) -> Result<(), UploadError> {
        let owner = owner(principal);
        self.partial(&owner, id).await?;
        let _turn = self.ports.partials.take_over(id).await;
        let partial = self.partial(&owner, id).await?;
        self.forget(principal, &owner, &partial).await
    }

    /// Posts complete uploads as a message, and forgets them; as [`Chat::post_upload`] besides. When it errs they are there as before,
    /// but for one that is refused.
    pub async fn post_resumed(
        &self,
        principal: &Principal,
        post: PostResumed,
    ) -> Result<PostedMessage, UploadError> {
        let (partials, owner) = (&self.ports.partials, owner(principal));
        let (id, client_id) = (post.conversation_id, Some(post.client_id));
        let mut posted = self.check_upload(principal, id, client_id).await?;
        if posted.is_none() {
            for id in &post.uploads {
                if !self.partial(&owner, id).await?.is_complete() {
                    return Err(UploadError::Incomplete);
                }
            }
        }
        // In one order for everybody, so that two posts of the same uploads do not wait for each other.
        let mut in_order: Vec<&FileKey> = post.uploads.iter().collect();
        in_order.sort();
        let mut turns = Vec::new();
        for id in in_order {
            turns.push(partials.turn(id).await);
        }
        if posted.is_none() {
            // Somebody may have posted them meanwhile, with this `client_id` or another.
            posted = self.check_upload(principal, id, client_id).await?;
        }
        let posted = match posted {
            Some(posted) => posted,
            None => self.post_complete(principal, &owner, &post).await?,
        };
        for id in &post.uploads {
            // A file that is posted and still here is swept later: nothing that the sender has to know.
            if let Err(error) = partials.remove(&owner, id).await {
                tracing::warn!(%error, "a posted upload could not be forgotten");
            }
        }
        Ok(posted)
    }

    async fn post_complete(
        &self,
        principal: &Principal,
        owner: &Owner,
        post: &PostResumed,
    ) -> Result<PostedMessage, UploadError> {
        let limits = self.limits(principal, Some(post.kind)).await?;
        limits.check_count(post.uploads.len())?;
        let is_voice = post.kind == UploadKind::Voice;
        if let Some(duration_ms) = post.duration_ms.filter(|_| is_voice) {
            limits.check_duration(duration_ms)?;
        }
        // They were counted when they were announced.
        let uploading = Uploading {
            limits,
            share: None,
        };
        let mut files = Vec::new();
        for id in &post.uploads {
            let partial = self.partial(owner, id).await?;
            if !partial.is_complete() {
                return Err(UploadError::Incomplete);
            }
            let source = self.ports.partials.read(owner, id, partial.offset).await;
            let mut source = source.map_err(UploadError::of)?;
            let name = partial.announced.name.clone();
            let kept = self.keep_file(&uploading, name, &mut source).await;
            let mut kept = match kept {
                Ok(kept) => kept,
                Err(UploadError::Stopped) => return Err(lost(Stop)),
                Err(error) => {
                    if error.is_final() {
                        self.forget(principal, owner, &partial).await?;
                    }
                    return Err(error);
                }
            };
            kept.set_duration_ms(post.duration_ms.filter(|_| is_voice));
            files.push(kept);
        }
        let post = PostUpload {
            conversation_id: post.conversation_id,
            body: post.body.clone(),
            files,
            is_voice,
            reply_to_seq: post.reply_to_seq,
            client_id: Some(post.client_id),
            socket_id: post.socket_id,
        };
        Ok(self.post_upload(principal, post).await?)
    }

    /// The caller's upload. Another's, and one that is over, is none.
    async fn partial(&self, owner: &Owner, id: &FileKey) -> Result<Partial, UploadError> {
        let found = self.ports.partials.find(owner, id).await;
        let now = self.ports.clock.now();
        found
            .map_err(UploadError::of)?
            .filter(|partial| partial.announced.expires_at > now)
            .ok_or_else(|| ChatError::NotFound("upload").into())
    }

    async fn judge_whole(
        &self,
        owner: &Owner,
        partial: &Partial,
        limits: &Limits,
    ) -> Result<(), UploadError> {
        let announced = &partial.announced;
        let source = self
            .ports
            .partials
            .read(owner, &announced.key, announced.size);
        let mut source = source.await.map_err(UploadError::of)?;
        let inspector = Inspector::new(&limits.allowed, &announced.name);
        let mut judged = Judged::new(&mut source, inspector, limits, None);
        while let Ok(Some(_)) = judged.chunk().await {}
        match judged.verdict() {
            Ok(_) => Ok(()),
            Err(UploadError::Stopped) => Err(lost(Stop)),
            Err(refused) => Err(refused),
        }
    }

    /// Lets uploads that nobody goes on with give way to a new one; errs where there are too many others.
    async fn make_room(
        &self,
        principal: &Principal,
        owner: &Owner,
        mut unposted: Vec<Partial>,
        now: Timestamp,
    ) -> Result<(), UploadError> {
        let before = now.plus_seconds(-LEFT_SECONDS);
        loop {
            let n_open = unposted.iter().filter(|known| !known.is_complete()).count();
            let too_many_open = n_open >= MAX_OPEN;
            if !too_many_open && unposted.len() < MAX_UNPOSTED {
                return Ok(());
            }
            // Those that were not written to for longest come first.
            let left = unposted.iter().position(|known| {
                known.touched < before && !(too_many_open && known.is_complete())
            });
            let left = unposted.remove(left.ok_or(UploadError::TooManyOpen)?);
            self.forget(principal, owner, &left).await?;
        }
    }

    async fn forget(
        &self,
        principal: &Principal,
        owner: &Owner,
        partial: &Partial,
    ) -> Result<(), UploadError> {
        let announced = &partial.announced;
        let removed = self.ports.partials.remove(owner, &announced.key).await;
        removed.map_err(UploadError::of)?;
        if let Principal::Visitor(visitor) = principal {
            self.allowances.give_back(visitor.id, announced.size);
        }
        Ok(())
    }
}

fn answer(partial: Partial, repeated: bool) -> ResumableUpload {
    ResumableUpload {
        id: partial.announced.key,
        offset: partial.offset,
        size: partial.announced.size,
        expires_at: partial.announced.expires_at,
        repeated,
    }
}

fn too_large(limit: u64) -> UploadError {
    UploadError::TooLarge {
        limit,
        setting: None,
    }
}

/// Bytes that were here cannot be read any more; the log has said why.
fn lost(_: Stop) -> UploadError {
    ChatError::Internal("the beginning of an upload could not be read".into()).into()
}

/// Passes a part on while judging it, as far as it is known what came before.
struct Arriving<'a> {
    source: &'a mut dyn Source,
    inspector: Option<Inspector<'a>>,
    limits: &'a Limits,
    /// Bytes that may still come, of so many in all.
    left: u64,
    size: u64,
    refused: Option<UploadError>,
}

#[async_trait::async_trait]
impl Source for Arriving<'_> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        let Some(chunk) = self.source.chunk().await? else {
            return Ok(None);
        };
        let judged = match self.left.checked_sub(chunk.len() as u64) {
            None => Err(too_large(self.size)),
            Some(left) => {
                self.left = left;
                let pushed = self
                    .inspector
                    .as_mut()
                    .map(|inspector| inspector.push(&chunk));
                let pushed = pushed.transpose();
                pushed.map_err(|refusal| self.limits.refused(refusal))
            }
        };
        match judged {
            Ok(_) => Ok(Some(chunk)),
            Err(refused) => {
                self.refused = Some(refused);
                Err(Stop)
            }
        }
    }
}
