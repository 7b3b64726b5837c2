//! A file is opened. Who may is decided by its address, which is checked before: whoever may read the message was told it.

use crate::describe::failed;
use crate::{Chat, ChatError};
use antiphon_domain::{AttachmentId, ContentType, FileKey, FileName};
use antiphon_files::{FileBody, Handout, sniff};
use std::ops::Range;
use tokio::io::AsyncReadExt as _;

/// The first bytes that tell a JPEG from a PNG.
const SNIFFED: u64 = 32;

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileVariant {
    /// The file as it was sent.
    Whole,
    /// Its small picture.
    Thumbnail,
}

/// A file that can be opened: what is known without opening it.
#[derive(Debug)]
pub struct OpenedFile {
    /// Where it is kept. Never shown.
    pub key: FileKey,
    /// What it is called.
    pub name: FileName,
    /// What it holds.
    pub content_type: ContentType,
    /// Bytes.
    pub size: u64,
}

impl Chat {
    /// Finds a file.
    pub async fn file(
        &self,
        id: AttachmentId,
        variant: FileVariant,
    ) -> Result<OpenedFile, ChatError> {
        const MISSING: ChatError = ChatError::NotFound("file");
        let found = self.ports.store.attachment(id).await?;
        let attachment = found.ok_or(MISSING)?.attachment;
        if variant == FileVariant::Whole {
            return Ok(OpenedFile {
                key: attachment.file,
                name: attachment.name,
                content_type: attachment.content_type,
                size: attachment.size,
            });
        }
        let key = attachment.thumbnail.ok_or(MISSING)?;
        let body = self.read_file(&key, Some(0..SNIFFED)).await?;
        let size = body.size;
        let mut head = Vec::new();
        body.reader
            .take(SNIFFED)
            .read_to_end(&mut head)
            .await
            .map_err(|error| failed(error.into()))?;
        Ok(OpenedFile {
            content_type: sniff(&head),
            key,
            name: attachment.name,
            size,
        })
    }

    /// Where the store itself gives out a file in this way. `None`: it does not; read it here.
    pub async fn file_address(
        &self,
        key: &FileKey,
        handout: &Handout,
    ) -> Result<Option<String>, ChatError> {
        self.ports.files.address(key, handout).await.map_err(failed)
    }

    /// The bytes of a file, or a part of them.
    pub async fn read_file(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<FileBody, ChatError> {
        let body = self.ports.files.get(key, range).await.map_err(failed)?;
        body.ok_or(ChatError::NotFound("file"))
    }
}
