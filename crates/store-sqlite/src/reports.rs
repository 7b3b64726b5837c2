//! What reports are made of, in SQL: how it is written down with what happens, and how it is read.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{
    AgentId, Assignee, Conversation, ConversationId, LabelId, Rating, ReportEvent, ReportFact,
    Score, Sender, Status, TeamId, Timestamp, WidgetId,
};
use antiphon_store::{
    COUNT_MICROS, CountsBy, MAX_PAGE, MAX_REPORT_FACTS, MessageCount, RatedConversation,
    RatingPage, ReportFilter, Reports, StoreError,
};
use rusqlite::{Connection, Result, Row, named_params, params};

/// Writes down a message that was posted. `before` is the conversation as it was.
pub(crate) fn posted(
    connection: &Connection,
    before: &Conversation,
    sender: Sender,
    at: Timestamp,
) -> Result<()> {
    if before.last_seq == 0 {
        connection
            .prepare_cached(
                "INSERT INTO report_events (at, kind, conversation_id) VALUES (?1, 'begun', ?2)",
            )?
            .execute(params![at.as_micros(), before.id.0])?;
    }
    let holder = match sender {
        Sender::Visitor => before.assigned_to.as_ref().map(|assignee| assignee.id),
        Sender::Agent(id) => Some(id),
    };
    if let (Sender::Agent(id), Some(since)) = (sender, before.waiting_since) {
        // Only the first one is taken: there is an index of them.
        connection
            .prepare_cached(
                "INSERT INTO report_events (at, kind, conversation_id, agent_id, since)
                 VALUES (?1, 'first_response', ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                at.as_micros(),
                before.id.0,
                id.0,
                since.as_micros()
            ])?;
    }
    let received = sender == Sender::Visitor;
    connection
        .prepare_cached(
            "INSERT INTO message_counts (quarter, widget_id, team_id, agent_id, received, sent) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent",
        )?
        .execute(params![
            quarter(at),
            before.widget_id.0,
            before.team.as_ref().map_or(0, |team| team.id.0),
            holder.map_or(0, |agent| agent.0),
            received,
            !received
        ])?;
    Ok(())
}

/// Writes down a new status: an end, or that it was none. A conversation in which nothing was said is in no report.
pub(crate) fn status_changed(
    connection: &Connection,
    before: &Conversation,
    status: Status,
    holder: Option<AgentId>,
    at: Timestamp,
) -> Result<()> {
    let sql = match (before.status, status) {
        _ if before.last_seq == 0 => return Ok(()),
        (Status::Closed, Status::Closed) => return Ok(()),
        (Status::Closed, _) => {
            "INSERT INTO report_events (at, kind, conversation_id, agent_id) VALUES (?1, 'reopened', ?2, ?3)"
        }
        (_, Status::Closed) => {
            "INSERT INTO report_events (at, kind, conversation_id, agent_id, since)
             SELECT ?1, 'closed', conversation_id, ?3, at FROM report_events
             WHERE conversation_id = ?2 AND kind IN ('begun', 'reopened') ORDER BY id DESC LIMIT 1"
        }
        _ => return Ok(()),
    };
    connection.prepare_cached(sql)?.execute(params![
        at.as_micros(),
        before.id.0,
        holder.map(|agent| agent.0)
    ])?;
    Ok(())
}

#[async_trait::async_trait]
impl Reports for SqliteStore {
    async fn report_facts(
        &self,
        filter: ReportFilter,
        by_label: bool,
    ) -> std::result::Result<Vec<ReportFact>, StoreError> {
        self.read(move |connection| {
            let moment = connection.unchecked_transaction()?;
            let mut facts = Vec::new();
            for sql in [EVENTS, RATINGS] {
                let left = MAX_REPORT_FACTS + 1 - facts.len();
                let sql = with_labels(sql, by_label);
                let mut statement = moment.prepare_cached(&sql)?;
                let rows = statement.query_map(
                    named_params! {
                        ":from": filter.span.from.as_micros(),
                        ":until": filter.span.until.as_micros(),
                        ":widget": filter.widget_id.map(|id| id.0),
                        ":team": filter.team_id.map(|id| id.0),
                        ":agent": filter.agent_id.map(|id| id.0),
                        ":limit": left as i64,
                    },
                    fact,
                )?;
                for fact in rows {
                    facts.push(fact?);
                }
            }
            moment.finish()?;
            Ok(facts)
        })
        .await
    }

    async fn message_counts(
        &self,
        filter: ReportFilter,
        by: CountsBy,
    ) -> std::result::Result<Vec<MessageCount>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(&counts_sql(by))?
                .query_map(
                    named_params! {
                        ":from": quarter(filter.span.from),
                        ":until": quarter(filter.span.until),
                        ":widget": filter.widget_id.map(|id| id.0),
                        ":team": filter.team_id.map(|id| id.0),
                        ":agent": filter.agent_id.map(|id| id.0),
                    },
                    |row| {
                        Ok(MessageCount {
                            key: row.get(0)?,
                            received: row.get(1)?,
                            sent: row.get(2)?,
                        })
                    },
                )?
                .collect()
        })
        .await
    }

    async fn rated_conversations(
        &self,
        page: RatingPage,
    ) -> std::result::Result<Vec<RatedConversation>, StoreError> {
        self.read(move |connection| {
            let filter = page.filter;
            let (at, id) = page
                .after
                .map_or((i64::MAX, i64::MAX), |(at, id)| (at, id.0));
            connection
                .prepare_cached(RATED)?
                .query_map(
                    named_params! {
                        ":from": filter.span.from.as_micros(),
                        ":until": filter.span.until.as_micros(),
                        ":widget": filter.widget_id.map(|id| id.0),
                        ":team": filter.team_id.map(|id| id.0),
                        ":agent": filter.agent_id.map(|id| id.0),
                        ":at": at,
                        ":id": id,
                        ":limit": page.limit.min(MAX_PAGE),
                    },
                    rated,
                )?
                .collect()
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
        ("NULL", "")
    };
    sql.replace("{label}", column).replace("{labels}", join)
}

const EVENTS: &str = "
    SELECT e.kind, e.at, e.since, c.rated_at IS NOT NULL, c.id, c.widget_id,
        CASE e.kind WHEN 'begun' THEN c.assigned_agent_id ELSE e.agent_id END, c.team_id, {label}
    FROM report_events e JOIN conversations c ON c.id = e.conversation_id {labels}
    WHERE e.at >= :from AND e.at < :until
        AND (:widget IS NULL OR c.widget_id = :widget)
        AND (:team IS NULL OR c.team_id = :team)
        AND (:agent IS NULL OR CASE e.kind WHEN 'begun' THEN c.assigned_agent_id ELSE e.agent_id END = :agent)
    LIMIT :limit";

/// The condition on the index repeats its own word for word, which is how SQLite knows that it can use it.
const RATINGS: &str = "
    SELECT 'rated', c.rated_at, c.rating_score, 1, c.id, c.widget_id, c.assigned_agent_id, c.team_id, {label}
    FROM conversations c INDEXED BY conversations_rated {labels}
    WHERE c.rated_at IS NOT NULL AND c.rated_at >= :from AND c.rated_at < :until
        AND (:widget IS NULL OR c.widget_id = :widget)
        AND (:team IS NULL OR c.team_id = :team)
        AND (:agent IS NULL OR c.assigned_agent_id = :agent)
    LIMIT :limit";

const RATED: &str = "
    SELECT c.id, v.name, c.widget_id, w.name, a.id, a.name, c.rating_score, c.rating_comment, c.rated_at
    FROM conversations c INDEXED BY conversations_rated
    JOIN visitors v ON v.id = c.visitor_id
    JOIN widgets w ON w.id = c.widget_id
    LEFT JOIN agents a ON a.id = c.assigned_agent_id
    WHERE c.rated_at IS NOT NULL AND c.rated_at >= :from AND c.rated_at < :until
        AND (:widget IS NULL OR c.widget_id = :widget)
        AND (:team IS NULL OR c.team_id = :team)
        AND (:agent IS NULL OR c.assigned_agent_id = :agent)
        AND (c.rated_at, c.id) < (:at, :id)
    ORDER BY c.rated_at DESC, c.id DESC LIMIT :limit";

fn counts_sql(by: CountsBy) -> String {
    let key = match by {
        CountsBy::All => "0",
        CountsBy::Quarter => "quarter",
        CountsBy::Agent => "agent_id",
        CountsBy::Team => "team_id",
        CountsBy::Widget => "widget_id",
    };
    format!(
        "SELECT {key} AS key, sum(received), sum(sent) FROM message_counts
         WHERE quarter >= :from AND quarter < :until
             AND (:widget IS NULL OR widget_id = :widget)
             AND (:team IS NULL OR team_id = :team)
             AND (:agent IS NULL OR agent_id = :agent)
         GROUP BY key"
    )
}

/// Reads the columns of `EVENTS` and `RATINGS`.
fn fact(row: &Row<'_>) -> Result<ReportFact> {
    let since = || row.get(2).map(Timestamp::from_micros);
    let event = match row.get_ref(0)?.as_str()? {
        "begun" => ReportEvent::Begun,
        "first_response" => ReportEvent::FirstResponse { since: since()? },
        "closed" => ReportEvent::Closed {
            since: since()?,
            rated: row.get(3)?,
        },
        "reopened" => ReportEvent::Reopened,
        "rated" => ReportEvent::Rated(score(row, 2)?),
        _ => return Err(corrupt("report_events", "kind")),
    };
    Ok(ReportFact {
        event,
        at: Timestamp::from_micros(row.get(1)?),
        conversation_id: ConversationId(row.get(4)?),
        widget_id: WidgetId(row.get(5)?),
        agent_id: row.get::<_, Option<i64>>(6)?.map(AgentId),
        team_id: row.get::<_, Option<i64>>(7)?.map(TeamId),
        label_id: row.get::<_, Option<i64>>(8)?.map(LabelId),
    })
}

fn rated(row: &Row<'_>) -> Result<RatedConversation> {
    let agent = match row.get::<_, Option<i64>>(4)? {
        Some(id) => Some(Assignee {
            id: AgentId(id),
            name: row.get(5)?,
        }),
        None => None,
    };
    Ok(RatedConversation {
        conversation_id: ConversationId(row.get(0)?),
        visitor_name: row.get(1)?,
        widget_id: WidgetId(row.get(2)?),
        widget_name: row.get(3)?,
        agent,
        rating: Rating {
            score: score(row, 6)?,
            comment: row.get(7)?,
            at: Timestamp::from_micros(row.get(8)?),
        },
    })
}

fn score(row: &Row<'_>, index: usize) -> Result<Score> {
    Score::parse(row.get(index)?).map_err(|_| corrupt("conversations", "rating_score"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, connection, migrate};
    use rusqlite::params_from_iter;

    #[test]
    fn a_report_looks_at_its_own_time_alone() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_reading(&options.path).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let nothing = vec![0; statement.parameter_count()];
            let steps = statement
                .query_map(params_from_iter(nothing), |row| row.get("detail"))
                .unwrap();
            steps.map(Result::unwrap).collect()
        };
        let mut expected = vec![(
            RATED.to_owned(),
            "c USING INDEX conversations_rated (rated_at>? AND rated_at<?)",
        )];
        for by_label in [false, true] {
            expected.push((
                with_labels(EVENTS, by_label),
                "e USING INDEX report_events_by_time (at>? AND at<?)",
            ));
            expected.push((
                with_labels(RATINGS, by_label),
                "c USING INDEX conversations_rated (rated_at>? AND rated_at<?)",
            ));
        }
        for by in [
            CountsBy::All,
            CountsBy::Quarter,
            CountsBy::Agent,
            CountsBy::Team,
            CountsBy::Widget,
        ] {
            expected.push((
                counts_sql(by),
                "message_counts USING PRIMARY KEY (quarter>? AND quarter<?)",
            ));
        }
        for (sql, walk) in expected {
            let plan = plan(&sql);
            assert!(plan[0].contains(walk), "{sql}: {plan:#?}");
            assert!(
                !plan.iter().any(|step| step.starts_with("SCAN")),
                "{sql}: {plan:#?}"
            );
        }
    }
}
