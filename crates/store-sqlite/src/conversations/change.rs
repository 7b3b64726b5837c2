//! Read and delivered marks, and ratings.

use super::next_revision;
use super::read::{conversation, inbox_update};
use antiphon_domain::{ConversationId, InboxUpdate, SenderType, Status};
use antiphon_store::{Delivered, MarkDelivered, MarkRead, Rate, RateOutcome, ReadOutcome};
use rusqlite::{Connection, Result, named_params, params};
use std::collections::BTreeMap;

pub(super) fn mark_read(connection: &Connection, mark: MarkRead) -> Result<ReadOutcome> {
    let Some(before) = inbox_update(connection, mark.conversation_id)? else {
        return Ok(ReadOutcome::UnknownConversation);
    };
    let before = before.conversation;
    let by_visitor = mark.reader == SenderType::Visitor;
    let read_before = if by_visitor {
        before.visitor_read_seq
    } else {
        before.agent_read_seq
    };
    let up_to_seq = mark.up_to_seq.min(before.last_seq);
    if up_to_seq <= read_before {
        return Ok(ReadOutcome::Unchanged);
    }

    let read_messages = if by_visitor {
        "UPDATE messages SET read_at = :at
         WHERE conversation_id = :id AND seq > :after AND seq <= :up_to AND sender_type <> 'visitor' AND read_at IS NULL"
    } else {
        "UPDATE messages SET read_at = :at
         WHERE conversation_id = :id AND seq > :after AND seq <= :up_to AND sender_type = 'visitor' AND read_at IS NULL"
    };
    connection
        .prepare_cached(read_messages)?
        .execute(named_params! {
            ":id": mark.conversation_id.0,
            ":after": read_before,
            ":up_to": up_to_seq,
            ":at": mark.at.as_micros(),
        })?;

    let move_mark = if by_visitor {
        "UPDATE conversations SET visitor_read_seq = :up_to, revision = :revision,
             visitor_delivered_seq = max(visitor_delivered_seq, :up_to)
         WHERE id = :id"
    } else {
        "UPDATE conversations SET agent_read_seq = :up_to, revision = :revision,
             agent_delivered_seq = max(agent_delivered_seq, :up_to), unread_count = (
             SELECT count(*) FROM messages
             WHERE conversation_id = :id AND seq > :up_to AND sender_type = 'visitor'
         ) WHERE id = :id"
    };
    connection
        .prepare_cached(move_mark)?
        .execute(named_params! {
            ":id": mark.conversation_id.0,
            ":up_to": up_to_seq,
            ":revision": next_revision(connection)?,
        })?;
    Ok(ReadOutcome::Marked {
        up_to_seq,
        update: after_change(connection, mark.conversation_id)?,
    })
}

pub(super) fn mark_delivered(
    connection: &Connection,
    mark: &MarkDelivered,
) -> Result<Vec<Delivered>> {
    let by_visitor = mark.reader == SenderType::Visitor;
    let mut furthest = BTreeMap::new();
    for wanted in &mark.marks {
        let up_to_seq = furthest
            .entry(wanted.conversation_id.0)
            .or_insert(wanted.up_to_seq);
        *up_to_seq = wanted.up_to_seq.max(*up_to_seq);
    }
    let mut moving = Vec::new();
    for (id, up_to_seq) in furthest {
        let id = ConversationId(id);
        let Some(before) = conversation(connection, id)? else {
            continue;
        };
        let delivered_before = if by_visitor {
            before.visitor_delivered_seq
        } else {
            before.agent_delivered_seq
        };
        let up_to_seq = up_to_seq.min(before.last_seq);
        if up_to_seq > delivered_before {
            moving.push((before.revision, id, up_to_seq));
        }
    }
    // Revisions are the order of the inbox: what was changed last stays that.
    moving.sort_unstable_by_key(|(revision, ..)| *revision);

    let move_mark = if by_visitor {
        "UPDATE conversations SET visitor_delivered_seq = ?2, revision = ?3 WHERE id = ?1"
    } else {
        "UPDATE conversations SET agent_delivered_seq = ?2, revision = ?3 WHERE id = ?1"
    };
    let mut statement = connection.prepare_cached(move_mark)?;
    moving
        .into_iter()
        .map(|(_, id, up_to_seq)| {
            statement.execute(params![id.0, up_to_seq, next_revision(connection)?])?;
            Ok(Delivered {
                up_to_seq,
                update: *after_change(connection, id)?,
            })
        })
        .collect()
}

pub(super) fn rate(connection: &Connection, rate: &Rate) -> Result<RateOutcome> {
    let Some(before) = inbox_update(connection, rate.conversation_id)? else {
        return Ok(RateOutcome::UnknownConversation);
    };
    let before = before.conversation;
    let id = rate.conversation_id.0;
    let answered = before.status == Status::Closed
        || connection
            .prepare_cached("SELECT answered FROM conversations WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
    if !answered {
        return Ok(RateOutcome::TooEarly);
    }
    let is_same = before
        .rating
        .is_some_and(|rating| rating.score == rate.score && rating.comment == rate.comment);
    if is_same {
        return Ok(RateOutcome::Unchanged);
    }
    connection
        .prepare_cached(
            "UPDATE conversations SET rating_score = ?2, rating_comment = ?3, rated_at = ?4, revision = ?5
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            rate.score.get(),
            rate.comment,
            rate.at.as_micros(),
            next_revision(connection)?
        ])?;
    Ok(RateOutcome::Rated(after_change(
        connection,
        rate.conversation_id,
    )?))
}

fn after_change(connection: &Connection, id: ConversationId) -> Result<Box<InboxUpdate>> {
    inbox_update(connection, id)?
        .map(Box::new)
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}
