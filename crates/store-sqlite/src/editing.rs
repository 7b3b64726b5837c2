//! Messages edited and deleted in SQL, and those that a client missed.

use crate::SqliteStore;
use crate::conversations::{inbox_update, message_by_id, next_revision};
use crate::rows::{self, message_columns};
use antiphon_domain::{AgentId, ConversationId, FileKey, Message, MessageId};
use antiphon_store::{
    ChangedMessage, DeleteMessage, EditMessage, EditOutcome, Editing, FollowUp, MAX_PAGE,
    StoreError,
};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, params};

#[async_trait::async_trait]
impl Editing for SqliteStore {
    async fn edit_message(
        &self,
        edit: EditMessage,
        follow_up: FollowUp<EditOutcome>,
    ) -> std::result::Result<EditOutcome, StoreError> {
        self.write_then(follow_up, move |connection| self::edit(connection, &edit))
            .await
    }

    async fn delete_message(
        &self,
        delete: DeleteMessage,
        follow_up: FollowUp<EditOutcome>,
    ) -> std::result::Result<EditOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            self::delete(connection, delete)
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
        self.read(move |connection| {
            let mut messages = connection
                .prepare_cached(CHANGED)?
                .query_map(
                    params![
                        conversation_id.0,
                        after_revision,
                        up_to_seq,
                        limit.min(MAX_PAGE)
                    ],
                    rows::message,
                )?
                .collect::<Result<Vec<_>>>()?;
            messages.sort_unstable_by_key(|message| message.seq);
            Ok(messages)
        })
        .await
    }
}

const CHANGED: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m
     WHERE m.conversation_id = ?1 AND m.changed_revision IS NOT NULL AND m.changed_revision > ?2 AND m.seq <= ?3
     ORDER BY m.changed_revision DESC LIMIT ?4"
);

fn edit(connection: &Connection, edit: &EditMessage) -> Result<EditOutcome> {
    let before = match own(connection, edit.id, edit.agent_id)? {
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
    connection
        .prepare_cached("UPDATE messages SET body = ?2, edited_at = ?3 WHERE id = ?1")?
        .execute(params![edit.id.0, edit.body.as_str(), edit.at.as_micros()])?;
    changed(connection, &before, Vec::new())
}

fn delete(connection: &Connection, delete: DeleteMessage) -> Result<EditOutcome> {
    let before = match own(connection, delete.id, delete.agent_id)? {
        Ok(message) if message.deleted_at.is_none() => message,
        Ok(message) => return Ok(EditOutcome::Unchanged(Box::new(message))),
        Err(refused) => return Ok(refused),
    };
    if before.created_at < delete.sent_since {
        return Ok(EditOutcome::TooLate);
    }
    connection
        .prepare_cached("DELETE FROM attachments WHERE message_id = ?1")?
        .execute([delete.id.0])?;
    connection
        .prepare_cached(
            "UPDATE messages
             SET body = '', deleted_at = ?2, n_attachments = 0, is_voice = 0, quick_replies = NULL, reply_to_seq = NULL
             WHERE id = ?1",
        )?
        .execute(params![delete.id.0, delete.at.as_micros()])?;
    let files = before.attachments.iter();
    let files: Vec<FileKey> = files
        .flat_map(|file| std::iter::once(file.file.clone()).chain(file.thumbnail.clone()))
        .collect();
    changed(connection, &before, files)
}

/// The message, if this agent sent it; else why not.
fn own(
    connection: &Connection,
    id: MessageId,
    agent_id: AgentId,
) -> Result<std::result::Result<Message, EditOutcome>> {
    Ok(match message_by_id(connection, id.0).optional()? {
        None => Err(EditOutcome::UnknownMessage),
        Some(message) if message.agent_id != Some(agent_id) => Err(EditOutcome::NotSender),
        Some(message) => Ok(message),
    })
}

fn changed(
    connection: &Connection,
    before: &Message,
    unnamed_files: Vec<FileKey>,
) -> Result<EditOutcome> {
    let conversation_id = before.conversation_id;
    message_changed(connection, before.id.0, conversation_id)?;
    Ok(EditOutcome::Changed(Box::new(ChangedMessage {
        message: message_by_id(connection, before.id.0)?,
        update: inbox_update(connection, conversation_id)?.ok_or(Error::QueryReturnedNoRows)?,
        unnamed_files,
    })))
}

/// Draws a revision of the conversation, for a message of it that is another now.
pub(crate) fn message_changed(
    connection: &Connection,
    id: i64,
    conversation: ConversationId,
) -> Result<()> {
    let revision = next_revision(connection)?;
    connection
        .prepare_cached("UPDATE conversations SET revision = ?2 WHERE id = ?1")?
        .execute(params![conversation.0, revision])?;
    connection
        .prepare_cached("UPDATE messages SET changed_revision = ?2 WHERE id = ?1")?
        .execute(params![id, revision])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, connection, migrate};

    #[test]
    fn what_was_missed_is_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_reading(&options.path).unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {CHANGED}"))
            .unwrap();
        let plan: Vec<String> = statement
            .query_map([0, 0, 0, 0], |row| row.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let found = |step: &String| step.contains("messages_changed (conversation_id=? AND");
        assert!(plan.iter().any(found), "{plan:#?}");
    }
}
