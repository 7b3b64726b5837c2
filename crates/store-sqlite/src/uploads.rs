//! Messages with files in SQL.

use crate::SqliteStore;
use crate::conversations::{Draft, inbox_update, message_by_id, post};
use crate::editing::message_changed;
use crate::failure::corrupt;
use crate::rows::attachment_columns;
use antiphon_domain::{
    Attachment, AttachmentId, ContentType, Conversation, ConversationId, FileKey, FileName,
    Message, QuickReplies, Sender, Timestamp, VisitorId, Waveform,
};
use antiphon_store::{
    DescribeAttachment, DescribeOutcome, FollowUp, NewUpload, PostOutcome, StoreError,
    StoredAttachment, UploadVolume, Uploads,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

/// The most keys that are looked for at once; each is a parameter of its own, of which SQLite takes 32,766.
const MAX_KEYS: usize = 1000;

#[async_trait::async_trait]
impl Uploads for SqliteStore {
    async fn post_upload(
        &self,
        new: NewUpload,
        follow_up: FollowUp<PostOutcome>,
    ) -> Result<PostOutcome, StoreError> {
        if new.attachments.is_empty() {
            return Err(StoreError::internal("an upload without files"));
        }
        self.write_then(follow_up, move |connection| {
            let draft = Draft {
                conversation_id: new.conversation_id,
                sender: new.sender,
                body: new.body.as_ref().map_or("", |body| body.as_str()),
                attachments: &new.attachments,
                is_voice: new.is_voice,
                quick_replies: QuickReplies::default(),
                reply_to_seq: new.reply_to_seq,
                client_id: new.client_id,
                at: new.at,
            };
            post(connection, &draft)
        })
        .await
    }

    async fn attachment(&self, id: AttachmentId) -> Result<Option<StoredAttachment>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    attachment_columns!(),
                    ", m.conversation_id FROM attachments t JOIN messages m ON m.id = t.message_id WHERE t.id = ?1"
                ))?
                .query_row([id.0], stored_attachment)
                .optional()
        })
        .await
    }

    async fn describe_attachment(
        &self,
        describe: DescribeAttachment,
        follow_up: FollowUp<DescribeOutcome>,
    ) -> Result<DescribeOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            self::describe(connection, &describe)
        })
        .await
    }

    async fn uploaded_since(
        &self,
        visitor: VisitorId,
        since: Timestamp,
    ) -> Result<UploadVolume, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT count(*), coalesce(sum(size_bytes), 0) FROM attachments WHERE visitor_id = ?1 AND created_at >= ?2",
                )?
                .query_row(params![visitor.0, since.as_micros()], |row| {
                    Ok(UploadVolume {
                        files: whole(row.get(0)?, "id")?,
                        bytes: whole(row.get(1)?, "size_bytes")?,
                    })
                })
        })
        .await
    }

    async fn unknown_files(&self, keys: Vec<FileKey>) -> Result<Vec<FileKey>, StoreError> {
        if keys.len() > MAX_KEYS {
            return Err(StoreError::internal("too many keys at once"));
        }
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM attachments WHERE file_key = ?1
                 UNION ALL SELECT 1 FROM attachments WHERE thumbnail_key = ?1",
            )?;
            let mut unknown = Vec::new();
            for key in keys {
                if !statement.exists([key.as_str()])? {
                    unknown.push(key);
                }
            }
            Ok(unknown)
        })
        .await
    }
}

/// Inserts the files of a message that was just inserted.
pub(crate) fn insert(
    connection: &Connection,
    new: &Draft<'_>,
    message: &Message,
    conversation: &Conversation,
) -> Result<Vec<Attachment>> {
    let visitor_id = (new.sender == Sender::Visitor).then_some(conversation.visitor_id.0);
    let mut statement = connection.prepare_cached(
        "INSERT INTO attachments
             (message_id, visitor_id, file_key, name, content_type, size_bytes, width, height, duration_ms, created_at)
         VALUES (:message_id, :visitor_id, :file_key, :name, :content_type, :size_bytes, :width, :height, :duration_ms, :at)",
    )?;
    new.attachments
        .iter()
        .map(|file| {
            let id = statement.insert(named_params! {
                ":message_id": message.id.0,
                ":visitor_id": visitor_id,
                ":file_key": file.file.as_str(),
                ":name": file.name.as_str(),
                ":content_type": file.content_type.as_str(),
                ":size_bytes": column(file.size),
                ":width": file.dimensions.map(|(width, _)| width),
                ":height": file.dimensions.map(|(_, height)| height),
                ":duration_ms": file.duration_ms.map(column),
                ":at": new.at.as_micros(),
            })?;
            Ok(Attachment {
                id: AttachmentId(id),
                file: file.file.clone(),
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                size: file.size,
                dimensions: file.dimensions,
                thumbnail: None,
                duration_ms: file.duration_ms,
                waveform: None,
            })
        })
        .collect()
}

fn describe(connection: &Connection, describe: &DescribeAttachment) -> Result<DescribeOutcome> {
    let found: Option<(i64, i64, bool)> = connection
        .prepare_cached(
            "SELECT t.message_id, m.conversation_id, t.described_at IS NOT NULL
             FROM attachments t JOIN messages m ON m.id = t.message_id WHERE t.id = ?1",
        )?
        .query_row([describe.id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((message_id, conversation_id, is_described)) = found else {
        return Ok(DescribeOutcome::UnknownAttachment);
    };
    if is_described {
        return Ok(DescribeOutcome::Unchanged);
    }
    let details = &describe.details;
    connection
        .prepare_cached(
            "UPDATE attachments
             SET thumbnail_key = coalesce(:thumbnail, thumbnail_key), duration_ms = coalesce(:duration_ms, duration_ms),
                 waveform = coalesce(:waveform, waveform), described_at = :at
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": describe.id.0,
            ":thumbnail": details.thumbnail.as_ref().map(FileKey::as_str),
            ":duration_ms": details.duration_ms.map(column),
            ":waveform": details.waveform.as_ref().map(Waveform::parts),
            ":at": describe.at.as_micros(),
        })?;
    if *details == antiphon_domain::AttachmentDetails::default() {
        return Ok(DescribeOutcome::Unchanged);
    }
    message_changed(connection, message_id, ConversationId(conversation_id))?;
    let message = message_by_id(connection, message_id)?;
    let update = inbox_update(connection, ConversationId(conversation_id))?
        .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(DescribeOutcome::Described {
        message: Box::new(message),
        update: Box::new(update),
    })
}

/// The columns of `attachment_columns`, as they stand in a row or in JSON.
type Columns = (
    i64,
    String,
    String,
    String,
    i64,
    Option<u32>,
    Option<u32>,
    Option<String>,
    Option<i64>,
    Option<String>,
);

fn stored_attachment(row: &Row<'_>) -> Result<StoredAttachment> {
    let columns = (
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
        row.get(9)?,
    );
    Ok(StoredAttachment {
        attachment: attachment(columns)?,
        conversation_id: ConversationId(row.get(10)?),
    })
}

/// Reads a message's files from the array that `message_columns` makes of them.
pub(crate) fn attachments_of(json: &str) -> Result<Vec<Attachment>> {
    let mut rows: Vec<Columns> =
        serde_json::from_str(json).map_err(|_| corrupt("attachments", "file_key"))?;
    // Sorted here, since SQLite would build a table for it.
    rows.sort_unstable_by_key(|(id, ..)| *id);
    rows.into_iter().map(attachment).collect()
}

/// Reads the columns of `attachment_columns`.
fn attachment(columns: Columns) -> Result<Attachment> {
    let (id, file, name, content_type, size, width, height, thumbnail, duration_ms, waveform) =
        columns;
    let key =
        |text: String, column| FileKey::parse(&text).map_err(|_| corrupt("attachments", column));
    Ok(Attachment {
        id: AttachmentId(id),
        file: key(file, "file_key")?,
        name: FileName::parse(&name).map_err(|_| corrupt("attachments", "name"))?,
        content_type: ContentType::parse(&content_type)
            .map_err(|_| corrupt("attachments", "content_type"))?,
        size: whole(size, "size_bytes")?,
        dimensions: width.zip(height),
        thumbnail: thumbnail
            .map(|text| key(text, "thumbnail_key"))
            .transpose()?,
        duration_ms: duration_ms
            .map(|duration| whole(duration, "duration_ms"))
            .transpose()?,
        waveform: waveform
            .filter(|hex| !hex.is_empty())
            .map(|hex| from_hex(&hex).and_then(|parts| Waveform::new(parts).ok()))
            .map(|waveform| waveform.ok_or_else(|| corrupt("attachments", "waveform")))
            .transpose()?,
    })
}

fn whole(number: i64, column: &'static str) -> Result<u64> {
    u64::try_from(number).map_err(|_| corrupt("attachments", column))
}

/// A number for a column; one that does not fit is larger than any disk.
fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect()
}
