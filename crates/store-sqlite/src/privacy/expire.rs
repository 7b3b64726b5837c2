//! A batch of what is over: found by its age, erased, and written down in the entry of its run.

use super::erase::{erase, json};
use crate::audit::write_down;
use antiphon_domain::{ConversationId, Timestamp, VisitorId};
use antiphon_store::{EraseExpired, ExpiredCounts, ExpiredOutcome, ExpiredRun};
use rusqlite::{Connection, Result, params};

pub(super) fn batch(connection: &Connection, expired: &EraseExpired) -> Result<ExpiredOutcome> {
    let (closed, mut more) = found(
        connection,
        "SELECT id FROM conversations
         WHERE widget_id = ?1 AND status = 'closed' AND last_message_at IS NOT NULL AND last_message_at < ?2
         ORDER BY last_message_at LIMIT ?3",
        expired,
        expired.closed_before,
    )?;
    let (unused, more_unused) = found(
        connection,
        "SELECT id FROM conversations WHERE widget_id = ?1 AND last_message_at IS NULL AND created_at < ?2
         ORDER BY created_at LIMIT ?3",
        expired,
        expired.visits_before,
    )?;
    let (pages, more_pages) = found(
        connection,
        "SELECT p.id FROM page_views p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.at < ?2 AND c.widget_id = ?1 ORDER BY p.at LIMIT ?3",
        expired,
        expired.visits_before,
    )?;
    more |= more_unused | more_pages;
    let conversations: Vec<_> = closed.into_iter().chain(unused).collect();
    let visitors = left(connection, expired, &conversations)?;
    let conversations = conversations.into_iter().map(ConversationId).collect();
    let page_views = connection
        .prepare_cached("DELETE FROM page_views WHERE id IN (SELECT value FROM json_each(?1))")?
        .execute([json(pages.into_iter())])?;
    let mut erased = erase(connection, visitors, conversations)?;
    erased.page_views = page_views as u64;
    let run = match erased.is_empty() {
        true => expired.run,
        false => {
            let counts = expired.run.map(|run| run.counts).unwrap_or_default();
            Some(written_down(connection, expired, counts.and(&erased))?)
        }
    };
    Ok(ExpiredOutcome { erased, run, more })
}

/// Ids that a statement finds, and whether there may be more.
fn found(
    connection: &Connection,
    sql: &str,
    expired: &EraseExpired,
    before: Option<Timestamp>,
) -> Result<(Vec<i64>, bool)> {
    let Some(before) = before else {
        return Ok((Vec::new(), false));
    };
    let ids = connection
        .prepare_cached(sql)?
        .query_map(
            params![expired.widget_id.0, before.as_micros(), expired.limit],
            |row| row.get(0),
        )?
        .collect::<Result<Vec<_>>>()?;
    let more = ids.len() == expired.limit as usize;
    Ok((ids, more))
}

/// The visitors of whom nothing is left without these conversations, unless they are kept out; and those who were, until now.
fn left(
    connection: &Connection,
    expired: &EraseExpired,
    conversations: &[i64],
) -> Result<Vec<VisitorId>> {
    connection
        .prepare_cached(
            "SELECT DISTINCT c.visitor_id FROM json_each(?1) gone JOIN conversations c ON c.id = gone.value
             WHERE NOT EXISTS (
                 SELECT 1 FROM conversations o WHERE o.visitor_id = c.visitor_id AND o.id NOT IN (SELECT value FROM json_each(?1))
             ) AND NOT EXISTS (
                 SELECT 1 FROM blocks b WHERE b.visitor_id = c.visitor_id AND (b.expires_at IS NULL OR b.expires_at > ?2)
             )
             UNION
             SELECT v.id FROM blocks b JOIN visitors v ON v.id = b.visitor_id
             WHERE b.expires_at <= ?2 AND v.widget_id = ?3
               AND NOT EXISTS (SELECT 1 FROM conversations o WHERE o.visitor_id = v.id)",
        )?
        .query_map(
            params![
                json(conversations.iter().copied()),
                expired.entry.at.as_micros(),
                expired.widget_id.0
            ],
            |row| row.get(0).map(VisitorId),
        )?
        .collect()
}

fn written_down(
    connection: &Connection,
    expired: &EraseExpired,
    counts: ExpiredCounts,
) -> Result<ExpiredRun> {
    let details = counts.details();
    if let Some(run) = expired.run {
        connection
            .prepare_cached("UPDATE audit_log SET details = ?2 WHERE id = ?1")?
            .execute(params![run.entry_id.0, details])?;
        return Ok(ExpiredRun { counts, ..run });
    }
    let entry_id = write_down(connection, &expired.entry.clone().with(details))?;
    Ok(ExpiredRun { entry_id, counts })
}
