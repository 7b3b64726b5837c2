//! Messages edited and deleted in SQL, and those that a client missed.

use crate::PostgresStore;
use crate::connector::Db;
use crate::conversations::{inbox_update, message_by_id};
use crate::failure::{Error, Result};
use crate::rows::{self, message_columns};
use crate::writer::{Tx, revision};
use antiphon_domain::{AgentId, ConversationId, FileKey, Message, MessageId};
use antiphon_store::{
    ChangedMessage, DeleteMessage, EditMessage, EditOutcome, Editing, FollowUp, MAX_PAGE,
    StoreError,
};

#[async_trait::async_trait]
impl Editing for PostgresStore {
    async fn edit_message(
        &self,
        edit: EditMessage,
        follow_up: FollowUp<EditOutcome>,
    ) -> std::result::Result<EditOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            self::edit(tx, &edit).await
        })
        .await
    }

    async fn delete_message(
        &self,
        delete: DeleteMessage,
        follow_up: FollowUp<EditOutcome>,
    ) -> std::result::Result<EditOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            self::delete(tx, delete).await
        })
        .await
    }

    async fn changed_messages(
        &self,
        conversation_id: ConversationId,
        after_revision: i64,
        up_to_seq: i64,
        limit: u32,
    ) -> std::result::Result<Vec<Message>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                message_columns!(),
                " FROM messages m
                 WHERE m.conversation_id = $1 AND m.changed_revision IS NOT NULL AND m.changed_revision > $2 AND m.seq <= $3
                 ORDER BY m.changed_revision DESC LIMIT $4"
            );
            let limit = i64::from(limit.min(MAX_PAGE));
            let found = db
                .rows(
                    sql,
                    &[&conversation_id.0, &after_revision, &up_to_seq, &limit],
                )
                .await?;
            let mut messages = found
                .iter()
                .map(rows::message)
                .collect::<Result<Vec<_>>>()?;
            messages.sort_unstable_by_key(|message| message.seq);
            Ok(messages)
        })
        .await
    }
}

async fn edit(tx: &mut Tx<'_>, edit: &EditMessage) -> Result<EditOutcome> {
    let before = match own(tx.db, edit.id, edit.agent_id).await? {
        Ok(message) if message.deleted_at.is_none() => message,
        Ok(_) => return Ok(EditOutcome::UnknownMessage),
        Err(refused) => return Ok(refused),
    };
    if before.body == edit.body.as_str() {
        return Ok(EditOutcome::Unchanged(Box::new(before)));
    }
    if before.created_at < edit.sent_since {
        return Ok(EditOutcome::TooLate);
    }
    tx.db
        .execute(
            "UPDATE messages SET body = $2, edited_at = $3 WHERE id = $1",
            &[&edit.id.0, &edit.body.as_str(), &edit.at.as_micros()],
        )
        .await?;
    changed(tx, &before, Vec::new()).await
}

async fn delete(tx: &mut Tx<'_>, delete: DeleteMessage) -> Result<EditOutcome> {
    let before = match own(tx.db, delete.id, delete.agent_id).await? {
        Ok(message) if message.deleted_at.is_none() => message,
        Ok(message) => return Ok(EditOutcome::Unchanged(Box::new(message))),
        Err(refused) => return Ok(refused),
    };
    if before.created_at < delete.sent_since {
        return Ok(EditOutcome::TooLate);
    }
    tx.db
        .execute(
            "WITH gone AS (DELETE FROM attachments WHERE message_id = $1)
             UPDATE messages
             SET body = '', deleted_at = $2, n_attachments = 0, is_voice = FALSE, quick_replies = NULL, reply_to_seq = NULL
             WHERE id = $1",
            &[&delete.id.0, &delete.at.as_micros()],
        )
        .await?;
    let files = before.attachments.iter();
    let files: Vec<FileKey> = files
        .flat_map(|file| std::iter::once(file.file.clone()).chain(file.thumbnail.clone()))
        .collect();
    changed(tx, &before, files).await
}

/// The message, if this agent sent it; else why not.
async fn own(
    db: Db<'_>,
    id: MessageId,
    agent_id: AgentId,
) -> Result<std::result::Result<Message, EditOutcome>> {
    let sql = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE m.id = $1"
    );
    let row = db.optional(sql, &[&id.0]).await?;
    Ok(match row.as_ref().map(rows::message).transpose()? {
        None => Err(EditOutcome::UnknownMessage),
        Some(message) if message.agent_id != Some(agent_id) => Err(EditOutcome::NotSender),
        Some(message) => Ok(message),
    })
}

async fn changed(
    tx: &mut Tx<'_>,
    before: &Message,
    unnamed_files: Vec<FileKey>,
) -> Result<EditOutcome> {
    let conversation_id = before.conversation_id;
    message_changed(tx, before.id.0, conversation_id).await?;
    let update = inbox_update(tx.db, conversation_id)
        .await?
        .ok_or(Error::Missing("the conversation"))?;
    Ok(EditOutcome::Changed(Box::new(ChangedMessage {
        message: message_by_id(tx.db, before.id.0).await?,
        update,
        unnamed_files,
    })))
}

/// Draws a revision of the conversation, for a message of it that is another now.
pub(crate) async fn message_changed(
    tx: &mut Tx<'_>,
    id: i64,
    conversation: ConversationId,
) -> Result<()> {
    let drawn = tx.draw(conversation.0);
    let sql = concat!(
        "WITH after AS (UPDATE conversations SET revision = ",
        revision!("$3"),
        " WHERE id = $2 RETURNING revision)
         UPDATE messages SET changed_revision = (SELECT revision FROM after) WHERE id = $1"
    );
    tx.db.execute(sql, &[&id, &conversation.0, &drawn]).await?;
    Ok(())
}
