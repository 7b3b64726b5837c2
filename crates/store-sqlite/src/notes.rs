//! Notes and mentions in SQL.

use crate::SqliteStore;
use crate::conversations::{inbox_update, next_revision};
use crate::failure::corrupt;
use antiphon_domain::{
    AgentId, ConversationId, Mention, MentionId, Note, NoteAuthor, NoteId, Timestamp,
};
use antiphon_store::{
    ChangedNote, DeleteNote, EditNote, FollowUp, MAX_PAGE, MentionPage, NewNote, NoteOutcome,
    NotePage, Notes, StoreError,
};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Row, named_params, params};

/// The columns that `note` reads, of tables named `n` and `a`.
macro_rules! note_columns {
    () => {
        "n.id, n.conversation_id, n.agent_id, a.name, n.body, n.after_seq, n.created_at, n.edited_at, n.deleted_at, \
         (SELECT json_group_array(x.agent_id) FROM mentions x WHERE x.note_id = n.id)"
    };
}

/// How many columns `note_columns` has.
const N_NOTE_COLUMNS: usize = 10;

/// The columns that [`mention`] reads.
macro_rules! select_mentions {
    () => {
        concat!(
            "SELECT ",
            note_columns!(),
            ", k.id, k.agent_id, k.read_at, v.name
             FROM mentions k JOIN notes n ON n.id = k.note_id JOIN agents a ON a.id = n.agent_id
             JOIN conversations c ON c.id = n.conversation_id JOIN visitors v ON v.id = c.visitor_id "
        )
    };
}

#[async_trait::async_trait]
impl Notes for SqliteStore {
    async fn add_note(
        &self,
        new: NewNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> std::result::Result<NoteOutcome, StoreError> {
        self.write_then(follow_up, move |connection| add(connection, &new))
            .await
    }

    async fn edit_note(
        &self,
        edit: EditNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> std::result::Result<NoteOutcome, StoreError> {
        self.write_then(follow_up, move |connection| self::edit(connection, &edit))
            .await
    }

    async fn delete_note(
        &self,
        delete: DeleteNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> std::result::Result<NoteOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            self::delete(connection, delete)
        })
        .await
    }

    async fn notes(&self, page: NotePage) -> std::result::Result<Vec<Note>, StoreError> {
        self.read(move |connection| {
            let mut notes = connection
                .prepare_cached(concat!(
                    "SELECT ",
                    note_columns!(),
                    " FROM notes n JOIN agents a ON a.id = n.agent_id
                     WHERE n.conversation_id = ?1 AND n.id < ?2 ORDER BY n.id DESC LIMIT ?3"
                ))?
                .query_map(
                    params![
                        page.conversation_id.0,
                        page.before.map_or(i64::MAX, |id| id.0),
                        page.limit.min(MAX_PAGE)
                    ],
                    note,
                )?
                .collect::<Result<Vec<_>>>()?;
            notes.reverse();
            Ok(notes)
        })
        .await
    }

    async fn mentions(&self, page: MentionPage) -> std::result::Result<Vec<Mention>, StoreError> {
        let sql = if page.unread {
            concat!(
                select_mentions!(),
                "WHERE k.agent_id = ?1 AND k.id < ?2 AND k.read_at IS NULL ORDER BY k.id DESC LIMIT ?3"
            )
        } else {
            concat!(
                select_mentions!(),
                "WHERE k.agent_id = ?1 AND k.id < ?2 ORDER BY k.id DESC LIMIT ?3"
            )
        };
        self.read(move |connection| {
            connection
                .prepare_cached(sql)?
                .query_map(
                    params![
                        page.agent_id.0,
                        page.before.map_or(i64::MAX, |id| id.0),
                        page.limit.min(MAX_PAGE)
                    ],
                    mention,
                )?
                .collect()
        })
        .await
    }

    async fn unread_mentions(&self, agent_id: AgentId) -> std::result::Result<i64, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT count(*) FROM mentions WHERE agent_id = ?1 AND read_at IS NULL",
                )?
                .query_row([agent_id.0], |row| row.get(0))
        })
        .await
    }

    async fn read_mentions(
        &self,
        agent_id: AgentId,
        up_to: MentionId,
        at: Timestamp,
        follow_up: FollowUp<u64>,
    ) -> std::result::Result<u64, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_read = connection
                .prepare_cached(
                    "UPDATE mentions SET read_at = ?3 WHERE agent_id = ?1 AND id <= ?2 AND read_at IS NULL",
                )?
                .execute(params![agent_id.0, up_to.0, at.as_micros()])?;
            Ok(n_read as u64)
        })
        .await
    }
}

fn add(connection: &Connection, new: &NewNote) -> Result<NoteOutcome> {
    let after_seq: Option<i64> = connection
        .prepare_cached("SELECT last_seq FROM conversations WHERE id = ?1")?
        .query_row([new.conversation_id.0], |row| row.get(0))
        .optional()?;
    let Some(after_seq) = after_seq else {
        return Ok(NoteOutcome::UnknownConversation);
    };
    draw(connection, new.conversation_id, 1)?;
    let id = connection
        .prepare_cached(
            "INSERT INTO notes (conversation_id, agent_id, body, after_seq, created_at)
             VALUES (:conversation_id, :agent_id, :body, :after_seq, :at)",
        )?
        .insert(named_params! {
            ":conversation_id": new.conversation_id.0,
            ":agent_id": new.author.0,
            ":body": new.body.as_str(),
            ":after_seq": after_seq,
            ":at": new.at.as_micros(),
        })?;
    let mentioned = mention_agents(connection, NoteId(id), new.author, new.body.mentions())?;
    changed(connection, NoteId(id), &mentioned)
}

fn edit(connection: &Connection, edit: &EditNote) -> Result<NoteOutcome> {
    let before = match own(connection, edit.id, edit.author)? {
        Ok(note) if note.deleted_at.is_none() => note,
        Ok(_) => return Ok(NoteOutcome::UnknownNote),
        Err(refused) => return Ok(refused),
    };
    if before.body == edit.body.as_str() {
        return Ok(NoteOutcome::Unchanged(Box::new(before)));
    }
    connection
        .prepare_cached("UPDATE notes SET body = ?2, edited_at = ?3 WHERE id = ?1")?
        .execute(params![edit.id.0, edit.body.as_str(), edit.at.as_micros()])?;
    for gone in before
        .mentions
        .iter()
        .filter(|id| !edit.body.mentions().contains(id))
    {
        connection
            .prepare_cached("DELETE FROM mentions WHERE note_id = ?1 AND agent_id = ?2")?
            .execute(params![edit.id.0, gone.0])?;
    }
    let mentioned = mention_agents(connection, edit.id, edit.author, edit.body.mentions())?;
    draw(connection, before.conversation_id, 0)?;
    changed(connection, edit.id, &mentioned)
}

fn delete(connection: &Connection, delete: DeleteNote) -> Result<NoteOutcome> {
    let before = match own(connection, delete.id, delete.author)? {
        Ok(note) if note.deleted_at.is_none() => note,
        Ok(note) => return Ok(NoteOutcome::Unchanged(Box::new(note))),
        Err(refused) => return Ok(refused),
    };
    connection
        .prepare_cached("UPDATE notes SET body = '', deleted_at = ?2 WHERE id = ?1")?
        .execute(params![delete.id.0, delete.at.as_micros()])?;
    connection
        .prepare_cached("DELETE FROM mentions WHERE note_id = ?1")?
        .execute([delete.id.0])?;
    draw(connection, before.conversation_id, -1)?;
    changed(connection, delete.id, &[])
}

/// The note, if it is this agent's; else why not.
fn own(
    connection: &Connection,
    id: NoteId,
    author: AgentId,
) -> Result<std::result::Result<Note, NoteOutcome>> {
    Ok(match find(connection, id)? {
        None => Err(NoteOutcome::UnknownNote),
        Some(note) if note.author.id != author => Err(NoteOutcome::NotAuthor),
        Some(note) => Ok(note),
    })
}

fn find(connection: &Connection, id: NoteId) -> Result<Option<Note>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            note_columns!(),
            " FROM notes n JOIN agents a ON a.id = n.agent_id WHERE n.id = ?1"
        ))?
        .query_row([id.0], note)
        .optional()
}

/// Draws a revision of a conversation, which then has so many notes more.
fn draw(connection: &Connection, id: ConversationId, more: i64) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE conversations SET note_count = note_count + ?3, revision = ?2 WHERE id = ?1",
        )?
        .execute(params![id.0, next_revision(connection)?, more])?;
    Ok(())
}

/// Mentions those of these agents that there are and that were not mentioned before.
fn mention_agents(
    connection: &Connection,
    id: NoteId,
    author: AgentId,
    agents: &[AgentId],
) -> Result<Vec<MentionId>> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO mentions (note_id, agent_id)
         SELECT ?1, a.id FROM agents a WHERE a.id = ?2 AND a.id <> ?3
             AND NOT EXISTS (SELECT 1 FROM mentions WHERE note_id = ?1 AND agent_id = a.id)
         RETURNING id",
    )?;
    let mut mentioned = Vec::new();
    for agent in agents {
        let made = statement
            .query_row(params![id.0, agent.0, author.0], |row| {
                row.get(0).map(MentionId)
            })
            .optional()?;
        mentioned.extend(made);
    }
    Ok(mentioned)
}

fn changed(connection: &Connection, id: NoteId, mentioned: &[MentionId]) -> Result<NoteOutcome> {
    let note = find(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
    let mut statement =
        connection.prepare_cached(concat!(select_mentions!(), "WHERE k.id = ?1"))?;
    let mentioned = mentioned
        .iter()
        .map(|id| statement.query_row([id.0], mention))
        .collect::<Result<Vec<_>>>()?;
    let update =
        inbox_update(connection, note.conversation_id)?.ok_or(Error::QueryReturnedNoRows)?;
    Ok(NoteOutcome::Changed(Box::new(ChangedNote {
        note,
        mentioned,
        update,
    })))
}

/// Reads the columns of `note_columns`, which come first.
fn note(row: &Row<'_>) -> Result<Note> {
    let mentions: Vec<i64> = serde_json::from_str(row.get_ref(9)?.as_str()?)
        .map_err(|_| corrupt("mentions", "agent_id"))?;
    let mut mentions: Vec<_> = mentions.into_iter().map(AgentId).collect();
    mentions.sort_unstable();
    let time = |index| -> Result<_> {
        let micros: Option<i64> = row.get(index)?;
        Ok(micros.map(Timestamp::from_micros))
    };
    Ok(Note {
        id: NoteId(row.get(0)?),
        conversation_id: ConversationId(row.get(1)?),
        author: NoteAuthor {
            id: AgentId(row.get(2)?),
            name: row.get(3)?,
        },
        body: row.get(4)?,
        mentions,
        after_seq: row.get(5)?,
        created_at: Timestamp::from_micros(row.get(6)?),
        edited_at: time(7)?,
        deleted_at: time(8)?,
    })
}

/// Reads the columns of `select_mentions`.
fn mention(row: &Row<'_>) -> Result<Mention> {
    Ok(Mention {
        id: MentionId(row.get(N_NOTE_COLUMNS)?),
        agent_id: AgentId(row.get(N_NOTE_COLUMNS + 1)?),
        note: note(row)?,
        visitor_name: row.get(N_NOTE_COLUMNS + 3)?,
        read_at: row
            .get::<_, Option<i64>>(N_NOTE_COLUMNS + 2)?
            .map(Timestamp::from_micros),
    })
}
