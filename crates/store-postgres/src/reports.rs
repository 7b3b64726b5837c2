//! What reports are made of, in SQL: how it is written down with what happens, and how it is read. What follows from a message is written by
//! the statement that posts it.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use antiphon_domain::{
    AgentId, Assignee, Conversation, ConversationId, LabelId, Rating, ReportEvent, ReportFact,
    Score, Status, TeamId, Timestamp, WidgetId,
};
use antiphon_store::{
    COUNT_MICROS, CountsBy, MAX_PAGE, MAX_REPORT_FACTS, MessageCount, RatedConversation,
    RatingPage, ReportFilter, Reports, StoreError,
};
use tokio_postgres::Row;

/// Parts of the statement that posts a message: what there is to write down of it. `$4` is the agent, and NULL for the visitor; `$7` is
/// now. `after` is the conversation after the post; `conversations` still shows it as it was.
macro_rules! report_post {
    () => {
        "counted AS (
             INSERT INTO message_counts AS n (quarter, widget_id, team_id, agent_id, received, sent)
             SELECT $7::bigint / 900000000, widget_id, coalesce(team_id, 0), coalesce($4::bigint, assigned_agent_id, 0),
                 CASE WHEN $4::bigint IS NULL THEN 1 ELSE 0 END, CASE WHEN $4::bigint IS NULL THEN 0 ELSE 1 END
             FROM after
             ON CONFLICT (quarter, widget_id, team_id, agent_id)
                 DO UPDATE SET received = n.received + excluded.received, sent = n.sent + excluded.sent
         ), told AS (
             INSERT INTO report_events (at, kind, conversation_id, agent_id, since)
             SELECT $7::bigint, 'begun', after.id, NULL::bigint, NULL::bigint FROM after WHERE after.last_seq = 1
             UNION ALL
             SELECT $7::bigint, 'first_response', before.id, $4::bigint, before.waiting_since
             FROM after JOIN conversations before ON before.id = after.id
             WHERE $4::bigint IS NOT NULL AND before.waiting_since IS NOT NULL
             ON CONFLICT DO NOTHING
         )"
    };
}
pub(crate) use report_post;

/// Writes down a new status: an end, or that it was none. A conversation in which nothing was said is in no report.
pub(crate) async fn status_changed(
    db: Db<'_>,
    before: &Conversation,
    status: Status,
    holder: Option<AgentId>,
    at: Timestamp,
) -> Result<()> {
    let sql = match (before.status, status) {
        _ if before.last_seq == 0 => return Ok(()),
        (Status::Closed, Status::Closed) => return Ok(()),
        (Status::Closed, _) => {
            "INSERT INTO report_events (at, kind, conversation_id, agent_id) VALUES ($1, 'reopened', $2, $3)"
        }
        (_, Status::Closed) => {
            "INSERT INTO report_events (at, kind, conversation_id, agent_id, since)
             SELECT $1::bigint, 'closed', conversation_id, $3::bigint, at FROM report_events
             WHERE conversation_id = $2 AND kind IN ('begun', 'reopened') ORDER BY id DESC LIMIT 1"
        }
        _ => return Ok(()),
    };
    let holder = holder.map(|agent| agent.0);
    db.execute(sql, &[&at.as_micros(), &before.id.0, &holder])
        .await?;
    Ok(())
}

#[async_trait::async_trait]
impl Reports for PostgresStore {
    async fn report_facts(
        &self,
        filter: ReportFilter,
        by_label: bool,
    ) -> std::result::Result<Vec<ReportFact>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let mut facts = Vec::new();
            for sql in [EVENTS, RATINGS] {
                let left = (MAX_REPORT_FACTS + 1 - facts.len()) as i64;
                let sql = with_labels(sql, by_label);
                let found = db
                    .rows(
                        &sql,
                        &[
                            &filter.span.from.as_micros(),
                            &filter.span.until.as_micros(),
                            &filter.widget_id.map(|id| id.0),
                            &filter.team_id.map(|id| id.0),
                            &filter.agent_id.map(|id| id.0),
                            &left,
                        ],
                    )
                    .await?;
                for row in &found {
                    facts.push(fact(row)?);
                }
            }
            Ok(facts)
        })
        .await
    }

    async fn message_counts(
        &self,
        filter: ReportFilter,
        by: CountsBy,
    ) -> std::result::Result<Vec<MessageCount>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let found = db
                .rows(
                    &counts_sql(by),
                    &[
                        &quarter(filter.span.from),
                        &quarter(filter.span.until),
                        &filter.widget_id.map(|id| id.0),
                        &filter.team_id.map(|id| id.0),
                        &filter.agent_id.map(|id| id.0),
                    ],
                )
                .await?;
            let count = |row: &Row| {
                Ok(MessageCount {
                    key: row.try_get(0)?,
                    received: row.try_get(1)?,
                    sent: row.try_get(2)?,
                })
            };
            found.iter().map(count).collect()
        })
        .await
    }

    async fn rated_conversations(
        &self,
        page: RatingPage,
    ) -> std::result::Result<Vec<RatedConversation>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let filter = page.filter;
            let (at, id) = page
                .after
                .map_or((i64::MAX, i64::MAX), |(at, id)| (at, id.0));
            let found = db
                .rows(
                    RATED,
                    &[
                        &filter.span.from.as_micros(),
                        &filter.span.until.as_micros(),
                        &filter.widget_id.map(|id| id.0),
                        &filter.team_id.map(|id| id.0),
                        &filter.agent_id.map(|id| id.0),
                        &at,
                        &id,
                        &i64::from(page.limit.min(MAX_PAGE)),
                    ],
                )
                .await?;
            found.iter().map(rated).collect()
        })
        .await
    }
}

fn quarter(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(COUNT_MICROS)
}

/// The column and the join of labels stand in braces.
fn with_labels(sql: &str, by_label: bool) -> String {
    let (column, join) = if by_label {
        (
            "l.label_id",
            "LEFT JOIN conversation_labels l ON l.conversation_id = c.id",
        )
    } else {
        ("NULL::bigint", "")
    };
    sql.replace("{label}", column).replace("{labels}", join)
}

const EVENTS: &str = "
    SELECT e.kind, e.at, e.since, c.rated_at IS NOT NULL, c.id, c.widget_id,
        CASE e.kind WHEN 'begun' THEN c.assigned_agent_id ELSE e.agent_id END, c.team_id, {label}
    FROM report_events e JOIN conversations c ON c.id = e.conversation_id {labels}
    WHERE e.at >= $1 AND e.at < $2
        AND ($3::bigint IS NULL OR c.widget_id = $3)
        AND ($4::bigint IS NULL OR c.team_id = $4)
        AND ($5::bigint IS NULL OR CASE e.kind WHEN 'begun' THEN c.assigned_agent_id ELSE e.agent_id END = $5)
    LIMIT $6";

const RATINGS: &str = "
    SELECT 'rated', c.rated_at, c.rating_score, TRUE, c.id, c.widget_id, c.assigned_agent_id, c.team_id, {label}
    FROM conversations c {labels}
    WHERE c.rated_at IS NOT NULL AND c.rated_at >= $1 AND c.rated_at < $2
        AND ($3::bigint IS NULL OR c.widget_id = $3)
        AND ($4::bigint IS NULL OR c.team_id = $4)
        AND ($5::bigint IS NULL OR c.assigned_agent_id = $5)
    LIMIT $6";

const RATED: &str = "
    SELECT c.id, v.name, c.widget_id, w.name, a.id, a.name, c.rating_score, c.rating_comment, c.rated_at
    FROM conversations c
    JOIN visitors v ON v.id = c.visitor_id
    JOIN widgets w ON w.id = c.widget_id
    LEFT JOIN agents a ON a.id = c.assigned_agent_id
    WHERE c.rated_at IS NOT NULL AND c.rated_at >= $1 AND c.rated_at < $2
        AND ($3::bigint IS NULL OR c.widget_id = $3)
        AND ($4::bigint IS NULL OR c.team_id = $4)
        AND ($5::bigint IS NULL OR c.assigned_agent_id = $5)
        AND (c.rated_at, c.id) < ($6, $7)
    ORDER BY c.rated_at DESC, c.id DESC LIMIT $8";

fn counts_sql(by: CountsBy) -> String {
    let key = match by {
        CountsBy::All => "0::bigint",
        CountsBy::Quarter => "quarter",
        CountsBy::Agent => "agent_id",
        CountsBy::Team => "team_id",
        CountsBy::Widget => "widget_id",
    };
    format!(
        "SELECT {key} AS key, sum(received)::bigint, sum(sent)::bigint FROM message_counts
         WHERE quarter >= $1 AND quarter < $2
             AND ($3::bigint IS NULL OR widget_id = $3)
             AND ($4::bigint IS NULL OR team_id = $4)
             AND ($5::bigint IS NULL OR agent_id = $5)
         GROUP BY 1"
    )
}

/// Reads the columns of `EVENTS` and `RATINGS`.
fn fact(row: &Row) -> Result<ReportFact> {
    let since = || row.try_get(2).map(Timestamp::from_micros);
    let event = match row.try_get(0)? {
        "begun" => ReportEvent::Begun,
        "first_response" => ReportEvent::FirstResponse { since: since()? },
        "closed" => ReportEvent::Closed {
            since: since()?,
            rated: row.try_get(3)?,
        },
        "reopened" => ReportEvent::Reopened,
        "rated" => ReportEvent::Rated(score(row, 2)?),
        _ => return Err(corrupt("report_events", "kind")),
    };
    Ok(ReportFact {
        event,
        at: Timestamp::from_micros(row.try_get(1)?),
        conversation_id: ConversationId(row.try_get(4)?),
        widget_id: WidgetId(row.try_get(5)?),
        agent_id: row.try_get::<_, Option<i64>>(6)?.map(AgentId),
        team_id: row.try_get::<_, Option<i64>>(7)?.map(TeamId),
        label_id: row.try_get::<_, Option<i64>>(8)?.map(LabelId),
    })
}

fn rated(row: &Row) -> Result<RatedConversation> {
    let agent = match row.try_get::<_, Option<i64>>(4)? {
        Some(id) => Some(Assignee {
            id: AgentId(id),
            name: row.try_get(5)?,
        }),
        None => None,
    };
    Ok(RatedConversation {
        conversation_id: ConversationId(row.try_get(0)?),
        visitor_name: row.try_get(1)?,
        widget_id: WidgetId(row.try_get(2)?),
        widget_name: row.try_get(3)?,
        agent,
        rating: Rating {
            score: score(row, 6)?,
            comment: row.try_get(7)?,
            at: Timestamp::from_micros(row.try_get(8)?),
        },
    })
}

fn score(row: &Row, index: usize) -> Result<Score> {
    Score::parse(row.try_get(index)?).map_err(|_| corrupt("conversations", "rating_score"))
}
