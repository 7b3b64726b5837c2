//! Notes and mentions in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::conversations::inbox_update;
use crate::failure::{Error, Result};
use crate::rows::time;
use crate::writer::{Tx, revision};
use antiphon_domain::{
    AgentId, ConversationId, Mention, MentionId, Note, NoteAuthor, NoteId, Timestamp,
};
use antiphon_store::{
    ChangedNote, DeleteNote, EditNote, FollowUp, MAX_PAGE, MentionPage, NewNote, NoteOutcome,
    NotePage, Notes, StoreError,
};
use tokio_postgres::Row;

/// The columns that [`note`] reads, of tables named `n` and `a`.
macro_rules! note_columns {
    () => {
        "n.id, n.conversation_id, n.agent_id, a.name, n.body, n.after_seq, n.created_at, n.edited_at, n.deleted_at, \
         ARRAY(SELECT x.agent_id FROM mentions x WHERE x.note_id = n.id ORDER BY x.agent_id)"
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
impl Notes for PostgresStore {
    async fn add_note(
        &self,
        new: NewNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> std::result::Result<NoteOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| add(tx, &new).await)
            .await
    }

    async fn edit_note(
        &self,
        edit: EditNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> std::result::Result<NoteOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            self::edit(tx, &edit).await
        })
        .await
    }

    async fn delete_note(
        &self,
        delete: DeleteNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> std::result::Result<NoteOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            self::delete(tx, delete).await
        })
        .await
    }

    async fn notes(&self, page: NotePage) -> std::result::Result<Vec<Note>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                note_columns!(),
                " FROM notes n JOIN agents a ON a.id = n.agent_id
                 WHERE n.conversation_id = $1 AND n.id < $2 ORDER BY n.id DESC LIMIT $3"
            );
            let before = page.before.map_or(i64::MAX, |id| id.0);
            let limit = i64::from(page.limit.min(MAX_PAGE));
            let found = db
                .rows(sql, &[&page.conversation_id.0, &before, &limit])
                .await?;
            found.iter().rev().map(note).collect()
        })
        .await
    }

    async fn mentions(&self, page: MentionPage) -> std::result::Result<Vec<Mention>, StoreError> {
        let sql = if page.unread {
            concat!(
                select_mentions!(),
                "WHERE k.agent_id = $1 AND k.id < $2 AND k.read_at IS NULL ORDER BY k.id DESC LIMIT $3"
            )
        } else {
            concat!(
                select_mentions!(),
                "WHERE k.agent_id = $1 AND k.id < $2 ORDER BY k.id DESC LIMIT $3"
            )
        };
        self.read(async move |db: Db<'_>| {
            let before = page.before.map_or(i64::MAX, |id| id.0);
            let limit = i64::from(page.limit.min(MAX_PAGE));
            let found = db.rows(sql, &[&page.agent_id.0, &before, &limit]).await?;
            found.iter().map(mention).collect()
        })
        .await
    }

    async fn unread_mentions(&self, agent_id: AgentId) -> std::result::Result<i64, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = "SELECT count(*) FROM mentions WHERE agent_id = $1 AND read_at IS NULL";
            let row = db.one("a count", sql, &[&agent_id.0]).await?;
            Ok(row.try_get(0)?)
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
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE mentions SET read_at = $3 WHERE agent_id = $1 AND id <= $2 AND read_at IS NULL";

            let at = at.as_micros();
            tx.db.execute(sql, &[&agent_id.0, &up_to.0, &at]).await
        })
        .await
    }
}

async fn add(tx: &mut Tx<'_>, new: &NewNote) -> Result<NoteOutcome> {
    let id = new.conversation_id;
    let drawn = tx.draw(id.0);
    let sql = concat!(
        "UPDATE conversations SET note_count = note_count + 1, revision = ",
        revision!("$2"),
        " WHERE id = $1 RETURNING last_seq"
    );
    let Some(row) = tx.db.optional(sql, &[&id.0, &drawn]).await? else {
        tx.put_back();
        return Ok(NoteOutcome::UnknownConversation);
    };
    let after_seq: i64 = row.try_get(0)?;
    let made = tx
        .db
        .one(
            "a new note",
            "INSERT INTO notes (conversation_id, agent_id, body, after_seq, created_at)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
            &[
                &id.0,
                &new.author.0,
                &new.body.as_str(),
                &after_seq,
                &new.at.as_micros(),
            ],
        )
        .await?;
    let note = NoteId(made.try_get(0)?);
    let mentioned = mention_agents(tx.db, note, new.author, new.body.mentions()).await?;
    changed(tx.db, note, &mentioned).await
}

async fn edit(tx: &mut Tx<'_>, edit: &EditNote) -> Result<NoteOutcome> {
    let before = match own(tx.db, edit.id, edit.author).await? {
        Ok(note) if note.deleted_at.is_none() => note,
        Ok(_) => return Ok(NoteOutcome::UnknownNote),
        Err(refused) => return Ok(refused),
    };
    if before.body == edit.body.as_str() {
        return Ok(NoteOutcome::Unchanged(Box::new(before)));
    }
    let wanted: Vec<i64> = edit.body.mentions().iter().map(|id| id.0).collect();
    tx.db
        .execute(
            "WITH gone AS (DELETE FROM mentions WHERE note_id = $1 AND agent_id <> ALL ($4))
             UPDATE notes SET body = $2, edited_at = $3 WHERE id = $1",
            &[
                &edit.id.0,
                &edit.body.as_str(),
                &edit.at.as_micros(),
                &wanted,
            ],
        )
        .await?;
    let mentioned = mention_agents(tx.db, edit.id, edit.author, edit.body.mentions()).await?;
    draw(tx, before.conversation_id, 0).await?;
    changed(tx.db, edit.id, &mentioned).await
}

async fn delete(tx: &mut Tx<'_>, delete: DeleteNote) -> Result<NoteOutcome> {
    let before = match own(tx.db, delete.id, delete.author).await? {
        Ok(note) if note.deleted_at.is_none() => note,
        Ok(note) => return Ok(NoteOutcome::Unchanged(Box::new(note))),
        Err(refused) => return Ok(refused),
    };
    tx.db
        .execute(
            "WITH gone AS (DELETE FROM mentions WHERE note_id = $1)
             UPDATE notes SET body = '', deleted_at = $2 WHERE id = $1",
            &[&delete.id.0, &delete.at.as_micros()],
        )
        .await?;
    draw(tx, before.conversation_id, -1).await?;
    changed(tx.db, delete.id, &[]).await
}

/// The note, if it is this agent's; else why not.
async fn own(
    db: Db<'_>,
    id: NoteId,
    author: AgentId,
) -> Result<std::result::Result<Note, NoteOutcome>> {
    Ok(match find(db, id).await? {
        None => Err(NoteOutcome::UnknownNote),
        Some(note) if note.author.id != author => Err(NoteOutcome::NotAuthor),
        Some(note) => Ok(note),
    })
}

async fn find(db: Db<'_>, id: NoteId) -> Result<Option<Note>> {
    let sql = concat!(
        "SELECT ",
        note_columns!(),
        " FROM notes n JOIN agents a ON a.id = n.agent_id WHERE n.id = $1"
    );
    let row = db.optional(sql, &[&id.0]).await?;
    row.as_ref().map(note).transpose()
}

/// Draws a revision of a conversation, which then has so many notes more.
async fn draw(tx: &mut Tx<'_>, id: ConversationId, more: i64) -> Result<()> {
    let drawn = tx.draw(id.0);
    let sql = concat!(
        "UPDATE conversations SET note_count = note_count + $3, revision = ",
        revision!("$2"),
        " WHERE id = $1"
    );
    tx.db.execute(sql, &[&id.0, &drawn, &more]).await?;
    Ok(())
}

/// Mentions those of these agents that there are and that were not mentioned before.
async fn mention_agents(
    db: Db<'_>,
    id: NoteId,
    author: AgentId,
    agents: &[AgentId],
) -> Result<Vec<i64>> {
    if agents.is_empty() {
        return Ok(Vec::new());
    }
    let agents: Vec<i64> = agents.iter().map(|id| id.0).collect();
    let made = db
        .rows(
            "INSERT INTO mentions (note_id, agent_id)
             SELECT $1, a.id FROM agents a WHERE a.id = ANY ($2) AND a.id <> $3
                 AND NOT EXISTS (SELECT 1 FROM mentions WHERE note_id = $1 AND agent_id = a.id)
             ORDER BY a.id
             RETURNING id",
            &[&id.0, &agents, &author.0],
        )
        .await?;
    made.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn changed(db: Db<'_>, id: NoteId, mentioned: &[i64]) -> Result<NoteOutcome> {
    let note = find(db, id).await?.ok_or(Error::Missing("the note"))?;
    let mentioned = if mentioned.is_empty() {
        Vec::new()
    } else {
        let sql = concat!(
            select_mentions!(),
            "WHERE k.id = ANY ($1) ORDER BY k.agent_id"
        );
        let found = db.rows(sql, &[&mentioned]).await?;
        found.iter().map(mention).collect::<Result<Vec<_>>>()?
    };
    let update = inbox_update(db, note.conversation_id)
        .await?
        .ok_or(Error::Missing("the conversation"))?;
    Ok(NoteOutcome::Changed(Box::new(ChangedNote {
        note,
        mentioned,
        update,
    })))
}

/// Reads the columns of `note_columns`, which come first.
fn note(row: &Row) -> Result<Note> {
    let mentions: Vec<i64> = row.try_get(9)?;
    Ok(Note {
        id: NoteId(row.try_get(0)?),
        conversation_id: ConversationId(row.try_get(1)?),
        author: NoteAuthor {
            id: AgentId(row.try_get(2)?),
            name: row.try_get(3)?,
        },
        body: row.try_get(4)?,
        mentions: mentions.into_iter().map(AgentId).collect(),
        after_seq: row.try_get(5)?,
        created_at: Timestamp::from_micros(row.try_get(6)?),
        edited_at: time(row, 7)?,
        deleted_at: time(row, 8)?,
    })
}

/// Reads the columns of `select_mentions`.
fn mention(row: &Row) -> Result<Mention> {
    Ok(Mention {
        id: MentionId(row.try_get(N_NOTE_COLUMNS)?),
        agent_id: AgentId(row.try_get(N_NOTE_COLUMNS + 1)?),
        note: note(row)?,
        visitor_name: row.try_get(N_NOTE_COLUMNS + 3)?,
        read_at: time(row, N_NOTE_COLUMNS + 2)?,
    })
}
