//! A batch of what is over: found by its age, erased, and written down in the entry of its run.

use super::erase::erase;
use crate::audit::write_down;
use crate::connector::Db;
use crate::failure::Result;
use antiphon_domain::{ConversationId, Timestamp, VisitorId};
use antiphon_store::{EraseExpired, ExpiredCounts, ExpiredOutcome, ExpiredRun};

pub(super) async fn batch(db: Db<'_>, expired: &EraseExpired) -> Result<ExpiredOutcome> {
    let (closed, mut more) = found(
        db,
        "SELECT id FROM conversations
         WHERE widget_id = $1 AND status = 'closed' AND last_message_at IS NOT NULL AND last_message_at < $2
         ORDER BY last_message_at LIMIT $3",
        expired,
        expired.closed_before,
    )
    .await?;
    let (unused, more_unused) = found(
        db,
        "SELECT id FROM conversations WHERE widget_id = $1 AND last_message_at IS NULL AND created_at < $2
         ORDER BY created_at LIMIT $3",
        expired,
        expired.visits_before,
    )
    .await?;
    let (pages, more_pages) = found(
        db,
        "SELECT p.id FROM page_views p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.at < $2 AND c.widget_id = $1 ORDER BY p.at LIMIT $3",
        expired,
        expired.visits_before,
    )
    .await?;
    more |= more_unused | more_pages;
    let conversations: Vec<_> = closed.into_iter().chain(unused).collect();
    let visitors = left(db, expired, &conversations).await?;
    let conversations = conversations.into_iter().map(ConversationId).collect();
    let sql = "DELETE FROM page_views WHERE id = ANY ($1)";
    let page_views = db.execute(sql, &[&pages]).await?;
    let mut erased = erase(db, visitors, conversations).await?;
    erased.page_views = page_views;
    let run = match erased.is_empty() {
        true => expired.run,
        false => {
            let counts = expired.run.map(|run| run.counts).unwrap_or_default();
            Some(written_down(db, expired, counts.and(&erased)).await?)
        }
    };
    Ok(ExpiredOutcome { erased, run, more })
}

/// Ids that a statement finds, and whether there may be more.
async fn found(
    db: Db<'_>,
    sql: &str,
    expired: &EraseExpired,
    before: Option<Timestamp>,
) -> Result<(Vec<i64>, bool)> {
    let Some(before) = before else {
        return Ok((Vec::new(), false));
    };
    let limit = i64::from(expired.limit);
    let rows = db
        .rows(sql, &[&expired.widget_id.0, &before.as_micros(), &limit])
        .await?;
    let ids = rows
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect::<Result<Vec<i64>>>()?;
    let more = ids.len() == expired.limit as usize;
    Ok((ids, more))
}

/// The visitors of whom nothing is left without these conversations, unless they are kept out; and those who were, until now.
async fn left(db: Db<'_>, expired: &EraseExpired, conversations: &[i64]) -> Result<Vec<VisitorId>> {
    let sql = "SELECT DISTINCT c.visitor_id FROM conversations c
         WHERE c.id = ANY ($1) AND NOT EXISTS (
             SELECT 1 FROM conversations o WHERE o.visitor_id = c.visitor_id AND o.id <> ALL ($1)
         ) AND NOT EXISTS (
             SELECT 1 FROM blocks b WHERE b.visitor_id = c.visitor_id AND (b.expires_at IS NULL OR b.expires_at > $2)
         )
         UNION
         SELECT v.id FROM blocks b JOIN visitors v ON v.id = b.visitor_id
         WHERE b.expires_at <= $2 AND v.widget_id = $3
           AND NOT EXISTS (SELECT 1 FROM conversations o WHERE o.visitor_id = v.id)";
    let now = expired.entry.at.as_micros();
    let rows = db
        .rows(sql, &[&conversations, &now, &expired.widget_id.0])
        .await?;
    rows.iter()
        .map(|row| Ok(VisitorId(row.try_get(0)?)))
        .collect()
}

async fn written_down(
    db: Db<'_>,
    expired: &EraseExpired,
    counts: ExpiredCounts,
) -> Result<ExpiredRun> {
    let details = counts.details();
    if let Some(run) = expired.run {
        let sql = "UPDATE audit_log SET details = $2 WHERE id = $1";
        db.execute(sql, &[&run.entry_id.0, &details]).await?;
        return Ok(ExpiredRun { counts, ..run });
    }
    let entry_id = write_down(db, &expired.entry.clone().with(details)).await?;
    Ok(ExpiredRun { entry_id, counts })
}
