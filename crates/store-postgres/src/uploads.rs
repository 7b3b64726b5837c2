//! Messages with files in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::conversations::{Draft, inbox_update, message_by_id, post};
use crate::editing::message_changed;
use crate::failure::{Error, Result, corrupt};
use crate::rows::attachment_columns;
use crate::writer::Tx;
use antiphon_domain::{
    Attachment, AttachmentId, ContentType, Conversation, ConversationId, FileKey, FileName,
    Message, QuickReplies, Sender, Timestamp, VisitorId, Waveform,
};
use antiphon_store::{
    DescribeAttachment, DescribeOutcome, FollowUp, NewUpload, PostOutcome, StoreError,
    StoredAttachment, UploadVolume, Uploads,
};
use std::collections::HashMap;
use tokio_postgres::Row;

/// The most keys that are looked for at once, as the port has it.
const MAX_KEYS: usize = 1000;

#[async_trait::async_trait]
impl Uploads for PostgresStore {
    async fn post_upload(
        &self,
        new: NewUpload,
        follow_up: FollowUp<PostOutcome>,
    ) -> std::result::Result<PostOutcome, StoreError> {
        if new.attachments.is_empty() {
            return Err(StoreError::internal("an upload without files"));
        }
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
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
            post(tx, &draft).await
        })
        .await
    }

    async fn attachment(
        &self,
        id: AttachmentId,
    ) -> std::result::Result<Option<StoredAttachment>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                attachment_columns!(),
                ", m.conversation_id FROM attachments t JOIN messages m ON m.id = t.message_id WHERE t.id = $1"
            );
            let row = db.optional(sql, &[&id.0]).await?;
            row.as_ref().map(stored_attachment).transpose()
        })
        .await
    }

    async fn describe_attachment(
        &self,
        describe: DescribeAttachment,
        follow_up: FollowUp<DescribeOutcome>,
    ) -> std::result::Result<DescribeOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            self::describe(tx, &describe).await
        })
        .await
    }

    async fn uploaded_since(
        &self,
        visitor: VisitorId,
        since: Timestamp,
    ) -> std::result::Result<UploadVolume, StoreError> {
        self.read(async move |db: Db<'_>| {
            let row = db
                .one(
                    "a sum",
                    "SELECT count(*), coalesce(sum(size_bytes), 0)::bigint FROM attachments
                     WHERE visitor_id = $1 AND created_at >= $2",
                    &[&visitor.0, &since.as_micros()],
                )
                .await?;
            Ok(UploadVolume {
                files: whole(row.try_get(0)?, "id")?,
                bytes: whole(row.try_get(1)?, "size_bytes")?,
            })
        })
        .await
    }

    async fn unknown_files(
        &self,
        keys: Vec<FileKey>,
    ) -> std::result::Result<Vec<FileKey>, StoreError> {
        if keys.len() > MAX_KEYS {
            return Err(StoreError::internal("too many keys at once"));
        }
        self.read(async move |db: Db<'_>| {
            let asked: Vec<&str> = keys.iter().map(FileKey::as_str).collect();
            let found = db
                .rows(
                    "SELECT place FROM unnest($1::text[]) WITH ORDINALITY AS asked (key, place)
                     WHERE NOT EXISTS (SELECT 1 FROM attachments WHERE file_key = asked.key)
                         AND NOT EXISTS (SELECT 1 FROM attachments WHERE thumbnail_key = asked.key)
                     ORDER BY place",
                    &[&asked],
                )
                .await?;
            let mut unknown = Vec::with_capacity(found.len());
            for row in found {
                let place: i64 = row.try_get(0)?;
                let key = usize::try_from(place - 1).ok().and_then(|at| keys.get(at));
                unknown.extend(key.cloned());
            }
            Ok(unknown)
        })
        .await
    }
}

/// Inserts the files of a message that was just inserted, in one statement.
pub(crate) async fn insert(
    db: Db<'_>,
    new: &Draft<'_>,
    message: &Message,
    conversation: &Conversation,
) -> Result<Vec<Attachment>> {
    let visitor_id = (new.sender == Sender::Visitor).then_some(conversation.visitor_id.0);
    let files = new.attachments;
    let keys: Vec<_> = files.iter().map(|file| file.file.as_str()).collect();
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    let types: Vec<_> = files
        .iter()
        .map(|file| file.content_type.as_str())
        .collect();
    let sizes: Vec<_> = files.iter().map(|file| column(file.size)).collect();
    let (widths, heights): (Vec<_>, Vec<_>) = files
        .iter()
        .map(|file| {
            file.dimensions
                .map(|(w, h)| (i64::from(w), i64::from(h)))
                .unzip()
        })
        .unzip();
    let durations: Vec<_> = files
        .iter()
        .map(|file| file.duration_ms.map(column))
        .collect();
    let made = db
        .rows(
            "INSERT INTO attachments
                 (message_id, visitor_id, file_key, name, content_type, size_bytes, width, height, duration_ms, created_at)
             SELECT $1, $2, file_key, name, content_type, size_bytes, width, height, duration_ms, $3
             FROM unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
                 WITH ORDINALITY AS new (file_key, name, content_type, size_bytes, width, height, duration_ms, place)
             ORDER BY place
             RETURNING file_key, id",
            &[
                &message.id.0,
                &visitor_id,
                &new.at.as_micros(),
                &keys,
                &names,
                &types,
                &sizes,
                &widths,
                &heights,
                &durations,
            ],
        )
        .await?;
    let ids = made
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<HashMap<&str, i64>>>()?;
    files
        .iter()
        .map(|file| {
            let id = ids.get(file.file.as_str()).copied();
            Ok(Attachment {
                id: AttachmentId(id.ok_or(Error::Missing("a new attachment"))?),
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

async fn describe(tx: &mut Tx<'_>, describe: &DescribeAttachment) -> Result<DescribeOutcome> {
    let details = &describe.details;
    let described = tx
        .db
        .optional(
            "UPDATE attachments t
             SET thumbnail_key = coalesce($2, t.thumbnail_key), duration_ms = coalesce($3, t.duration_ms),
                 waveform = coalesce($4, t.waveform), described_at = $5
             FROM messages m
             WHERE t.id = $1 AND t.described_at IS NULL AND m.id = t.message_id
             RETURNING t.message_id, m.conversation_id",
            &[
                &describe.id.0,
                &details.thumbnail.as_ref().map(FileKey::as_str),
                &details.duration_ms.map(column),
                &details.waveform.as_ref().map(Waveform::parts),
                &describe.at.as_micros(),
            ],
        )
        .await?;
    let Some(row) = described else {
        let is_there = tx
            .db
            .optional("SELECT 1 FROM attachments WHERE id = $1", &[&describe.id.0])
            .await?;
        return Ok(match is_there {
            Some(_) => DescribeOutcome::Unchanged,
            None => DescribeOutcome::UnknownAttachment,
        });
    };
    if *details == antiphon_domain::AttachmentDetails::default() {
        return Ok(DescribeOutcome::Unchanged);
    }
    let (message_id, conversation_id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    message_changed(tx, message_id, ConversationId(conversation_id)).await?;
    let message = message_by_id(tx.db, message_id).await?;
    let update = inbox_update(tx.db, ConversationId(conversation_id))
        .await?
        .ok_or(Error::Missing("the conversation"))?;
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
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<String>,
);

fn stored_attachment(row: &Row) -> Result<StoredAttachment> {
    let columns = (
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
        row.try_get(4)?,
        row.try_get(5)?,
        row.try_get(6)?,
        row.try_get(7)?,
        row.try_get(8)?,
        row.try_get(9)?,
    );
    Ok(StoredAttachment {
        attachment: attachment(columns)?,
        conversation_id: ConversationId(row.try_get(10)?),
    })
}

/// Reads a message's files from the array that `message_columns` makes of them.
pub(crate) fn attachments_of(json: &str) -> Result<Vec<Attachment>> {
    let rows: Vec<Columns> =
        serde_json::from_str(json).map_err(|_| corrupt("attachments", "file_key"))?;
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
        dimensions: match width.zip(height) {
            Some((width, height)) => Some((pixels(width)?, pixels(height)?)),
            None => None,
        },
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

fn pixels(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| corrupt("attachments", "width"))
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
