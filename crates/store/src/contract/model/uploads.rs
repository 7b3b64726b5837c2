//! The model's files.

use super::Model;
use crate::contract::world::file;
use crate::{DescribeAttachment, DescribeOutcome, StoredAttachment, UploadVolume, nothing};
use antiphon_domain::{
    Attachment, AttachmentDetails, AttachmentId, NewAttachment, SenderType, Timestamp,
};

/// A file as it is stored at first.
pub(super) fn stored(id: AttachmentId, file: &NewAttachment) -> Attachment {
    Attachment {
        id,
        file: file.file.clone(),
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        size: file.size,
        dimensions: file.dimensions,
        thumbnail: None,
        duration_ms: file.duration_ms,
        waveform: None,
    }
}

impl Model {
    /// So many files that nobody has sent yet.
    pub(super) fn new_files(&mut self, n: usize) -> Vec<NewAttachment> {
        (0..n)
            .map(|_| {
                self.n_files += 1;
                file(self.n_files)
            })
            .collect()
    }

    /// Where each file is: the conversation, the message, and its place there; by id.
    fn files(&self) -> Vec<(usize, usize, usize)> {
        let mut files = Vec::new();
        for (talk, of) in self.talks.iter().enumerate() {
            for (message, of) in of.messages.iter().enumerate() {
                files.extend((0..of.attachments.len()).map(|file| (talk, message, file)));
            }
        }
        files.sort_by_key(|at| self.file(*at).id);
        files
    }

    fn file(&self, (talk, message, file): (usize, usize, usize)) -> &Attachment {
        &self.talks[talk].messages[message].attachments[file]
    }

    pub(super) async fn describe(
        &mut self,
        now: Timestamp,
        pick: usize,
        details: &AttachmentDetails,
    ) {
        let files = self.files();
        // One pick more than there are files, so that an unknown one is tried as well.
        let at = files.get(pick % (files.len() + 1)).copied();
        let id = at.map_or(AttachmentId(987_654), |at| self.file(at).id);
        let describe = DescribeAttachment {
            id,
            details: details.clone(),
            at: now,
        };
        let outcome = self
            .store
            .describe_attachment(describe, nothing())
            .await
            .unwrap();

        let Some((talk, message, file)) = at else {
            assert_eq!(outcome, DescribeOutcome::UnknownAttachment);
            return;
        };
        let is_new = !self.described.contains(&id);
        self.described.push(id);
        if !is_new || *details == AttachmentDetails::default() {
            assert_eq!(outcome, DescribeOutcome::Unchanged);
            return;
        }
        let known = &mut self.talks[talk].messages[message].attachments[file];
        known.duration_ms = details.duration_ms.or(known.duration_ms);
        known.waveform = details.waveform.clone().or(known.waveform.take());
        let DescribeOutcome::Described {
            message: told,
            update,
        } = outcome
        else {
            panic!("not described: {outcome:?}")
        };
        let revision = update.conversation.revision;
        self.changed(talk, revision);
        self.message_changed(talk, told.seq, revision);
        assert_eq!(*told, self.talks[talk].messages[message]);
        assert_eq!(*update, self.row(talk));
    }

    /// Every file by its id, the next that is not described, every key, and what each visitor has sent.
    pub(super) async fn compare_files(&self) {
        let files = self.files();
        for at in &files {
            let attachment = self.file(*at).clone();
            let found = self.store.attachment(attachment.id).await.unwrap();
            let expected = StoredAttachment {
                attachment,
                conversation_id: self.talks[at.0].conversation.id,
            };
            assert_eq!(found, Some(expected));
        }
        let stray = file(self.n_files + 1).file;
        let mut keys: Vec<_> = files.iter().map(|at| self.file(*at).file.clone()).collect();
        keys.push(stray.clone());
        assert_eq!(self.store.unknown_files(keys).await.unwrap(), [stray]);

        for (visitor, _) in &self.visitors {
            let mut expected = UploadVolume::default();
            for at in &files {
                let talk = &self.talks[at.0];
                if talk.conversation.visitor_id == visitor.id
                    && talk.messages[at.1].sender_type == SenderType::Visitor
                {
                    expected.files += 1;
                    expected.bytes += self.file(*at).size;
                }
            }
            let since = Timestamp::from_micros(0);
            let found = self.store.uploaded_since(visitor.id, since).await.unwrap();
            assert_eq!(found, expected);
        }
    }
}
