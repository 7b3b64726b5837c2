//! Canned replies in SQL. They are changed by the writer, so that nobody takes a shortcut between the question and the change.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::{
    AgentId, CannedBody, CannedReply, CannedReplyId, CannedTitle, Shortcut, Timestamp,
};
use antiphon_store::{
    CannedReplies, CannedReplyOutcome, FollowUp, MAX_OWN_CANNED_REPLIES, MAX_PAGE,
    MAX_SHARED_CANNED_REPLIES, NewCannedReply, StoreError, UpdateCannedReply,
};
use tokio_postgres::Row;

/// The columns that [`canned_reply`] reads.
macro_rules! columns {
    () => {
        "id, agent_id, shared, shortcut, title, body, created_at, updated_at"
    };
}

#[async_trait::async_trait]
impl CannedReplies for PostgresStore {
    async fn canned_replies(
        &self,
        agent_id: AgentId,
        after: Option<CannedReplyId>,
        limit: u32,
    ) -> std::result::Result<Vec<CannedReply>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM canned_replies WHERE id > $2 AND (shared OR agent_id = $1) ORDER BY id LIMIT $3"
            );
            let after = after.map_or(0, |id| id.0);
            let limit = i64::from(limit.min(MAX_PAGE));
            let found = db.rows(sql, &[&agent_id.0, &after, &limit]).await?;
            found.iter().map(canned_reply).collect()
        })
        .await
    }

    async fn canned_reply(
        &self,
        id: CannedReplyId,
    ) -> std::result::Result<Option<CannedReply>, StoreError> {
        self.read(async move |db: Db<'_>| find(db, id).await).await
    }

    async fn create_canned_reply(
        &self,
        new: NewCannedReply,
        follow_up: FollowUp<CannedReplyOutcome>,
    ) -> std::result::Result<CannedReplyOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            create(tx.db, &new).await
        })
        .await
    }

    async fn update_canned_reply(
        &self,
        update: UpdateCannedReply,
        follow_up: FollowUp<CannedReplyOutcome>,
    ) -> std::result::Result<CannedReplyOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            self::update(tx.db, &update).await
        })
        .await
    }

    async fn delete_canned_reply(
        &self,
        id: CannedReplyId,
        was_shared: bool,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM canned_replies WHERE id = $1 AND shared = $2";
            let n_deleted = tx.db.execute(sql, &[&id.0, &was_shared]).await?;
            Ok(n_deleted > 0)
        })
        .await
    }
}

async fn create(db: Db<'_>, new: &NewCannedReply) -> Result<CannedReplyOutcome> {
    let place = Place {
        id: None,
        agent_id: new.agent_id,
        shared: new.shared,
    };
    if let Some(refused) = refusal(db, place, &new.shortcut).await? {
        return Ok(refused);
    }
    let sql = concat!(
        "INSERT INTO canned_replies (agent_id, shared, shortcut, title, body, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING ",
        columns!()
    );
    let row = db
        .one(
            "a new canned reply",
            sql,
            &[
                &new.agent_id.0,
                &new.shared,
                &new.shortcut.as_str(),
                &new.title.as_str(),
                &new.body.as_str(),
                &new.at.as_micros(),
            ],
        )
        .await?;
    Ok(CannedReplyOutcome::Saved(Box::new(canned_reply(&row)?)))
}

async fn update(db: Db<'_>, update: &UpdateCannedReply) -> Result<CannedReplyOutcome> {
    let Some(before) = find(db, update.id)
        .await?
        .filter(|it| it.shared == update.was_shared)
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
    if let Some(refused) = refusal(db, place, &after.shortcut).await? {
        return Ok(refused);
    }
    db.execute(
        "UPDATE canned_replies SET shared = $2, shortcut = $3, title = $4, body = $5, updated_at = $6 WHERE id = $1",
        &[
            &after.id.0,
            &after.shared,
            &after.shortcut.as_str(),
            &after.title.as_str(),
            &after.body.as_str(),
            &after.updated_at.as_micros(),
        ],
    )
    .await?;
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
async fn refusal(
    db: Db<'_>,
    place: Place,
    shortcut: &Shortcut,
) -> Result<Option<CannedReplyOutcome>> {
    let row = db
        .one(
            "a count",
            "SELECT count(*), count(*) FILTER (WHERE shortcut = $4) FROM canned_replies
             WHERE shared = $3 AND id <> $1 AND ($3 OR agent_id = $2)",
            &[
                &place.id.map_or(0, |id| id.0),
                &place.agent_id.0,
                &place.shared,
                &shortcut.as_str(),
            ],
        )
        .await?;
    let (n_others, n_same): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
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

async fn find(db: Db<'_>, id: CannedReplyId) -> Result<Option<CannedReply>> {
    let sql = concat!("SELECT ", columns!(), " FROM canned_replies WHERE id = $1");
    let row = db.optional(sql, &[&id.0]).await?;
    row.as_ref().map(canned_reply).transpose()
}

fn canned_reply(row: &Row) -> Result<CannedReply> {
    const TABLE: &str = "canned_replies";
    Ok(CannedReply {
        id: CannedReplyId(row.try_get(0)?),
        agent_id: AgentId(row.try_get(1)?),
        shared: row.try_get(2)?,
        shortcut: Shortcut::parse(row.try_get(3)?).map_err(|_| corrupt(TABLE, "shortcut"))?,
        title: CannedTitle::parse(row.try_get(4)?).map_err(|_| corrupt(TABLE, "title"))?,
        body: CannedBody::parse(row.try_get(5)?).map_err(|_| corrupt(TABLE, "body"))?,
        created_at: Timestamp::from_micros(row.try_get(6)?),
        updated_at: Timestamp::from_micros(row.try_get(7)?),
    })
}
