//! Canned replies in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{
    AgentId, CannedBody, CannedReply, CannedReplyId, CannedTitle, Shortcut, Timestamp,
};
use antiphon_store::{
    CannedReplies, CannedReplyOutcome, FollowUp, MAX_OWN_CANNED_REPLIES, MAX_PAGE,
    MAX_SHARED_CANNED_REPLIES, NewCannedReply, StoreError, UpdateCannedReply,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

/// The columns that [`canned_reply`] reads.
macro_rules! columns {
    () => {
        "id, agent_id, shared, shortcut, title, body, created_at, updated_at"
    };
}

#[async_trait::async_trait]
impl CannedReplies for SqliteStore {
    async fn canned_replies(
        &self,
        agent_id: AgentId,
        after: Option<CannedReplyId>,
        limit: u32,
    ) -> std::result::Result<Vec<CannedReply>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(concat!(
                    "SELECT ",
                    columns!(),
                    " FROM canned_replies WHERE id > ?2 AND (shared = 1 OR agent_id = ?1) ORDER BY id LIMIT ?3"
                ))?
                .query_map(
                    params![
                        agent_id.0,
                        after.map_or(0, |id| id.0),
                        limit.min(MAX_PAGE)
                    ],
                    canned_reply,
                )?
                .collect()
        })
        .await
    }

    async fn canned_reply(
        &self,
        id: CannedReplyId,
    ) -> std::result::Result<Option<CannedReply>, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn create_canned_reply(
        &self,
        new: NewCannedReply,
        follow_up: FollowUp<CannedReplyOutcome>,
    ) -> std::result::Result<CannedReplyOutcome, StoreError> {
        self.write_then(follow_up, move |connection| create(connection, &new))
            .await
    }

    async fn update_canned_reply(
        &self,
        update: UpdateCannedReply,
        follow_up: FollowUp<CannedReplyOutcome>,
    ) -> std::result::Result<CannedReplyOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            self::update(connection, &update)
        })
        .await
    }

    async fn delete_canned_reply(
        &self,
        id: CannedReplyId,
        was_shared: bool,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_deleted = connection
                .prepare_cached("DELETE FROM canned_replies WHERE id = ?1 AND shared = ?2")?
                .execute(params![id.0, was_shared])?;
            Ok(n_deleted > 0)
        })
        .await
    }
}

fn create(connection: &Connection, new: &NewCannedReply) -> Result<CannedReplyOutcome> {
    let place = Place {
        id: None,
        agent_id: new.agent_id,
        shared: new.shared,
    };
    if let Some(refused) = refusal(connection, place, &new.shortcut)? {
        return Ok(refused);
    }
    connection
        .prepare_cached(concat!(
            "INSERT INTO canned_replies (agent_id, shared, shortcut, title, body, created_at, updated_at)
             VALUES (:agent_id, :shared, :shortcut, :title, :body, :at, :at) RETURNING ",
            columns!()
        ))?
        .query_row(
            named_params! {
                ":agent_id": new.agent_id.0,
                ":shared": new.shared,
                ":shortcut": new.shortcut.as_str(),
                ":title": new.title.as_str(),
                ":body": new.body.as_str(),
                ":at": new.at.as_micros(),
            },
            canned_reply,
        )
        .map(|reply| CannedReplyOutcome::Saved(Box::new(reply)))
}

fn update(connection: &Connection, update: &UpdateCannedReply) -> Result<CannedReplyOutcome> {
    let Some(before) = find(connection, update.id)?.filter(|it| it.shared == update.was_shared)
    else {
        return Ok(CannedReplyOutcome::Unknown);
    };
    let after = CannedReply {
        shared: update.shared.unwrap_or(before.shared),
        shortcut: update.shortcut.clone().unwrap_or(before.shortcut),
        title: update.title.clone().unwrap_or(before.title),
        body: update.body.clone().unwrap_or(before.body),
        updated_at: update.at,
        ..before
    };
    let place = Place {
        id: Some(after.id),
        agent_id: after.agent_id,
        shared: after.shared,
    };
    if let Some(refused) = refusal(connection, place, &after.shortcut)? {
        return Ok(refused);
    }
    connection
        .prepare_cached(
            "UPDATE canned_replies
             SET shared = :shared, shortcut = :shortcut, title = :title, body = :body, updated_at = :at WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": after.id.0,
            ":shared": after.shared,
            ":shortcut": after.shortcut.as_str(),
            ":title": after.title.as_str(),
            ":body": after.body.as_str(),
            ":at": after.updated_at.as_micros(),
        })?;
    Ok(CannedReplyOutcome::Saved(Box::new(after)))
}

/// Among which others a reply is to stand.
#[derive(Clone, Copy)]
struct Place {
    id: Option<CannedReplyId>,
    agent_id: AgentId,
    shared: bool,
}

/// Why it may not stand there, if so.
fn refusal(
    connection: &Connection,
    place: Place,
    shortcut: &Shortcut,
) -> Result<Option<CannedReplyOutcome>> {
    let others = if place.shared {
        "SELECT count(*), count(*) FILTER (WHERE shortcut = ?3) FROM canned_replies WHERE shared = 1 AND id <> ?1 AND ?2 IS NOT NULL"
    } else {
        "SELECT count(*), count(*) FILTER (WHERE shortcut = ?3) FROM canned_replies WHERE shared = 0 AND id <> ?1 AND agent_id = ?2"
    };
    let (n_others, n_same): (i64, i64) = connection.prepare_cached(others)?.query_row(
        params![
            place.id.map_or(0, |id| id.0),
            place.agent_id.0,
            shortcut.as_str()
        ],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let most = if place.shared {
        MAX_SHARED_CANNED_REPLIES
    } else {
        MAX_OWN_CANNED_REPLIES
    };
    Ok(if n_same > 0 {
        Some(CannedReplyOutcome::ShortcutTaken)
    } else if n_others >= most {
        Some(CannedReplyOutcome::TooMany(most))
    } else {
        None
    })
}

fn find(connection: &Connection, id: CannedReplyId) -> Result<Option<CannedReply>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM canned_replies WHERE id = ?1"
        ))?
        .query_row([id.0], canned_reply)
        .optional()
}

fn canned_reply(row: &Row<'_>) -> Result<CannedReply> {
    const TABLE: &str = "canned_replies";
    Ok(CannedReply {
        id: CannedReplyId(row.get(0)?),
        agent_id: AgentId(row.get(1)?),
        shared: row.get(2)?,
        shortcut: Shortcut::parse(row.get_ref(3)?.as_str()?)
            .map_err(|_| corrupt(TABLE, "shortcut"))?,
        title: CannedTitle::parse(row.get_ref(4)?.as_str()?)
            .map_err(|_| corrupt(TABLE, "title"))?,
        body: CannedBody::parse(row.get_ref(5)?.as_str()?).map_err(|_| corrupt(TABLE, "body"))?,
        created_at: Timestamp::from_micros(row.get(6)?),
        updated_at: Timestamp::from_micros(row.get(7)?),
    })
}
