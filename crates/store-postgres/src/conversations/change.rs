//! Read and delivered marks, and ratings.
//!
//! Each is one statement that changes the row only if there is something to change; what stood in the way is asked afterwards.

use super::read::inbox_update;
use crate::failure::{Error, Result};
use crate::rows::{self, select_inbox};
use crate::writer::{Tx, revision};
use antiphon_domain::{ConversationId, SenderType};
use antiphon_store::{Delivered, MarkDelivered, MarkRead, Rate, RateOutcome, ReadOutcome};

/// Moves a side's mark, and answers where it is and where it was.
macro_rules! move_mark {
    ($mark:literal, $also:literal) => {
        concat!(
            "UPDATE conversations c SET ",
            $mark,
            " = b.up_to, revision = ",
            revision!("$3"),
            $also,
            " FROM (SELECT id, ",
            $mark,
            " AS read, least($2, last_seq) AS up_to FROM conversations WHERE id = $1) b
             WHERE c.id = b.id AND b.up_to > b.read RETURNING b.up_to, b.read"
        )
    };
}

pub(super) async fn mark_read(tx: &mut Tx<'_>, mark: MarkRead) -> Result<ReadOutcome> {
    let (move_mark, read_messages) = if mark.reader == SenderType::Visitor {
        (
            move_mark!(
                "visitor_read_seq",
                ", visitor_delivered_seq = greatest(visitor_delivered_seq, b.up_to)"
            ),
            "UPDATE messages SET read_at = $4
             WHERE conversation_id = $1 AND seq > $2 AND seq <= $3 AND sender_type <> 'visitor' AND read_at IS NULL",
        )
    } else {
        (
            move_mark!(
                "agent_read_seq",
                ", agent_delivered_seq = greatest(agent_delivered_seq, b.up_to), unread_count = (
                     SELECT count(*) FROM messages m
                     WHERE m.conversation_id = c.id AND m.seq > b.up_to AND m.sender_type = 'visitor'
                 )"
            ),
            "UPDATE messages SET read_at = $4
             WHERE conversation_id = $1 AND seq > $2 AND seq <= $3 AND sender_type = 'visitor' AND read_at IS NULL",
        )
    };
    let id = mark.conversation_id;
    let revision = tx.draw(id.0);
    let moved = tx
        .db
        .optional(move_mark, &[&id.0, &mark.up_to_seq, &revision])
        .await?;
    let Some(row) = moved else {
        tx.put_back();
        let is_there = tx
            .db
            .optional("SELECT 1 FROM conversations WHERE id = $1", &[&id.0])
            .await?;
        return Ok(match is_there {
            Some(_) => ReadOutcome::Unchanged,
            None => ReadOutcome::UnknownConversation,
        });
    };
    let (up_to_seq, before): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    tx.db
        .execute(
            read_messages,
            &[&id.0, &before, &up_to_seq, &mark.at.as_micros()],
        )
        .await?;
    let update = inbox_update(tx.db, id)
        .await?
        .ok_or(Error::Missing("the conversation"))?;
    Ok(ReadOutcome::Marked {
        up_to_seq,
        update: Box::new(update),
    })
}

/// Moves a side's mark in many conversations. Revisions are the order of the inbox: what was changed last stays that.
macro_rules! move_delivered {
    ($mark:literal) => {
        concat!(
            "WITH wanted AS (
                 SELECT id, max(up_to) AS up_to FROM unnest($1::bigint[], $2::bigint[]) AS marks (id, up_to) GROUP BY id
             ), moving AS (
                 SELECT b.id, least(wanted.up_to, b.last_seq) AS up_to, row_number() OVER (ORDER BY b.revision) - 1 AS place
                 FROM conversations b JOIN wanted ON wanted.id = b.id
                 WHERE least(wanted.up_to, b.last_seq) > b.",
            $mark,
            "), after AS (
                 UPDATE conversations SET ",
            $mark,
            " = moving.up_to, revision = ",
            revision!("$3"),
            " + moving.place FROM moving WHERE conversations.id = moving.id RETURNING conversations.*
             ) ",
            select_inbox!("after"),
            "ORDER BY c.revision"
        )
    };
}

pub(super) async fn mark_delivered(
    tx: &mut Tx<'_>,
    mark: &MarkDelivered,
) -> Result<Vec<Delivered>> {
    let by_visitor = mark.reader == SenderType::Visitor;
    let sql = if by_visitor {
        move_delivered!("visitor_delivered_seq")
    } else {
        move_delivered!("agent_delivered_seq")
    };
    let ids: Vec<i64> = mark.marks.iter().map(|m| m.conversation_id.0).collect();
    let seqs: Vec<i64> = mark.marks.iter().map(|m| m.up_to_seq).collect();
    let moved = tx.db.rows(sql, &[&ids, &seqs, &tx.next()]).await?;
    let mut delivered = Vec::with_capacity(moved.len());
    for row in &moved {
        let update = rows::inbox_update(row)?;
        let conversation = &update.conversation;
        tx.draw(conversation.id.0);
        delivered.push(Delivered {
            up_to_seq: if by_visitor {
                conversation.visitor_delivered_seq
            } else {
                conversation.agent_delivered_seq
            },
            update,
        });
    }
    Ok(delivered)
}

pub(super) async fn rate(tx: &mut Tx<'_>, rate: &Rate) -> Result<RateOutcome> {
    let id = rate.conversation_id;
    let revision = tx.draw(id.0);
    let rated = tx
        .db
        .optional(
            concat!(
                "WITH after AS (
                     UPDATE conversations SET rating_score = $2, rating_comment = $3, rated_at = $4, revision = ",
                revision!("$5"),
                " WHERE id = $1 AND (status = 'closed' OR answered)
                      AND (rating_score IS DISTINCT FROM $2 OR rating_comment IS DISTINCT FROM $3)
                  RETURNING *) ",
                select_inbox!("after")
            ),
            &[
                &id.0,
                &i64::from(rate.score.get()),
                &rate.comment,
                &rate.at.as_micros(),
                &revision,
            ],
        )
        .await?;
    if let Some(row) = rated {
        return Ok(RateOutcome::Rated(Box::new(rows::inbox_update(&row)?)));
    }
    tx.put_back();
    Ok(match may_be_rated(tx, id).await? {
        None => RateOutcome::UnknownConversation,
        Some(false) => RateOutcome::TooEarly,
        Some(true) => RateOutcome::Unchanged,
    })
}

async fn may_be_rated(tx: &Tx<'_>, id: ConversationId) -> Result<Option<bool>> {
    let row = tx
        .db
        .optional(
            "SELECT status = 'closed' OR answered FROM conversations WHERE id = $1",
            &[&id.0],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
